"""python -m stack up|down|status|logs|provision: the machine from the command line."""

import json
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Annotated

import psutil
import typer
from rich.console import Console
from rich.table import Table

from stack.lines import readable, show
from stack.machine import AlreadyRunning, Stack, end_leftovers, is_alive, read_note
from stack.ports import Ports, PortTaken
from stack.processes import NotReady

app = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False)
console = Console()
Data = Annotated[Path, typer.Option(help="the data directory")]
DEFAULT = Path(".wishtree")
DOWN_LIMIT = 15.0


@app.command()
def up(data: Data = DEFAULT, brokers: int = 1, auto_ports: bool = False) -> None:
    """Start everything and stay; Ctrl-C stops all in order."""
    ports = Ports.free(brokers) if auto_ports else Ports.from_environment()
    stack = Stack(data, ports, brokers=brokers, show=show)
    stopped = threading.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, lambda *_: stopped.set())
    try:
        stack.start()
        console.print(f"都起来了 / everything is up: {stack.url('web')}")
        while not stopped.wait(0.5):
            for name, child in stack.services.items():
                if not child.running():
                    raise NotReady(f"{name} ended\n{child.last_lines()}")
    except (PortTaken, AlreadyRunning, NotReady) as error:
        console.print(str(error), style="red", markup=False)
        sys.exit(1)
    finally:
        if not isinstance(sys.exc_info()[1], AlreadyRunning):
            stack.stop()


@app.command()
def down(data: Data = DEFAULT) -> None:
    """Stop the stack of this data directory, whoever started it."""
    folder = data.resolve()
    note = read_note(folder)
    if note is None:
        console.print("没有在跑的 / nothing is running")
        return
    supervisor = note["supervisor"]
    if isinstance(supervisor, int) and is_alive(supervisor, folder):
        os.kill(supervisor, signal.SIGTERM)
        deadline = time.monotonic() + DOWN_LIMIT
        while psutil.pid_exists(supervisor) and time.monotonic() < deadline:
            if psutil.Process(supervisor).status() == psutil.STATUS_ZOMBIE:
                break
            time.sleep(0.1)
    if read_note(folder) is not None:
        end_leftovers(folder)
    console.print("都停了 / everything is down")


@app.command()
def status(data: Data = DEFAULT) -> None:
    """What runs, where, and how much memory it takes."""
    folder = data.resolve()
    note = read_note(folder)
    if note is None:
        console.print("没有在跑的 / nothing is running")
        sys.exit(3)
    table = Table("process", "pid", "port", "MB", "state")
    ports, pids = note["ports"], note["pids"]
    if not isinstance(ports, dict) or not isinstance(pids, dict):
        raise SystemExit("stack.json is not readable")
    for name, pid in pids.items():
        alive = is_alive(pid, folder)
        size = psutil.Process(pid).memory_info().rss // 2**20 if alive else 0
        port = ports.get(name.split("-")[0], "")
        table.add_row(name, str(pid), str(port), str(size), "up" if alive else "[red]gone[/red]")
    console.print(table)


@app.command()
def logs(
    service: Annotated[str, typer.Argument(help="wishes, volunteers, …; all without")] = "",
    data: Data = DEFAULT,
    lines: int = 40,
) -> None:
    """The last lines of one log or of all."""
    folder = data / "logs"
    for path in sorted(folder.glob(f"{service or '*'}.log")):
        console.print(f"[bold]{path.stem}[/bold]")
        for line in path.read_text(errors="replace").splitlines()[-lines:]:
            console.print(readable(line), markup=False, highlight=False)


@app.command()
def provision() -> None:
    """Roles, schemas, topics, users, ACLs and migrations on other servers (settings: docs/deploy.md)."""
    from stack import elsewhere

    elsewhere.provision(json.loads(os.environ.get("WISHTREE_BOOTSTRAP", "null")))


if __name__ == "__main__":
    app()
