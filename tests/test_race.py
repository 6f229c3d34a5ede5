"""Two hundred neighbours want to help with the same wish at the same moment."""

import asyncio
from collections import Counter

import httpx
from chassis.testing import PATIENCE

from tests.conftest import System
from tests.wishes import a_posted_wish

CLAIMERS = 200


def test_one_of_two_hundred_gets_the_wish_and_the_others_are_told_so(system: System) -> None:
    wish = a_posted_wish(system, "race")
    volunteer = system.telling.desk.volunteer("bao-xiaohong")
    token = volunteer.authorization

    async def claim(client: httpx.AsyncClient, number: int) -> tuple[int, str]:
        while True:
            answer = await client.post(
                f"{system.url('wishes')}/v1/wishes/{wish}/claims",
                json={},
                headers={"Authorization": token, "Idempotency-Key": f"race-{number}"},
            )
            # Who stood in line for too long on a busy machine asks again, as a client does.
            if answer.status_code != 503:
                return answer.status_code, answer.json().get("type", "")

    async def everybody() -> list[tuple[int, str]]:
        limits = httpx.Limits(max_connections=CLAIMERS)
        async with httpx.AsyncClient(timeout=PATIENCE, limits=limits) as client:
            return await asyncio.gather(*(claim(client, number) for number in range(CLAIMERS)))

    answers = Counter(asyncio.run(everybody()))
    assert answers == {(201, ""): 1, (409, "/problems/already-claimed"): CLAIMERS - 1}
    detail = system.telling.desk.staff("wang-juan").get("wishes", f"/v1/wishes/{wish}")
    assert (detail["state"], detail["version"]) == ("claimed", 4)
