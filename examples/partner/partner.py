"""Another department's program: a public client library, the CloudEvents SDK, and its own login.

Prints a line for each fulfilled wish. Settings: PARTNER_BOOTSTRAP, PARTNER_USERNAME, PARTNER_PASSWORD,
and PARTNER_SECURITY_PROTOCOL (SASL_SSL beyond one machine). Ends with 1 when Kafka refuses the login.
"""

import argparse
import os
import sys
import time

from cloudevents.core.bindings.kafka import KafkaMessage, from_binary
from cloudevents.core.exceptions import BaseCloudEventException
from cloudevents.core.formats.json import JSONFormat
from confluent_kafka import Consumer, KafkaError, KafkaException, Message

FULFILLED = "wishtree.WishFulfilled.v1"
CATEGORY = {"goods": "物资", "service": "便民", "companionship": "陪伴", "skills": "技能"}
COUNTS_AS = {"first": "实现了", "fit": "办合适了"}
REMEMBERED = 10_000


def line_of(message: Message, seen: dict[str, None]) -> str | None:
    """What to print for a message: nothing for another type, or for one that came before."""
    headers = dict(message.headers() or [])
    if headers.get("ce_type") != FULFILLED.encode():
        return None
    event = from_binary(KafkaMessage(headers, message.key(), message.value()), JSONFormat())
    if event.get_id() in seen:
        return None
    data = event.get_data()
    category = CATEGORY.get(data["category"], data["category"])
    done = COUNTS_AS.get(data["counts_as"], data["counts_as"])
    line = f"{event.get_time():%Y-%m-%d %H:%M} {data['area']} {category} {done} {data['wish_id']}"
    seen[event.get_id()] = None  # at least once on the wire: a repeat has the same id
    if len(seen) > REMEMBERED:
        del seen[next(iter(seen))]  # a real system keeps the ids beside its own data
    return line


def stop_if_refused(error: KafkaError) -> None:
    """A broker that is away comes back; a wrong password stays wrong."""
    refused = (KafkaError._AUTHENTICATION, KafkaError.TOPIC_AUTHORIZATION_FAILED)
    if error.code() in (*refused, KafkaError.GROUP_AUTHORIZATION_FAILED):
        raise KafkaException(error)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--group", default="partner.civil-affairs", help="begins with partner.")
    options.add_argument("--topic", default="wishtree.wish.events.v1")
    options.add_argument("--idle", type=float, default=0, help="stop after so many quiet seconds")
    options.add_argument("--count", type=int, default=0, help="stop after so many wishes")
    asked = options.parse_args()
    consumer = Consumer(
        {
            "bootstrap.servers": os.environ["PARTNER_BOOTSTRAP"],
            "security.protocol": os.environ.get("PARTNER_SECURITY_PROTOCOL", "SASL_PLAINTEXT"),
            "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.username": os.environ["PARTNER_USERNAME"],
            "sasl.password": os.environ["PARTNER_PASSWORD"],
            "group.id": asked.group,
            "auto.offset.reset": "earliest",
            "enable.auto.offset.store": False,  # a message counts as read when it is printed
            "error_cb": stop_if_refused,
        }
    )
    quiet_since: float | None = None

    def on_assign(*_: object) -> None:
        nonlocal quiet_since
        quiet_since = time.monotonic()  # nothing was to be heard before

    consumer.subscribe([asked.topic], on_assign=on_assign)
    seen: dict[str, None] = {}
    try:
        while not (asked.idle and quiet_since and time.monotonic() - quiet_since > asked.idle):
            message = consumer.poll(0.5)
            if message is None:
                continue
            if error := message.error():
                stop_if_refused(error)
                continue
            quiet_since = time.monotonic()
            try:
                line = line_of(message, seen)
            except (BaseCloudEventException, ValueError, KeyError, TypeError) as problem:
                place = f"{message.partition()}/{message.offset()}"
                print(f"{place}: {type(problem).__name__}", file=sys.stderr)
                line = None
            if line:
                print(line, flush=True)
            consumer.store_offsets(message)
            if asked.count and len(seen) >= asked.count:
                break
    except KafkaException as error:
        sys.exit(f"Kafka 不让读 / refused: {error.args[0].str()}")
    except KeyboardInterrupt:
        pass
    finally:
        consumer.close()


if __name__ == "__main__":
    main()
