"""What a running stack does at this moment, as a table: who takes what, rates, lag, outbox.

Looks from outside only: /metrics of each service, the processes of the folder's note, and one row of
PostgreSQL's own statistics. Rates are differences of two looks.
"""

import asyncio
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from math import inf

import asyncpg
import httpx
import psutil
from prometheus_client.parser import text_string_to_metric_families
from rich.box import SIMPLE
from rich.table import Table

from stack.attach import Attached
from stack.layout import SERVICES

ANSWER_LIMIT = 5.0
"""Seconds; who does not answer by then is shown as silent."""
COLUMNS = (
    "",
    "pid",
    "内存\nMB",
    "CPU\n%",
    "请求/s\nreq/s",
    "p99\nms",
    "待发\noutbox",
    "最久 s\noldest",
    "发出/s\nsent/s",
    "落后\nlag",
    "落后 s\nlag",
    "死信\ndead",
    "",
)
DATABASE = """
select numbackends, xact_commit + xact_rollback as transactions from pg_stat_database
where datname = current_database()
"""
Labels = tuple[tuple[str, str], ...]


class Metrics:
    """One answer of /metrics."""

    def __init__(self, text: str) -> None:
        self._found: dict[str, dict[Labels, float]] = {}
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                labels = tuple(sorted(sample.labels.items()))
                self._found.setdefault(sample.name, {})[labels] = sample.value

    def total(self, name: str) -> float:
        return sum(self._found.get(f"wishtree_{name}", {}).values())

    def most(self, name: str) -> float:
        return max(self._found.get(f"wishtree_{name}", {}).values(), default=0.0)

    def buckets(self, name: str) -> dict[float, float]:
        """Upper bound → how many were at most that, over all labels."""
        found: dict[float, float] = {}
        for labels, value in self._found.get(f"wishtree_{name}_bucket", {}).items():
            bound = float(dict(labels)["le"])
            found[bound] = found.get(bound, 0) + value
        return found


@dataclass(frozen=True)
class Usage:
    """Of one process and its children: bytes, and seconds of CPU by pid."""

    pid: int
    memory: int
    cpu: Mapping[int, float]


@dataclass(frozen=True)
class Look:
    """Everything at one moment; None is who is gone or does not answer."""

    at: float
    usage: Mapping[str, Usage | None]
    metrics: Mapping[str, Metrics | None]
    database: tuple[int, int] | None
    """Connections, and transactions since the beginning."""


def look(stack: Attached, client: httpx.Client) -> Look:
    processes = {name: process.alive() for name, process in stack.note.processes.items()}
    running = [name for name in SERVICES if processes.get(name)]
    with ThreadPoolExecutor(len(SERVICES)) as pool:
        answers = list(pool.map(lambda name: _ask(client, f"{stack.url(name)}/metrics"), running))
    return Look(
        time.monotonic(),
        {name: _usage(process) for name, process in processes.items()},
        dict(zip(running, answers, strict=True)),
        asyncio.run(_database(stack.dsn(SERVICES[0]))),
    )


def table(before: Look, now: Look) -> Table:
    """Services in their order, then the servers, then what it comes to."""
    shown = Table(box=SIMPLE, caption=_caption(before, now), caption_justify="left")
    for number, column in enumerate(COLUMNS):
        shown.add_column(column, justify="left" if number in (0, len(COLUMNS) - 1) else "right")
    for name in SERVICES:
        shown.add_row(name, *_machine(name, before, now), *_work(name, before, now))
    for name in sorted(now.usage.keys() - set(SERVICES)):
        here = now.usage[name] is not None
        state = "[green]在 up[/]" if here else "[red]不在 gone[/]"
        shown.add_row(name, *_machine(name, before, now), *[""] * 8, state)
    return shown


def quantile(
    share: float, before: Mapping[float, float], now: Mapping[float, float]
) -> float | None:
    """Of what was counted between two looks, by linear interpolation; None if nothing was."""
    counts = {bound: number - before.get(bound, 0) for bound, number in sorted(now.items())}
    wanted = share * counts.get(inf, 0)
    if wanted <= 0:
        return None
    below, fewer = 0.0, 0.0
    for bound, number in counts.items():
        if number >= wanted:
            if bound == inf:
                return below
            return below + (bound - below) * (wanted - fewer) / (number - fewer)
        below, fewer = bound, number
    return below


