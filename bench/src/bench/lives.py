"""Whole lives of wishes over HTTP, in a process of its own: `python -m bench.lives PLAN` prints JSON.

So many connections; on each one wish lives after the other, each request after the answer before it.
The client is a few lines over a socket, so that it takes little of the machine that is measured; its
own CPU time is part of the answer.
"""

import asyncio
import json
import random
import sys
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import orjson
import uvloop

LIMIT = 20.0
"""Seconds for one answer."""
TRIES = 40
PAUSE = 0.25
"""Between tries while a read model does not know a person yet, or somebody else was quicker."""
TOO_MANY, CONFLICT, UNAVAILABLE = 429, 409, 503
RELEASED, JOINED, UNSATISFIED = 0.10, 0.25, 0.05
CHECKS = {"identity_checked": True, "need_checked": True, "consent_checked": True}
PERSON = {"name": "测试居民", "address": "测试家属院", "phone": "13800138099"}
CATEGORIES = ("goods", "service", "companionship", "skills")


@dataclass(frozen=True)
class Plan:
    """`wishes` begin, follow-ups among them. Volunteers are (id, token)."""

    port: int
    connections: int
    wishes: int
    areas: list[str]
    worker: str
    publisher: str
    volunteers: list[tuple[str, str]]
    seed: int = 20171123
    followed: float = 0.05
    """The share of wishes that another one follows."""


@dataclass
class Told:
    """What the clients saw."""

    seconds: float = 0.0
    cpu_seconds: float = 0.0
    requests: int = 0
    fulfilled: int = 0
    statuses: Counter[str] = field(default_factory=Counter[str])
    latencies: list[float] = field(default_factory=list[float])
    """Milliseconds, in the order of the answers."""


class Gone(Exception):
    """The server hung up, or answered what no life can go on with."""


class Line(asyncio.Protocol):
    """One connection, one request at a time."""

    def __init__(self) -> None:
        self._held = b""
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None
        self._transport: Any = None

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def ask(self, request: bytes) -> "asyncio.Future[tuple[int, bytes]]":
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return self._answer

    def data_received(self, data: bytes) -> None:
        self._held += data
        head = self._held.find(b"\r\n\r\n")
        if head < 0 or self._answer is None:
            return
        at = self._held.find(b"content-length: ")
        length = int(self._held[at + 16 : self._held.find(b"\r\n", at)]) if 0 <= at < head else 0
        if len(self._held) < head + 4 + length:
            return
        status, body = int(self._held[9:12]), self._held[head + 4 :]
        self._held = b""
        if not self._answer.done():
            self._answer.set_result((status, body))

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or Gone("the server hung up"))

    def close(self) -> None:
        self._transport.close()


