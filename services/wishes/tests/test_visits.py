"""Safe visits: two where two must go, a word at the door, and somebody who waits until they have left."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from chassis.clock import now
from wishes.domain.visiting import TRIES

from .conftest import XINYUAN, Api, Time, gift, mentions, slip
from .test_children import CHILD, HEARD
from .test_own_word import lives_at

ARRANGE = {"purpose": "arrange"}
A_CHILD: dict[str, Any] = {"beneficiary": CHILD, "guardian": HEARD}


def going(*who: UUID, hours: float = 2, **more: Any) -> dict[str, Any]:
    back_by = (now() + timedelta(hours=hours)).isoformat()
    return {"visitors": [str(person) for person in who], "back_by": back_by} | more


async def joined(api: Api, held: dict[str, Any]) -> UUID:
    helper = await api.approved()
    await api.ok(f"claims/{held['claim']['id']}/helpers", {}, api.volunteer(helper))
    return helper


async def visited(api: Api, **more: Any) -> dict[str, Any]:
    """A claim whose claimant is on the way."""
    held = await api.claimed(**more)
    path, me = f"claims/{held['claim']['id']}/visits", api.volunteer(held["by"])
    return held | {"me": me, "visit": await api.ok(path, going(held["by"]), me)}


async def test_a_visit_begins_and_ends(api: Api, problem: Any) -> None:
    held = await visited(api)
    visit, me, path = held["visit"], held["me"], f"claims/{held['claim']['id']}/visits"
    assert (visit["visitors"], visit["two_people"]) == ([str(held["by"])], False)
    problem(await api.post(path, going(held["by"]), me), 409, "visit-under-way")
    shown = (await api.get(f"visits/{visit['id']}", me)).json()
    assert (shown["code"], shown["visitors"]) == (visit["code"], visit["visitors"])
    for _ in range(2):
        ended = await api.ok(f"visits/{visit['id']}/left", {}, me)
        assert ended["ended_at"] is not None
    started, left = (await api.events(held["wish"]["id"]))[-2:]
    assert (started["type"], left["type"]) == ("VisitStarted", "VisitEnded")
    assert (started["visitors"], started["visit_id"]) == (visit["visitors"], visit["id"])
    again = await api.ok(path, going(held["by"]), me)
    assert again["code"] != visit["code"], "the word is another one each time"
    assert not mentions(str(await api.snapshot()), visit["code"])


async def test_who_goes_and_for_how_long(api: Api, problem: Any) -> None:
    held, posted = await api.claimed(), await api.posted()
    path, me = f"claims/{held['claim']['id']}/visits", api.volunteer(held["by"])
    stranger = await api.approved()
    refused = [
        (going(held["by"]), api.volunteer(stranger), 403, "not-the-claimant"),
        (going(held["by"], stranger), me, 422, "not-a-partner"),
        (going(held["by"], hours=4.1), me, 422, "visit-too-long"),
        (going(held["by"], hours=-1), me, 422, "visit-too-long"),
        (going(), me, 422, "invalid"),
        (going(held["by"], carries=["gold"]), me, 422, "invalid"),
    ]
    before = await api.snapshot()
    for body, who, status, slug in refused:
        problem(await api.post(path, body, who), status, slug)
    problem(await api.post(f"claims/{uuid4()}/visits", going(stranger), me), 404, "claim-not-found")
    assert await api.snapshot() == before
    assert posted["state"] == "posted"
    await api.ok(f"claims/{held['claim']['id']}/release", {}, me)
    problem(await api.post(path, going(held["by"]), me), 409, "wrong-state")


async def test_two_visits_at_once_are_one(api: Api, problem: Any) -> None:
    held = await api.claimed()
    path, me = f"claims/{held['claim']['id']}/visits", api.volunteer(held["by"])
    answers = await asyncio.gather(*(api.post(path, going(held["by"]), me) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    assert (await api.types(held["wish"]["id"])).count("VisitStarted") == 1


async def test_members_of_a_unit_go_for_it(api: Api, problem: Any) -> None:
    unit, wish = await api.unit(), await api.posted()
    nurse, outsider = await api.approved(unit), await api.approved()
    contact = api.as_role("unit_contact", organisation=unit, subject=uuid4())
    mine = {"organisation_id": str(unit)}
    claim = await api.ok(f"wishes/{wish['id']}/claims", mine, contact)
    path = f"claims/{claim['id']}/visits"
    problem(await api.post(path, going(nurse, outsider) | mine, contact), 422, "not-a-partner")
    visit = await api.ok(path, going(nurse) | mine, contact)
    for who in (contact, api.volunteer(nurse)):
        assert (await api.get(f"visits/{visit['id']}", who)).json()["code"] == visit["code"]
    await api.ok(f"visits/{visit['id']}/left", {}, api.volunteer(nurse))


async def test_nobody_of_the_house_is_the_second_who_goes_to_a_child(
    api: Api, problem: Any
) -> None:
    """Named by a unit, or in it before anybody noted where they live: a stranger would go alone."""
    unit, wish = await api.unit(), await api.posted(**A_CHILD)
    nurse, aunt, guardian, own = [await api.approved(unit) for _ in range(4)]
    contact, home = api.as_role("unit_contact", organisation=unit, subject=uuid4()), uuid4()
    claim = await api.ok(f"wishes/{wish['id']}/claims", {"organisation_id": str(unit)}, contact)
    cousin = await joined(api, {"claim": claim})
    await lives_at(api, home, aunt, cousin)
    async with api.db.transaction() as tx:
        sql = "update beneficiary set household_id = $2, account_id = $3 where id = $1"
        await tx.execute(sql, UUID(wish["beneficiary_id"]), home, own)
        sql = "insert into speaker values ($1, 'guardian', $2, $2, now())"
        await tx.execute(sql, UUID(wish["id"]), guardian)
    path, before = f"claims/{claim['id']}/visits", await api.snapshot()
    for second, slug in (
        (aunt, "household-wish"),
        (cousin, "household-wish"),
        (guardian, "written-by-you"),
        (own, "own-wish"),
    ):
        visit = going(nurse, second) | {"organisation_id": str(unit)}
        problem(await api.post(path, visit, contact), 409, slug)
    assert await api.snapshot() == before


@pytest.mark.parametrize("why", ["rule", "first visit", "wish", "medicine", "money"])
async def test_two_go_where_two_must_go(api: Api, problem: Any, why: str) -> None:
    terms = {"rule": {"two_people": True}, "first visit": {"two_at_first": True}}.get(why)
    if terms:
        await api.rule("goods", **terms)
    held = await api.claimed()
    if why == "wish":
        async with api.db.transaction() as tx:
            await tx.execute("update wish set two_people = true")
    helper, by, me = await joined(api, held), held["by"], api.volunteer(held["by"])
    path = f"claims/{held['claim']['id']}/visits"
    carries = [why] if why in ("medicine", "money") else []
    for alone in (going(by, carries=carries), going(by, by, carries=carries)):
        problem(await api.post(path, alone, me), 409, "two-people-needed")
    visit = await api.ok(path, going(by, helper, carries=carries), me)
    assert visit["two_people"] is True
    with pytest.raises(asyncpg.CheckViolationError, match="two_people_go"):
        await api.db.fetch("update visit set visitors = visitors[1:1]")
    await api.ok(f"visits/{visit['id']}/left", {}, api.volunteer(helper))
    alone = await api.post(path, going(by), me)
    if why in ("rule", "wish"):
        problem(alone, 409, "two-people-needed")
    else:
        assert alone.status_code == 201


@pytest.mark.parametrize("why", ["child", "rule", "first visit"])
async def test_time_is_given_by_two_where_two_must_go_whether_or_not_a_visit_was_said(
    api: Api, problem: Any, why: str
) -> None:
    terms = {"rule": {"two_people": True}, "first visit": {"two_at_first": True}}.get(why)
    if terms:
        await api.rule("goods", **terms)
    child = A_CHILD if why == "child" else {}
    held, other = await api.claimed(**child), await api.claimed(**child)
    path, me = f"claims/{held['claim']['id']}", api.volunteer(held["by"])

    def served(*people: UUID) -> dict[str, Any]:
        return {"services": [{"volunteer_id": str(who), "minutes": 30} for who in people]}

    before = await api.snapshot()
    for alone in (served(held["by"]), served(held["by"], held["by"])):
        for part in ("parts", "delivery"):
            problem(await api.post(f"{path}/{part}", alone, me), 409, "two-people-needed")
    assert await api.snapshot() == before
    helper = await joined(api, held)
    # Somebody else is in it, and still one was there alone.
    problem(await api.post(f"{path}/delivery", served(held["by"]), me), 409, "two-people-needed")
    await api.ok(f"{path}/delivery", served(held["by"], helper), me)
    # Two went together, and one of them goes on with it.
    helper, path, me = await joined(api, other), f"claims/{other['claim']['id']}", other["by"]
    visit = await api.ok(f"{path}/visits", going(me, helper), api.volunteer(me))
    await api.ok(f"visits/{visit['id']}/left", {}, api.volunteer(me))
    await api.ok(f"{path}/delivery", served(me), api.volunteer(me))


@pytest.mark.parametrize("was", ["delivered", "fulfilled"])
async def test_who_went_with_another_once_does_not_come_alone_when_it_is_done_anew(
    api: Api, problem: Any, was: str
) -> None:
    held = await api.claimed(**A_CHILD)
    path, me, by = f"claims/{held['claim']['id']}", api.volunteer(held["by"]), held["by"]
    helper = await joined(api, held)
    said = f"cards/{slip(held['wish'])}/confirmation"
    served = {"services": [{"volunteer_id": str(by), "minutes": 60}]}

    async def visited_by_two() -> None:
        visit = await api.ok(f"{path}/visits", going(by, helper), me)
        await api.ok(f"visits/{visit['id']}/left", {}, me)

    await visited_by_two()
    await api.ok(f"{path}/delivery", served, me)
    if was == "fulfilled":
        await api.ok(said, {"answer": "satisfied"})
        await api.ok(f"wishes/{held['wish']['id']}/reopening", {"reason": "rude"}, api.worker)
    else:
        await api.ok(said, {"answer": "unsatisfied"})
    before = await api.snapshot()
    for part in ("parts", "delivery"):
        problem(await api.post(f"{path}/{part}", served, me), 409, "two-people-needed")
    assert await api.snapshot() == before
    await visited_by_two()
    await api.ok(f"{path}/leaving", {}, api.volunteer(helper))
    await api.ok(f"{path}/delivery", served, me)


async def test_a_childs_present_is_never_brought_by_one_alone(api: Api, problem: Any) -> None:
    held, other = await api.claimed(**A_CHILD), await api.claimed(**A_CHILD)
    path, me = f"claims/{held['claim']['id']}", api.volunteer(held["by"])
    given = {"gifts": [gift(held["by"])]}
    before = await api.snapshot()
    for part in ("parts", "delivery"):
        problem(await api.post(f"{path}/{part}", given, me), 409, "two-people-needed")
    assert await api.snapshot() == before
    await joined(api, held)
    await api.ok(f"{path}/delivery", given, me)
    # Two went together, and one of them goes on with it.
    helper, path, me = await joined(api, other), f"claims/{other['claim']['id']}", other["by"]
    visit = await api.ok(f"{path}/visits", going(me, helper), api.volunteer(me))
    await api.ok(f"visits/{visit['id']}/left", {}, api.volunteer(me))
    await api.ok(f"{path}/leaving", {}, api.volunteer(helper))
    await api.ok(f"{path}/parts", {"gifts": [gift(me)]}, api.volunteer(me))
    # A unit answers for whoever it sends.
    unit, wish = await api.unit(), await api.posted(**A_CHILD)
    contact = api.as_role("unit_contact", organisation=unit, subject=uuid4())
    claim = await api.ok(f"wishes/{wish['id']}/claims", {"organisation_id": str(unit)}, contact)
    given = {"gifts": [gift(unit, "organisation")]}
    await api.ok(f"claims/{claim['id']}/delivery", given, contact)


async def test_the_word_is_known_before_anybody_comes_and_to_the_desk_with_a_trace(
    api: Api, problem: Any
) -> None:
    """For an old lady without a telephone: it is said at a visit or printed, days before."""
    held = await api.claimed()
    wish = held["wish"]
    card = f"cards/{slip(wish)}/visit"
    before = (await api.get(card)).json()
    told = await api.ok(f"wishes/{wish['id']}/visit-code", ARRANGE, api.worker)
    assert told == before
    assert (before["people"], before["back_by"]) == (None, None)
    looked = (await api.get(f"wishes/{wish['id']}/reveals", api.worker)).json()["items"][0]
    assert (looked["fields"], looked["purpose"]) == (["visit_code"], "arrange")
    path, me = f"claims/{held['claim']['id']}/visits", api.volunteer(held["by"])
    visit = await api.ok(path, going(held["by"]), me)
    assert visit["code"] == before["code"]
    shown = (await api.get(card)).json()
    assert (shown["code"], shown["people"], shown["checked"]) == (visit["code"], 1, False)
    desk = (await api.get(f"visits/{visit['id']}", api.worker)).json()
    assert desk["code"] is None, "the desk asks with a purpose"
    await api.ok(f"claims/{held['claim']['id']}/release", {}, me)
    problem(await api.get(card), 404, "no-visit-expected")
    answer = await api.post(f"wishes/{wish['id']}/visit-code", ARRANGE, api.worker)
    problem(answer, 404, "no-visit-expected")


async def test_the_word_at_the_door_is_good_once(api: Api, problem: Any) -> None:
    held = await api.claimed()
    wish, path = held["wish"], f"cards/{slip(held['wish'])}/visit-check"
    digits = {"digits": (await api.get(f"cards/{slip(wish)}/visit")).json()["code"]}
    problem(await api.post(path, digits), 404, "no-visit-expected")
    me = api.volunteer(held["by"])
    visits = f"claims/{held['claim']['id']}/visits"
    first = await api.ok(visits, going(held["by"]), me)
    right = await api.post(path, digits, key="tap")
    assert (right.status_code, right.json()["people"]) == (200, 1)
    again = await api.post(path, digits, key="tap")
    assert (again.json(), again.headers["idempotency-replayed"]) == (right.json(), "true")
    problem(await api.post(path, digits), 409, "visit-code-used")
    shown = (await api.get(f"visits/{first['id']}", me)).json()
    assert shown["checked_at"] is not None
    await api.ok(f"visits/{first['id']}/left", {}, me)
    second = await api.ok(visits, going(held["by"]), me)
    body = problem(await api.post(path, digits), 409, "visit-code-wrong")
    assert f"还可以试 {TRIES - 1} 次" in body["detail"]
    by_phone = f"wishes/{wish['id']}/visit-check"
    assert (await api.ok(by_phone, {"digits": second["code"]}, api.worker))["people"] == 1
    problem(await api.post(path, {"digits": "12345"}), 422, "invalid")


async def test_the_same_wrong_word_again_is_one_try(api: Api, problem: Any) -> None:
    """The slow line of an old woman's page; nobody else learns anything by it."""
    held = await visited(api)
    code, path = held["visit"]["code"], f"cards/{slip(held['wish'])}/visit-check"
    wrong = [{"digits": f"{(int(code) + n) % 10**6:06}"} for n in range(TRIES + 1)]
    for _ in range(2):
        taps = [api.post(path, wrong[1], key="one-tap") for _ in range(TRIES)]
        for answer in await asyncio.gather(*taps):
            body = problem(answer, 409, "visit-code-wrong")
            assert f"还可以试 {TRIES - 1} 次" in body["detail"]
    # Other words under the same key are other tries.
    for body in wrong[2:]:
        problem(await api.post(path, body, key="one-tap"), 409, "visit-code-wrong")
    assert await api.db.fetchval("select tries from visit") == TRIES
    problem(await api.post(path, wrong[TRIES], key="one-tap"), 409, "visit-code-wrong")
    for body in (wrong[1], wrong[0]):
        problem(await api.post(path, body, key="one-tap"), 409, "visit-code-locked")


