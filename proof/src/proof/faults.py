"""The faults of a campaign: what is drawn from the seed, and how each is done to the real processes.

Faults overlap; two that concern the same process wait for each other, so that each is what its name
says. Every fault leaves its victim running again.
"""

import asyncio
import random
import resource
import signal
import time
import uuid
import zlib
from collections import defaultdict
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import psutil
from confluent_kafka import Producer
from stack.errors import StackError
from stack.kafka import client_settings
from stack.processes import Child

from proof.brokers import controller_of, leader_of
from proof.system import System

SERVICES = ("wishes", "volunteers", "points", "notifications")
NODES = ("kafka-1", "kafka-2", "kafka-3")
WISHES = "wishtree.wish.events.v1"
STEP = 300
"""Seconds that a clock is put forward or back."""
DAY = 24 * 60 * 60
LEAP = (3, 40)
"""Days: from a first reminder to the closing of what was fulfilled today."""
WORKERS = "wishes, two more workers"
"""A victim of leap_clock: the service itself keeps its time."""
AT_HOME = 1.5
"""Seconds after which a process has seen that its clock was set."""
SENT_BEFORE = """
select event_id, topic, key, headers, payload from event_log order by created_at desc limit 300
"""
SEND_AGAIN = """
insert into outbox (shard, event_id, topic, key, headers, payload) values ($1, $2, $3, $4, $5, $6)
"""
GUEST_EVERY, GUEST_STARTS, GUEST_STAYS = 2.0, 3.0, 4.0
"""Seconds; what a process needs to start is waited for, whatever it is."""
FLUSH_LIMIT = 60.0
DIES_WITHIN = 25.0
"""Seconds in which a process with an armed fault point meets it, as long as there is a load."""


@dataclass(frozen=True)
class Planned:
    """One drawn fault: when it begins (seconds after the load), to whom, and for how long."""

    at: float
    kind: str
    victim: str
    lasts: float


@dataclass(frozen=True)
class Poison:
    """An event that nobody can read, as it was sent."""

    topic: str
    key: str
    event_id: str


@dataclass(frozen=True)
class Span:
    """A fault as it happened, in seconds of the campaign."""

    name: str
    victim: str
    start: float
    end: float


@dataclass
class Arena:
    """Where faults happen: the system, who is being hurt right now, and what was done."""

    system: System
    began: float = field(default_factory=time.monotonic)
    spans: list[Span] = field(default_factory=list)
    poisons: list[Poison] = field(default_factory=list)
    hurt: set[str] = field(default_factory=set)
    """Processes that a fault holds now: nobody else may start or judge them."""
    guests: int = 0
    """Further workers that were started so far."""
    _locks: defaultdict[str, asyncio.Lock] = field(
        default_factory=lambda: defaultdict(asyncio.Lock)
    )

    @asynccontextmanager
    async def holding(self, *victims: str) -> AsyncGenerator[None]:
        async with AsyncExitStack() as held:
            # Always in the same order: two faults must not wait for each other for ever.
            for name in sorted(victims):
                await held.enter_async_context(self._locks[name])
            self.hurt.update(victims)
            try:
                yield
            finally:
                self.hurt.difference_update(victims)

    @asynccontextmanager
    async def span(self, name: str, victim: str) -> AsyncGenerator[None]:
        start = time.monotonic() - self.began
        try:
            yield
        finally:
            self.spans.append(Span(name, victim, start, time.monotonic() - self.began))


Act = Callable[[Arena, str, float], Awaitable[None]]


@dataclass(frozen=True)
class Kind:
    """`lasts` is a range of seconds; `most` bounds how often one campaign draws it."""

    victims: tuple[str, ...]
    lasts: tuple[float, float]
    act: Act
    most: int = 99


async def kill(arena: Arena, victim: str, lasts: float) -> None:
    """SIGKILL in the middle of anything; a supervisor starts it again."""
    system = arena.system
    async with arena.holding(victim), arena.span("SIGKILL", victim):
        await system.kill_service(victim)
        await asyncio.sleep(lasts)
        await system.start_service(victim)


