"""A claim is a lease: reminders, lateness, lapse, extensions, by a clock that the test moves."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from chassis.clock import now
from wishes.domain.rule import Terms
from wishes.domain.working_days import after_working_days, before_working_days, evening_of, today

from .conftest import XIANDONG, Api, Time, gift, slip
from .test_own_word import lives_at

TERMS = Terms()
SOON = timedelta(minutes=1)


def when(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def happened(api: Api, wish: dict[str, Any], since: int) -> list[str]:
    return (await api.types(wish["id"]))[since:]


async def queues(api: Api, wish: dict[str, Any]) -> str | None:
    return await api.db.fetchval("select queue from wish where id = $1", UUID(wish["id"]))


async def test_who_never_rings_is_reminded_then_late_then_the_wish_is_back(
    api: Api, time: Time, problem: Any
) -> None:
    held = await api.claimed()
    wish, claim = held["wish"], held["claim"]
    by = when(claim["contact_by"])
    leaf = wish["leaf"]
    await time.reaches(before_working_days(by, TERMS.remind_days) - 2 * SOON)
    assert await happened(api, wish, 4) == []
    await time.reaches(before_working_days(by, TERMS.remind_days))
    assert await happened(api, wish, 4) == ["ClaimReminded"]
    await time.reaches(by)
    assert await queues(api, wish) == "late_to_contact"
    await time.reaches(after_working_days(by, TERMS.grace_days))
    *_, reminded, late, lapsed = await api.events(wish["id"])
    assert (reminded["about"], reminded["late"], late["late"]) == ("contact", False, True)
    assert (lapsed["type"], lapsed["missed"]) == ("ClaimLapsed", "contact")
    back = (await api.get(f"wishes/{wish['id']}", api.worker)).json()
    assert (back["state"], back["leaf"], back["hanging"], back["claim"]) == (
        "posted",
        leaf,
        True,
        None,
    )
    assert await api.db.fetchval("select ended_as from claim") == "lapsed_contact"
    path = f"claims/{claim['id']}/delivery"
    problem(await api.post(path, {"gifts": []}, api.volunteer(held["by"])), 409, "wrong-state")
    # Without blame: the same person may take it again.
    await api.ok(f"wishes/{wish['id']}/claims", {}, api.volunteer(held["by"]))


async def test_who_rang_has_until_the_day_of_delivery(api: Api, time: Time) -> None:
    held = await api.claimed()
    wish, claim = held["wish"], held["claim"]
    done = await api.ok(f"claims/{claim['id']}/contacted", {}, api.volunteer(held["by"]))
    assert done["state"] == "contacted"
    await time.reaches(after_working_days(when(claim["contact_by"]), 2))
    assert await happened(api, wish, 5) == []
    by = when(claim["fulfil_by"])
    for at in (before_working_days(by, 1), by, after_working_days(by, 1)):
        await time.reaches(at)
    told = (await api.events(wish["id"]))[5:]
    assert [event["type"] for event in told[:3]] == [
        "ClaimReminded",
        "ClaimReminded",
        "ClaimLapsed",
    ]
    assert told[2]["missed"] == "fulfil"
    # It has waited since it was first hung, so the street looks after it at once.
    assert [event["level"] for event in told[3:]] == ["resident_units", "street"]


async def test_who_brings_a_part_late_is_still_reminded_of_the_rest(api: Api, time: Time) -> None:
    held = await api.claimed()
    wish, claim, me = held["wish"], held["claim"], api.volunteer(held["by"])
    by = when(claim["contact_by"])
    for at in (before_working_days(by, TERMS.remind_days), by):
        await time.reaches(at)
    services = [{"volunteer_id": str(held["by"]), "minutes": 30}]
    await api.ok(f"claims/{claim['id']}/parts", {"services": services}, me)
    by = when(claim["fulfil_by"])
    for at in (before_working_days(by, 1), by, after_working_days(by, 1)):
        await time.reaches(at)
    reminders = [e for e in await api.events(wish["id"]) if e["type"] == "ClaimReminded"]
    assert [(e["about"], e["late"]) for e in reminders] == [
        ("contact", False),
        ("contact", True),
        ("fulfil", False),
        ("fulfil", True),
    ]
    assert "ClaimLapsed" in await api.types(wish["id"])


async def test_nothing_lapses_while_somebody_is_at_the_door_and_not_for_ever(
    api: Api, time: Time
) -> None:
    for began, back_after, ends in ((-60, 60, "delivered"), (-60, 60, "stays"), (-1, 0, "stays")):
        held = await api.claimed()
        wish, claim, me = held["wish"], held["claim"], api.volunteer(held["by"])
        id_ = UUID(claim["id"])
        await api.ok(f"claims/{claim['id']}/contacted", {}, me)
        by = when(claim["fulfil_by"])
        for at in (before_working_days(by, TERMS.remind_days), by):
            await time.reaches(at)
        back_by = (now() + timedelta(hours=1)).isoformat()
        going = {"visitors": [str(held["by"])], "back_by": back_by}
        await api.ok(f"claims/{claim['id']}/visits", going, me)
        over = after_working_days(by, TERMS.grace_days)
        back_by = over + timedelta(minutes=back_after)
        async with api.db.transaction() as tx:
            sql = "update visit set started_at = $2, back_by = $3, due_at = $3 where claim_id = $1"
            await tx.execute(sql, id_, over + timedelta(minutes=began), back_by)
        await time.reaches(over)
        state, due = await api.db.fetchrow("select state, due_at from claim where id = $1", id_)
        if back_after:
            assert (state, due) == ("contacted", back_by)
        if ends == "delivered":
            await api.ok(f"claims/{claim['id']}/delivery", {"gifts": [gift(held["by"])]}, me)
        await time.reaches(back_by)
        told = await api.types(wish["id"])
        # Also the visit that nobody ended is asked after once, and holds nothing any more.
        assert told.count("VisitOverdue") == 1
        assert told.count("ClaimLapsed") == (0 if ends == "delivered" else 1)


async def test_the_place_in_the_queue_is_kept_through_a_lapse(api: Api, time: Time) -> None:
    older = (await api.claimed())["wish"]
    newer = await api.posted()
    row = await api.db.fetchrow("select due_at from claim")
    for _ in range(3):
        row = await api.db.fetchrow("select due_at from claim")
        assert row is not None
        await time.reaches(row["due_at"])
    tree = (await api.get(f"trees/{older['area']}/cards")).json()
    assert [card["card_no"] for card in tree["items"]] == [newer["card_no"], older["card_no"]]


async def test_a_few_more_days_are_given_by_the_rule_and_then_by_a_worker(
    api: Api, time: Time, problem: Any
) -> None:
    held = await api.claimed()
    wish, claim, me = held["wish"], held["claim"], api.volunteer(held["by"])
    path = f"claims/{claim['id']}/extension"
    by = when(claim["fulfil_by"])

    def body(days: int) -> dict[str, str]:
        until = after_working_days(by, days).date()
        return {"until": until.isoformat(), "reason": "waiting_for_goods"}

    problem(await api.post(path, body(0), me), 422, "too-far-away")
    problem(await api.post(path, body(60), me), 422, "too-far-away")
    given = await api.ok(path, body(3), me)
    assert when(given["fulfil_by"]) == after_working_days(by, 3)
    assert (await api.events(wish["id"]))[-1]["type"] == "ClaimExtended"
    asked = await api.ok(path, body(5), me)
    assert when(asked["asked_until"]) == after_working_days(by, 5)
    problem(await api.post(path, body(6), me), 409, "already-asked")
    assert await queues(api, wish) == "to_decide"
    answer = {"answer": "no", "reason": "urgent"}
    stranger = api.as_role("community_worker", "610102007002")
    problem(await api.post(f"{path}/decision", answer, stranger), 403, "out-of-scope")
    kept = await api.ok(f"{path}/decision", answer, api.worker)
    assert kept["asked_until"] is None
    assert when(kept["fulfil_by"]) == when(given["fulfil_by"])
    problem(await api.post(f"{path}/decision", answer, api.worker), 409, "nothing-asked")
    await api.ok(path, body(5), me)
    # Who leads it, and who lives with them, are workers too: they do not decide for themselves.
    partner = uuid4()
    await lives_at(api, uuid4(), held["by"], partner)
    for person in (held["by"], partner):
        also_worker = api.as_role("community_worker", subject=person)
        said = await api.post(f"{path}/decision", answer | {"answer": "yes"}, also_worker)
        problem(said, 409, "involved-person")
    longer = await api.ok(f"{path}/decision", answer | {"answer": "yes"}, api.worker)
    assert when(longer["fulfil_by"]) == after_working_days(by, 5)
    assert await queues(api, wish) is None
    assert await happened(api, wish, 4) == [
        "ClaimExtended",
        "ClaimExtensionAsked",
        "ClaimExtensionRefused",
        "ClaimExtensionAsked",
        "ClaimExtended",
    ]


async def test_nobody_loses_a_wish_while_a_worker_has_not_answered(api: Api, time: Time) -> None:
    held = await api.claimed()
    claim, me = held["claim"], api.volunteer(held["by"])
    await api.ok(f"claims/{claim['id']}/contacted", {}, me)
    by = when(claim["fulfil_by"])
    until = after_working_days(by, 12).date().isoformat()
    await api.ok(f"claims/{claim['id']}/extension", {"until": until, "reason": "ill"}, me)
    for days in (0, 1, 2, 3):
        await time.reaches(after_working_days(by, days))
    shown = (await api.get(f"wishes/{held['wish']['id']}", me)).json()
    assert shown["state"] == "claimed", await api.types(held["wish"]["id"])


@pytest.mark.parametrize(("rang", "missed"), [(False, "contact"), (True, "fulfil")])
async def test_a_question_that_nobody_answers_does_not_hold_a_wish_for_ever(
    api: Api, time: Time, rang: bool, missed: str
) -> None:
    """Who never rang has no more days for the call; who did has until the day they asked for."""
    held = await api.claimed()
    claim, me = held["claim"], api.volunteer(held["by"])
    if rang:
        await api.ok(f"claims/{claim['id']}/contacted", {}, me)
    asked_for = after_working_days(when(claim["fulfil_by"]), 12)
    body = {"until": asked_for.date().isoformat(), "reason": "ill"}
    await api.ok(f"claims/{claim['id']}/extension", body, me)
    by = when(claim["fulfil_by"] if rang else claim["contact_by"])
    for days in range(TERMS.grace_days + 2):
        await time.reaches(after_working_days(by, days))
    if rang:
        assert "ClaimLapsed" not in await api.types(held["wish"]["id"])
        await time.reaches(asked_for)
    (lapsed,) = [e for e in await api.events(held["wish"]["id"]) if e["type"] == "ClaimLapsed"]
    assert lapsed["missed"] == missed
    assert await queues(api, held["wish"]) != "to_decide"


async def test_a_day_that_is_over_is_not_given_and_who_is_late_asks_a_worker(
    api: Api, problem: Any
) -> None:
    held = await api.claimed()
    path, me = f"claims/{held['claim']['id']}/extension", api.volunteer(held["by"])
    by = evening_of(today(now()) - timedelta(days=3))
    async with api.db.transaction() as tx:
        await tx.execute("update claim set fulfil_by = $1", by)

    def body(days: int) -> dict[str, str]:
        return {"until": (by + timedelta(days)).date().isoformat(), "reason": "ill"}

    problem(await api.post(path, body(1), me), 422, "too-far-away")
    problem(await api.post(path, body(2), me), 422, "too-far-away")
    asked = await api.ok(path, body(4), me)
    assert (when(asked["fulfil_by"]), when(asked["asked_until"])) == (by, by + timedelta(days=4))
    assert await queues(api, held["wish"]) == "to_decide"


async def test_who_asked_for_time_may_be_faster_than_the_answer(api: Api, problem: Any) -> None:
    held = await api.claimed()
    path, me = f"claims/{held['claim']['id']}", api.volunteer(held["by"])
    until = after_working_days(when(held["claim"]["fulfil_by"]), 12).date().isoformat()
    await api.ok(f"{path}/extension", {"until": until, "reason": "ill"}, me)
    done = await api.ok(f"{path}/delivery", {"gifts": [gift(held["by"])]}, me)
    assert (done["state"], done["asked_until"]) == ("delivered", None)
    assert await queues(api, held["wish"]) == "to_confirm"
    answer = {"answer": "yes", "reason": "ill"}
    problem(await api.post(f"{path}/extension/decision", answer, api.worker), 409, "nothing-asked")


async def test_who_was_late_to_ring_and_brings_a_part_is_late_no_more(api: Api, time: Time) -> None:
    held = await api.claimed()
    wish, claim, me = held["wish"], held["claim"], api.volunteer(held["by"])
    by = when(claim["contact_by"])
    for at in (before_working_days(by, TERMS.remind_days), by):
        await time.reaches(at)
    assert await queues(api, wish) == "late_to_contact"
    part = await api.ok(f"claims/{claim['id']}/parts", {"gifts": [gift(held["by"])]}, me)
    assert (part["state"], await queues(api, wish)) == ("contacted", None)
    await time.reaches(before_working_days(when(claim["fulfil_by"]), TERMS.remind_days))
    last = (await api.events(wish["id"]))[-1]
    assert (last["type"], last["about"], last["late"]) == ("ClaimReminded", "fulfil", False)


async def test_an_unclaimed_wish_goes_from_level_to_level_and_never_away(
    api: Api, time: Time
) -> None:
    wish = await api.posted()
    hung = now()
    for days in TERMS.promise_days:
        await time.reaches(after_working_days(hung, days))
    await time.reaches(after_working_days(hung, 200))
    assert await happened(api, wish, 3) == ["WishEscalated"] * 3
    levels = [event["level"] for event in (await api.events(wish["id"]))[3:]]
    assert levels == ["resident_units", "street", "district"]
    assert await queues(api, wish) == "to_hand_over"
    assert (await api.get(f"trees/cards/{wish['card_no']}")).json()["state"] == "open"


async def checked_again(api: Api, first: dict[str, Any]) -> dict[str, Any]:
    """A second wish of the same person, to be hung."""
    body = {"reason": "too_bright", "channel": "paper", "words": "灯太亮，睡不着。"}
    second = await api.ok(f"wishes/{first['id']}/follow-ups", body, api.worker)
    checks = {"identity_checked": True, "need_checked": True, "consent_checked": True}
    path = f"wishes/{second['id']}/verification"
    await api.ok(path, {"method": "phone", "checklist": checks}, api.worker)
    return second


async def followed_up(api: Api, first: dict[str, Any]) -> dict[str, Any]:
    second = await checked_again(api, first)
    assert (await api.publish(second)).status_code == 200
    return second


async def test_a_follow_up_is_kept_for_the_first_helper_and_then_for_anybody(
    api: Api, time: Time, problem: Any
) -> None:
    first = await api.fulfilled()
    second = await followed_up(api, first["wish"])
    *_, posted, offered = await api.events(second["id"])
    assert (posted["type"], offered["type"]) == ("WishPosted", "WishOffered")
    assert offered["offered_to"] == {"kind": "volunteer", "id": str(first["by"])}
    stranger = api.volunteer(await api.approved())
    claims = f"wishes/{second['id']}/claims"
    problem(await api.post(claims, {}, stranger), 409, "kept-for-another")
    await time.reaches(when(offered["until"]))
    await api.ok(claims, {}, stranger)


@pytest.mark.parametrize(
    ("about", "outcome", "kept"),
    [
        ("safety", None, False),
        ("manners", "explained", False),
        ("manners", "not_found_true", True),
        ("late", None, True),
    ],
)
async def test_a_follow_up_is_not_kept_for_whom_its_person_has_complained_of(
    api: Api, about: str, outcome: str | None, kept: bool
) -> None:
    first = (await api.fulfilled())["wish"]
    said = {"about": about, "words": "我有点怕。"}
    complaint = await api.ok(f"cards/{slip(first)}/complaints", said)
    if outcome is not None:
        street = api.as_role("street_officer", XIANDONG[:9], subject=uuid4())
        answer = {"outcome": outcome, "words": "问过两边了。"}
        await api.ok(f"complaints/{complaint['id']}/answer", answer, street)
    second = await followed_up(api, first)
    assert ("WishOffered" in await api.types(second["id"])) is kept


@pytest.mark.parametrize("about", ["safety", "late"])
@pytest.mark.parametrize("slip_of", ["first", "second"])
@pytest.mark.parametrize(
    "when_said", ["before it hangs", "while it hangs", "after it was taken down"]
)
async def test_a_complaint_with_either_slip_ends_what_is_kept(
    api: Api, problem: Any, slip_of: str, when_said: str, about: str
) -> None:
    first = (await api.fulfilled())["wish"]
    second, stranger = await checked_again(api, first), api.volunteer(await api.approved())
    path, said = f"wishes/{second['id']}", {"about": about, "words": "上次来的人我有点怕。"}
    to_be_shown = {"purpose": "publish", "how": "paper", "wording": 1}
    complaints = f"cards/{slip(first if slip_of == 'first' else second)}/complaints"
    if when_said == "before it hangs":
        await api.ok(complaints, said)
    assert (await api.publish(second)).status_code == 200
    if when_said == "after it was taken down":
        await api.ok(f"{path}/consents", to_be_shown | {"given": False}, api.worker)
    told = await api.types(second["id"])
    if when_said != "before it hangs":
        await api.ok(complaints, said)
    if when_said == "after it was taken down":
        await api.ok(f"{path}/consents", to_be_shown | {"given": True}, api.worker)
        assert (await api.publish(second)).status_code == 200
    answer = await api.post(f"{path}/claims", {}, stranger)
    if about == "late":
        problem(answer, 409, "kept-for-another")
        return
    assert answer.status_code == 201, answer.text
    if when_said == "while it hangs":
        # Nothing tells of it, least of all whom it was kept for.
        mine = ["ComplaintFiled"] if slip_of == "second" else []
        assert await api.types(second["id"]) == [*told, *mine, "WishClaimed"]


async def test_what_is_kept_no_more_has_its_days_and_a_complaint_at_that_moment_is_heard(
    api: Api,
) -> None:
    """Hung up while the complaint comes in, with both slips at once: whichever is first, nothing is kept
    and nobody waits for the other in a circle."""
    for _ in range(3):
        first = (await api.fulfilled())["wish"]
        second = await checked_again(api, first)
        said = {"about": "manners", "words": "上次来的人我有点怕。"}
        answers = await asyncio.gather(
            api.publish(second),
            *(api.post(f"cards/{slip(wish)}/complaints", said) for wish in (first, second)),
        )
        assert [answer.status_code for answer in answers] == [200, 201, 201]
        sql = "select offered_id, offered_until, posted_at, due_at from wish where id = $1"
        row = await api.db.fetchrow(sql, UUID(second["id"]))
        assert row is not None
        assert (row["offered_id"], row["offered_until"]) == (None, None)
        assert row["due_at"] == after_working_days(row["posted_at"], TERMS.promise_days[0])


async def test_a_fulfilled_wish_is_closed_in_the_end_and_stays_a_blossom(
    api: Api, time: Time, problem: Any
) -> None:
    wish = (await api.fulfilled())["wish"]
    await time.reaches(after_working_days(now(), TERMS.close_days))
    assert await happened(api, wish, 6) == ["WishClosed"]
    card = (await api.get(f"trees/cards/{wish['card_no']}")).json()
    assert card["state"] == "fulfilled"
    answer = await api.post(f"wishes/{wish['id']}/reopening", {"reason": "broke"}, api.worker)
    problem(answer, 409, "wrong-state")
    body = {"reason": "does_not_work", "channel": "desk", "words": "又坏了。"}
    await api.ok(f"wishes/{wish['id']}/follow-ups", body, api.worker)


async def test_three_in_one_pair_of_hands_are_enough_even_at_once(api: Api, problem: Any) -> None:
    wishes = [await api.posted() for _ in range(6)]
    me = api.volunteer(await api.approved())
    paths = [f"wishes/{wish['id']}/claims" for wish in wishes]
    answers = await asyncio.gather(*(api.post(path, {}, me) for path in paths))
    won = [answer for answer in answers if answer.status_code == 201]
    assert len(won) == TERMS.live_claims
    for answer in answers:
        if answer.status_code != 201:
            problem(answer, 409, "too-many-claims")
    await api.ok(f"claims/{won[0].json()['id']}/release", {}, me)
    left = next(p for p, answer in zip(paths, answers, strict=True) if answer.status_code == 409)
    await api.ok(left, {}, me)


async def test_where_somebody_helps_counts_as_much_as_where_they_lead(
    api: Api, problem: Any
) -> None:
    held = [(await api.claimed())["claim"]["id"] for _ in range(TERMS.live_claims + 1)]
    wish, unit = await api.posted(), await api.unit()
    contact = api.as_role("unit_contact", organisation=unit, subject=uuid4())
    for who, body in (
        (api.volunteer(await api.approved()), {}),
        (contact, {"organisation_id": str(unit)}),
    ):
        own = await api.posted()
        for claim in held[:-1]:
            await api.ok(f"claims/{claim}/helpers", body, who)
        before = await api.snapshot()
        full = await api.post(f"wishes/{wish['id']}/claims", body, who)
        detail = problem(full, 409, "too-many-claims")["detail"]
        join = await api.post(f"claims/{held[-1]}/helpers", body, who)
        assert problem(join, 409, "too-many-claims")["detail"] == detail
        assert await api.snapshot() == before
        await api.ok(f"claims/{held[0]}/leaving", body, who)
        await api.ok(f"wishes/{own['id']}/claims", body, who)
        # And the other way round.
        join = await api.post(f"claims/{held[-1]}/helpers", body, who)
        problem(join, 409, "too-many-claims")
    # What has ended is in nobody's hands any more: of the wish that they joined it is the lead who says so.
    me, led = api.volunteer(await api.approved()), await api.claimed()
    for claim in [*held[1:-1], led["claim"]["id"]]:
        await api.ok(f"claims/{claim}/helpers", {}, me)
    problem(await api.post(f"wishes/{wish['id']}/claims", {}, me), 409, "too-many-claims")
    given = {"gifts": [gift(led["by"])]}
    await api.ok(f"claims/{led['claim']['id']}/delivery", given, api.volunteer(led["by"]))
    await api.ok(f"wishes/{wish['id']}/claims", {}, me)


async def test_a_claim_that_falls_to_somebody_takes_no_place_where_they_help(api: Api) -> None:
    helped, unit = (await api.claimed())["claim"]["id"], await api.unit()
    contact = api.as_role("unit_contact", organisation=unit, subject=uuid4())
    neighbour = await api.approved()
    for giver, who, body in (
        (neighbour, api.volunteer(neighbour), {}),
        (unit, contact, {"organisation_id": str(unit)}),
    ):
        led = await api.claimed()
        for claim in (helped, led["claim"]["id"]):
            await api.ok(f"claims/{claim}/helpers", body, who)
        await api.ok(f"claims/{led['claim']['id']}/leaving", {}, api.volunteer(led["by"]))
        assert await places(api, giver) == [0, 1]
    # Nor does one that comes back to life.
    done = await api.fulfilled()
    await api.ok(f"claims/{helped}/helpers", {}, api.volunteer(done["by"]))
    await api.ok(f"wishes/{done['wish']['id']}/reopening", {"reason": "broke"}, api.worker)
    assert await places(api, done["by"]) == [0, 1]


async def places(api: Api, giver: UUID) -> list[int]:
    sql = "select number from place where giver_id = $1 order by number"
    return [row["number"] for row in await api.db.fetch(sql, giver)]


async def test_claims_and_joins_at_once_take_no_place_twice(api: Api, problem: Any) -> None:
    for _ in range(3):
        held = [(await api.claimed())["claim"]["id"] for _ in range(4)]
        wishes = [(await api.posted())["id"] for _ in range(4)]
        me = api.volunteer(await api.approved())
        paths = [f"claims/{claim}/helpers" for claim in held]
        paths += [f"wishes/{wish}/claims" for wish in wishes]
        answers = await asyncio.gather(*(api.post(path, {}, me) for path in paths))
        won = [answer for answer in answers if answer.is_success]
        assert len(won) == TERMS.live_claims
        for answer in answers:
            if not answer.is_success:
                problem(answer, 409, "too-many-claims")


async def test_what_comes_back_and_what_is_joined_at_once_take_a_place_each(api: Api) -> None:
    for _ in range(3):
        done = await api.fulfilled()
        me = api.volunteer(done["by"])
        held = [(await api.claimed())["claim"]["id"] for _ in range(2)]
        acts = [(f"wishes/{done['wish']['id']}/reopening", {"reason": "broke"}, api.worker)]
        acts += [(f"claims/{claim}/helpers", {}, me) for claim in held]
        answers = await asyncio.gather(*(api.post(*act) for act in acts))
        for act, answer in zip(acts, answers, strict=True):
            # Who came to the same place at the same moment is asked to come again, and finds another.
            if answer.status_code == 503:
                await api.ok(*act)
            else:
                assert answer.is_success, answer.text
        assert await places(api, done["by"]) == [0, 1, 2]


async def test_a_moment_that_fails_keeps_no_other_from_its_turn(api: Api, time: Time) -> None:
    held = [await api.claimed() for _ in range(2)]
    row = await api.db.fetchrow("select max(due_at) as at from claim")
    assert row is not None
    async with api.db.transaction() as tx:
        # A wish whose terms are gone: nobody can say what time does to it.
        sql = "update wish set rule_id = $2 where id = $1"
        await tx.execute(sql, UUID(held[0]["wish"]["id"]), uuid4())
    await time.reaches(row["at"])
    assert await happened(api, held[0]["wish"], 4) == []
    assert await happened(api, held[1]["wish"], 4) == ["ClaimReminded"]
