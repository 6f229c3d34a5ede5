"""python -m hansenzhai [--exit]: start everything, tell the stories, stay up."""

import sys
import time
from pathlib import Path
from typing import Annotated

import typer
from pyotp.totp import TOTP
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from stack.errors import StackError
from stack.machine import Stack
from stack.ports import Ports
from stack.secrets import Secrets
from stack.signals import ends_by_signal

from hansenzhai.api import Refused, Unreachable
from hansenzhai.memory import Memory
from hansenzhai.phones import Phones
from hansenzhai.report import print_expectations, print_sign_ins, print_stories
from hansenzhai.stories import STORIES
from hansenzhai.telling import Telling
from hansenzhai.world import OPERATOR, world_of

app = typer.Typer(add_completion=False)
console = Console(highlight=False)
DEFAULT = Path(".wishtree")
STEPS = 40
Data = Annotated[Path, typer.Option(help="数据文件夹 / the data folder")]


@app.callback(invoke_without_command=True)
def demo(
    context: typer.Context,
    data: Data = DEFAULT,
    leave: Annotated[
        bool, typer.Option("--exit", help="走完故事就停 / stop after the stories")
    ] = False,
    auto_ports: Annotated[bool, typer.Option("--auto-ports", help="自己找空闲端口")] = False,
) -> None:
    """The demo: PostgreSQL, Kafka, five services, five stories."""
    if context.invoked_subcommand:
        return
    status = 1
    with ends_by_signal() as asked:
        stack: Stack | None = None
        try:
            ports = Ports.free() if auto_ports else Ports.from_environment()
            with _progress() as progress:
                task = progress.add_task("开始", total=STEPS)

                def show(step: str, state: str) -> None:
                    progress.update(task, description=step, advance=1 if state == "done" else 0)

                stack = Stack(data, ports, progress=show)
                began = time.monotonic()
                stack.start()
                telling = Telling(world_of(stack), lambda _, words: show(words, "done"))
                show("组织、同事、志愿者", "begin")
                telling.open()
                for story in STORIES:
                    telling.tell(story.key)
                show("等消息都到齐", "begin")
                evidence = telling.settle()
                wrong = telling.wrong(evidence)
                progress.update(task, description="都办好了", completed=STEPS)
            print_stories(console, evidence)
            print_expectations(console, wrong)
            _print_kept(telling.memory, time.monotonic() - began)
            status = 1 if any(wrong.values()) else 0
            if not leave:
                print_sign_ins(console, stack.url("web"), telling.desk)
                console.print("\n开着呢，Ctrl-C 全部停下 / up; Ctrl-C stops everything")
                stack.watch.until(asked)
        except KeyboardInterrupt:
            console.print("正在按次序停下 / ending in order …")
        except (StackError, Refused, Unreachable, TimeoutError) as error:
            console.print(str(error), style="red", markup=False)
            status = 1
        finally:
            if stack is not None:
                stack.stop()
    sys.exit(status)


@app.command()
def messages(data: Data = DEFAULT, last: int = 30) -> None:
    """The local outbox: SMS and e-mails that were kept instead of sent."""
    for message in Phones(data / "outbox").messages()[-last:]:
        line = f"{message['at'][11:19]} {message['channel']:<5} {message['to']} {message['text']}"
        console.print(line, markup=False)


@app.command()
def totp(login: str, data: Data = DEFAULT) -> None:
    """The one-time password of a demo account, as its phone would show it."""
    if login == OPERATOR:
        secret = Secrets.load(data).operator_totp
    else:
        secret = Memory(data / "hansenzhai.json")[f"staff/{login}"]["totp_secret"]
    console.print(TOTP(secret).now())


def _progress() -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        console=console,
    )


def _print_kept(memory: Memory, seconds: float) -> None:
    if memory.kept:
        console.print(
            f"\n沿用了上次的 {memory.kept} 步，新办了 {memory.made} 步，用了 {seconds:.0f} 秒"
        )
    else:
        console.print(f"\n从头走了 {memory.made} 步，用了 {seconds:.0f} 秒")


if __name__ == "__main__":
    app()
