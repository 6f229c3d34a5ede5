"""Another department's program: a public client library, the CloudEvents SDK, and its own login."""

import argparse
import os
import time

from cloudevents.core.bindings.kafka import KafkaMessage, from_binary
from cloudevents.core.formats.json import JSONFormat
from confluent_kafka import Consumer

options = argparse.ArgumentParser(description=__doc__)
options.add_argument("--group", default="partner.civil-affairs")
options.add_argument("--idle", type=float, default=0, help="stop after so many quiet seconds")
asked = options.parse_args()

consumer = Consumer(
    {
        "bootstrap.servers": os.environ["PARTNER_BOOTSTRAP"],
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": os.environ["PARTNER_USERNAME"],
        "sasl.password": os.environ["PARTNER_PASSWORD"],
        "group.id": asked.group,
        "auto.offset.reset": "earliest",
    }
)
consumer.subscribe(["wishtree.wish.events.v1"])
seen: set[str] = set()
quiet_since = time.monotonic()
while not asked.idle or time.monotonic() - quiet_since < asked.idle:
    message = consumer.poll(0.5)
    if message is None or message.error():
        continue
    quiet_since = time.monotonic()
    event = from_binary(
        KafkaMessage(dict(message.headers()), message.key(), message.value()), JSONFormat()
    )
    if event.get_type() != "wishtree.WishFulfilled.v1" or event.get_id() in seen:
        continue
    seen.add(event.get_id())  # at least once on the wire: an exact repeat has the same id
    data = event.get_data()
    print(
        f"{event.get_time():%Y-%m-%d %H:%M} {data['area']} {data['category']} {data['counts_as']} {data['wish_id']}"
    )
consumer.close()
