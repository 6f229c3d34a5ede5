"""Commits events at a steady rate beside a running relay, as a service does, and prints when.

`python -m bench.relays.commits RATE COUNT`: a line per commit, `event id, seconds since 1970`.
"""

import asyncio
import os
import sys
import time
import uuid

import uvloop
from chassis.db import Database
from chassis.kafka import KafkaSettings
from chassis.outbox import Relay

from bench.rows import TOPIC, rows


async def main(rate: float, count: int) -> None:
    stop = asyncio.Event()
    db = Database(os.environ["DSN"], service="wishes")
    kafka = KafkaSettings(
        os.environ["BOOTSTRAP"], os.environ["KAFKA_USER"], os.environ["KAFKA_PASSWORD"]
    )
    relay = asyncio.create_task(Relay(db, kafka).run(stop))
    lines: list[str] = []
    made = rows(count, seed=5)
    # Connected, and with its shards.
    await asyncio.sleep(3)
    began = time.monotonic()
    for number, row in enumerate(made):
        await asyncio.sleep(max(0.0, began + number / rate - time.monotonic()))
        event_id = uuid.uuid4()
        headers = [(name, value.encode()) for name, value in row.headers if name != "ce_id"]
        async with db.transaction() as tx:
            own = [("ce_id", str(event_id).encode()), *headers]
            tx.enqueue(event_id, TOPIC, row.key, own, row.payload)
        lines.append(f"{event_id} {time.time():.6f}")
    await asyncio.sleep(1)
    stop.set()
    await relay
    await db.close()
    sys.stdout.write("\n".join(lines))


if __name__ == "__main__":
    uvloop.run(main(float(sys.argv[1]), int(sys.argv[2])))
