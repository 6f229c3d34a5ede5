"""Work 1: waiting outbox rows to Kafka, out of the table and into event_log, in order."""

import asyncio
import json
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import psutil
from stack import Ports, Stack
from stack.errors import StackError

from bench import debezium
from bench.contest import peak_of, seconds_of, servers_cpu, worker
from bench.outcome import Contestant, Figure, Goal, Outcome, Setting
from bench.rows import TOPIC, Arrived, Row, Topic, outbox_records, rows

ROWS, QUICK_ROWS = 100_000, 4_000
WARM = 200
LIMIT = 180.0
BESIDE_BARE, BESIDE_DEBEZIUM, MEMORY = 0.85, 3.0, 1 / 6
FEW = 5_000
"""Rows for who needs a statement for each of them; its rate is compared, not its time."""
PEERS = Path(sys.executable).parents[2] / ".venv-peers" / "bin" / "python"
PEER_FILES = Path(__file__).parents[1] / "peers"
Records = list[tuple[object, ...]]


@dataclass(frozen=True)
class Entrant:
    """One contestant: its program, its own table, and how waiting rows get in there."""

    title: str
    role: str
    command: Sequence[str]
    table: str
    columns: Sequence[str]
    records: Callable[[Sequence[Row]], Records]
    most: int = ROWS
    moves: bool = False
    """Also into event_log, which no peer does."""
    follows: bool = False
    """Reads the log of the database and leaves the rows in the table."""


def _txoutbox_records(made: Sequence[Row]) -> Records:
    return [(TOPIC, row.key, row.payload, json.dumps(dict(row.headers))) for row in made]


def _faststream_records(made: Sequence[Row]) -> Records:
    return [("events", row.payload, json.dumps(dict(row.headers))) for row in made]


def _of_us(title: str, role: str, module: str) -> Entrant:
    columns = ("shard", "event_id", "topic", "key", "headers", "payload")
    command = [sys.executable, "-m", module]
    return Entrant(title, role, command, "wishes.outbox", columns, outbox_records, moves=True)


OWN = {
    "ours": _of_us("chassis relay", "ours", "bench.relays.ours"),
    "bare": _of_us("bare loop", "limit", "bench.relays.bare"),
}
THEIRS = {
    "debezium": Entrant(
        "Debezium on Kafka Connect",
        "peer",
        [sys.executable, "-m", "bench.debezium"],
        "peers.dbz_outbox",
        debezium.COLUMNS,
        debezium.records,
        follows=True,
    ),
    "txoutbox": Entrant(
        "txoutbox, tuned",
        "peer",
        [str(PEERS), str(PEER_FILES / "relay_txoutbox.py")],
        "peers.tx_outbox",
        ("topic", "key", "payload", "headers"),
        _txoutbox_records,
    ),
    "faststream": Entrant(
        "faststream-outbox, in order",
        "peer",
        [str(PEERS), str(PEER_FILES / "relay_faststream.py")],
        "peers.fs_outbox",
        ("queue", "payload", "headers"),
        _faststream_records,
        most=FEW,
    ),
}


@dataclass(frozen=True)
class Run:
    """One relay's turn: seconds from the commit of all rows until none is left."""

    seconds: float
    events: int
    cpu: float
    database_cpu: float
    broker_cpu: float
    peak: int
    """Bytes of resident memory, at the most (VmHWM)."""
    arrived: Arrived


def run(setting: Setting) -> Outcome:
    entrants = _entrants(setting)
    stack = Stack(setting.folder / "stack", Ports.free(), purpose="test", fsync=True)
    found: defaultdict[str, list[Run]] = defaultdict(list)
    try:
        stack.start_infrastructure()
        stack.prepare()
        debezium.prepare(stack)
        for turn in range(setting.rounds):
            names = list(entrants) if turn % 2 == 0 else list(reversed(entrants))
            for name in names:
                most = entrants[name].most
                count = most * QUICK_ROWS // ROWS if setting.quick else most
                one = _turn(stack, entrants[name], rows(count, seed=turn))
                found[name].append(one)
                setting.say(
                    f"{name}: {one.events / one.seconds:,.0f}/s,"
                    f" {one.arrived.disordered} out of order"
                )
    finally:
        stack.stop()
    return _outcome(entrants, found)


def _entrants(setting: Setting) -> dict[str, Entrant]:
    """StackError where the peers are not installed: their absence must not look like a result."""
    if PEERS.exists():
        debezium.fetch()
        return OWN | THEIRS
    if not setting.quick:
        raise StackError(
            "没有同伴的环境 .venv-peers，请用 make bench。"
            " / The peers' environment .venv-peers is missing: use make bench."
        )
    setting.say("没有同伴，只跑我们和裸循环 / no peers here: only ours and the bare loop")
    return OWN


