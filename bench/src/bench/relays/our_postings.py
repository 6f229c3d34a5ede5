"""Our points consumer as in production, without the relay: only the postings are compared."""

import asyncio
import gc
import os
import signal
import sys

import uvloop
from chassis.consumer import Consumer
from chassis.db import Database
from chassis.kafka import KafkaSettings
from points.adapters.postgres import PostgresBooks
from points.app.post_events import PostEvents

from bench.rows import TOPIC


async def main() -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    db = Database(os.environ["DSN"], service="points")
    kafka = KafkaSettings(
        os.environ["BOOTSTRAP"], os.environ["KAFKA_USER"], os.environ["KAFKA_PASSWORD"]
    )
    handle = PostEvents(PostgresBooks())
    gc.freeze()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await Consumer(db, kafka, group="points", topics=[TOPIC], handle=handle).run(stop)
    await db.close()


if __name__ == "__main__":
    uvloop.run(main())
