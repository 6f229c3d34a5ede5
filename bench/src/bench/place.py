"""Where commands are measured: a stack's PostgreSQL and Kafka, the real service, and the bare peer."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import psutil
from chassis.auth.testing import TokenMinter
from stack import Ports, Stack
from stack.ports import free_port
from stack.processes import Child, inherited_environment, spawn, wait_until
from stack.provision import run_now

from bench.bare.handlers import SCHEMA
from bench.load import LIMIT, Load, Plan
from bench.wire import Wire

READY = 40.0


@dataclass
class Place:
    """Everything that is running for the measurement."""

    stack: Stack
    minter: TokenMinter
    wishes: Child
    bare: Child
    bare_port: int
    issuers: str

    @property
    def wishes_port(self) -> int:
        return self.stack.ports.wishes

    def sql(self, text: str, *args: Any) -> list[asyncpg.Record]:
        """As the superuser."""
        return run_now(_sql(self.stack.postgres.dsn(), text, args))

    def send(self, plan: Plan) -> Load:
        """Runs the load in a process of its own."""
        place = self.stack.folder / "plan.json"
        plan.write(place)
        command = [sys.executable, "-m", "bench.load", str(place)]
        done = subprocess.run(command, capture_output=True, timeout=LIMIT + 60, check=False)
        if done.returncode:
            raise RuntimeError(done.stderr.decode("utf-8", "replace")[-2000:])
        return Load(**json.loads(done.stdout))

    @contextmanager
    def counted(self, what: str) -> Generator[tuple[int, Wire]]:
        """(port, counter): `wishes` or `bare` once more, alone with its commands, through a counter."""
        with Wire(self.stack.ports.postgres) as wire:
            port = free_port()
            if what == "bare":
                # It numbers its cards from the start again.
                self.sql("truncate bare.wish")
                child = _bare(self.stack, port, wire.port)
            else:
                child = self._api(port, wire.port)
            try:
                yield port, wire
            finally:
                child.end(within=8)

    def _api(self, port: int, postgres: int) -> Child:
        """Without the relay, whose statements are its own."""
        settings = self.stack.environment("wishes")
        dsn = settings["WISHTREE_DATABASE_URL"]
        settings["WISHTREE_DATABASE_URL"] = dsn.replace(
            f":{self.stack.ports.postgres}/", f":{postgres}/"
        )
        settings |= {"WISHTREE_HTTP_PORT": str(port), "WISHTREE_ISSUERS": self.issuers}
        child = spawn(
            "wishes-counted",
            [sys.executable, "-m", "wishes", "--role", "api"],
            log=self.stack.folder / "logs" / "wishes-counted.log",
            env={**inherited_environment(), "PYTHONUTF8": "1", **settings},
            stack=self.stack.folder,
        )
        wait_until(lambda: _answers(port, "/readyz"), child, seconds=READY)
        return child


@contextmanager
def place(folder: Path) -> Generator[Place]:
    """fsync is on: a commit that is not on disk is not a commit."""
    stack = Stack(folder, Ports.free(), purpose="test", fsync=True)
    minter = TokenMinter()
    issuer = Issuer(minter)
    issuers = json.dumps(
        [{"issuer": minter.issuer, "jwks_url": issuer.url, "audience": "wishtree"}]
    )
    children: list[Child] = []
    try:
        stack.start_infrastructure()
        stack.prepare()
        run_now(_sql(stack.postgres.dsn(), SCHEMA, ()))
        stack.start_service("wishes", extra={"WISHTREE_ISSUERS": issuers})
        port = free_port()
        children.append(_bare(stack, port, stack.ports.postgres))
        yield Place(stack, minter, stack.services["wishes"], children[0], port, issuers)
    finally:
        for child in children:
            child.end(within=3)
        stack.stop()
        issuer.close()


def _bare(stack: Stack, port: int, postgres: int) -> Child:
    dsn = stack.postgres.dsn().replace(f":{stack.ports.postgres}/", f":{postgres}/")
    child = spawn(
        "bare",
        [sys.executable, "-m", "bench.bare.handlers", str(port)],
        log=stack.folder / "logs" / "bare.log",
        env={**inherited_environment(), "BARE_DSN": dsn},
        stack=stack.folder,
    )
    wait_until(lambda: _answers(port, "/"), child, seconds=READY)
    return child


def _answers(port: int, path: str) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}{path}", timeout=2).status_code < 500
    except httpx.TransportError:
        return False


async def _sql(dsn: str, text: str, args: Sequence[Any]) -> list[asyncpg.Record]:
    # The service's triggers look for their tables on the path.
    path = {"search_path": "wishes"}
    connection = await asyncpg.connect(dsn, timeout=5, command_timeout=300, server_settings=path)
    try:
        if args:
            return await connection.fetch(text, *args)
        await connection.execute(text)
        return []
    finally:
        await connection.close()


class Issuer:
    """An OpenID provider's key page, as the service asks for it."""

    def __init__(self, minter: TokenMinter) -> None:
        keys = json.dumps(minter.jwks()).encode()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(keys)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/jwks"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def cpu(child: Child) -> Generator[list[float]]:
    """Afterwards the list holds the CPU seconds that the process used meanwhile."""
    process = psutil.Process(child.pid)
    used: list[float] = []
    before = process.cpu_times()
    yield used
    after = process.cpu_times()
    used.append(after.user + after.system - before.user - before.system)


def cores() -> int:
    return os.cpu_count() or 1
