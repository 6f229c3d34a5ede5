"""A steady load of whole wish lives, with everything that real clients do to a service.

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

from proof.people import VOLUNTEERS, People
from proof.record import Act, Attempt, Recorder

AREA = "610102007001"
BENEFICIARY = {"name": "测试居民", "address": "测试家属院", "phone": "13800138099"}
CHECKS = {"identity_checked": True, "need_checked": True, "consent_checked": True}
PATIENCE = 100.0
"""Seconds for which a client repeats a command that nobody answered for certain."""
TIME_LIMIT = 10.0
HURRY = 0.03
"""Seconds after which an impatient client no longer waits for an answer."""
UNAUTHORIZED = 401
PASSING = frozenset({UNAUTHORIZED, 408, 425, 429, 500, 502, 503, 504})
PASSING_PROBLEMS = frozenset({"same-request-at-work", "giver-not-known"})


@dataclass(frozen=True)
class Habits:
    """How often clients misbehave and lives turn; shares from 0 to 1."""

    twice: float = 0.10
    impatient: float = 0.08
    gives_up: float = 0.15
    returned: float = 0.04
    withdrawn: float = 0.04
    released: float = 0.15
    joined: float = 0.25
    unsatisfied: float = 0.15
    reopened: float = 0.08
    followed: float = 0.10
    claimers: int = 5


TOLD = ("id", "state", "card_no")


class _Ended(Exception):
    """This life can't go on: a refusal, or an answer that nobody will ever see."""


