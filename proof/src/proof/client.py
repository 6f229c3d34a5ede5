"""Clients of the wishes' API, with everything that real ones do to a service.

Some send a request twice at once, some give up before the answer and ask again much later with the
same key, some never see an answer and never ask again. All of it is written down as it was seen.
"""

import asyncio
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import httpx

from proof.habits import Habits
from proof.logs import UNSEEN as UNSEEN_NAME
from proof.people import People
from proof.record import UNSEEN, Act, Attempt, Recorder

PATIENCE = 100.0
"""Seconds for which a client repeats a command that nobody answered for certain."""
TIME_LIMIT = 10.0
HURRY = 0.03
"""Seconds after which an impatient client no longer waits for an answer."""
LOOKS = 3
"""How often somebody tries to look at something; then they do without."""
UNAUTHORIZED = 401
PASSING = frozenset({UNAUTHORIZED, 408, 425, 429, 500, 502, 503, 504})
PASSING_PROBLEMS = frozenset({"same-request-at-work", "giver-not-known"})
CARD = "card"
"""Whoever holds the slip of a wish: no account."""
TOLD = ("id", "state", "card_no", "claimant")


class Ended(Exception):
    """This life can't go on: a refusal, or an answer that nobody will ever see."""


@dataclass(frozen=True)
class Request:
    """One command. `wish`, `claim` and `asked` are for the record, see there."""

    act: Act
    who: str
    """A name of `proof.people`, or CARD."""
    path: str
    body: dict[str, Any] = field(default_factory=dict)
    wish: str = ""
    claim: str = ""
    asked: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class _Sent:
    """A request with its name, and where it comes from."""

    command: str
    request: Request
    address: str


@dataclass
class Client:
    http: httpx.AsyncClient
    wishes: str
    """A base address."""
    people: People
    recorder: Recorder
    rng: random.Random
    habits: Habits
    counts: Counter[str] = field(default_factory=Counter)
    """acknowledged, refused and unknown attempts."""
    _number: int = 0
    _documents: dict[str, dict[str, Any]] = field(default_factory=dict)

    async def command(self, request: Request) -> dict[str, Any]:
        """One command under one key until its answer is certain. Raises Ended when it never is."""
        sent = self._sent(request)
        habit = self.rng.random()
        if habit < self.habits.twice:
            answers = await asyncio.gather(self._try(sent), self._try(sent))
            best = min(answers, key=_certainty)
        elif habit < self.habits.twice + self.habits.impatient:
            best = await self._try(sent, limit=HURRY)
            if not _certain(best) and self.rng.random() < self.habits.gives_up:
                raise Ended
            # Much later, when everybody else has forgotten it, the client asks again.
            await asyncio.sleep(self.rng.uniform(0.5, 8))
        else:
            best = await self._try(sent)
        deadline = time.monotonic() + PATIENCE
        pause = 0.1
        while not _certain(best):
            if time.monotonic() > deadline:
                raise Ended
            await asyncio.sleep(pause * self.rng.uniform(0.5, 1.5))
            pause = min(pause * 2, 3.0)
            best = await self._try(sent)
        if self.rng.random() < 0.03:
            # The network kept a copy of an answered request and delivers it again.
            await asyncio.sleep(self.rng.uniform(0, 3))
            await self._try(sent)
        if not best.acknowledged:
            raise Ended
        return self._documents.pop(sent.command)

    async def look(self, who: str, path: str) -> dict[str, Any]:
        """What somebody sees there; nothing when they can't see it now."""
        for _ in range(LOOKS):
            headers = {"Authorization": await self.people.authorization(who)}
            try:
                answer = await self.http.get(
                    f"{self.wishes}{path}", headers=headers, timeout=TIME_LIMIT
                )
                if answer.is_success:
                    return answer.json()
            except (httpx.HTTPError, ValueError):
                pass
            await asyncio.sleep(self.rng.uniform(0.2, 1))
        return {}

    def _sent(self, request: Request) -> _Sent:
        self._number += 1
        kind = UNSEEN_NAME if request.act in UNSEEN else "proof"
        # Every card is held by somebody else: limits are per address.
        address = f"10.{self.rng.randrange(256)}.{self.rng.randrange(256)}.7"
        return _Sent(f"{kind}-{self._number:07d}", request, address)

    async def _try(self, sent: _Sent, limit: float = TIME_LIMIT) -> Attempt:
        request = sent.request
        headers = {"X-Correlation-Id": sent.command, "X-Forwarded-For": sent.address}
        token = ""
        if request.who != CARD:
            token = headers["Authorization"] = await self.people.authorization(request.who)
        if request.act not in UNSEEN:
            headers["Idempotency-Key"] = sent.command
        called = time.monotonic()
        status, problem, answer = None, "", {}
        try:
            response = await asyncio.wait_for(self._send(request, headers), limit)
            document = response.json() if response.content else {}
            status = response.status_code
        except (httpx.HTTPError, TimeoutError, ValueError):
            self.counts["unknown"] += 1
        else:
            if response.is_success:
                self.counts["acknowledged"] += 1
                # The whole answer holds the slip's code: it stays in memory, out of the record.
                self._documents[sent.command] = document
                answer = {name: document[name] for name in TOLD if name in document}
            else:
                self.counts["refused"] += 1
                problem = str(document.get("type", "")).rsplit("/", 1)[-1]
        attempt = Attempt(
            command=sent.command,
            act=request.act,
            client=CARD if request.who == CARD else self.people.id_of(request.who),
            called=called,
            returned=time.monotonic(),
            status=status,
            problem=problem,
            wish=request.wish,
            claim=request.claim,
            asked=request.asked,
            answer=answer,
        )
        self.recorder.write(attempt)
        if status == UNAUTHORIZED and token:
            await self.people.authorization(request.who, refused=token)
        return attempt

    async def _send(self, request: Request, headers: dict[str, str]) -> httpx.Response:
        url = f"{self.wishes}{request.path}"
        if request.act in UNSEEN:
            return await self.http.delete(url, headers=headers)
        return await self.http.post(url, json=request.body, headers=headers)


def _certain(attempt: Attempt) -> bool:
    if attempt.status is None or attempt.status in PASSING:
        return False
    return attempt.acknowledged or attempt.problem not in PASSING_PROBLEMS


def _certainty(attempt: Attempt) -> tuple[bool, bool]:
    return not attempt.acknowledged, not _certain(attempt)
