"""A process of its own for the relay or the consumer, so that a fault point can kill it."""

import asyncio
import json
import sys

from chassis.consumer import Consumer
from chassis.db import Database
from chassis.kafka import KafkaSettings
from chassis.outbox import Relay
from things import keep


async def main(role: str, given: dict[str, str]) -> None:
    db = Database(given["dsn"], service=given["service"], size=4)
    kafka = KafkaSettings(
        given["bootstrap"], given["username"], given["password"], "SASL_PLAINTEXT"
    )
    if role == "relay":
        run = Relay(db, kafka).run
    else:
        run = Consumer(db, kafka, group=given["group"], topics=[given["topic"]], handle=keep).run
    await run(asyncio.Event())


asyncio.run(main(sys.argv[1], json.loads(sys.stdin.read())))
