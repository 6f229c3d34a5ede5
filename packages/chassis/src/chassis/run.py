"""One process: start in order, stop in order.

SIGTERM or SIGINT: not ready any more, streams end, the server answers what it holds, the relay and
the consumer finish their batch, the pool closes; ten seconds at the most. A background loop that
dies ends the process with status 1 and its reason: a half-dead service is worse than a restart.
"""

import argparse
import asyncio
import contextlib
import gc
import json
import os
import signal
import socket
import sys
import threading
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

import structlog
import uvicorn
import uvloop
from fastapi import FastAPI
from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from chassis import log as logs
from chassis import migrate, replay, tracing
from chassis.dead_letters import Redriven, discard, reason_of
from chassis.errors import ChassisError
from chassis.housekeeping import Housekeeping
from chassis.http.health import Health
from chassis.privacy import KeyPages, broken_links
from chassis.rebuild import Rebuild
from chassis.settings import PREFIX, ServiceSettings, load_settings
from chassis.shards import HEADING, shards

log = structlog.get_logger(__name__)
S = TypeVar("S", bound=ServiceSettings)
Background = Callable[[asyncio.Event], Awaitable[None]]
DRAIN_LIMIT = 3
BACKGROUND_LIMIT = 3.5
CUT_LIMIT = 0.5
CLOSE_LIMIT = 1.5
LEFTOVERS_LIMIT = 0.5
LAST_LIMIT = 9.5
"""Seconds; the first five come one after the other and stay under the last, that under ten."""
YOUNG = 20_000
"""Objects more than were freed, after which the collector looks for circles among the new ones."""


@dataclass
class Built:
    """What a service's bootstrap makes: its application and everything that runs beside it."""

    app: FastAPI
    health: Health
    background: Mapping[str, Background] = field(default_factory=dict)
    close: Sequence[Callable[[], Awaitable[None]]] = ()
    """Called in this order at the end."""
    redrive: Callable[[str | None], Awaitable[Redriven]] | None = None
    rebuild: Rebuild | None = None
    """For a service with a copy of what others said."""


@dataclass(frozen=True)
class Service(Generic[S]):
    """How a service introduces itself to the command line."""

    name: str
    settings: type[S]
    build: Callable[[S, str], Awaitable[Built]]
    """(settings, role) → parts. Role: api, worker or all."""
    describe: Callable[[], FastAPI]
    """The application without anything behind it, for its OpenAPI document."""
    migrations: Path | None = None
    commands: Mapping[str, Callable[[S], Coroutine[Any, Any, int]]] = field(default_factory=dict)
    """Further subcommands; each returns the exit status."""


