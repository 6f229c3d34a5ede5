"""One queue for the desk: what waits, how long, and how much of it, at any number of wishes."""

import asyncio
import random
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from chassis.clock import now
from wishes.adapters.tally import fold
from wishes.domain.queue import DESK_DAYS, QUEUES
from wishes.domain.working_days import after_working_days

from .conftest import XIANDONG, XINYUAN, Api
from .test_lease import TERMS, Time, when

TRUTH = """
select queue, count(*) as n from wish where queue is not null and area like $1 || '%' group by queue
"""


async def in_queue(api: Api, queue: str, **filters: Any) -> list[dict[str, Any]]:
    """Every line of a queue, page by page."""
    more = "".join(f"&{name}={value}" for name, value in filters.items())
    path, found, cursor = f"queue?area={XIANDONG}&queue={queue}{more}", [], ""
    for _ in range(50):
        answer = await api.get(path + cursor, api.worker)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        found += page["items"]
        if page["next"] is None:
            return found
        cursor = f"&cursor={page['next']}"
    raise AssertionError("no end")


async def counts(api: Api, area: str = XIANDONG) -> dict[str, int]:
    who = api.as_role("district_operator", "61")
    answer = await api.get(f"queue/counts?area={area}", who)
    assert answer.status_code == 200, answer.text
    return answer.json()["queues"]


async def taken_down(api: Api) -> dict[str, Any]:
    wish = await api.posted()
    return await api.ok(f"wishes/{wish['id']}/takedown", {"reason": "mistake"}, api.worker)


async def sent_back(api: Api) -> dict[str, Any]:
    wish = await api.submitted()
    return await api.ok(f"wishes/{wish['id']}/return", {"reason": "not_clear"}, api.worker)


async def test_what_went_back_is_forgotten_by_nobody(api: Api) -> None:
    anew, back = await sent_back(api), await sent_back(api)
    lines = await in_queue(api, "returned")
    assert [line["id"] for line in lines] == [anew["id"], back["id"]]
    until = after_working_days(when(lines[0]["since"]), DESK_DAYS["returned"])
    api.clock.now = lambda: until + timedelta(minutes=1)
    assert len(await in_queue(api, "returned", late=True)) == 2
    await api.ok(f"wishes/{anew['id']}/change", {"words": "要一盏亮的灯。"}, api.worker)
    await api.ok(f"wishes/{back['id']}/withdrawal", {"reason": "not_needed"}, api.worker)
    assert await in_queue(api, "returned") == []
    assert (await counts(api))["returned"] == 0


async def test_each_queue_holds_what_waits_there(api: Api) -> None:
    made = {
        "to_verify": (await api.submitted())["id"],
        "to_publish": (await api.verified())["id"],
        "to_confirm": (await api.delivered())["wish"]["id"],
        "taken_down": (await taken_down(api))["id"],
        "returned": (await sent_back(api))["id"],
    }
    await api.posted()
    time = Time(api)
    late = await api.claimed()
    row = await api.db.fetchrow("select contact_by from claim where due_at is not null")
    assert row is not None
    await time.reaches(row["contact_by"])
    await time.reaches(row["contact_by"])
    made["late_to_contact"] = late["wish"]["id"]
    for queue in QUEUES:
        found = await in_queue(api, queue)
        assert [line["id"] for line in found] == ([made[queue]] if queue in made else []), queue
    assert await counts(api) == {queue: int(queue in made) for queue in QUEUES}
    (line,) = await in_queue(api, "late_to_contact")
    assert (line["claimant_kind"], line["state_word"], line["level"], line["late"]) == (
        "volunteer",
        "有人在办",
        "community",
        False,
    ), "the service's own clock has not moved"
    assert when(line["due"]) == row["contact_by"]
    api.clock.now = lambda: row["contact_by"] + timedelta(minutes=1)
    (line,) = await in_queue(api, "late_to_contact", late=True)
    assert line["late"] is True
    for name in ("黄建国", "13891234567", "beneficiary"):
        assert name not in str(line)


async def test_what_was_taken_down_waits_until_the_person_was_asked(api: Api) -> None:
    anew, back, held = await taken_down(api), await taken_down(api), await api.claimed()
    # Nobody could find on the tree what is given back while its card is down.
    await api.ok(f"wishes/{held['wish']['id']}/takedown", {"reason": "leak"}, api.worker)
    assert len(await in_queue(api, "taken_down")) == 2, "help that is under way goes on"
    await api.ok(f"claims/{held['claim']['id']}/release", {}, api.volunteer(held["by"]))
    lines = await in_queue(api, "taken_down")
    assert [line["id"] for line in lines] == [anew["id"], back["id"], held["wish"]["id"]]
    line = lines[0]
    assert (line["state_word"], line["late"]) == ("已取下", False)
    until = after_working_days(when(line["since"]), DESK_DAYS["taken_down"])
    assert when(line["due"]) == until
    api.clock.now = lambda: until + timedelta(days=1)
    assert len(await in_queue(api, "taken_down", late=True)) == 3
    yes = {"purpose": "publish", "given": True, "how": "paper", "wording": 1}
    await api.ok(f"wishes/{anew['id']}/consents", yes, api.worker)
    await api.ok(f"wishes/{back['id']}/withdrawal", {"reason": "not_needed"}, api.worker)
    assert [line["id"] for line in await in_queue(api, "to_publish")] == [anew["id"]]
    assert [line["id"] for line in await in_queue(api, "taken_down")] == [held["wish"]["id"]]


