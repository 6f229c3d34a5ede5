"""Work 3: WishFulfilled from the topic to posted entries, with repeats, beside one by one."""

import asyncio
import random
import sys
import time
import uuid
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import asyncpg
import psutil
from chassis.ids import uuid7
from confluent_kafka import Producer
from contracts.codec import encode
from contracts.envelope import Event
from contracts.fields import Giver, Service
from contracts.registry import spec_of
from contracts.wishes import WishFulfilled
from stack import Ports, Stack
from stack.kafka import client_settings

from bench.contest import peak_of, seconds_of, servers_cpu, worker
from bench.outcome import Contestant, Figure, Goal, Outcome, Setting

EVENTS, QUICK_EVENTS = 100_000, 2_000
ONE_BY_ONE, QUICK_ONE_BY_ONE = 3_000, 200
"""Fewer for who needs a transaction and a commit for each."""
REPEATED = 0.05
PEOPLE = 5_000
LIMIT = 240.0
BESIDE_PEER, BESIDE_BARE = 30.0, 0.8
PEERS = Path(sys.executable).parents[2] / ".venv-peers" / "bin" / "python"
PEER_FILE = Path(__file__).parents[1] / "peers" / "faststream_postings.py"
NAMES = {"ours": "points consumer", "bare": "bare batched loop", "faststream": "FastStream"}
ROLES = {"ours": "ours", "bare": "limit", "faststream": "peer"}
EMPTY = """
truncate points.inbox, points.outbox, points.event_log;
alter table points.posting disable trigger user; alter table points.entry disable trigger user;
truncate points.entry, points.posting; delete from points.account;
delete from points.holder where kind <> 'contra';
alter table points.posting enable trigger user; alter table points.entry enable trigger user
"""
WRONG = """
select count(*) from points.account a full join (
    select holder_id, book, sum(amount) as amount from points.entry group by 1, 2
) e using (holder_id, book) where coalesce(a.balance, 0) <> coalesce(e.amount, 0)
"""
AT = datetime(2026, 11, 23, 9, tzinfo=ZoneInfo("Asia/Shanghai"))


@dataclass(frozen=True)
class Run:
    """One contestant's turn: events a second from its first posting to its last."""

    rate: float
    events: int
    cpu: float
    database_cpu: float
    peak: int
    wrong: int
    """Accounts whose balance is not the sum of their entries, and events not posted exactly once."""


def run(setting: Setting) -> Outcome:
    many, few = (QUICK_EVENTS, QUICK_ONE_BY_ONE) if setting.quick else (EVENTS, ONE_BY_ONE)
    stack = Stack(setting.folder / "stack", Ports.free(), purpose="test", fsync=True)
    found: defaultdict[str, list[Run]] = defaultdict(list)
    commands = {
        "ours": [sys.executable, "-m", "bench.relays.our_postings"],
        "bare": [sys.executable, "-m", "bench.relays.bare_postings"],
    }
    if PEERS.exists():
        commands["faststream"] = [str(PEERS), str(PEER_FILE)]
    try:
        stack.start_infrastructure()
        stack.prepare()
        for turn in range(setting.rounds):
            names = list(commands) if turn % 2 == 0 else list(reversed(commands))
            for name in names:
                count = few if name == "faststream" else many
                one = _turn(stack, commands[name], count, turn)
                found[name].append(one)
                setting.say(f"{name}: {one.rate:,.0f}/s, {one.wrong} wrong")
    finally:
        stack.stop()
    return _outcome(found)


def _turn(stack: Stack, command: list[str], count: int, seed: int) -> Run:
    asyncio.run(_sql(stack, EMPTY))
    _fill(stack, count, seed)
    with worker(stack, command, "points") as child:
        process = psutil.Process(child.pid)
        servers, began = servers_cpu(stack), seconds_of(process)
        rate = asyncio.run(_posted(stack, count))
        cpu = seconds_of(process) - began
        database = servers_cpu(stack)[0] - servers[0]
        peak = peak_of(child.pid)
    wrong = int(asyncio.run(_sql(stack, WRONG)))
    posted = int(asyncio.run(_sql(stack, "select count(*) from points.posting")))
    return Run(rate, count, cpu, database, peak, wrong + abs(posted - count))