async def freeze(arena: Arena, victim: str, lasts: float) -> None:
    """SIGSTOP: a zombie that comes back and believes that nothing has happened."""
    async with arena.holding(victim), arena.span("SIGSTOP", victim):
        if child := arena.system.child(victim):
            _signal(child, signal.SIGSTOP)
            await asyncio.sleep(lasts)
            _signal(child, signal.SIGCONT)


async def kill_leader(arena: Arena, victim: str, lasts: float) -> None:
    """SIGKILL of whoever leads a partition of the wishes."""
    node = await asyncio.to_thread(leader_of, arena.system.stack, WISHES)
    await _kill_node(arena, "SIGKILL leader", node, lasts)


async def kill_controller(arena: Arena, victim: str, lasts: float) -> None:
    node = controller_of(arena.system.stack)
    await _kill_node(arena, "SIGKILL controller", node, lasts)


TOGETHER = "kafka, together"
"""A victim of kill_all_brokers: its brokers come back all at once."""


async def kill_all_brokers(arena: Arena, victim: str, lasts: float) -> None:
    """Longer than the clients' request time-out; then one by one. Idempotent producers that live
    through this refuse everything for ever; most of all when the brokers come back all at once, for
    then partitions have no leader for a moment, which is when a batch is given up."""
    stack = arena.system.stack
    async with arena.holding(*NODES), arena.span("all brokers SIGKILL", "kafka"):
        await asyncio.to_thread(stack.kafka.kill)
        await asyncio.sleep(lasts)
        starts = [asyncio.to_thread(stack.kafka.start_node, node) for node in stack.kafka.nodes]
        if victim == TOGETHER:
            await asyncio.gather(*starts)
        else:
            for start in starts:
                await start
                await asyncio.sleep(1.5)
        await _brokers_ready(arena)


async def go_silent(arena: Arena, victim: str, lasts: float) -> None:
    """The connections that exist say nothing more; new ones work."""
    async with arena.span("silent connections", victim):
        arena.system.cables[_node(victim)].silence()
        await asyncio.sleep(lasts)


async def refuse_writes(arena: Arena, victim: str, lasts: float) -> None:
    """The broker's disk takes no more bytes (a limit on file sizes does that without a real disk)."""
    stack = arena.system.stack
    async with arena.holding(victim), arena.span("disk refuses writes", victim):
        child = arena.system.child(victim)
        if child is None:
            return
        with suppress(psutil.Error):
            process = psutil.Process(child.pid)
            _, hard = process.rlimit(resource.RLIMIT_FSIZE)
            process.rlimit(resource.RLIMIT_FSIZE, (0, hard))
        await asyncio.to_thread(child.wait, lasts)
        # A broker without a disk ends by itself; one that had nothing to write is ended here.
        await asyncio.to_thread(stack.kafka.kill, _node(victim))
        await asyncio.to_thread(stack.kafka.start_node, _node(victim))
        await _brokers_ready(arena)


async def crash_postgres(arena: Arena, victim: str, lasts: float) -> None:
    """`pg_ctl stop -m immediate` and a start that has to recover."""
    stack = arena.system.stack
    async with arena.holding("postgres"), arena.span("immediate stop", "postgres"):
        await asyncio.to_thread(stack.postgres.stop, "immediate")
        await asyncio.sleep(lasts)
        await asyncio.to_thread(stack.postgres.start)


async def kill_relay_after_send(arena: Arena, victim: str, lasts: float) -> None:
    """Dies when Kafka has acknowledged a batch and before its rows leave the table."""
    await _armed(arena, victim, "relay_sent", "dies between send and delete")


async def kill_consumer_after_commit(arena: Arena, victim: str, lasts: float) -> None:
    """Dies when the database has committed a batch and before its offset is."""
    await _armed(arena, victim, "consumer_handled", "dies between commit and offset")