async def test_a_right_word_that_broke_off_is_heard_again(api: Api) -> None:
    held = await visited(api)
    code, path = held["visit"]["code"], f"cards/{slip(held['wish'])}/visit-check"
    for n in range(1, TRIES):
        await api.post(path, {"digits": f"{(int(code) + n) % 10**6:06}"})
    # As where the program ends between the count and the answer.
    async with api.db.transaction() as tx:
        guess = api.parts.vault.blind_index("visit-try", f"{held['visit']['id']} {code}")
        visits = api.parts.visits
        assert await visits.take_try(tx, UUID(held["visit"]["id"]), guess) == TRIES
    assert (await api.post(path, {"digits": code})).status_code == 200


async def test_whoever_guesses_at_the_door_is_stopped_even_all_at_once(
    api: Api, problem: Any
) -> None:
    held = await visited(api)
    code, path = held["visit"]["code"], f"wishes/{held['wish']['id']}/visit-check"
    stranger = api.as_role("community_worker", XINYUAN)
    for _ in range(TRIES + 1):
        problem(await api.post(path, {"digits": code}, stranger), 403, "out-of-scope")
    wrong = [f"{(int(code) + n) % 10**6:06}" for n in range(1, 21)]
    guesses = [api.post(path, {"digits": digits}, api.worker) for digits in wrong]
    told = [answer.json() for answer in await asyncio.gather(*guesses)]
    answers = [answer["type"] for answer in told]
    assert any("这一趟不能再试了，打社区电话" in answer["detail"] for answer in told)
    assert "试 0 次" not in str(told)
    assert answers.count("/problems/visit-code-wrong") == TRIES
    assert answers.count("/problems/visit-code-locked") == len(wrong) - TRIES
    # The right word comes too late as well: the desk looks into it, the next visit has another.
    problem(await api.post(path, {"digits": code}, api.worker), 409, "visit-code-locked")
    slip_path = f"cards/{slip(held['wish'])}/visit-check"
    problem(await api.post(slip_path, {"digits": code}), 409, "visit-code-locked")


