"""faststream-outbox to Kafka as its quickstart says, with one worker: more of them break the order.

Runs in the peers' environment and imports nothing of ours. Makes its table in the schema `peers`.
"""

import asyncio
import os
import signal
import sys

import uvloop
from faststream.kafka import KafkaBroker, KafkaResponse
from faststream.security import SASLScram512
from faststream_outbox import OutboxBroker, make_outbox_table
from faststream_outbox.annotations import OutboxMessage
from sqlalchemy import MetaData
from sqlalchemy.ext.asyncio import create_async_engine

TOPIC = "wishtree.wish.events.v1"


async def main() -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    metadata = MetaData()
    table = make_outbox_table(metadata, table_name="fs_outbox")
    engine = create_async_engine(
        os.environ["DSN"].replace("postgresql://", "postgresql+asyncpg://"),
        pool_size=20,
        connect_args={"server_settings": {"search_path": "peers"}},
    )
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    kafka = KafkaBroker(
        os.environ["BOOTSTRAP"],
        security=SASLScram512(
            username=os.environ["KAFKA_USER"],
            password=os.environ["KAFKA_PASSWORD"],
            use_ssl=False,
        ),
        enable_idempotence=True,
        acks="all",
        linger_ms=0,
        logger=None,
    )
    outbox = OutboxBroker(engine, outbox_table=table, logger=None)

    @kafka.publisher(TOPIC)
    @outbox.subscriber(
        "events",
        max_workers=1,
        fetch_batch_size=1_000,
        min_fetch_interval=0.01,
        terminal_flush_batch_size=500,
    )
    async def relay(body: dict[str, object], message: OutboxMessage) -> KafkaResponse:
        headers = {str(name): str(value) for name, value in message.headers.items()}
        return KafkaResponse(body, key=headers["ce_subject"].encode(), headers=headers)

    await kafka.start()
    await outbox.start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await stop.wait()
    await outbox.stop()
    await kafka.stop()
    await engine.dispose()


if __name__ == "__main__":
    uvloop.run(main())