async def storm(arena: Arena, victim: str, lasts: float) -> None:
    """Every two seconds a worker joins the group, and one that joined earlier leaves, politely or not."""

    async def guest(number: int) -> None:
        worker = await arena.system.start_worker(victim, f"{victim}-guest-{number}")
        await asyncio.sleep(GUEST_STAYS)
        if number % 2:
            await asyncio.to_thread(worker.end, signal.SIGTERM, within=8)
        else:
            await asyncio.to_thread(worker.kill)

    async with arena.span("rebalance storm", victim), asyncio.TaskGroup() as guests:
        alone = GUEST_STARTS + GUEST_STAYS
        for _ in range(max(1, round((lasts - alone) / GUEST_EVERY))):
            arena.guests += 1
            guests.create_task(guest(arena.guests))
            await asyncio.sleep(GUEST_EVERY)


async def grow(arena: Arena, victim: str, lasts: float) -> None:
    """Two more workers of a group, for a while: its batches are handled side by side."""

    async def guest(number: int) -> None:
        worker = await arena.system.start_worker(victim, f"{victim}-guest-{number}")
        await asyncio.sleep(lasts)
        await asyncio.to_thread(worker.end, signal.SIGTERM, within=8)

    async with arena.span("more workers", victim), asyncio.TaskGroup() as guests:
        for _ in range(2):
            arena.guests += 1
            guests.create_task(guest(arena.guests))


async def step_clock(arena: Arena, victim: str, lasts: float) -> None:
    """One process's clock jumps five minutes forward or back, and home again."""
    forward = random.Random(lasts).random() < 0.5
    step = STEP if forward else -STEP
    async with arena.holding(_clock_of(victim)), arena.span(f"clock {step:+d} s", victim):
        arena.system.set_clock(victim, step)
        await asyncio.sleep(lasts)
        arena.system.set_clock(victim, 0)


async def leap_clock(arena: Arena, victim: str, lasts: float) -> None:
    """Days go by for the wishes, and come back: leases lapse, promises go up, wishes close by the
    dozen. Two more workers see to the same moments, and one of them is killed in the middle of it.
    The service's own clock leaps with theirs, so that every token looks like one of long ago; or it
    stays, and its requests meet what its workers do."""
    system, days = arena.system, random.Random(lasts).randint(*LEAP)
    clocks = [WORKERS] if victim == WORKERS else [WORKERS, victim]
    name = f"clock of two more workers +{days} d" if victim == WORKERS else f"clock +{days} d"
    async with arena.holding(_clock_of("wishes")):
        arena.guests += 2
        names = [f"wishes-guest-{arena.guests - 1}", f"wishes-guest-{arena.guests}"]
        hasty, polite = await asyncio.gather(
            *(system.start_worker("wishes", guest, WORKERS) for guest in names)
        )
        async with arena.span(name, "wishes"):
            for clock in clocks:
                system.set_clock(clock, days * DAY)
            await asyncio.sleep(lasts / 2)
            await asyncio.to_thread(hasty.kill)
            await asyncio.sleep(lasts / 2)
            for clock in clocks:
                system.set_clock(clock, 0)
        await asyncio.sleep(AT_HOME)
        await asyncio.to_thread(polite.end, signal.SIGTERM, within=8)


async def slow_down(arena: Arena, victim: str, lasts: float) -> None:
    """A consumer that gets a fifth of its time."""
    async with arena.holding(victim), arena.span("slow", victim):
        child = arena.system.child(victim)
        deadline = time.monotonic() + lasts
        while child is not None and child.running and time.monotonic() < deadline:
            _signal(child, signal.SIGSTOP)
            await asyncio.sleep(0.8)
            _signal(child, signal.SIGCONT)
            await asyncio.sleep(0.2)