def _fill(stack: Stack, count: int, seed: int) -> None:
    """`count` events and repeats of a twentieth of them; what lay there before was read already."""
    rng = random.Random(seed)
    people = [uuid.UUID(int=rng.getrandbits(128), version=4) for _ in range(PEOPLE)]
    producer = Producer(
        client_settings(stack.kafka.bootstrap, "wishes", stack.secrets.kafka["wishes"])
        | {"linger.ms": 20, "queue.buffering.max.messages": 1_000_000}
    )
    for _ in range(count):
        wish, person = uuid7(), rng.choice(people)
        data = WishFulfilled(
            wish_id=wish,
            area="610102007001",
            claim_id=uuid7(),
            beneficiary_id=uuid7(),
            category="service",
            counts_as="first",
            method="code",
            claimant=Giver(kind="volunteer", id=person),
            services=(Service(volunteer_id=person, minutes=rng.randint(10, 180)),),
            fulfilled_at=AT,
        )
        spec = spec_of(WishFulfilled)
        message = encode(
            Event(uuid7(), spec.type, spec.source, str(wish), AT, data, 6, "bench-postings")
        )
        for _ in range(2 if rng.random() < REPEATED else 1):
            producer.produce(
                message.topic,
                key=str(wish),
                value=message.value,
                headers=list(message.headers),  # pyright: ignore[reportArgumentType]
            )
        producer.poll(0)
    if producer.flush(60):
        raise TimeoutError("the topic was not filled")


async def _posted(stack: Stack, count: int) -> float:
    """Events a second, from the first posting that is seen until all are there."""
    connection = await asyncpg.connect(stack.postgres.dsn(), timeout=10, command_timeout=30)
    deadline = time.monotonic() + LIMIT
    first: tuple[float, int] | None = None
    try:
        while time.monotonic() < deadline:
            done = int(await connection.fetchval("select count(*) from points.posting"))
            now = time.perf_counter()
            if done and first is None:
                first = now, done
            if done >= count and first is not None:
                return (count - first[1]) / max(now - first[0], 1e-3)
            await asyncio.sleep(0.05)
    finally:
        await connection.close()
    raise TimeoutError(f"not posted within {LIMIT:.0f} s")


async def _sql(stack: Stack, text: str) -> str:
    connection = await asyncpg.connect(stack.postgres.dsn(), timeout=10, command_timeout=60)
    try:
        if text.lstrip().startswith("select"):
            return str(await connection.fetchval(text))
        return await connection.execute(text)
    finally:
        await connection.close()


def _outcome(found: dict[str, list[Run]]) -> Outcome:
    contestants = {
        name: Contestant(
            NAMES[name],
            ROLES[name],
            (
                Figure("events", "/s", tuple(r.rate for r in runs)),
                Figure("CPU", "s/100,000", tuple(r.cpu / r.events * 1e5 for r in runs)),
                Figure(
                    "CPU of PostgreSQL",
                    "s/100,000",
                    tuple(r.database_cpu / r.events * 1e5 for r in runs),
                ),
                Figure("peak memory", "MB", tuple(r.peak / 1e6 for r in runs)),
                Figure("wrong", "", tuple(float(r.wrong) for r in runs)),
            ),
        )
        for name, runs in found.items()
    }
    ours = contestants["ours"]
    rate = ours.figure("events").value
    goals = [
        Goal(
            "events beside the bare loop",
            rate / contestants["bare"].figure("events").value,
            ">=",
            BESIDE_BARE,
            f"CPU per 100,000: ours {ours.figure('CPU').value:.1f} s, the bare loop"
            f" {contestants['bare'].figure('CPU').value:.1f} s: every event is decoded, checked, told",
        ),
        Goal("wrong balances or postings", sum(ours.figure("wrong").runs), "<=", 0),
    ]
    if "faststream" in contestants:
        peer = contestants["faststream"].figure("events").value
        most = contestants["bare"].figure("events").value / peer
        reason = f"the bare loop itself is ×{most:.0f} of it on this machine"
        goals.insert(0, Goal("events beside FastStream", rate / peer, ">=", BESIDE_PEER, reason))
    return Outcome(
        "postings",
        "3 · WishFulfilled → books",
        tuple(contestants.values()),
        tuple(goals),
        (
            "5,000 people, 5 % repeats, two books each; each posting also leaves an outbox row,"
            " which nobody relays here.",
            "Ours decodes and checks every event, knows parked keys, rules and reversals.",
        ),
    )