async def test_the_longest_waiting_comes_first_and_pages_fit_together(api: Api) -> None:
    made = [(await api.submitted())["id"] for _ in range(5)]
    assert [line["id"] for line in await in_queue(api, "to_verify", limit=2)] == made
    assert [line["id"] for line in await in_queue(api, "to_verify", limit=5)] == made


async def test_filters(api: Api, monkeypatch: Any) -> None:
    # So few places a page that it has to say "go on" with nothing to show.
    monkeypatch.setattr("wishes.queries_desk.SCAN", 2)
    goods = [await api.submitted() for _ in range(5)]
    skill = await api.submitted(category="skills", channel="phone")
    first = await api.fulfilled()
    body = {"reason": "too_bright", "channel": "desk", "words": "灯太亮，睡不着。"}
    follow = await api.ok(f"wishes/{first['wish']['id']}/follow-ups", body, api.worker)

    async def ids(**filters: Any) -> list[str]:
        return [line["id"] for line in await in_queue(api, "to_verify", **filters)]

    assert await ids(category="skills") == [skill["id"]]
    assert await ids(channel="phone", limit=1) == [skill["id"]]
    assert await ids(follow_up=True) == [follow["id"]]
    assert await ids(category="goods", channel="phone") == []
    assert await ids(level="street") == []
    assert len(await ids(level="community", limit=3)) == 7
    assert await ids(late=True) == []
    old = goods[3]["id"]
    since = now() - timedelta(days=30)
    await api.db.fetch("update wish set queue_since = $2 where id = $1", UUID(old), since)
    assert await ids(late=True) == [old]
    (line,) = await in_queue(api, "to_verify", late=True)
    assert when(line["due"]) == after_working_days(since, DESK_DAYS["to_verify"])
    assert (await ids())[0] == old


async def test_a_callback_is_due_on_the_day_of_its_draw(api: Api) -> None:
    await api.rule("goods", callback_percent=100, callback_days=1)
    await api.rule("service", callback_percent=100, callback_days=20)
    soon, later = await api.fulfilled(), await api.fulfilled(category="service")
    listed = (await api.get(f"callbacks?area={XIANDONG}", api.worker)).json()["items"]
    queued = await in_queue(api, "to_call_back")
    assert [line["id"] for line in queued] == [held["wish"]["id"] for held in (soon, later)]
    assert [line["due"] for line in queued] == [line["due_by"] for line in listed]
    assert await in_queue(api, "to_call_back", late=True) == []
    tomorrow = when(queued[0]["due"]) + timedelta(minutes=1)
    api.clock.now = lambda: tomorrow
    (line,) = await in_queue(api, "to_call_back", late=True)
    assert (line["id"], line["late"]) == (soon["wish"]["id"], True)


async def test_handed_over_it_leaves_the_queue_until_the_next_level(api: Api, problem: Any) -> None:
    time, wish = Time(api), await api.posted()
    path, body = f"wishes/{wish['id']}/hand-over", {"handed_to": "resident_units", "note": "rang"}
    problem(await api.post(path, body, api.worker), 409, "nothing-to-hand-over")
    hung = now()
    await time.reaches(after_working_days(hung, TERMS.promise_days[0]))
    (line,) = await in_queue(api, "to_hand_over")
    assert (line["id"], line["level"]) == (wish["id"], "resident_units")
    problem(await api.post(path, body | {"note": "打过电话"}, api.worker), 422, "invalid")
    version = (await api.ok(path, body, api.worker))["version"]
    assert (await in_queue(api, "to_hand_over"), (await counts(api))["to_hand_over"]) == ([], 0)
    problem(await api.post(path, body, api.worker), 409, "nothing-to-hand-over")
    # Claimed and given back: the same level does not come again.
    me = api.volunteer(await api.approved())
    claim = await api.ok(f"wishes/{wish['id']}/claims", {}, me)
    await api.ok(f"claims/{claim['id']}/release", {}, me)
    assert await in_queue(api, "to_hand_over") == []
    await time.reaches(after_working_days(hung, TERMS.promise_days[1]))
    (line,) = await in_queue(api, "to_hand_over", level="street")
    await api.ok(path, body | {"handed_to": "street"}, api.worker)
    rows = await api.db.fetch("select level, handed_to, note from hand_over order by level")
    assert [tuple(row) for row in rows] == [(1, "resident_units", "rang"), (2, "street", "rang")]
    shown = (await api.get(f"wishes/{wish['id']}", api.worker)).json()
    assert shown["version"] == version + 4, "claim, release, the next level and its handing over"
    events = [event for event in await api.events(wish["id"]) if event["type"] == "WishHandedOver"]
    told = [(event["level"], event["handed_to"]) for event in events]
    assert told == [("resident_units", "resident_units"), ("street", "street")]
    assert events[0]["version"] == version
    for said in ("rang", "note", "by_id"):
        assert said not in str(events)