async def poison(arena: Arena, victim: str, lasts: float) -> None:
    """Bytes that no producer of ours could write, under a key of their own."""
    stack = arena.system.stack
    sent = Poison(WISHES, str(uuid.uuid4()), str(uuid.uuid4()))
    headers: list[tuple[str, str | bytes | None]] = [
        ("ce_specversion", b"1.0"),
        ("content-type", b"application/json"),
        ("ce_type", b"wishtree.WishVerified.v1"),
        ("ce_id", sent.event_id.encode()),
        ("ce_source", b"/wishes"),
        ("ce_subject", sent.key.encode()),
        ("ce_time", b"2026-02-01T09:30:00.000+08:00"),
        ("ce_aggregateversion", b"1"),
        ("ce_correlationid", b"proof-poison"),
    ]
    async with arena.span("poison event", "wishes"):
        # Noted first: whatever becomes of the sending, the judge knows of it.
        arena.poisons.append(sent)
        settings = client_settings(stack.kafka.bootstrap, "wishes", stack.secrets.kafka["wishes"])
        producer = Producer({**settings, "enable.idempotence": True})
        producer.produce(sent.topic, key=sent.key, value=b'{"wish_id": 7}', headers=headers)
        await asyncio.to_thread(producer.flush, FLUSH_LIMIT)


async def commit_late(arena: Arena, victim: str, lasts: float) -> None:
    """A transaction that took its numbers in every shard of an outbox commits long after others that
    took theirs later. What it writes are events that were sent before: exact repeats."""

    async def write(connection: Any) -> None:
        await connection.execute(f"set local search_path to {victim}")
        sent = await connection.fetch(SENT_BEFORE)
        shards = {zlib.crc32(row["key"].encode()) & 15: row for row in sent}
        rows = [(shard, *row.values()) for shard, row in sorted(shards.items())]
        await connection.executemany(SEND_AGAIN, rows)
        await asyncio.sleep(lasts)

    async with arena.span("late commit", victim):
        await _somebody_else(arena, write)


async def hold_table(arena: Arena, victim: str, lasts: float) -> None:
    """Somebody's long transaction keeps a table; then everybody who waited goes on at once."""

    async def hold(connection: Any) -> None:
        await connection.execute(f"lock table {victim} in access exclusive mode")
        await asyncio.sleep(lasts)

    async with arena.span("table held", victim):
        await _somebody_else(arena, hold)


async def _somebody_else(arena: Arena, do: Callable[[Any], Awaitable[None]]) -> None:
    """One transaction of a stranger. While PostgreSQL is away it does not happen."""
    with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
        dsn = arena.system.stack.postgres.dsn()
        connection = await asyncpg.connect(dsn, timeout=5, command_timeout=10)
        try:
            async with connection.transaction():
                await do(connection)
        finally:
            await asyncio.wait_for(connection.close(), 5)


async def cut_answers(arena: Arena, victim: str, lasts: float) -> None:
    """The line to the wishes breaks in the middle of answers."""
    async with arena.span("answers cut", "wishes"):
        arena.system.line.cut_share = 0.3
        await asyncio.sleep(lasts)
        arena.system.line.cut_share = 0.0


