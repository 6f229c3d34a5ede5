"""Our relay as in production: the chassis's own class on uvloop, nothing around it."""

import asyncio
import gc
import os
import signal

import uvloop
from chassis.db import Database
from chassis.kafka import KafkaSettings
from chassis.outbox import Relay


async def main() -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    db = Database(os.environ["DSN"], service="wishes")
    kafka = KafkaSettings(
        os.environ["BOOTSTRAP"], os.environ["KAFKA_USER"], os.environ["KAFKA_PASSWORD"]
    )
    gc.freeze()
    print("ready", flush=True)  # noqa: T201
    await Relay(db, kafka).run(stop)
    await db.close()


if __name__ == "__main__":
    uvloop.run(main())
