"""A load generator in a process of its own: `python -m bench.load PLAN`, a JSON line comes back.

Closed loop: so many connections, each sends its next request when it has its answer. The requests
are made into bytes before the clock starts, so that the generator is not what is measured; its own
CPU time is part of the answer.
"""

import asyncio
import json
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import uvloop

LIMIT = 120.0
"""Seconds for one load; a server that hangs is an error, not a wait."""


@dataclass(frozen=True)
class Ask:
    """One POST. `key` empty: without an Idempotency-Key; `token` empty: without Authorization."""

    path: str
    body: str
    token: str = ""
    key: str = ""


@dataclass
class Plan:
    """`warm` requests from the front are sent first and not counted."""

    port: int
    connections: int
    asks: list[Ask]
    warm: int = 0

    def write(self, place: Path) -> None:
        place.write_text(json.dumps(asdict(self)), encoding="utf-8")


@dataclass
class Load:
    """What came of a plan: one status and one latency in milliseconds per counted request."""

    seconds: float
    cpu_seconds: float
    statuses: list[int] = field(default_factory=list[int])
    latencies: list[float] = field(default_factory=list[float])
    """In the order of the answers."""

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.seconds

    def percentile(self, share: float, status: int | None = None) -> float:
        """Milliseconds that `share` of the answers (with this status) stayed under."""
        pairs = zip(self.statuses, self.latencies, strict=True)
        found = sorted(ms for code, ms in pairs if status in (None, code))
        return found[min(len(found) - 1, int(share * len(found)))] if found else 0.0


def raw(ask: Ask) -> bytes:
    """The request as it goes over the wire."""
    body = ask.body.encode()
    lines = [f"POST {ask.path} HTTP/1.1", "Host: bench", "Content-Type: application/json"]
    lines.append(f"Content-Length: {len(body)}")
    if ask.token:
        lines.append(f"Authorization: Bearer {ask.token}")
    if ask.key:
        lines.append(f"Idempotency-Key: {ask.key}")
    return "\r\n".join((*lines, "", "")).encode() + body


class _Connection(asyncio.Protocol):
    """One connection: sends the next of `waiting` whenever an answer is complete."""

    def __init__(self, waiting: list[bytes], load: Load, done: asyncio.Future[None]) -> None:
        self._waiting = waiting
        self._load = load
        self._done = done
        self._held = b""
        self._began = 0.0
        self._transport: Any = None

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def go(self) -> None:
        if not self._waiting:
            if not self._done.done():
                self._done.set_result(None)
            return
        self._began = time.perf_counter()
        self._transport.write(self._waiting.pop())

    def data_received(self, data: bytes) -> None:
        self._held += data
        head = self._held.find(b"\r\n\r\n")
        if head < 0:
            return
        at = self._held.find(b"content-length: ")
        length = int(self._held[at + 16 : self._held.find(b"\r\n", at)])
        if len(self._held) < head + 4 + length:
            return
        self._load.latencies.append((time.perf_counter() - self._began) * 1000)
        self._load.statuses.append(int(self._held[9:12]))
        self._held = b""
        self.go()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._done.done():
            self._done.set_exception(exc or ConnectionError("the server hung up"))


async def _send(plan: Plan, asks: list[Ask]) -> Load:
    loop = asyncio.get_running_loop()
    waiting = [raw(ask) for ask in reversed(asks)]
    load = Load(0, 0)
    ends: list[asyncio.Future[None]] = []
    protocols: list[_Connection] = []
    for _ in range(min(plan.connections, len(asks))):
        ends.append(loop.create_future())
        protocol = _Connection(waiting, load, ends[-1])
        await loop.create_connection(lambda p=protocol: p, "127.0.0.1", plan.port)
        protocols.append(protocol)
    began, worked = time.perf_counter(), time.process_time()
    for protocol in protocols:
        protocol.go()
    async with asyncio.timeout(LIMIT):
        await asyncio.gather(*ends)
    load.seconds = time.perf_counter() - began
    load.cpu_seconds = time.process_time() - worked
    return load


def _read(place: Path) -> Plan:
    given = json.loads(place.read_text(encoding="utf-8"))
    return Plan(**(given | {"asks": [Ask(**ask) for ask in given["asks"]]}))


async def _main(plan: Plan) -> None:
    if plan.warm:
        await _send(plan, plan.asks[: plan.warm])
    load = await _send(plan, plan.asks[plan.warm :])
    sys.stdout.write(json.dumps(asdict(load)) + "\n")


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_main(_read(Path(sys.argv[1]))))
