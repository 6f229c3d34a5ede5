"""What is not for the tree goes to who is there for it, with a receipt, a day and an answer."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from chassis.clock import now
from wishes.domain.rule import Terms
from wishes.domain.working_days import after_working_days

from .conftest import XIANDONG, XINYUAN, Api, slip
from .test_lease import Time

DUE = Terms().referral_days
BODY = {"to": "hotline_12345", "reason": "road_broken", "receipt": "XA2026-000123"}


@pytest.fixture
def time(api: Api) -> Time:
    return Time(api)


async def refer(api: Api, wish: dict[str, Any], **more: Any) -> dict[str, Any]:
    return await api.ok(f"wishes/{wish['id']}/referral", BODY | more, api.worker)


async def test_a_wish_is_handed_on_with_a_receipt_that_can_be_printed(
    api: Api, problem: Any
) -> None:
    wish = await api.posted()
    referral = await refer(api, wish)
    due = after_working_days(now(), DUE)
    event = (await api.events(wish["id"]))[-1]
    assert (event["type"], event["to"]) == ("WishReferred", "hotline_12345")
    assert datetime.fromisoformat(event["due_by"]) == due
    problem(await api.get(f"trees/cards/{wish['card_no']}"), 404, "card-not-on-tree")
    shown = (await api.get(f"wishes/{wish['id']}", api.worker)).json()
    assert (shown["state"], shown["hanging"]) == ("referred", False)
    stored = str(await api.snapshot())
    assert BODY["receipt"] not in stored + str(event)
    path = f"referrals/{referral['id']}/receipt"
    stranger = api.as_role("community_worker", XINYUAN)
    problem(await api.post(path, {"purpose": "receipt"}, stranger), 403, "out-of-scope")
    printed = await api.ok(path, {"purpose": "receipt"}, api.worker)
    assert (printed["card_no"], printed["receipt"]) == (wish["card_no"], BODY["receipt"])
    assert datetime.fromisoformat(printed["due_by"]) == due
    looks = (await api.get(f"wishes/{wish['id']}/reveals", api.worker)).json()["items"]
    assert [look["fields"] for look in looks] == [["receipt"]]
    # The holder of the slip has the same in hand, without an account.
    assert (await api.get(f"cards/{slip(wish)}/receipt")).json() == printed
    other = await api.submitted()
    problem(await api.get(f"cards/{slip(other)}/receipt"), 404, "referral-not-found")


async def test_helped_elsewhere_closes_it(api: Api, problem: Any) -> None:
    wish = await api.verified()
    referral = await refer(api, wish, to="charity", receipt=None)
    path, body = f"referrals/{referral['id']}/answer", {"outcome": "helped", "note": "已发放"}
    stranger = api.as_role("community_worker", XINYUAN)
    before = await api.snapshot()
    problem(await api.post(path, body, stranger), 403, "out-of-scope")
    problem(
        await api.post(f"referrals/{uuid4()}/answer", body, api.worker), 404, "referral-not-found"
    )
    assert await api.snapshot() == before
    assert (await api.ok(path, body, api.worker))["state"] == "closed"
    *_, answered, closed = await api.events(wish["id"])
    assert (answered["type"], answered["outcome"]) == ("ReferralAnswered", "helped")
    assert (closed["type"], closed["version"]) == ("WishClosed", 5)
    problem(await api.post(path, body, api.worker), 409, "referral-answered")
    assert "已发放" not in str(await api.snapshot())
    receipt = (await api.get(f"cards/{slip(wish)}/receipt")).json()
    assert (receipt["outcome"], receipt["receipt"]) == ("helped", None)
    # Nobody of the tree helped, so there is nobody to evaluate.
    answer = await api.post(f"cards/{slip(wish)}/evaluation", {"score": 5})
    problem(answer, 409, "wrong-state")


async def test_not_helped_before_it_was_verified_it_comes_back_to_be_verified(
    api: Api, problem: Any
) -> None:
    wish = await api.submitted()
    referral = await refer(api, wish)
    path = f"referrals/{referral['id']}/answer"
    back = await api.ok(path, {"outcome": "not_helped"}, api.worker)
    assert back["state"] == "submitted"
    assert await api.db.fetchval("select queue from wish") == "to_verify"
    problem(await api.publish(wish), 409, "wrong-state")


async def test_not_helped_it_comes_back_and_is_published_by_two_pairs_of_eyes(
    api: Api, problem: Any
) -> None:
    wish = await api.posted()
    referral = await refer(api, wish)
    body = {"outcome": "not_helped"}
    back = await api.ok(f"referrals/{referral['id']}/answer", body, api.worker)
    assert back["state"] == "verified"
    assert await api.db.fetchval("select queue from wish") == "to_publish"
    answer = await api.post(
        f"wishes/{wish['id']}/publication", {"title": "取暖器", "effort": "one_item"}, api.worker
    )
    problem(answer, 409, "same-person")
    assert (await api.publish(wish)).status_code == 200
    again = await refer(api, wish, to="grid")
    assert again["id"] != referral["id"]


async def test_without_an_answer_by_its_day_it_stands_in_the_queue(
    api: Api, time: Time, problem: Any
) -> None:
    wish = await api.posted()
    referral = await refer(api, wish)
    path = f"referrals?area={XIANDONG}"
    (line,) = (await api.get(path, api.worker)).json()["items"]
    assert (line["id"], line["late"], line["card_no"]) == (
        referral["id"],
        False,
        wish["card_no"],
    )
    assert await api.db.fetchval("select queue from wish") is None
    at = after_working_days(now(), DUE)
    await time.reaches(at)
    assert await api.db.fetchval("select queue from wish") == "to_hand_over"
    api.clock.now = lambda: time.at
    (line,) = (await api.get(path, api.worker)).json()["items"]
    assert line["late"]
    body = {"handed_to": "street", "note": "rang"}
    answer = await api.post(f"wishes/{wish['id']}/hand-over", body, api.worker)
    told = problem(answer, 409, "referral-unanswered")
    assert "请登记对方的回音" in told["detail"]
    await time.reaches(after_working_days(at, 200))
    assert (await api.get(f"wishes/{wish['id']}", api.worker)).json()["state"] == "referred"
    await api.ok(f"referrals/{referral['id']}/answer", {"outcome": "helped"}, api.worker)
    assert await api.db.fetchval("select queue from wish") is None
    assert (await api.get(path, api.worker)).json()["items"] == []


async def test_referrals_have_pages_and_a_scope(api: Api, problem: Any) -> None:
    ids = {(await refer(api, await api.submitted()))["id"] for _ in range(3)}
    first = (await api.get(f"referrals?area={XIANDONG}&limit=2", api.worker)).json()
    rest = await api.get(f"referrals?area={XIANDONG}&cursor={first['next']}", api.worker)
    assert {line["id"] for line in [*first["items"], *rest.json()["items"]]} == ids
    problem(await api.get(f"referrals?area={XINYUAN}", api.worker), 403, "out-of-scope")


async def test_what_somebody_holds_is_not_handed_on(api: Api, problem: Any) -> None:
    wish = (await api.claimed())["wish"]
    before = await api.snapshot()
    path = f"wishes/{wish['id']}/referral"
    problem(await api.post(path, BODY, api.worker), 409, "wrong-state")
    problem(await api.post(path, BODY | {"to": "my_cousin"}, api.worker), 422, "invalid")
    assert await api.snapshot() == before


async def taken_back(api: Api, wish: dict[str, Any]) -> None:
    body = {"reason": "not_needed"}
    shown = await api.ok(f"wishes/{wish['id']}/withdrawal", body, api.worker)
    assert (shown["state"], shown["version"]) == ("withdrawn", 5)


async def no_to_service(api: Api, wish: dict[str, Any]) -> None:
    no = {"purpose": "service", "given": False, "wording": 1}
    await api.ok(f"cards/{slip(wish)}/consents", no)


@pytest.mark.parametrize("end", [taken_back, no_to_service])
async def test_taken_back_while_others_see_to_it_nobody_waits_for_them(
    api: Api, problem: Any, time: Time, end: Callable[[Api, dict[str, Any]], Awaitable[None]]
) -> None:
    wish = await api.posted()
    referral = await refer(api, wish)
    await end(api, wish)
    assert (await api.types(wish["id"]))[-1] == "WishWithdrawn"
    row = await api.db.fetchrow("select state, queue, due_at from wish")
    assert row is not None
    assert tuple(row) == ("withdrawn", None, None)
    assert (await api.get(f"referrals?area={XIANDONG}", api.worker)).json()["items"] == []
    for outcome in ("helped", "not_helped"):
        late = await api.post(
            f"referrals/{referral['id']}/answer", {"outcome": outcome}, api.worker
        )
        problem(late, 409, "referral-answered")
    told = await api.types(wish["id"])
    await time.reaches(after_working_days(now(), DUE * 2))
    assert await api.types(wish["id"]) == told
    assert (await api.get(f"cards/{slip(wish)}/receipt")).json()["outcome"] == "withdrawn"


async def test_one_referral_at_a_time_by_constraint(api: Api) -> None:
    wish = await api.submitted()
    await refer(api, wish)
    with pytest.raises(asyncpg.UniqueViolationError, match="one_open_referral"):
        await api.db.fetch(
            "insert into referral (id, wish_id, area, recipient, reason, due_by, referred_by,"
            " referred_at) values (gen_random_uuid(), $1, '1', 'grid', 'x', now(), $1, now())",
            UUID(wish["id"]),
        )