def _turn(stack: Stack, entrant: Entrant, made: list[Row]) -> Run:
    topic = Topic(stack)
    running = (
        debezium.following(stack) if entrant.follows else worker(stack, entrant.command, "wishes")
    )
    with running as child:
        # It has its connections and its shards before the clock starts.
        topic.begin()
        asyncio.run(_drained(stack, entrant, topic, rows(WARM, seed=-1)))
        topic.begin()
        process = psutil.Process(child.pid)
        servers = servers_cpu(stack)
        before = seconds_of(process)
        seconds = asyncio.run(_drained(stack, entrant, topic, made))
        cpu = seconds_of(process) - before
        after = servers_cpu(stack)
        peak = peak_of(child.pid)
    arrived = topic.arrived()
    topic.close()
    return Run(seconds, len(made), cpu, after[0] - servers[0], after[1] - servers[1], peak, arrived)


async def _drained(stack: Stack, entrant: Entrant, topic: Topic, made: list[Row]) -> float:
    """Seconds from the commit until the table is empty, or until all are there for who leaves it."""
    schema, table = entrant.table.split(".")
    connection = await asyncpg.connect(stack.postgres.dsn(), timeout=10, command_timeout=LIMIT)
    try:
        await connection.execute("set search_path to wishes")
        await connection.execute("truncate event_log")
        if entrant.follows:
            await connection.execute(f"truncate {entrant.table}")
        async with connection.transaction():
            await connection.copy_records_to_table(
                table,
                schema_name=schema,
                columns=entrant.columns,
                records=entrant.records(made),
            )
        began = time.perf_counter()
        waiting = f"select exists (select from {entrant.table})"  # noqa: S608
        while topic.added() < len(made) if entrant.follows else await connection.fetchval(waiting):
            if time.perf_counter() - began > LIMIT:
                raise TimeoutError(f"{entrant.title}: rows were left after {LIMIT:.0f} s")
            await asyncio.sleep(0.05 if entrant.follows else 0.01)
        seconds = time.perf_counter() - began
        moved = await connection.fetchval("select count(*) from event_log")
        if entrant.moves and moved != len(made):
            raise RuntimeError(f"{moved} of {len(made)} rows are in event_log")
        return seconds
    finally:
        await connection.close()


def _outcome(entrants: dict[str, Entrant], found: dict[str, list[Run]]) -> Outcome:
    contestants = {
        name: Contestant(
            entrants[name].title,
            entrants[name].role,
            (
                Figure("events", "/s", tuple(r.events / r.seconds for r in runs)),
                Figure("CPU", "s/100,000", tuple(r.cpu / r.events * 1e5 for r in runs)),
                Figure(
                    "CPU of PostgreSQL",
                    "s/100,000",
                    tuple(r.database_cpu / r.events * 1e5 for r in runs),
                ),
                Figure(
                    "CPU of Kafka", "s/100,000", tuple(r.broker_cpu / r.events * 1e5 for r in runs)
                ),
                Figure("peak memory", "MB", tuple(r.peak / 1e6 for r in runs)),
                Figure("order violations", "", tuple(float(r.arrived.disordered) for r in runs)),
                Figure("repeats", "", tuple(float(r.arrived.repeats) for r in runs)),
                Figure("lost", "", tuple(float(r.events - r.arrived.events) for r in runs)),
            ),
        )
        for name, runs in found.items()
    }
    ours, bare = contestants["ours"], contestants["bare"]
    share = ours.figure("events").value / bare.figure("events").value
    wrong = ours.figure("order violations").runs + ours.figure("lost").runs
    goals: list[Goal] = []
    if "debezium" in contestants:
        peer = contestants["debezium"]
        faster = ours.figure("events").value / peer.figure("events").value
        memory = ours.figure("peak memory").value / peer.figure("peak memory").value
        goals = [
            Goal("events beside Debezium", faster, ">=", BESIDE_DEBEZIUM, _limit(bare, peer)),
            Goal("memory beside Debezium", memory, "<=", MEMORY),
        ]
    return Outcome(
        "relay",
        "1 · outbox → Kafka → event_log",
        tuple(contestants[name] for name in entrants),
        (
            *goals,
            Goal("events beside the bare loop", share, ">=", BESIDE_BARE, _cost(ours, bare)),
            Goal("lost or out of order", sum(wrong), "<=", 0),
        ),
        (
            f"Rows of 400 bytes over 2,000 keys to {TOPIC}, 12 partitions, one broker, fsync on;"
            " everybody in turns on the same database and broker.",
            f"faststream-outbox has {FEW:,} rows: rates are compared. Only ours and the bare loop"
            " keep the rows in event_log.",
            "wal_level is logical for everybody. Debezium reads the log: its rows stay in the table,"
            " and its clock stops when the topic has them all; its start does not count.",
        ),
    )


def _limit(bare: Contestant, peer: Contestant) -> str:
    most = bare.figure("events").value / peer.figure("events").value
    return f"the bare loop itself is ×{most:.1f} of Debezium on this machine"


def _cost(ours: Contestant, bare: Contestant) -> str:
    ours_cpu, bare_cpu = ours.figure("CPU").value, bare.figure("CPU").value
    return f"CPU per 100,000: ours {ours_cpu:.2f} s, the bare loop {bare_cpu:.2f} s; see the spread"