class MigrationSettings(BaseSettings):
    """The schema owner's address, present only while a migration runs."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore")
    migration_url: SecretStr


def main(service: Service[Any]) -> None:
    """`python -m <service>`."""
    parser = argparse.ArgumentParser(prog=f"python -m {service.name}")
    parser.add_argument("--role", choices=("api", "worker", "all"), default="all")
    own = ("serve", "migrate", "openapi", *PROCEDURES)
    commands = (*own, *service.commands)
    parser.add_argument("command", nargs="?", choices=commands, default="serve")
    parser.add_argument("--key", help="redrive, replay: only this key; discard: of this key")
    replay.add_options(parser)
    parser.add_argument(
        "--replayed", action="store_true", help="rebuild: what had left the topics was replayed"
    )
    asked = parser.parse_args()
    if asked.command == "replay" and (wrong := replay.complaint(asked)):
        parser.error(wrong)
    if asked.command == "discard" and not asked.key:
        parser.error("discard needs --key: one event of one key is given up, never all of them")
    if asked.command == "openapi":
        document = service.describe().openapi()
        print(json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True))  # noqa: T201
        return
    if asked.command == "migrate":
        _migrate(service)
        return
    settings = load_settings(service.settings)
    logs.configure(service.name, settings.log_level)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        if asked.command == "serve":
            status = runner.run(_serve(service, settings, asked.role))
        elif asked.command in PROCEDURES:
            status = runner.run(_procedure(service, settings, asked))
        else:
            status = runner.run(service.commands[asked.command](settings))
    sys.exit(status)


def _migrate(service: Service[Any]) -> None:
    if service.migrations is None:
        return
    dsn = load_settings(MigrationSettings).migration_url.get_secret_value()
    asyncio.run(migrate.apply(dsn, service.name, service.migrations))


async def _procedure(service: Service[S], settings: S, asked: argparse.Namespace) -> int:
    """What an operator does beside the running service. Returns the exit status."""
    built = await service.build(settings, "none")
    try:
        if built.app.state.db is None:
            _say(f"{service.name} keeps nothing")
            return 0
        return await PROCEDURES[asked.command](service, built, asked)
    except ChassisError as error:
        _say(f"{asked.command}: {error or reason_of(error)}")
        return 1
    finally:
        await _close(built)


async def _redrive(service: Service[Any], built: Built, asked: argparse.Namespace) -> int:
    if built.redrive is None:
        _say(f"{service.name} consumes nothing")
        return 0
    done = await built.redrive(asked.key)
    _say(f"resolved: {done.resolved}")
    for open_key, reason in done.still_open.items():
        _say(f"still open: {open_key}: {reason}")
    return 1 if done.still_open else 0


async def _discard(service: Service[Any], built: Built, asked: argparse.Namespace) -> int:
    """Give up the first open event of a key: bytes that nobody will ever read. Then redrive."""
    done = await discard(built.app.state.db, service.name, asked.key)
    _say("discarded one event" if done else "nothing is open for this key")
    return 0 if done else 1


async def _replay(_: Service[Any], built: Built, asked: argparse.Namespace) -> int:
    """Events of this service back into its outbox; not `--really`: only how many there are."""
    what = replay.wanted(asked)
    done = await replay.replay(built.app.state.db, what, really=asked.really, say=_say)
    for topic, events in done.items():
        _say(f"{topic}: {events} events {'put back' if asked.really else 'would be put back'}")
    if not asked.really:
        _say("nothing was written; --really does it")
    return 0


async def _shards(_: Service[Any], built: Built, __: argparse.Namespace) -> int:
    """Who owns which shard of the outbox. Exit status 1 if nobody owns one."""
    found = await shards(built.app.state.db)
    _say(HEADING)
    for shard in found:
        _say(str(shard))
    return 0 if all(shard.owner for shard in found) else 1


async def _rebuild(service: Service[Any], built: Built, asked: argparse.Namespace) -> int:
    """The copy of what others said, made anew; not `--really`: made and rolled back."""
    if built.rebuild is None:
        _say(f"{service.name} has no copy of what others said")
        return 0
    for table, (before, after) in (await built.rebuild(asked.really, asked.replayed, _say)).items():
        _say(f"{table}: {before} rows before, {after} after")
    if not asked.really:
        _say("rolled back; --really keeps it")
    return 0


async def _verify_reveals(_: Service[Any], built: Built, __: argparse.Namespace) -> int:
    """Exit status 1 and the places, if the audit of reveals was touched."""
    broken = await broken_links(built.app.state.db)
    _say(f"broken at: {broken}" if broken else "the chain holds")
    return 1 if broken else 0


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201


PROCEDURES: Mapping[str, Callable[[Service[Any], Built, argparse.Namespace], Awaitable[int]]] = {
    "redrive": _redrive,
    "discard": _discard,
    "replay": _replay,
    "shards": _shards,
    "rebuild": _rebuild,
    "verify-reveals": _verify_reveals,
}


async def _serve(service: Service[S], settings: S, role: str) -> int:
    listener = _listen(settings.http_host, settings.http_port)
    if settings.traces:
        tracing.start(service.name, *tracing.to_collector(settings.traces))
    built = await service.build(settings, role)
    built.close = (*built.close, tracing.stop)
    background = dict(built.background)
    if (db := built.app.state.db) is not None:
        if role != "api":
            background["housekeeping"] = Housekeeping(db).run
            background["key_pages"] = KeyPages(db).run
        if (folder := service.migrations) is not None:
            # The new program is not asked before the schema that it was written for is there.
            built.health.ready["migrations"] = lambda: migrate.is_current(db, folder)
    process = _Process(built, _Server(_configuration(built.app)))
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, process.stop)
    tasks = [asyncio.create_task(process.keep(*part), name=part[0]) for part in background.items()]
    # What was imported lives as long as the process: the collector need not walk it again.
    gc.collect()
    gc.freeze()
    # A request leaves no circles behind, but thirty at once hold more objects than the usual 700: the
    # collector looked for circles among them at every sixth request, in vain.
    gc.set_threshold(YOUNG, *gc.get_threshold()[1:])
    log.info("started", role=role, port=settings.http_port)
    try:
        await process.server.serve(sockets=[listener])
    finally:
        await process.finish(tasks)
    return process.status


def _configuration(app: FastAPI) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=DRAIN_LIMIT,
        server_header=False,
        date_header=False,
    )


def _listen(host: str, port: int) -> socket.socket:
    """The listening socket, or exit status 1 with a sentence that names the port and the setting."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        print(  # noqa: T201
            f"{PREFIX}HTTP_PORT: 端口 {port} 用不了（{error.strerror}），请换一个再启动"
            f" / port {port} on {host} cannot be used",
            file=sys.stderr,
        )
        raise SystemExit(1) from None


