"""One campaign: a running system, a load, the faults of a seed; then quiet, and the judge."""

import asyncio
import contextlib
import random
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import httpx
from confluent_kafka import KafkaException
from hansenzhai.telling import Telling
from hansenzhai.world import world_of

from proof.evidence import Evidence, ask
from proof.faults import KINDS, Arena, Planned, Span, inflict, plan
from proof.habits import Habits
from proof.load import Load
from proof.logs import accidents
from proof.page import Sample
from proof.people import FORGETFUL, STAFF, VOLUNTEERS, People
from proof.reader import GROUPS, Positions, read_letters, read_topics
from proof.record import Recorder, read_record
from proof.system import Supervisor, System
from proof.weakened import WEAKNESSES, environment

LOOKS_FOR = 120.0
"""How long the campaign waits before it judges what has not arrived as lost."""
WAITING = """
select (select count(*) from notifications.message where state = 'pending' or to_forget) as messages,
    (select count(*) from wishes.key_rewrite) as keys,
    (select count(*) from wishes.outbox) as wishes,
    (select count(*) from volunteers.outbox) as volunteers,
    (select count(*) from points.outbox) as points,
    (select count(*) from notifications.outbox) as notifications
"""
CALM = 2.0
"""Seconds without anything to do that count as quiet."""
THREADS = 48
Say = Callable[[str], None]


@dataclass(frozen=True)
class Orders:
    """What a campaign is asked to do."""

    seed: int
    seconds: float
    rate: float = 0.5
    """New lives a second."""
    brokers: int = 3
    every: float = 8.0
    kinds: tuple[str, ...] = tuple(KINDS)
    planned: tuple[Planned, ...] | None = None
    """Instead of what the seed would draw."""
    weakened: str = ""
    """The name of a protection that is switched off in every service."""
    looks_for: float = LOOKS_FOR
    """Seconds until what has not arrived counts as lost."""
    habits: Habits = field(default_factory=Habits)

    def faults(self) -> list[Planned]:
        if self.planned is not None:
            return list(self.planned)
        return plan(self.seed, self.seconds, self.kinds, self.every)


@dataclass(frozen=True)
class Result:
    """What happened, for the judge and the page."""

    evidence: Evidence
    spans: tuple[Span, ...]
    samples: tuple[Sample, ...]
    counts: Mapping[str, int]
    accidents: Mapping[str, list[str]]
    """What the logs tell, see `proof.logs`."""
    restarted: tuple[str, ...]
    """What the supervisor had to start again, beside the faults."""


async def run(orders: Orders, folder: Path, say: Say) -> Result:
    """Starts everything in `folder`, hurts it, waits until it is quiet, and stops it. The caller
    removes the folder."""
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS))
    rng = random.Random(orders.seed)
    say("正在启动系统 / starting the system")
    extra = environment(orders.weakened) if orders.weakened else {}
    system = await System.start(folder, rng, brokers=orders.brokers, extra=extra)
    try:
        if orders.weakened and (sql := WEAKNESSES[orders.weakened].sql):
            await _without(system, sql)
        return await _campaign(orders, system, rng, folder, say)
    finally:
        say("正在停止系统 / stopping the system")
        await system.stop()


async def _without(system: System, sql: str) -> None:
    """What in the database would hold up a protection that is off in the code."""
    connection = await asyncpg.connect(system.stack.postgres.dsn(), timeout=10, command_timeout=10)
    try:
        await connection.execute(sql)
    finally:
        await asyncio.wait_for(connection.close(), 5)


async def _campaign(
    orders: Orders, system: System, rng: random.Random, folder: Path, say: Say
) -> Result:
    telling = Telling(world_of(system.stack))
    people = People(telling)
    try:
        await asyncio.to_thread(telling.open)
        await people.move_in()
        everybody = (*STAFF, *VOLUNTEERS, *FORGETFUL)
        await asyncio.gather(*map(people.authorization, everybody))
        # What came before must be on the topics: else it would look like an effect without a command.
        await _settle(Eyes(system), orders.looks_for, say)
        opening = frozenset(
            seen.headers.get("ce_id", "")
            for seen in await asyncio.to_thread(read_topics, system.stack)
        )
        recorder = Recorder(folder / "record.jsonl")
        async with httpx.AsyncClient(limits=httpx.Limits(max_connections=200)) as http:
            load = Load(http, system.wishes, people, recorder, rng, orders.rate)
            load.habits = orders.habits
            arena = Arena(system)
            samples: list[Sample] = []
            settled, lag = await _storm(orders, arena, load, samples, say)
        recorder.close()
        say("正在取证 / gathering the evidence")
        messages = await asyncio.to_thread(read_topics, system.stack)
        letters = await asyncio.to_thread(read_letters, system.stack)
        facts = await ask(system.stack)
    finally:
        telling.close()
    evidence = Evidence(
        attempts=list(read_record(folder / "record.jsonl")),
        messages=messages,
        opening=opening,
        facts=facts,
        poisons=arena.poisons,
        settled_after=settled,
        lag=lag,
        letters=letters,
    )
    return Result(
        evidence,
        tuple(arena.spans),
        tuple(samples),
        load.counts,
        accidents(folder / "logs"),
        tuple(system.restarted),
    )