def _machine(name: str, before: Look, now: Look) -> tuple[str, str, str]:
    """pid, memory, share of one core."""
    usage, earlier = now.usage.get(name), before.usage.get(name)
    if usage is None:
        return "", "", ""
    spent = sum(usage.cpu.values())
    if earlier is not None and earlier.pid == usage.pid:
        spent = sum(seconds - earlier.cpu.get(pid, 0) for pid, seconds in usage.cpu.items())
    share = 100 * spent / max(now.at - before.at, 0.001)
    return str(usage.pid), str(usage.memory // 2**20), f"{share:.0f}"


def _work(name: str, before: Look, now: Look) -> Iterable[str]:
    """Requests, outbox, lag, dead letters, state."""
    metrics, earlier = now.metrics.get(name), before.metrics.get(name)
    if metrics is None:
        alive = now.usage.get(name) is not None
        return [*[""] * 8, "[yellow]不答 silent[/]" if alive else "[red]不在 gone[/]"]
    slow = _p99(earlier, metrics)
    dead = metrics.total("dead_letters_open") + metrics.total("outbox_dead_rows")
    return [
        f"{_rate('http_requests_total', before, now, name):.1f}",
        "–" if slow is None else f"{slow * 1000:.0f}",
        _warn(metrics.total("outbox_pending"), 1000, "{:.0f}"),
        _warn(metrics.total("outbox_oldest_age_seconds"), 10, "{:.1f}"),
        f"{_rate('outbox_relayed_total', before, now, name):.1f}",
        _warn(metrics.total("consumer_lag_events"), 1000, "{:.0f}"),
        _warn(metrics.most("consumer_lag_seconds"), 10, "{:.1f}"),
        _warn(dead, 0, "{:.0f}"),
        "[green]在 up[/]",
    ]


def _p99(earlier: Metrics | None, metrics: Metrics) -> float | None:
    name = "http_request_seconds"
    was, now = earlier.buckets(name) if earlier else {}, metrics.buckets(name)
    # Less than before: the process is a new one and counts from 0.
    return quantile(0.99, was if was.get(inf, 0) <= now.get(inf, 0) else {}, now)


def _rate(metric: str, before: Look, now: Look, name: str) -> float:
    metrics, earlier = now.metrics.get(name), before.metrics.get(name)
    if metrics is None or earlier is None:
        return 0.0
    more = metrics.total(metric) - earlier.total(metric)
    # Less than before: the process is a new one and counts from 0.
    counted = more if more >= 0 else metrics.total(metric)
    return counted / max(now.at - before.at, 0.001)


def _warn(value: float, limit: float, form: str) -> str:
    text = form.format(value)
    return f"[red]{text}[/]" if value > limit else text


def _caption(before: Look, now: Look) -> str:
    requests = sum(_rate("http_requests_total", before, now, name) for name in SERVICES)
    sent = sum(_rate("outbox_relayed_total", before, now, name) for name in SERVICES)
    parts = [f"合计 all: {requests:.1f} 请求/s req/s, {sent:.1f} 发出/s sent/s"]
    if now.database is None:
        parts.append("PostgreSQL 不答 silent")
    else:
        connections, done = now.database
        earlier = before.database[1] if before.database else done
        speed = max(0, done - earlier) / max(now.at - before.at, 0.001)
        parts.append(
            f"PostgreSQL: {connections} 连接 connections, {speed:.0f} 事务/s transactions/s"
        )
    return " · ".join(parts)


def _ask(client: httpx.Client, url: str) -> Metrics | None:
    try:
        answer = client.get(url, timeout=ANSWER_LIMIT)
        return Metrics(answer.text) if answer.status_code == 200 else None
    except (httpx.TransportError, ValueError):
        return None


async def _database(dsn: str) -> tuple[int, int] | None:
    try:
        async with asyncio.timeout(ANSWER_LIMIT):
            connection = await asyncpg.connect(dsn)
            try:
                row = await connection.fetchrow(DATABASE)
            finally:
                await connection.close()
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return None
    return (row["numbackends"], row["transactions"]) if row else None


def _usage(process: psutil.Process | None) -> Usage | None:
    if process is None:
        return None
    memory = 0
    cpu: dict[int, float] = {}
    try:
        family = [process, *process.children(recursive=True)]
    except psutil.Error:
        return None
    for member in family:
        with suppress(psutil.Error):
            times = member.cpu_times()
            cpu[member.pid] = times.user + times.system
            memory += _memory(member, alone=len(family) == 1)
    return Usage(process.pid, memory, cpu)


def _memory(process: psutil.Process, *, alone: bool) -> int:
    """What a family shares counts once: PostgreSQL's buffers are in each of its processes."""
    if alone:
        return process.memory_info().rss
    full = process.memory_full_info()
    return getattr(full, "pss", full.uss)
