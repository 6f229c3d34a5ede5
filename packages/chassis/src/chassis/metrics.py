"""Prometheus metrics of the chassis. Labels are names of ours, never ids of people or wishes."""

from prometheus_client import Counter, Gauge, Histogram

FAST = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

HTTP_REQUESTS = Counter(
    "wishtree_http_requests_total", "Requests answered.", ["route", "method", "status"]
)
HTTP_SECONDS = Histogram(
    "wishtree_http_request_seconds", "Time to the last byte.", ["route", "method"], buckets=FAST
)

OUTBOX_PENDING = Gauge("wishtree_outbox_pending", "Events waiting to be relayed.")
OUTBOX_AGE = Gauge("wishtree_outbox_oldest_age_seconds", "Age of the oldest waiting event.")
OUTBOX_RELAYED = Counter("wishtree_outbox_relayed_total", "Events acknowledged by Kafka.")
OUTBOX_DEAD = Counter("wishtree_outbox_dead_total", "Events that can never be sent.")
OUTBOX_SHARDS = Gauge("wishtree_outbox_owned_shards", "Shards whose lock this process holds.")
OUTBOX_BATCH = Histogram("wishtree_outbox_batch_seconds", "Table to acknowledged.", buckets=FAST)
RELAY_REBUILDS = Counter("wishtree_relay_producer_rebuilds_total", "Producers given up.")

CONSUMED = Counter("wishtree_consumer_events_total", "Events handled.", ["topic"])
CONSUMER_LAG = Gauge("wishtree_consumer_lag_events", "Events behind the end.", ["topic"])
CONSUMER_LAG_SECONDS = Gauge(
    "wishtree_consumer_lag_seconds", "How long the group has been behind the end.", ["topic"]
)
CONSUMER_REBUILDS = Counter("wishtree_consumer_rebuilds_total", "Stuck consumers replaced.")
DEAD_LETTERS = Gauge("wishtree_dead_letters_open", "Events set aside: culprits and parked.")
