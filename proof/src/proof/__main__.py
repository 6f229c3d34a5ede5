"""python -m proof: a fault campaign, its verdict, its page. Exit status 1 on any violation."""

import asyncio
import os
import random
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import httpx
import psutil
import typer
from hansenzhai.api import Refused, Unreachable
from rich.console import Console
from rich.table import Table
from stack.errors import StackError
from stack.signals import ends_by_signal

from proof.campaign import Orders, Result, named, run
from proof.check import Check
from proof.faults import KINDS
from proof.judge import passed
from proof.page import Campaign, render
from proof.preflight import own_folder, require_clock
from proof.verdicts import verdicts
from proof.weakened import WEAKNESSES

app = typer.Typer(add_completion=False)
console = Console(highlight=False)
PAGE = Path("prove.html")
FAILED, COULD_NOT = 1, 2
HERE = ZoneInfo("Asia/Shanghai")


@app.command()
def prove(
    seed: Annotated[
        int | None, typer.Option(help="同一个种子，同一场故障 / the same seed, the same faults")
    ] = None,
    minutes: Annotated[float, typer.Option(min=0.2, max=240, help="故障多久 / of faults")] = 10,
    rate: Annotated[
        float, typer.Option(min=0.05, max=20, help="每秒新心愿 / lives a second")
    ] = 0.5,
    faults: Annotated[str, typer.Option(help="只要这些 / only these, by comma")] = "",
    brokers: Annotated[int, typer.Option(help="1 或 3 / 1 or 3")] = 3,
    weakened: Annotated[
        str, typer.Option(help="关掉一种保护 / switch a protection off, to test the judge")
    ] = "",
    page: Annotated[Path, typer.Option(help="写到哪里 / where the page goes")] = PAGE,
) -> None:
    """Hurts the real stack for some minutes, then says whether anything was lost, doubled or
    disordered."""
    chosen = random.SystemRandom().randrange(1_000_000) if seed is None else seed
    try:
        orders = Orders(
            seed=chosen,
            seconds=minutes * 60,
            rate=rate,
            brokers=brokers,
            kinds=named(filter(None, faults.split(","))) or tuple(KINDS),
            weakened=_known(weakened),
        )
    except ValueError as error:
        console.print(str(error), style="red", markup=False)
        sys.exit(COULD_NOT)
    console.print(f"种子 / seed {chosen}")
    status = COULD_NOT
    with ends_by_signal():
        try:
            require_clock(orders.kinds)
            status = _prove(orders, _replay(orders), page)
        except KeyboardInterrupt:
            console.print("停下了，起动过的都收掉了 / stopped; what was started is gone")
        except (StackError, Refused, Unreachable, TimeoutError, httpx.HTTPError) as error:
            console.print(str(error), style="red", markup=False)
    sys.exit(status)


def _prove(orders: Orders, replay: str, page: Path) -> int:
    began = datetime.now(HERE)
    with own_folder() as folder, console.status("…") as status:
        started = time.monotonic()

        def say(words: str) -> None:
            if console.is_terminal:
                status.update(words)
            else:
                console.print(f"{time.monotonic() - started:6.0f} s  {words}", markup=False)

        result = asyncio.run(run(orders, folder, say))
        say("正在评判 / judging")
        drawn = page.with_name(f"{page.stem}-claims")
        checks = verdicts(orders, result, drawn)
    page.write_text(render(_told(orders, result, checks, began, replay, drawn)), encoding="utf-8")
    _print(result, checks)
    console.print(f"\n图与细节 / the page: {page}")
    if passed(checks):
        console.print(
            "没有丢，没有重，没有乱 / nothing lost, nothing twice, in order", style="green"
        )
        return 0
    console.print(f"有违背，重演 / violations; replay with: {replay}", style="red")
    return FAILED


def _told(
    orders: Orders, result: Result, checks: list[Check], began: datetime, replay: str, drawn: Path
) -> Campaign:
    return Campaign(
        seed=orders.seed,
        minutes=orders.seconds / 60,
        began=f"{began:%Y-%m-%d %H:%M} +08:00",
        commit=_commit(),
        machine=_machine(),
        faults=result.spans,
        samples=result.samples,
        checks=checks,
        replay=replay,
        settled_after=result.evidence.settled_after,
        counts=result.counts,
        pictures=[f"{drawn.name}/{path.name}" for path in sorted(drawn.glob("*.html"))],
    )


def _print(result: Result, checks: list[Check]) -> None:
    table = Table(box=None, pad_edge=False)
    for column in ("", "承诺 / promise", "看过 / looked at", "违背 / violations"):
        table.add_column(column)
    for check in checks:
        mark = "[green]✓[/]" if check.passed else "[red]✗[/]"
        table.add_row(mark, f"{check.zh} / {check.en}", str(check.counted), str(check.violations))
    console.print(table)
    for check in checks:
        for words in check.found:
            console.print(f"  {check.zh}: {words}", style="red", markup=False)
    counts = ", ".join(f"{name} {count}" for name, count in result.counts.items())
    console.print(f"故障 / faults: {len(result.spans)}; {counts}")
    settled = result.evidence.settled_after
    console.print(f"安静下来 / settled after: {'–' if settled is None else f'{settled:.1f} s'}")
    if result.restarted:
        console.print(f"另外重启过 / restarted besides: {', '.join(result.restarted)}")


def _replay(orders: Orders) -> str:
    parts = [
        f"--seed {orders.seed}",
        f"--minutes {orders.seconds / 60:g}",
        f"--rate {orders.rate:g}",
    ]
    if orders.kinds != tuple(KINDS):
        parts.append(f"--faults {','.join(orders.kinds)}")
    if orders.brokers != 3:
        parts.append(f"--brokers {orders.brokers}")
    if orders.weakened:
        parts.append(f"--weakened {orders.weakened}")
    return f'make prove ARGS="{" ".join(parts)}"'


def _known(weakness: str) -> str:
    if weakness and weakness not in WEAKNESSES:
        raise ValueError(f"{weakness}: no such protection. There are: {', '.join(WEAKNESSES)}")
    return weakness


def _commit() -> str:
    done = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() or "?"


def _machine() -> str:
    memory = psutil.virtual_memory().total / 1024**3
    return f"{os.cpu_count()} cores, {memory:.0f} GiB, {os.uname().sysname} {os.uname().release}"


if __name__ == "__main__":
    app()
