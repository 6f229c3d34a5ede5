"""Photos of a delivery: nobody has to send one, and the person is on one only if they agreed."""

import asyncio
from typing import Any
from uuid import uuid4

import httpx
import pytest

from .conftest import XINYUAN, Api, gift, slip
from .files import PDF, photo
from .test_attachments import opened

PICTURE = photo("JPEG")
YES = {"purpose": "photo", "given": True, "wording": 1, "how": "paper"}
NO = YES | {"given": False}


async def send(
    api: Api,
    held: dict[str, Any],
    content: bytes = PICTURE,
    said: str = "image/jpeg",
    who: dict[str, str] | None = None,
    *,
    shows_person: bool = False,
) -> httpx.Response:
    me = who or api.volunteer(held["by"])
    headers = {**me, "Content-Type": said, "Idempotency-Key": str(uuid4())}
    path = f"/v1/claims/{held['claim']['id']}/photos?shows_person={str(shows_person).lower()}"
    return await api.client.post(path, content=content, headers=headers)


async def kept(api: Api, held: dict[str, Any]) -> list[dict[str, Any]]:
    return (await api.get(f"wishes/{held['wish']['id']}/attachments", api.worker)).json()["items"]


async def test_what_was_brought_is_shown_and_the_person_only_with_their_yes(
    api: Api, problem: Any
) -> None:
    held = await api.claimed()
    consents = f"wishes/{held['wish']['id']}/consents"
    sent = await send(api, held)
    assert (sent.status_code, sent.json()["purpose"]) == (201, "delivery")
    problem(await send(api, held, shows_person=True), 409, "no-photo-consent")
    await api.ok(consents, YES, api.worker)
    shown = await send(api, held, shows_person=True)
    assert shown.status_code == 201
    seen = await opened(api, held["wish"], shown.json()["id"])
    assert seen.headers["content-type"] == "image/jpeg"
    # Taken back: what shows them is gone at once, what shows the heater stays.
    await api.ok(consents, NO, api.worker)
    assert [one["shows_person"] for one in await kept(api, held)] == [False]
    problem(await opened(api, held["wish"], shown.json()["id"]), 404, "attachment-not-found")
    problem(await send(api, held, shows_person=True), 409, "no-photo-consent")


async def test_a_delivery_needs_no_photo(api: Api) -> None:
    held = await api.fulfilled()
    assert await kept(api, held) == []
    assert (await api.types(held["wish"]["id"]))[-1] == "WishFulfilled"


async def test_who_may_send_what(api: Api, problem: Any) -> None:
    held = await api.claimed()
    stranger = api.volunteer(await api.approved())
    before = await api.snapshot()
    problem(await send(api, held, who=stranger), 403, "not-the-claimant")
    problem(await send(api, held, PDF, "application/pdf"), 415, "attachment-kind-not-taken")
    problem(await send(api, held, PDF, "image/jpeg"), 422, "attachment-not-what-it-says")
    elsewhere = api.as_role("community_worker", XINYUAN)
    assert (await send(api, held, who=elsewhere)).status_code == 403
    assert await api.snapshot() == before
    helper = await api.approved()
    await api.ok(f"claims/{held['claim']['id']}/helpers", {}, api.volunteer(helper))
    assert (await send(api, held, who=api.volunteer(helper))).status_code == 201
    await api.ok(
        f"claims/{held['claim']['id']}/delivery",
        {"gifts": [gift(held["by"])]},
        api.volunteer(held["by"]),
    )
    assert (await send(api, held)).status_code == 201
    await api.ok(f"cards/{slip(held['wish'])}/confirmation", {"answer": "satisfied"})
    problem(await send(api, held), 403, "not-the-claimant")


async def test_ten_and_no_more_and_the_desk_has_room_of_its_own(api: Api, problem: Any) -> None:
    held = await api.claimed()
    sent = await asyncio.gather(*(send(api, held) for _ in range(11)))
    assert sorted(answer.status_code for answer in sent) == [201] * 10 + [409]
    (refused,) = [answer for answer in sent if answer.status_code == 409]
    problem(refused, 409, "too-many-attachments")
    headers = {**api.worker, "Content-Type": "image/jpeg", "Idempotency-Key": str(uuid4())}
    path = f"/v1/wishes/{held['wish']['id']}/attachments?purpose=need"
    assert (await api.client.post(path, content=PICTURE, headers=headers)).status_code == 201


@pytest.mark.parametrize("seed", range(3))
async def test_a_photo_and_the_no_to_photos_at_once(api: Api, seed: int) -> None:
    held = await api.claimed()
    consents = f"wishes/{held['wish']['id']}/consents"
    await api.ok(consents, YES, api.worker)
    await asyncio.gather(send(api, held, shows_person=True), api.post(consents, NO, api.worker))
    assert [one for one in await kept(api, held) if one["shows_person"]] == []
