"""Prometheus metrics of the chassis. Labels are names of ours, never ids of people or wishes.

Every metric, its labels and how many series it may have stand in docs/metrics.md, which a test
compares with what is declared here and in the services.
"""

import os
from collections.abc import Callable

from contracts.registry import EVENTS
from prometheus_client import Counter, Gauge, Histogram, disable_created_metrics

disable_created_metrics()  # a second series for each one, which nobody asks for

FAST = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

BUILD = Gauge("wishtree_build_info", "1; what runs here.", ["service", "version", "revision"])

HTTP_REQUESTS = Counter(
    "wishtree_http_requests_total", "Requests answered.", ["route", "method", "status"]
)
HTTP_SECONDS = Histogram(
    "wishtree_http_request_seconds",
    "Time until the answer begins.",
    ["route", "method"],
    buckets=FAST,
)

POOL_WAIT = Histogram(
    "wishtree_db_pool_wait_seconds", "Time until the pool gave a connection.", buckets=FAST
)
POOL = Gauge("wishtree_db_pool_connections", "Open connections of the pool.", ["state"])

EVENTS_WRITTEN = Counter(
    "wishtree_events_written_total", "Events committed to the outbox.", ["type"]
)
OUTBOX_PENDING = Gauge("wishtree_outbox_pending", "Events waiting to be relayed.")
OUTBOX_AGE = Gauge("wishtree_outbox_oldest_age_seconds", "Age of the oldest waiting event.")
OUTBOX_RELAYED = Counter("wishtree_outbox_relayed_total", "Events acknowledged by Kafka.")
OUTBOX_DEAD = Counter("wishtree_outbox_dead_total", "Events that can never be sent.")
OUTBOX_DEAD_ROWS = Gauge(
    "wishtree_outbox_dead_rows", "Events in outbox_dead, waiting for a person."
)
OUTBOX_SHARDS = Gauge("wishtree_outbox_owned_shards", "Shards whose lock this process holds.")
OUTBOX_BATCH = Histogram("wishtree_outbox_batch_seconds", "Table to acknowledged.", buckets=FAST)
RELAY_REBUILDS = Counter("wishtree_relay_producer_rebuilds_total", "Producers given up.")

CONSUMED = Counter("wishtree_consumer_events_total", "Events handled.", ["topic"])
CONSUMER_BATCH = Histogram(
    "wishtree_consumer_batch_seconds",
    "One partition's batch in its transaction.",
    ["topic"],
    buckets=FAST,
)
CONSUMER_RETRIES = Counter(
    "wishtree_consumer_retries_total", "Batches put off by trouble that passes.", ["topic"]
)
CONSUMER_LAG = Gauge("wishtree_consumer_lag_events", "Events behind the end.", ["topic"])
CONSUMER_LAG_SECONDS = Gauge(
    "wishtree_consumer_lag_seconds", "Age of the oldest event that is not handled yet.", ["topic"]
)
CONSUMER_REBUILDS = Counter("wishtree_consumer_rebuilds_total", "Stuck consumers replaced.")
PARKED_KEYS = Gauge("wishtree_consumer_parked_keys", "Keys that wait behind a dead letter.")
DEAD_LETTERS = Gauge("wishtree_dead_letters_open", "Events set aside: culprits and parked.")
DEAD_LETTERS_MADE = Counter("wishtree_dead_letters_total", "Culprits set aside.", ["topic"])

CLOCK_TICKS = Counter("wishtree_clock_ticks_total", "Due moments that were seen to.", ["clock"])
CLOCK_LATE = Gauge(
    "wishtree_clock_late_seconds", "Age of the oldest due moment that could not be seen to."
)


def declare_service(name: str, version: str) -> None:
    """What a service has from its start: its build, and its event types at 0.

    A counter that appears with its first event cannot tell silence from absence.
    """
    BUILD.clear()
    BUILD.labels(name, version, os.environ.get("WISHTREE_REVISION", "unknown")).set(1)
    for spec in EVENTS.values():
        if spec.topic.owner == name:
            EVENTS_WRITTEN.labels(spec.type)


def declare_topics(topics: tuple[str, ...]) -> None:
    """Series of the consumer, for each topic that it reads."""
    for topic in topics:
        for metric in (CONSUMED, CONSUMER_BATCH, CONSUMER_RETRIES, DEAD_LETTERS_MADE):
            metric.labels(topic)


def watch_pool(idle: Callable[[], int], used: Callable[[], int]) -> None:
    """Asked at each scrape. A process has one pool; the last one made counts."""
    POOL.labels("idle").set_function(idle)
    POOL.labels("used").set_function(used)
