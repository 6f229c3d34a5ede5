"""What people ask about their own data: that it be corrected, or that nothing be left of them."""

import random
from dataclasses import dataclass
from typing import Any

from proof.client import CARD, Client, Request
from proof.habits import Habits
from proof.people import PUBLISHER, VERIFIER
from proof.record import Act

NAME, ADDRESS = "测试居民", "测试家属院"


@dataclass(frozen=True)
class OwnData:
    """`person` is an id, `slip` the number and code of a card of theirs."""

    client: Client
    rng: random.Random
    habits: Habits

    async def correct(self, person: str, slip: str) -> None:
        """They live in another building now. Raises Ended."""
        body = {"kind": "correction", "correction": {"address": f"{ADDRESS}二号"}}
        request = await self._file(person, slip, body)
        if self._does(self.habits.thought_better):
            await self._take_back(person, request)
            return
        answer, outcome = self.rng.choice([("yes", "corrected"), ("no", "refused")])
        asked = {"request": request, "says": {"request_id": request, "outcome": outcome}}
        await self._decide("answer_request", person, request, PUBLISHER, answer, asked)

    async def erase(self, person: str, slip: str, wishes: int, *, end_claims: bool) -> bool:
        """Whether nothing is left of them. `wishes`: how many they have; `end_claims`: what somebody has in
        hand ends as well. Raises Ended."""
        body = {"kind": "erasure", "end_claims": end_claims}
        request = await self._file(person, slip, body)
        if self._does(self.habits.thought_better):
            await self._take_back(person, request)
            return False
        asked: dict[str, Any] = {"request": request}
        await self._decide("look_at_erasure", person, request, VERIFIER, "yes", asked)
        says = {"request_id": request, "outcome": "erased"}
        asked = asked | {"wishes": wishes, "says": says}
        # Whoever has looked is refused.
        does = VERIFIER if self._does(self.habits.alone) else PUBLISHER
        await self._decide("erase", person, request, does, "yes", asked)
        return True

    def _does(self, share: float) -> bool:
        return self.rng.random() < share

    async def _file(self, person: str, slip: str, body: dict[str, Any]) -> str:
        """By whoever holds the slip and knows the name on it, or at the desk."""
        asked = {"says": {"kind": body["kind"], "beneficiary_id": person}}
        if self._does(0.5):
            who, path, body = CARD, f"/v1/cards/{slip}/requests", body | {"who": NAME}
        else:
            who, path = VERIFIER, f"/v1/beneficiaries/{person}/requests"
        request = Request("file_request", who, path, body, person, asked=asked)
        return str((await self.client.command(request))["id"])

    async def _take_back(self, person: str, request: str) -> None:
        says = {"request_id": request, "outcome": "taken_back"}
        path = f"/v1/data-requests/{request}/withdrawal"
        asked = {"request": request, "says": says}
        await self.client.command(
            Request("take_back_request", VERIFIER, path, {}, person, asked=asked)
        )

    async def _decide(
        self, act: Act, person: str, request: str, who: str, answer: str, asked: dict[str, Any]
    ) -> None:
        path = f"/v1/data-requests/{request}/decision"
        body = {"answer": answer, "reason": "as_told"}
        await self.client.command(Request(act, who, path, body, person, asked=asked))