@dataclass
class Load:
    """Lives against `wishes` (a base address) until `stop`, at `rate` new lives a second."""

    http: httpx.AsyncClient
    wishes: str
    people: People
    recorder: Recorder
    rng: random.Random
    rate: float
    habits: Habits = field(default_factory=Habits)
    crowd: int = 80
    """Lives at once, at the most: a system that stands still must not pile up clients."""
    counts: Counter[str] = field(default_factory=Counter)
    """acknowledged, refused, unknown attempts; lives begun and ended."""
    _number: int = 0
    _documents: dict[str, dict[str, Any]] = field(default_factory=dict)
    _living: set[asyncio.Task[None]] = field(default_factory=set)

    async def run(self, stop: asyncio.Event) -> None:
        """Begins lives until `stop`, then lets those that live come to their end."""
        while not stop.is_set():
            if len(self._living) < self.crowd:
                life = asyncio.create_task(self._life())
                self._living.add(life)
                life.add_done_callback(self._living.discard)
            try:
                await asyncio.wait_for(stop.wait(), self.rng.expovariate(self.rate))
            except TimeoutError:
                continue
        if self._living:
            await asyncio.wait(self._living, timeout=PATIENCE + 2 * TIME_LIMIT)
        unfinished = list(self._living)
        for life in unfinished:
            life.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)

    async def _life(self) -> None:
        self.counts["begun"] += 1
        try:
            await self._tell(follows="")
        except _Ended:
            self.counts["broken off"] += 1
        else:
            self.counts["ended"] += 1

    async def _tell(self, follows: str) -> None:
        chance, habits = self.rng.random, self.habits
        slip = await (self._follow_up(follows) if follows else self._submit())
        wish = str(slip["id"])
        if chance() < habits.returned:
            await self._staff(
                "return", "wang-juan", wish, "return", {"reason": "address_not_clear"}
            )
            return
        body = {"method": "phone", "checklist": CHECKS}
        await self._staff("verify", "wang-juan", wish, "verification", body)
        card = {"title": "厨房的灯换不了", "effort": "one_hour"}
        await self._staff("publish", "wu-hongzheng", wish, "publication", card)
        if chance() < habits.withdrawn:
            await self._staff("withdraw", "wang-juan", wish, "withdrawal", {"reason": "not_needed"})
            return
        who, claim = await self._claim(wish)
        while chance() < habits.released:
            await self._volunteer("release", who, wish, claim, f"claims/{claim}/release", {})
            who, claim = await self._claim(wish)
        team = [who]
        if chance() < habits.joined:
            helper = self.rng.choice([name for name in VOLUNTEERS if name != who])
            await self._volunteer("join", helper, wish, claim, f"claims/{claim}/helpers", {})
            team.append(helper)
        await self._deliver(wish, claim, team)
        while chance() < habits.unsatisfied:
            await self._confirm(wish, claim, slip, "unsatisfied")
            await self._deliver(wish, claim, team)
        await self._confirm(wish, claim, slip, "satisfied")
        if chance() < habits.reopened:
            body = {"reason": "broke_again"}
            await self._staff("reopen", "wang-juan", wish, "reopening", body, claim=claim)
            await self._deliver(wish, claim, team)
            await self._confirm(wish, claim, slip, "satisfied")
        if chance() < habits.followed:
            await self._tell(follows=wish)

    async def _submit(self) -> dict[str, Any]:
        body = {
            "channel": "desk",
            "category": self.rng.choice(["goods", "service", "companionship", "skills"]),
            "area": AREA,
            "words": "厨房的灯不亮了",
            "beneficiary": BENEFICIARY,
        }
        return await self._command(
            "submit", "wang-juan", "/v1/wishes", body, asked={"category": body["category"]}
        )

    async def _follow_up(self, wish: str) -> dict[str, Any]:
        body = {"reason": "too_bright", "channel": "phone", "words": "灯太亮了"}
        path = f"/v1/wishes/{wish}/follow-ups"
        return await self._command("follow_up", "wang-juan", path, body, asked={"follows": wish})

    async def _claim(self, wish: str) -> tuple[str, str]:
        """Several people want the same wish at once. Who got it, and the claim's id."""
        crowd = self.rng.sample(VOLUNTEERS, self.rng.randint(1, self.habits.claimers))
        path = f"/v1/wishes/{wish}/claims"

        async def one(name: str) -> tuple[str, dict[str, Any]] | None:
            try:
                return name, await self._command("claim", name, path, {}, wish=wish)
            except _Ended:
                return None

        won = [answer for answer in await asyncio.gather(*map(one, crowd)) if answer]
        if not won:
            raise _Ended
        name, claim = won[0]
        return name, str(claim["id"])

    async def _deliver(self, wish: str, claim: str, team: list[str]) -> None:
        services = [
            {"volunteer_id": self.people.id_of(name), "minutes": self.rng.randint(10, 180)}
            for name in team
        ]
        gift = {
            "giver": {"kind": "volunteer", "id": self.people.id_of(team[0])},
            "item": "other",
            "name": "一盏灯",
            "quantity": 1,
            "value_fen": self.rng.randint(100, 20_000),
        }
        gifts = [gift] if self.rng.random() < 0.5 else []
        told = [{"giver": g["giver"], "value_fen": g["value_fen"]} for g in gifts]
        await self._volunteer(
            "deliver",
            team[0],
            wish,
            claim,
            f"claims/{claim}/delivery",
            {"services": services, "gifts": gifts},
            {
                "services": services,
                "gifts": told,
                "helpers": [self.people.id_of(n) for n in team[1:]],
            },
        )

    async def _confirm(self, wish: str, claim: str, slip: dict[str, Any], answer: str) -> None:
        reason = {} if answer == "satisfied" else {"reason": "does_not_work"}
        if self.rng.random() < 0.7:
            path = f"/v1/cards/{slip['card_no']}-{slip['code']}/confirmation"
            who, body = "", {"answer": answer, **reason}
        else:
            path = f"/v1/wishes/{wish}/confirmation"
            witness = {"name": "邻居", "relation": "neighbour"}
            who = "wang-juan"
            body = {"method": "call", "answer": answer, "witness": witness, **reason}
        await self._command(
            "confirm", who, path, body, wish=wish, claim=claim, asked={"answer": answer}
        )

    async def _staff(
        self, act: Act, who: str, wish: str, resource: str, body: dict[str, Any], claim: str = ""
    ) -> None:
        await self._command(act, who, f"/v1/wishes/{wish}/{resource}", body, wish=wish, claim=claim)

    async def _volunteer(
        self,
        act: Act,
        who: str,
        wish: str,
        claim: str,
        path: str,
        body: dict[str, Any],
        asked: dict[str, Any] | None = None,
    ) -> None:
        await self._command(
            act, who, f"/v1/{path}", body, wish=wish, claim=claim, asked=asked or {}
        )

    async def _command(
        self,
        act: Act,
        who: str,
        path: str,
        body: dict[str, Any],
        *,
        wish: str = "",
        claim: str = "",
        asked: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        """One command under one key until its answer is certain. Raises _Ended when it never is."""
        self._number += 1
        request = _Request(
            command=f"proof-{self._number:07d}",
            act=act,
            who=who,
            path=path,
            body=body,
            wish=wish,
            claim=claim,
            asked=asked or {},
            # Every card is held by somebody else: limits are per address.
            address=f"10.{self.rng.randrange(256)}.{self.rng.randrange(256)}.7",
        )
        habit = self.rng.random()
        if habit < self.habits.twice:
            answers = await asyncio.gather(self._try(request), self._try(request))
            best = min(answers, key=_certainty)
        elif habit < self.habits.twice + self.habits.impatient:
            best = await self._try(request, limit=HURRY)
            if not _certain(best) and self.rng.random() < self.habits.gives_up:
                raise _Ended
            # Much later, when everybody else has forgotten it, the client asks again.
            await asyncio.sleep(self.rng.uniform(0.5, 8))
        else:
            best = await self._try(request)
        deadline = time.monotonic() + PATIENCE
        pause = 0.1
        while not _certain(best):
            if time.monotonic() > deadline:
                raise _Ended
            await asyncio.sleep(pause * self.rng.uniform(0.5, 1.5))
            pause = min(pause * 2, 3.0)
            best = await self._try(request)
        if self.rng.random() < 0.03:
            await self._late_duplicate(request)
        if not best.acknowledged:
            raise _Ended
        return self._documents.pop(request.command)

    async def _late_duplicate(self, request: "_Request") -> None:
        """The network kept a copy of an answered request and delivers it again."""
        await asyncio.sleep(self.rng.uniform(0, 3))
        await self._try(request)

    async def _try(self, request: "_Request", limit: float = TIME_LIMIT) -> Attempt:
        headers = {
            "Idempotency-Key": request.command,
            "X-Correlation-Id": request.command,
            "X-Forwarded-For": request.address,
        }
        token = await self.people.authorization(request.who) if request.who else ""
        if token:
            headers["Authorization"] = token
        called = time.monotonic()
        status, problem, answer = None, "", {}
        try:
            response = await asyncio.wait_for(
                self.http.post(f"{self.wishes}{request.path}", json=request.body, headers=headers),
                limit,
            )
            document = response.json()
            status = response.status_code
        except (httpx.HTTPError, TimeoutError, ValueError):
            self.counts["unknown"] += 1
        else:
            if response.is_success:
                self.counts["acknowledged"] += 1
                # The whole answer holds the slip's code: it stays in memory, out of the record.
                self._documents[request.command] = document
                answer = {name: document[name] for name in TOLD if name in document}
            else:
                self.counts["refused"] += 1
                problem = str(document.get("type", "")).rsplit("/", 1)[-1]
        attempt = Attempt(
            command=request.command,
            act=request.act,
            client=self.people.id_of(request.who) if request.who else "card",
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
        if status == UNAUTHORIZED:
            await self.people.authorization(request.who, refused=token)
        return attempt


@dataclass(frozen=True)
class _Request:
    command: str
    act: Act
    who: str
    path: str
    body: dict[str, Any]
    wish: str
    claim: str
    asked: dict[str, Any]
    address: str


def _certain(attempt: Attempt) -> bool:
    if attempt.status is None or attempt.status in PASSING:
        return False
    return attempt.acknowledged or attempt.problem not in PASSING_PROBLEMS


def _certainty(attempt: Attempt) -> tuple[bool, bool]:
    return not attempt.acknowledged, not _certain(attempt)
