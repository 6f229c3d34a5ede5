"""An outside partner: `python -m bench.listen` prints when each event arrived, a line each.

A plain client with the partner's own user; nothing of ours but its address in the environment.
"""

import os
import signal
import sys
import time
from typing import Any

from confluent_kafka import Consumer, TopicPartition

TOPIC = "wishtree.wish.events.v1"


def main() -> None:
    over: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, frame: over.append(number))
    consumer = Consumer(
        {
            "bootstrap.servers": os.environ["BOOTSTRAP"],
            "security.protocol": "SASL_PLAINTEXT",
            "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.username": "partner",
            "sasl.password": os.environ["KAFKA_PASSWORD"],
            "group.id": "partner.bench",
            "auto.offset.reset": "latest",
        }
    )
    consumer.subscribe([TOPIC], on_assign=_from_now_on)
    while not over:
        message = consumer.poll(0.2)
        if message is None or message.error():
            continue
        arrived = time.time()
        found = {str(name): value for name, value in message.headers() or []}
        # Debezium's router has the id in a header of its own.
        event_id = _text(found, "ce_id") or _text(found, "id")
        _say(f"{event_id} {_text(found, 'ce_correlationid') or '-'} {arrived:.6f}")
    consumer.close()
    sys.stdout.flush()


def _from_now_on(consumer: Consumer, places: list[TopicPartition]) -> None:
    """Ready only when the places are known: "latest" is looked up later, when the first events of a
    round are there already and would be skipped."""
    for place in places:
        _, place.offset = consumer.get_watermark_offsets(place, timeout=10)
    consumer.assign(places)
    _say("ready")


def _text(headers: dict[str, Any], name: str) -> str:
    return bytes(headers.get(name) or b"").decode()


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