async def test_whoever_is_not_back_is_asked_after_once_and_may_still_say_so(
    api: Api, time: Time, problem: Any
) -> None:
    held = await visited(api)
    wish, visit, back_by = held["wish"], held["visit"], held["visit"]["back_by"]
    at = datetime.fromisoformat(back_by)
    await time.reaches(at - timedelta(minutes=5))
    assert (await api.types(wish["id"]))[-1] == "VisitStarted"
    # Whatever became of the claim meanwhile.
    await api.ok(f"claims/{held['claim']['id']}/release", {}, held["me"])
    for minutes in (0, 30):
        await time.reaches(at + timedelta(minutes=minutes))
    overdue = (await api.events(wish["id"]))[-1]
    assert (overdue["type"], overdue["visitors"]) == ("VisitOverdue", visit["visitors"])
    assert (await api.types(wish["id"])).count("VisitOverdue") == 1
    path = f"visits/{visit['id']}/left"
    problem(await api.post(path, {}, api.volunteer(uuid4())), 403, "not-your-visit")
    problem(
        await api.post(path, {}, api.as_role("community_worker", XINYUAN)), 403, "not-your-visit"
    )
    problem(await api.get(f"visits/{visit['id']}", api.volunteer(uuid4())), 403, "not-your-visit")
    problem(await api.post(f"visits/{uuid4()}/left", {}, held["me"]), 404, "visit-not-found")
    await api.ok(path, {}, api.colleague)
    assert (await api.types(wish["id"]))[-1] == "VisitEnded"
    back = (await api.get(f"wishes/{wish['id']}", api.worker)).json()
    assert back["state"] == "posted"


async def test_whoever_says_so_in_time_is_not_asked_after(api: Api, time: Time) -> None:
    held = await visited(api)
    await api.ok(f"visits/{held['visit']['id']}/left", {}, held["me"])
    await time.reaches(datetime.fromisoformat(held["visit"]["back_by"]))
    assert (await api.types(held["wish"]["id"]))[-1] == "VisitEnded"
