"""python -m bench: every piece of work beside its peers, a table with the goals, a page, JSON."""

import importlib
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import httpx
import typer
from rich.console import Console
from rich.table import Table
from stack.errors import StackError
from stack.room import own_folder
from stack.signals import ends_by_signal

from bench import results as stored
from bench.outcome import Outcome, Setting, Work
from bench.page import number, render
from bench.results import Results

app = typer.Typer(add_completion=False)
console = Console(highlight=False)
WORKS = (
    "relay",
    "latency",
    "postings",
    "commands",
    "claims",
    "partner",
    "growth",
    "district_year",
    "idle",
)
"""In the order of the table; each is a module of bench.works with `run(setting)`."""
ACCEPTED = Path(__file__).parents[2] / "results" / "accepted.json"
MEMORY, DISK = 4, 6
"""GiB: a stack, a peer with a Java heap, and a million wishes."""
COULD_NOT = 2
HERE = ZoneInfo("Asia/Shanghai")


@app.command()
def bench(
    only: Annotated[str, typer.Option(help="只做这些 / only these, by comma")] = "",
    rounds: Annotated[int, typer.Option(min=1, max=9, help="轮数 / alternating runs")] = 3,
    quick: Annotated[bool, typer.Option(help="小数目，只看能不能跑 / tiny, no verdict")] = False,
    accept: Annotated[bool, typer.Option(help="认可为新的比较基准 / keep as accepted")] = False,
    page: Annotated[Path, typer.Option(help="网页 / the page")] = Path("bench.html"),
    data: Annotated[Path, typer.Option(help="数据 / the JSON")] = Path("bench.json"),
) -> None:
    """Prints what was measured, the goals beside it, and what changed since the accepted run."""
    chosen = [work.strip() for work in only.split(",") if work.strip()] or list(WORKS)
    unknown = [work for work in chosen if work not in WORKS]
    if unknown:
        console.print(f"{unknown[0]}: 没有这一项 / no such work. {', '.join(WORKS)}", style="red")
        sys.exit(COULD_NOT)
    status = COULD_NOT
    with ends_by_signal():
        try:
            now = Results(
                at=f"{datetime.now(HERE):%Y-%m-%d %H:%M} +08:00",
                commit=_commit(),
                machine=stored.machine(),
                versions=stored.versions(),
                outcomes=tuple(_measure(chosen, rounds, quick)),
            )
            _tell(now, page, data, accept=accept and not quick)
            status = 0
        except KeyboardInterrupt:
            console.print("停下了，起动过的都收掉了 / stopped; what was started is gone")
        except (StackError, httpx.HTTPError, TimeoutError, RuntimeError) as error:
            console.print(str(error), style="red", markup=False)
    sys.exit(status)


def _measure(chosen: list[str], rounds: int, quick: bool) -> Iterator[Outcome]:
    for work in chosen:
        run: Work = importlib.import_module(f"bench.works.{work}").run
        began = time.monotonic()
        console.print(f"[bold]{work}[/] …")
        with own_folder("bench", memory=MEMORY, disk=DISK) as folder:
            yield run(Setting(folder, quick, 1 if quick else rounds, _say))
        console.print(f"  {time.monotonic() - began:.0f} s")


def _tell(now: Results, page: Path, data: Path, *, accept: bool) -> None:
    before = stored.read(ACCEPTED)
    changes = stored.changes(before, now)
    stored.write(now, data)
    page.write_text(render(now, changes), encoding="utf-8")
    _print_goals(now)
    for change in changes:
        console.print(
            f"{change.work}, {change.contestant}: {change.figure} {number(change.before)} → "
            f"{number(change.after)} {change.unit} (×{change.ratio:.2f})",
            markup=False,
        )
    if before is not None and not changes:
        console.print("和上次认可的相比没有变化 / nothing changed since the accepted run")
    console.print(f"网页 / page: {page}; 数据 / data: {data}")
    if accept:
        whole = stored.merged(before, now)
        stored.write(whole, ACCEPTED)
        ACCEPTED.with_suffix(".html").write_text(render(whole, []), encoding="utf-8")
        console.print(f"认可了 / accepted: {ACCEPTED.name}")


def _print_goals(now: Results) -> None:
    table = Table(box=None, pad_edge=False)
    for column in ("工作 / work", "目标 / goal", "量到 / measured", ""):
        table.add_column(column)
    for outcome in now.outcomes:
        for goal in outcome.goals:
            sign = "≥" if goal.sign == ">=" else "≤"
            mark = "[green]✓[/]" if goal.met else "[red]✗[/]"
            words = f"{goal.words} {sign} {number(goal.wanted)}"
            table.add_row(outcome.key, words, number(goal.value), f"{mark} {goal.excuse}")
    console.print(table)


def _say(words: str) -> None:
    console.print(f"  {words}", markup=False)


def _commit() -> str:
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty"],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() or "?"


if __name__ == "__main__":
    app()
