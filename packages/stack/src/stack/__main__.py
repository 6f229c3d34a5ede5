"""python -m stack up|down|status|top|logs|provision: the machine from the command line."""

import json
import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import httpx
import psutil
import typer
from rich.console import Console
from rich.live import Live
from rich.table import Table

from stack import elsewhere
from stack.attach import attach
from stack.errors import NotReady, StackError
from stack.layout import log_path, private_folder
from stack.lines import Follower, show
from stack.machine import Stack
from stack.note import Note, end_leftovers, leftovers, read_note, remove_note
from stack.ports import Ports
from stack.processes import last_lines
from stack.signals import ends_by_signal
from stack.top import Look, look, table

DEFAULT = Path(".wishtree")
DOWN_LIMIT = 20.0
DETACHED_LIMIT = 300.0
ONE_LOOK = 1.0
"""Seconds between the two looks of which one table is made."""
app = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False)
console = Console(highlight=False)
Data = Annotated[Path, typer.Option(help="数据文件夹 / the data folder")]
Brokers = Annotated[int, typer.Option(help="Kafka 节点数，1 或 3 / brokers: 1 or 3")]
Free = Annotated[bool, typer.Option("--auto-ports", help="自己找空闲端口 / take free ports")]
Detach = Annotated[bool, typer.Option("--detach", "-d", help="在后台运行 / run in the background")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="不显示日志 / show no logs")]
Every = Annotated[float, typer.Option(min=0.5, max=60, help="几秒一次 / seconds between looks")]
Once = Annotated[bool, typer.Option("--once", help="只看一次 / one table, then end")]
Follow = Annotated[bool, typer.Option("--follow", "-f", help="一直跟着看 / keep reading")]


@app.command()
def up(
    data: Data = DEFAULT,
    brokers: Brokers = 1,
    auto_ports: Free = False,
    detach: Detach = False,
    quiet: Quiet = False,
) -> None:
    """Start everything and stay; Ctrl-C ends all of it in order."""
    if detach:
        return up_detached(data, brokers, auto_ports)
    ports = Ports.free(brokers) if auto_ports else Ports.from_environment()
    stack = Stack(
        data, ports, brokers=brokers, show=None if quiet else show, progress=print_progress
    )
    with ends_by_signal() as asked:
        try:
            stack.start()
            console.print(f"都起来了 / everything is up: {stack.url('web')}", style="green")
            stack.watch.until(asked)
        except KeyboardInterrupt:
            console.print("正在按次序停下 / ending in order …")
        finally:
            stack.stop()
    return None


def up_detached(data: Path, brokers: int, auto_ports: bool) -> None:
    """The same in a session of its own; returns when all is up."""
    folder = data.expanduser().resolve()
    log = private_folder(folder / "logs") / "stack.log"
    command = [sys.executable, "-m", "stack", "up", "--quiet", "--data", str(folder)]
    command += ["--brokers", str(brokers), *(["--auto-ports"] if auto_ports else [])]
    with log.open("wb") as output:
        supervisor = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
    deadline = time.monotonic() + DETACHED_LIMIT
    while "everything is up" not in (words := "\n".join(last_lines(log, 40))):
        if supervisor.poll() is not None:
            console.print(words, markup=False, soft_wrap=True)
            raise typer.Exit(1)
        if time.monotonic() > deadline:
            supervisor.terminate()
            raise NotReady("stack", f"{DETACHED_LIMIT:g} s", last_lines(log))
        time.sleep(0.1)
    console.print(last_lines(log, 1)[0], style="green")


@app.command()
def down(data: Data = DEFAULT) -> None:
    """End the stack of this folder, whoever started it."""
    folder = data.expanduser().resolve()
    note = read_note(folder)
    supervisor = note.supervisor.alive() if note else None
    if supervisor is None and not leftovers(folder):
        console.print("没有在运行的 / nothing is running")
        return
    if supervisor is not None:
        with suppress(psutil.NoSuchProcess):
            supervisor.terminate()
        psutil.wait_procs([supervisor], timeout=DOWN_LIMIT)
    end_leftovers(folder)
    remove_note(folder)
    console.print("都停了 / everything has ended")


@app.command()
def status(data: Data = DEFAULT) -> None:
    """What runs, where, and how much memory it takes. Exit status 3 when nothing runs."""
    note = read_note(data.expanduser().resolve())
    if note is None or note.supervisor.alive() is None:
        console.print("没有在运行的 / nothing is running")
        raise typer.Exit(3)
    console.print(status_table(note))


@app.command()
def top(data: Data = DEFAULT, every: Every = 2.0, once: Once = False) -> None:
    """A live table: memory, CPU, requests, outbox, lag, dead letters. Ctrl-C ends it, not the stack."""
    with httpx.Client() as client:

        def seen() -> Look:
            # Anew each time: a process that was started again has another pid.
            return look(attach(data), client)

        before = seen()
        if once or not console.is_terminal:
            time.sleep(ONE_LOOK)
            console.print(table(before, seen()))
            return
        with (
            ends_by_signal(at_once=False) as asked,
            Live(table(before, before), console=console, auto_refresh=False) as live,
        ):
            while not asked.wait(every):
                now = seen()
                live.update(table(before, now), refresh=True)
                before = now


@app.command()
def logs(
    service: Annotated[
        str, typer.Argument(help="wishes, kafka, …；不写就是全部 / all without")
    ] = "",
    data: Data = DEFAULT,
    lines: Annotated[int, typer.Option("--lines", "-n")] = 40,
    follow: Follow = False,
) -> None:
    """The last lines of one log or of all; -f keeps reading until Ctrl-C."""
    folder = data.expanduser().resolve()
    follower = Follower(folder / "logs", show, only=service or None)
    found = [log_path(folder, service)] if service else sorted((folder / "logs").glob("*.log"))
    for path in found:
        for line in last_lines(path, lines):
            show(path.stem, line)
    if follow:
        with ends_by_signal(at_once=False) as asked:
            follower.start()
            asked.wait()
        follower.stop()


@app.command()
def provision() -> None:
    """Roles, schemas, topics, users, ACLs and migrations on servers of somebody else (compose)."""
    elsewhere.provision(json.loads(os.environ.get("WISHTREE_BOOTSTRAP", "null")))


def status_table(note: Note) -> Table:
    table = Table("", "pid", "端口 port", "MB", "")
    for name, process in note.processes.items():
        alive = process.alive()
        size = str(alive.memory_info().rss // 2**20) if alive else ""
        state = "[green]在 up[/]" if alive else "[red]不在 gone[/]"
        base, _, node = name.partition("-")
        port = note.ports[base] + (int(node) - 1 if node else 0)
        table.add_row(name, str(process.pid), str(port), size, state)
    return table


def print_progress(step: str, state: str) -> None:
    if state == "done":
        console.print(f"  [green]✓[/] {step}")


if __name__ == "__main__":
    try:
        app()
    except StackError as error:
        console.print(str(error), style="red", markup=False, soft_wrap=True)
        sys.exit(1)