class _Process:
    """Who is told what, in which order, when the process ends."""

    def __init__(self, built: Built, server: "_Server") -> None:
        self.status = 0
        self.server = server
        self.stopping = asyncio.Event()
        """For background loops: set when the server has answered what it held."""
        self._built = built
        self._hurry = asyncio.Event()

    def stop(self) -> None:
        """The first time: end in order. The second time: do not wait for anybody."""
        if self._built.health.stopping.is_set():
            self.server.force_exit = True
            self._hurry.set()
            return
        log.info("stopping")
        self._built.health.stopping.set()
        self.server.should_exit = True
        self._end_within(LAST_LIMIT)

    async def keep(self, name: str, run: Background) -> None:
        """Run a background loop; if it ends before it was asked to, so does the process."""
        try:
            await run(self.stopping)
            if not self.stopping.is_set():
                log.error("background_ended", part=name)
        except Exception:
            log.exception("background_died", part=name)
            self.status = 1
        if not self.stopping.is_set():
            self.status = 1
            self.stop()

    async def finish(self, tasks: Sequence[asyncio.Task[None]]) -> None:
        """Let background loops end their batch, then close what was opened."""
        if not self._built.health.stopping.is_set():
            self.stop()
        self.stopping.set()
        if tasks:
            hurry = asyncio.create_task(self._hurry.wait())
            ended = asyncio.gather(*tasks, return_exceptions=True)
            await asyncio.wait(
                [hurry, ended], timeout=BACKGROUND_LIMIT, return_when=asyncio.FIRST_COMPLETED
            )
            hurry.cancel()
            for task in tasks:
                if not task.done():
                    log.warning("background_cut_off", part=task.get_name())
                    task.cancel()
            await asyncio.wait(tasks, timeout=CUT_LIMIT)
        await _close(self._built)
        log.info("stopped", status=self.status)
        # All is safe now, and said. What is left are tasks and threads that do not listen.
        self._end_within(LEFTOVERS_LIMIT)

    def _end_within(self, seconds: float) -> None:
        last = threading.Timer(seconds, self._give_up)
        last.daemon = True
        last.start()

    def _give_up(self) -> None:
        """Something holds the process that no time-out reaches, a thread for example."""
        log.warning("stopped_by_force", status=self.status)
        sys.stdout.flush()
        os._exit(self.status)


async def _close(built: Built) -> None:
    """In their order, all together within the limit; one that fails does not keep the others open."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(CLOSE_LIMIT):
            for close in built.close:
                try:
                    await close()
                except Exception as error:  # noqa: BLE001
                    log.warning("not_closed", error=type(error).__name__)


class _Server(uvicorn.Server):
    """Signals are ours: uvicorn would wait for open streams before anybody told them to end."""

    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        yield