async def test_a_claim_at_the_same_moment_loses_no_hand_over(api: Api) -> None:
    time = Time(api)
    wishes = [await api.posted() for _ in range(4)]
    await time.reaches(after_working_days(now(), TERMS.promise_days[0]))
    people = [api.volunteer(await api.approved()) for _ in wishes]
    body = {"handed_to": "street", "note": "rang"}
    both = [api.post(f"wishes/{wish['id']}/hand-over", body, api.worker) for wish in wishes]
    both += [
        api.post(f"wishes/{wish['id']}/claims", {}, me)
        for wish, me in zip(wishes, people, strict=True)
    ]
    answers = await asyncio.gather(*both)
    assert [answer.status_code for answer in answers[4:]] == [201] * 4
    handed = [answer.status_code for answer in answers[:4]]
    assert set(handed) <= {200, 409}
    rows = await api.db.fetch("select id, queue, handed_level from wish")
    levels = {str(row["id"]): row["handed_level"] for row in rows}
    assert [levels[wish["id"]] for wish in wishes] == [int(status == 200) for status in handed]
    assert {row["queue"] for row in rows} == {None}


async def test_counts_are_exact_whoever_folds_and_for_every_level(api: Api) -> None:
    dice = random.Random(5)
    elsewhere = api.as_role("community_worker", XINYUAN)

    async def work() -> None:
        for _ in range(6):
            await dice.choice((api.submitted, api.verified, api.posted, api.delivered))()

    async def fold_along() -> None:
        for _ in range(15):
            await fold(api.db)

    other = await api.post("wishes", {**BODY, "area": XINYUAN}, elsewhere)
    assert other.status_code == 201, other.text
    await asyncio.gather(work(), work(), fold_along(), fold_along())
    for area in (XIANDONG, XINYUAN, "610102007", "610102"):
        truth = {row["queue"]: row["n"] for row in await api.db.fetch(TRUTH, area)}
        assert await counts(api, area) == {queue: truth.get(queue, 0) for queue in QUEUES}
    await fold(api.db)
    assert await api.db.fetchval("select count(*) from wish_step") == 0
    assert sum((await counts(api, "610102")).values()) == await api.db.fetchval(
        "select count(*) from wish where queue is not null"
    )
    assert set((await counts(api, "610103")).values()) == {0}


BODY = {
    "channel": "desk",
    "category": "service",
    "words": "厨房的灯换不了",
    "beneficiary": {"name": "肖老太", "address": "信源社区"},
}
ASKED_WRONGLY = [
    ("queue?queue=to_verify", 422, "invalid"),
    (f"queue?area={XIANDONG}", 422, "invalid"),
    (f"queue?area={XIANDONG}&queue=to_rest", 422, "invalid"),
    ("queue?area=610102&queue=to_verify", 422, "invalid"),
    (f"queue?area={XIANDONG}&queue=to_verify&level=city", 422, "invalid"),
    (f"queue?area={XIANDONG}&queue=to_verify&late=perhaps", 422, "invalid"),
    (f"queue?area={XIANDONG}&queue=to_verify&cursor=abcd", 400, "bad-cursor"),
    (f"queue?area={XINYUAN}&queue=to_verify", 403, "out-of-scope"),
    ("queue/counts", 422, "invalid"),
    ("queue/counts?area=6101020", 422, "invalid"),
    ("queue/counts?area=610102007", 403, "out-of-scope"),
    (f"queue/counts?area={XINYUAN}", 403, "out-of-scope"),
]


async def test_a_queue_that_is_asked_wrongly(api: Api, problem: Any) -> None:
    for path, status, slug in ASKED_WRONGLY:
        problem(await api.get(path, api.worker), status, slug)
    unknown = f"wishes/{uuid4()}/hand-over"
    answer = await api.post(unknown, {"handed_to": "street", "note": "rang"}, api.worker)
    problem(answer, 404, "wish-not-found")
