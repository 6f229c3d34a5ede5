"""Work 1: waiting outbox rows to Kafka, out of the table and into event_log, in order."""

import asyncio
import sys
import time
from collections import defaultdict
from dataclasses import dataclass

import asyncpg
import psutil
from stack import Ports, Stack

from bench.contest import peak_of, seconds_of, servers_cpu, worker
from bench.outcome import Contestant, Figure, Goal, Outcome, Setting
from bench.rows import TOPIC, Arrived, Row, Topic, outbox_records, rows

ROWS, QUICK_ROWS = 100_000, 2_000
WARM = 200
LIMIT = 180.0
READY = 40.0
BESIDE_BARE, BESIDE_DEBEZIUM, MEMORY = 0.85, 3.0, 1 / 6
COPIED = ("shard", "event_id", "topic", "key", "headers", "payload")


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
    count = QUICK_ROWS if setting.quick else ROWS
    stack = Stack(setting.folder / "stack", Ports.free(), purpose="test", fsync=True)
    found: defaultdict[str, list[Run]] = defaultdict(list)
    try:
        stack.start_infrastructure()
        stack.prepare()
        for turn in range(setting.rounds):
            names = ("ours", "bare") if turn % 2 == 0 else ("bare", "ours")
            for name in names:
                one = _turn(stack, f"bench.relays.{name}", rows(count, seed=turn))
                found[name].append(one)
                setting.say(f"{name}: {one.events / one.seconds:,.0f}/s")
    finally:
        stack.stop()
    return _outcome(found)


def _turn(stack: Stack, module: str, made: list[Row]) -> Run:
    topic = Topic(stack)
    with worker(stack, [sys.executable, "-m", module], "wishes") as child:
        # It has its connections and its shards before the clock starts.
        asyncio.run(_drained(stack, rows(WARM, seed=-1)))
        topic.begin()
        process = psutil.Process(child.pid)
        servers = servers_cpu(stack)
        before = seconds_of(process)
        seconds = asyncio.run(_drained(stack, made))
        cpu = seconds_of(process) - before
        after = servers_cpu(stack)
        peak = peak_of(child.pid)
    arrived = topic.arrived()
    return Run(seconds, len(made), cpu, after[0] - servers[0], after[1] - servers[1], peak, arrived)


async def _drained(stack: Stack, made: list[Row]) -> float:
    connection = await asyncpg.connect(stack.postgres.dsn(), timeout=10, command_timeout=LIMIT)
    try:
        await connection.execute("set search_path to wishes")
        await connection.execute("truncate event_log")
        async with connection.transaction():
            await connection.copy_records_to_table(
                "outbox", schema_name="wishes", columns=COPIED, records=outbox_records(made)
            )
        began = time.perf_counter()
        while await connection.fetchval("select exists (select from outbox)"):
            if time.perf_counter() - began > LIMIT:
                raise TimeoutError(f"rows were left after {LIMIT:.0f} s")
            await asyncio.sleep(0.01)
        seconds = time.perf_counter() - began
        moved = await connection.fetchval("select count(*) from event_log")
        if moved != len(made):
            raise RuntimeError(f"{moved} of {len(made)} rows are in event_log")
        return seconds
    finally:
        await connection.close()


def _outcome(found: dict[str, list[Run]]) -> Outcome:
    titles = {"ours": ("chassis relay", "ours"), "bare": ("bare loop", "limit")}
    contestants = {
        name: Contestant(
            titles[name][0],
            titles[name][1],
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
    return Outcome(
        "relay",
        "1 · outbox → Kafka → event_log",
        (ours, bare),
        (
            Goal("events beside the bare loop", share, ">=", BESIDE_BARE),
            Goal("lost or out of order", sum(wrong), "<=", 0),
        ),
        (f"Rows of 400 bytes over 2,000 keys to {TOPIC}, 12 partitions, one broker, fsync on.",),
    )
