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
import signal
import sys
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
from chassis import migrate
from chassis.dead_letters import Redriven
from chassis.http.health import Health
from chassis.settings import PREFIX, ServiceSettings, load_settings

log = structlog.get_logger(__name__)
S = TypeVar("S", bound=ServiceSettings)
Background = Callable[[asyncio.Event], Awaitable[None]]
BACKGROUND_LIMIT = 5.0
CLOSE_LIMIT = 3.0
DRAIN_LIMIT = 3


@dataclass
class Built:
    """What a service's bootstrap makes: its application and everything that runs beside it."""

    app: FastAPI
    health: Health
    background: Mapping[str, Background] = field(default_factory=dict)
    close: Sequence[Callable[[], Awaitable[None]]] = ()
    """Called in this order at the end."""
    redrive: Callable[[str | None], Awaitable[Redriven]] | None = None


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
    commands = ("serve", "migrate", "redrive", "openapi", *service.commands)
    parser.add_argument("command", nargs="?", choices=commands, default="serve")
    parser.add_argument("--key", help="redrive: only this key")
    asked = parser.parse_args()
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
        elif asked.command == "redrive":
            status = runner.run(_redrive(service, settings, asked.key))
        else:
            status = runner.run(service.commands[asked.command](settings))
    sys.exit(status)


def _migrate(service: Service[Any]) -> None:
    if service.migrations is None:
        return
    dsn = load_settings(MigrationSettings).migration_url.get_secret_value()
    asyncio.run(migrate.apply(dsn, service.name, service.migrations))


async def _redrive(service: Service[S], settings: S, key: str | None) -> int:
    built = await service.build(settings, "none")
    try:
        if built.redrive is None:
            print(f"{service.name} consumes nothing")  # noqa: T201
            return 0
        done = await built.redrive(key)
        print(f"resolved: {done.resolved}")  # noqa: T201
        for open_key, reason in done.still_open.items():
            print(f"still open: {open_key}: {reason}")  # noqa: T201
        return 1 if done.still_open else 0
    finally:
        await _close(built)


async def _serve(service: Service[S], settings: S, role: str) -> int:
    built = await service.build(settings, role)
    server = _Server(
        uvicorn.Config(
            built.app,
            host=settings.http_host,
            port=settings.http_port,
            log_config=None,
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=DRAIN_LIMIT,
            server_header=False,
            date_header=False,
        )
    )
    stop = asyncio.Event()
    status = 0

    def asked_to_stop() -> None:
        built.health.stopping.set()
        server.force_exit = server.should_exit
        server.should_exit = True

    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, asked_to_stop)

    async def background(name: str, run: Background) -> None:
        nonlocal status
        try:
            await run(stop)
        except Exception as error:
            status = 1
            log.exception("background_died", part=name, error=type(error).__name__)
            asked_to_stop()

    tasks = [asyncio.create_task(background(name, run)) for name, run in built.background.items()]
    # What was imported lives as long as the process: the collector need not walk it again.
    gc.collect()
    gc.freeze()
    log.info("started", role=role, port=settings.http_port)
    try:
        await server.serve()
    finally:
        built.health.stopping.set()
        stop.set()
        await _finish(tasks)
        await _close(built)
        log.info("stopped")
    return status


async def _finish(tasks: Sequence[asyncio.Task[None]]) -> None:
    if not tasks:
        return
    _, late = await asyncio.wait(tasks, timeout=BACKGROUND_LIMIT)
    for task in late:
        log.warning("background_cut_off", part=task.get_name())
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _close(built: Built) -> None:
    for close in built.close:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(close(), CLOSE_LIMIT)


class _Server(uvicorn.Server):
    """Signals are ours: uvicorn would wait for open streams before anybody told them to end."""

    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        yield