async def _storm(
    orders: Orders, arena: Arena, load: Load, samples: list[Sample], say: Say
) -> tuple[float | None, dict[str, int]]:
    """Load and faults together, then the waiting. Seconds until it was quiet, and the lag then."""
    ended, over = asyncio.Event(), asyncio.Event()
    eyes = Eyes(arena.system)
    background = [
        asyncio.create_task(Supervisor(arena.system, arena.hurt).run(over)),
        asyncio.create_task(_watch(arena, load, eyes, samples, over, say)),
    ]
    loading = asyncio.create_task(load.run(ended))
    try:
        faults = asyncio.create_task(inflict(arena, orders.faults()))
        await asyncio.sleep(orders.seconds)
        await faults
        say("故障结束，等客户端办完 / the faults are over, clients finish")
        ended.set()
        await loading
        return await _settle(eyes, orders.looks_for, say)
    finally:
        over.set()
        loading.cancel()
        await asyncio.gather(loading, *background, return_exceptions=True)


async def _settle(eyes: "Eyes", limit: float, say: Say) -> tuple[float | None, dict[str, int]]:
    """Waits until outboxes and groups are empty, a few looks in a row: an event makes the next."""
    began = time.monotonic()
    quiet_since: float | None = None
    lag: dict[str, int] = {group: -1 for group in GROUPS}
    while time.monotonic() - began < limit:
        waiting = await eyes.waiting()
        seen = await eyes.positions()
        lag = seen[0] if seen else lag
        if waiting and not any(waiting.values()) and seen and not any(lag.values()):
            quiet_since = quiet_since or time.monotonic()
            if time.monotonic() - quiet_since > CALM:
                return quiet_since - began, lag
        else:
            quiet_since = None
        say(
            f"等它安静 / settling: {sum((waiting or {}).values())} waiting, lag {sum(lag.values())}"
        )
        await asyncio.sleep(0.3)
    return None, lag


class Eyes:
    """What an operator sees from outside; None while the asked server does not answer."""

    def __init__(self, system: System) -> None:
        self._dsn = system.stack.postgres.dsn()
        self._stack = system.stack
        self._positions: Positions | None = None

    async def waiting(self) -> dict[str, int] | None:
        """Outbox rows of every schema, and messages that are not sent yet, or not forgotten, and
        destroyed keys that are still on the disk."""
        try:
            connection = await asyncpg.connect(self._dsn, timeout=3, command_timeout=3)
            try:
                row = await connection.fetchrow(WAITING)
                return {name: int(count) for name, count in dict(row or {}).items()}
            finally:
                await asyncio.wait_for(connection.close(), 3)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
            return None

    async def positions(self) -> tuple[dict[str, int], int] | None:
        try:
            self._positions = self._positions or Positions(self._stack)
            return await asyncio.to_thread(self._positions.look)
        except (KafkaException, TimeoutError):
            # A client that lived through an outage of all brokers may ask dead ones for ever.
            if self._positions is not None:
                await asyncio.to_thread(self._positions.close)
            self._positions = None
            return None


async def _watch(
    arena: Arena, load: Load, eyes: Eyes, samples: list[Sample], over: asyncio.Event, say: Say
) -> None:
    """A look every two seconds, for the curves and for whoever waits."""
    while not over.is_set():
        waiting, seen = await asyncio.gather(eyes.waiting(), eyes.positions())
        counts = load.counts
        sample = Sample(
            at=time.monotonic() - arena.began,
            acknowledged=counts["acknowledged"],
            refused=counts["refused"],
            unknown=counts["unknown"],
            outbox=waiting,
            lag=seen[0] if seen else None,
            events=seen[1] if seen else None,
        )
        samples.append(sample)
        say(
            f"{sample.at:5.0f} s  {sample.acknowledged} acknowledged, {sample.refused} refused, "
            f"{sample.unknown} unknown; waiting {_total(sample.outbox)}, lag {_total(sample.lag)}; "
            f"hurt: {', '.join(sorted(arena.hurt)) or '–'}"
        )
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(over.wait(), 2)


def _total(counts: Mapping[str, int] | None) -> str:
    return "?" if counts is None else str(sum(counts.values()))


def named(kinds: Iterable[str]) -> tuple[str, ...]:
    """The kinds, checked. ValueError names the one that does not exist."""
    for kind in kinds:
        if kind not in KINDS:
            raise ValueError(f"{kind}: no such fault. There are: {', '.join(KINDS)}")
    return tuple(kinds)