class Lives:
    """Lives on one connection after the other until `left` is empty."""

    def __init__(self, plan: Plan, left: list[int], told: Told) -> None:
        self._plan = plan
        self._left = left
        self._told = told
        self._rng = random.Random(plan.seed)

    async def run(self, line: Line) -> None:
        while self._left:
            self._left.pop()
            await self._live(line, "", self._anybody())

    async def _live(self, line: Line, follows: str, first: tuple[str, str]) -> None:
        """`first` claims it: a follow-up is kept for whoever led before."""
        chance, plan = self._rng.random, self._plan
        if follows:
            body = {"reason": "too_bright", "channel": "phone", "words": "灯太亮了"}
            slip = await self._post(line, f"/v1/wishes/{follows}/follow-ups", body, plan.worker)
        else:
            body = {
                "channel": "desk",
                "category": self._rng.choice(CATEGORIES),
                "area": self._rng.choice(plan.areas),
                "words": "厨房的灯不亮了",
                # Each card is somebody else's: nobody has thousands of wishes.
                "beneficiary": PERSON | {"phone": f"138{self._rng.randrange(10**8):08}"},
            }
            slip = await self._post(line, "/v1/wishes", body, plan.worker)
        wish = str(slip["id"])
        body = {"method": "phone", "checklist": CHECKS}
        await self._post(line, f"/v1/wishes/{wish}/verification", body, plan.worker)
        card = {"title": "厨房的灯换不了", "effort": "one_hour"}
        await self._post(line, f"/v1/wishes/{wish}/publication", card, plan.publisher)
        team, claim = await self._claim(line, wish, first)
        if chance() < RELEASED:
            await self._post(line, f"/v1/claims/{claim}/release", {}, team[0][1])
            team, claim = await self._claim(line, wish, self._anybody())
        if chance() < JOINED:
            helper = self._rng.choice([one for one in plan.volunteers if one != team[0]])
            await self._post(line, f"/v1/claims/{claim}/helpers", {}, helper[1])
            team.append(helper)
        await self._deliver(line, claim, team)
        if chance() < UNSATISFIED:
            answer = {"answer": "unsatisfied", "reason": "does_not_work"}
            await self._confirm(line, slip, answer)
            await self._deliver(line, claim, team)
        await self._confirm(line, slip, {"answer": "satisfied"})
        self._told.fulfilled += 1
        if self._left and chance() < plan.followed:
            self._left.pop()
            await self._live(line, wish, team[0])

    def _anybody(self) -> tuple[str, str]:
        return self._rng.choice(self._plan.volunteers)

    async def _claim(
        self, line: Line, wish: str, who: tuple[str, str]
    ) -> tuple[list[tuple[str, str]], str]:
        claim = await self._post(line, f"/v1/wishes/{wish}/claims", {}, who[1])
        return [who], str(claim["id"])

    async def _deliver(self, line: Line, claim: str, team: list[tuple[str, str]]) -> None:
        minutes = self._rng.randint(10, 180)
        services = [{"volunteer_id": one, "minutes": minutes} for one, _ in team]
        path = f"/v1/claims/{claim}/delivery"
        await self._post(line, path, {"services": services, "gifts": []}, team[0][1])

    async def _confirm(self, line: Line, slip: dict[str, Any], answer: dict[str, str]) -> None:
        await self._post(line, f"/v1/cards/{slip['card_no']}-{slip['code']}/confirmation", answer)

    async def _post(
        self, line: Line, path: str, body: dict[str, Any], token: str = ""
    ) -> dict[str, Any]:
        """The answer's document. What passes (503, not known yet) is asked again under the same key."""
        # Every card is held by somebody else: limits are per address.
        address = f"10.{self._rng.randrange(256)}.{self._rng.randrange(256)}.7"
        request = raw("POST", path, orjson.dumps(body), token, f"X-Forwarded-For: {address}")
        status, document = 0, dict[str, Any]()
        for _ in range(TRIES):
            began = time.perf_counter()
            async with asyncio.timeout(LIMIT):
                status, answer = await line.ask(request)
            self._told.latencies.append((time.perf_counter() - began) * 1000)
            self._told.requests += 1
            self._told.statuses[str(status)] += 1
            document = orjson.loads(answer)
            if status < 300:
                return document
            if status not in (TOO_MANY, CONFLICT, UNAVAILABLE):
                raise Gone(f"{path.split('/')[-1]}: {status} {document.get('type')}")
            await asyncio.sleep(PAUSE)
        raise Gone(f"{path.split('/')[-1]}: {status} {document.get('type')} {TRIES} times")


def raw(method: str, path: str, body: bytes, token: str = "", *headers: str) -> bytes:
    """A request as it goes over the wire; a POST under a key of its own."""
    lines = [f"{method} {path} HTTP/1.1", "Host: bench", *headers]
    if method == "POST":
        lines.append("Content-Type: application/json")
        lines.append(f"Content-Length: {len(body)}")
        lines.append(f"Idempotency-Key: {uuid.uuid4()}")
    if token:
        lines.append(f"Authorization: Bearer {token}")
    return "\r\n".join((*lines, "", "")).encode() + body


async def live(plan: Plan) -> Told:
    """All the lives. Raises Gone when one of them can't go on."""
    told, left = Told(), list(range(plan.wishes))
    loop = asyncio.get_running_loop()
    lines: list[Line] = []
    for _ in range(plan.connections):
        _, line = await loop.create_connection(Line, "127.0.0.1", plan.port)
        lines.append(line)
    began, worked = time.perf_counter(), time.process_time()
    async with asyncio.TaskGroup() as group:
        for number, line in enumerate(lines):
            lives = Lives(replace(plan, seed=plan.seed + number), left, told)
            group.create_task(lives.run(line))
    told.seconds = time.perf_counter() - began
    told.cpu_seconds = time.process_time() - worked
    for line in lines:
        line.close()
    return told


if __name__ == "__main__":
    given = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        sys.stdout.write(json.dumps(vars(runner.run(live(Plan(**given))))) + "\n")
