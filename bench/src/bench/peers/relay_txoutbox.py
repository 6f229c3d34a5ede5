"""txoutbox as its readme says, tuned: large claims, every key at once, rows deleted when sent.

Runs in the peers' environment and imports nothing of ours. Makes its table in the schema `peers`.
"""

import asyncio
import os
import signal
import sys

import asyncpg
import uvloop
from aiokafka import AIOKafkaProducer
from txoutbox import OutboxMessage, Relay, RelayConfig
from txoutbox.adapters.postgres import PostgresStorage

TUNED = RelayConfig(batch_size=2_000, concurrency=500, poll_min=0.01, poll_max=0.05)


async def main() -> None:
    settings = {"search_path": "peers"}
    pool = await asyncpg.create_pool(
        os.environ["DSN"], min_size=4, max_size=8, server_settings=settings
    )
    # Strict order per key is its default.
    storage = PostgresStorage(pool, table="tx_outbox", delete_on_ack=True)
    await storage.create_schema()
    producer = AIOKafkaProducer(
        bootstrap_servers=os.environ["BOOTSTRAP"],
        security_protocol="SASL_PLAINTEXT",
        sasl_mechanism="SCRAM-SHA-512",
        sasl_plain_username=os.environ["KAFKA_USER"],
        sasl_plain_password=os.environ["KAFKA_PASSWORD"],
        enable_idempotence=True,
        acks="all",
    )
    await producer.start()

    async def publish(message: OutboxMessage) -> None:
        await producer.send_and_wait(
            message.topic,
            message.payload,
            key=(message.key or "").encode(),
            headers=[(name, value.encode()) for name, value in message.headers.items()],
        )

    relay = Relay(storage, publish, config=TUNED)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, relay.stop)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await relay.run()
    await producer.stop()
    await pool.close()


if __name__ == "__main__":
    uvloop.run(main())