KINDS: dict[str, Kind] = {
    "kill": Kind((*SERVICES, "web"), (0, 3), kill),
    "freeze": Kind((*SERVICES, *NODES), (40, 40), freeze, most=4),
    "kill_leader": Kind(("kafka",), (4, 9), kill_leader),
    "kill_controller": Kind(("kafka",), (4, 9), kill_controller),
    "kill_all_brokers": Kind(("kafka",), (14, 20), kill_all_brokers, most=2),
    "go_silent": Kind(NODES, (15, 15), go_silent),
    "refuse_writes": Kind(NODES, (8, 12), refuse_writes, most=3),
    "crash_postgres": Kind(("postgres",), (0.5, 3), crash_postgres),
    "kill_relay_after_send": Kind(SERVICES, (0, 0), kill_relay_after_send),
    "kill_consumer_after_commit": Kind(
        ("points", "notifications", "volunteers"), (0, 0), kill_consumer_after_commit
    ),
    "storm": Kind(("points", "notifications", "volunteers"), (15, 21), storm, most=3),
    "grow": Kind(("wishes", "points", "notifications", "volunteers"), (20, 30), grow, most=2),
    "step_clock": Kind(SERVICES, (15, 30), step_clock),
    "leap_clock": Kind(("wishes", WORKERS), (10, 16), leap_clock, most=4),
    "slow_down": Kind(("points", "notifications", "volunteers"), (12, 20), slow_down),
    "poison": Kind(("wishes",), (0, 0), poison, most=3),
    "cut_answers": Kind(("wishes",), (8, 15), cut_answers),
    "commit_late": Kind(("wishes", "points", "notifications"), (2, 5), commit_late),
    "hold_table": Kind(("points.posting", "notifications.message"), (2, 4), hold_table),
}


def plan(
    seed: int, seconds: float, kinds: Iterable[str] = KINDS, every: float = 8.0
) -> list[Planned]:
    """What this seed does in `seconds`: every kind once where there is room, then at random."""
    rng = random.Random(seed)
    names = sorted(kinds)
    left = {name: KINDS[name].most for name in names}
    count = max(1, round(seconds / every))
    drawn: list[str] = []
    while len(drawn) < count and any(left.values()):
        round_ = [name for name in names if left[name]]
        rng.shuffle(round_)
        drawn += round_
        for name in round_:
            left[name] -= 1
    found: list[Planned] = []
    for number, name in enumerate(drawn[:count]):
        kind = KINDS[name]
        lasts = rng.uniform(*kind.lasts)
        at = min(number * every + rng.uniform(0, every), max(0.0, seconds - lasts))
        found.append(Planned(at, name, rng.choice(kind.victims), lasts))
    return sorted(found, key=lambda planned: planned.at)


async def inflict(arena: Arena, planned: Sequence[Planned]) -> None:
    """All of them at their times; returns when the last has ended."""
    async with asyncio.TaskGroup() as group:
        for fault in planned:
            group.create_task(_at_its_time(arena, fault))


async def _at_its_time(arena: Arena, fault: Planned) -> None:
    await asyncio.sleep(max(0.0, arena.began + fault.at - time.monotonic()))
    await KINDS[fault.kind].act(arena, fault.victim, fault.lasts)


async def _kill_node(arena: Arena, name: str, node: int, lasts: float) -> None:
    stack = arena.system.stack
    victim = f"kafka-{node}"
    async with arena.holding(victim), arena.span(name, victim):
        await asyncio.to_thread(stack.kafka.kill, node)
        await asyncio.sleep(lasts)
        await asyncio.to_thread(stack.kafka.start_node, node)
        await _brokers_ready(arena)


async def _brokers_ready(arena: Arena, seconds: float = 45) -> None:
    """Until the brokers that should run are in the cluster, or for as long as anybody would wait:
    another fault may hold one of them."""
    with suppress(StackError):
        await asyncio.to_thread(arena.system.stack.kafka.wait_ready, seconds=seconds)


async def _armed(arena: Arena, victim: str, point: str, name: str) -> None:
    system = arena.system
    async with arena.holding(victim), arena.span(name, victim):
        await system.kill_service(victim)
        child = await system.start_service(victim, {"WISHTREE_FAULTS": point})
        # Nothing to send or to handle came by: then it ends like any other.
        if not await asyncio.to_thread(child.wait, DIES_WITHIN):
            await system.kill_service(victim)
        await system.start_service(victim)


def _clock_of(name: str) -> str:
    """Who steps and who leaps wait for each other."""
    return f"the clock of {name}"


def _node(victim: str) -> int:
    return int(victim.rsplit("-", 1)[1])


def _signal(child: Child, number: int) -> None:
    with suppress(ProcessLookupError):
        child.process.send_signal(number)
