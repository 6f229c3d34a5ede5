"""A wish is worded anew while nobody has taken it; nobody lives off what was checked before."""

import asyncio
import json
from typing import Any
from uuid import uuid4

from .conftest import XIANDONG, Api

WORDS = {"words": "取暖器太亮了，想要一个油汀的。"}
SHOE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["size"],
    "properties": {"size": {"type": "integer", "title": "多大码", "minimum": 30, "maximum": 50}},
}
ADD_RULE = """
insert into category_rule (id, district, category, version, valid_from, terms, set_at)
values ($1, '610102', $2, 1, '2001-01-01', $3::jsonb, now())
"""


async def contact(api: Api, wish: dict[str, Any]) -> dict[str, Any]:
    return await api.ok(f"wishes/{wish['id']}/contact", {"purpose": "verify"}, api.worker)


async def test_the_card_comes_off_and_everything_is_checked_anew(api: Api) -> None:
    wish = await api.posted()
    leaf = wish["leaf"]
    changed = await api.ok(f"wishes/{wish['id']}/change", WORDS, api.worker)
    assert (changed["state"], changed["version"], changed["hanging"]) == ("submitted", 4, False)
    assert (await api.get(f"trees/{wish['area']}")).json()["counts"]["open"] == 0
    assert (await api.get(f"trees/cards/{wish['card_no']}")).status_code == 404
    assert (await contact(api, wish))["words"] == WORDS["words"]
    event = (await api.events(wish["id"]))[-1]
    assert (event["type"], event["category"]) == ("WishChanged", "goods")
    assert "油汀" not in str(event)
    # Whoever verified before may publish now, if somebody else verified this time.
    checks = {"identity_checked": True, "need_checked": True, "consent_checked": True}
    body = {"method": "phone", "checklist": checks}
    await api.ok(f"wishes/{wish['id']}/verification", body, api.colleague)
    card = {"title": "想要一个油汀", "effort": "one_item"}
    hung = await api.ok(f"wishes/{wish['id']}/publication", card, api.worker)
    assert (hung["state"], hung["leaf"]) == ("posted", leaf)
    row = await api.db.fetchrow("select posted_at, queue, due_at from wish")
    assert row["posted_at"] is not None
    assert row["due_at"] is not None


async def test_what_is_not_named_stays(api: Api, problem: Any) -> None:
    wish = await api.submitted(effort="one_item")
    path = f"wishes/{wish['id']}/change"
    changed = await api.ok(path, {"effort": "half_day"}, api.worker)
    assert (changed["effort"], changed["category"]) == ("half_day", "goods")
    assert (await contact(api, wish))["words"] == "天冷了，想有个取暖的电器。"
    changed = await api.ok(path, {"category": "companionship"}, api.worker)
    assert (changed["effort"], changed["category"]) == ("half_day", "companionship")
    rule = await api.db.fetchval("select rule_id from wish")
    newest = "select id from category_rule where category = 'companionship' order by version desc"
    assert rule == await api.db.fetchval(newest)
    before = await api.snapshot()
    problem(await api.post(path, {}, api.worker), 422, "nothing-to-change")
    problem(await api.post(path, {"category": "rainbow"}, api.worker), 422, "category-unknown")
    problem(await api.post(path, {"answers": {"size": 1}}, api.worker), 422, "answers-missing")
    problem(await api.post(path, {"words": ""}, api.worker), 422, "invalid")
    headers = {**api.worker, "Idempotency-Key": "old", "If-Match": '"1"'}
    answer = await api.client.post(f"/v1/{path}", json=WORDS, headers=headers)
    problem(answer, 412, "changed-meanwhile")
    assert await api.snapshot() == before


async def test_another_category_asks_anew(api: Api, problem: Any) -> None:
    await api.db.fetch(ADD_RULE, uuid4(), "goods", '{"two_people": true}')
    terms = json.dumps({"asks": ["skill:sewing"], "questions": SHOE})
    await api.db.fetch(ADD_RULE, uuid4(), "service", terms)
    wish = await api.submitted()
    assert wish["two_people"] is True
    path = f"wishes/{wish['id']}/change"
    found = problem(
        await api.post(path, {"category": "service"}, api.worker), 422, "answers-missing"
    )
    assert [error["pointer"] for error in found["errors"]] == ["/answers/size"]
    changed = await api.ok(path, {"category": "service", "answers": {"size": 42}}, api.worker)
    assert changed["two_people"] is False
    assert (await contact(api, wish))["answers"] == {"size": 42}
    assert await api.db.fetchval("select asks from wish") == ["skill:sewing"]
    # Only the words: what was answered stays.
    await api.ok(path, WORDS, api.worker)
    assert (await contact(api, wish))["answers"] == {"size": 42}
    await api.ok(path, {"category": "goods"}, api.worker)
    assert (await contact(api, wish))["answers"] is None


async def test_a_wish_that_somebody_has_taken_is_not_worded_anew(api: Api, problem: Any) -> None:
    held = await api.claimed()
    path = f"wishes/{held['wish']['id']}/change"
    before = await api.snapshot()
    problem(await api.post(path, WORDS, api.worker), 409, "wrong-state")
    assert await api.snapshot() == before
    returned = await api.submitted()
    await api.ok(f"wishes/{returned['id']}/return", {"reason": "not_clear"}, api.worker)
    # A wish that went back waits for its new words, and cannot be claimed.
    by = api.volunteer(await api.approved())
    problem(await api.post(f"wishes/{returned['id']}/claims", {}, by), 409, "wish-returned")
    again = await api.ok(f"wishes/{returned['id']}/change", WORDS, api.worker)
    assert again["state"] == "submitted"


async def test_changed_and_claimed_at_once_is_one_of_the_two(api: Api) -> None:
    for _ in range(5):
        wish, by = await api.posted(), await api.approved()
        change, claim = await asyncio.gather(
            api.post(f"wishes/{wish['id']}/change", WORDS, api.worker),
            api.post(f"wishes/{wish['id']}/claims", {}, api.volunteer(by)),
        )
        assert sorted([change.status_code, claim.status_code]) in ([200, 409], [201, 409])
        told = await api.types(wish["id"])
        assert told[3:] == (["WishChanged"] if change.status_code == 200 else ["WishClaimed"])
        tree = (await api.get(f"trees/{XIANDONG}")).json()["counts"]
        hanging = await api.db.fetchval("select count(*) from wish where hanging")
        assert tree["open"] + tree["claimed"] == hanging
