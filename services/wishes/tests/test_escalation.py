"""It waits at the desk, or nobody takes it: more people look after it, and nothing is ever dropped."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from chassis.clock import BEIJING, now
from contracts.fields import Giver
from hypothesis import given
from hypothesis import strategies as st
from wishes.domain import claiming, intake, lease, promise, referral
from wishes.domain.queue import DESK_DAYS
from wishes.domain.rule import Terms, by_then
from wishes.domain.states import ClaimState, WishState
from wishes.domain.wish import LEVELS, Claim, Wish
from wishes.domain.working_days import after_working_days

from .conftest import XIANDONG, XINYUAN, Api, gift, slip
from .test_lease import Time

TERMS = Terms()
CHECKS = {"identity_checked": True, "need_checked": True, "consent_checked": True}
VISIT = {"method": "visit", "checklist": CHECKS}
STREET, DISTRICT = XIANDONG[:9], XIANDONG[:6]
BEGIN = datetime(2026, 2, 2, 9, 30, tzinfo=BEIJING)
GIVER = Giver(kind="volunteer", id=uuid4())
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["wait", "claim", "release", "offer", "refer", "come_back", "take_down"]),
        st.integers(0, 40),
        st.booleans(),
    ),
    max_size=30,
)


@pytest.fixture
def time(api: Api) -> Time:
    return Time(api)


def hung(wish: Wish, at: datetime) -> Wish:
    verified = replace(wish, state=WishState.VERIFIED, verified_by=uuid4(), may_hang=True)
    return intake.publish(verified, uuid4(), "one_item", 7, TERMS, at)[0]


@given(STEPS)
def test_a_posted_wish_always_has_a_moment_or_the_last_level(
    steps: list[tuple[str, int, bool]],
) -> None:
    """Whatever happens to it and however late the clock looks."""
    at = BEGIN
    wish = Wish(
        uuid4(), "7K3Q", XIANDONG, "goods", "paper", uuid4(), WishState.VERIFIED, 2, uuid4()
    )
    wish, claim = hung(wish, at), None
    for what, days, looks in steps:
        at += timedelta(days=days, hours=days)
        if what == "claim" and wish.state is WishState.POSTED:
            by = by_then(at, 3), by_then(at, 10)
            claim = Claim(uuid4(), wish.id, ClaimState.LIVE, GIVER, GIVER.id, *by)
            wish, claim, _ = claiming.claim(wish, claim, TERMS, at)
        elif what == "release" and claim and wish.state is WishState.CLAIMED:
            wish, claim, _ = claiming.release(wish, claim, TERMS, at)
        elif what == "offer" and wish.state is WishState.POSTED:
            wish, _ = promise.offer(wish, GIVER, TERMS, at)
        elif what == "refer" and wish.state is WishState.POSTED:
            wish, handed, _ = referral.refer(wish, uuid4(), "grid", "x", uuid4(), TERMS, at)
            wish, _ = referral.answer(wish, handed, "not_helped", at)
            wish = hung(wish, at)
        elif what == "take_down" and wish.state is WishState.POSTED:
            wish, _ = intake.take_down(wish, "leak", at)
        elif what == "come_back" and wish.state is WishState.TAKEN_DOWN:
            wish = hung(wish, at)
        before = wish.level
        while looks and claim and claim.due_at and claim.due_at <= at:
            wish, claim, _ = lease.tick(wish, claim, TERMS, at)
        while looks and wish.due_at and wish.due_at <= at:
            wish, _ = promise.tick(wish, TERMS, at)
        assert wish.level >= before
        if wish.state is WishState.POSTED:
            last = wish.level == len(LEVELS) - 1
            assert wish.due_at is not None or last
            assert wish.hanging
            assert not looks or wish.due_at is None or wish.due_at > at
        if wish.state is WishState.CLAIMED:
            assert claim is not None
            assert claim.due_at is not None


async def overdue(api: Api, wish: dict[str, Any]) -> list[tuple[str, str]]:
    told = [event for event in await api.events(wish["id"]) if event["type"] == "WishOverdue"]
    for event in told:
        assert event["due_by"] <= event["overdue_at"]
    return [(event["waits_for"], event["level"]) for event in told]


async def test_what_the_desk_does_not_see_to_is_said_to_street_and_district(
    api: Api, time: Time
) -> None:
    wish, seen_to = await api.submitted(), await api.verified()
    checked = [("verification", "street"), ("verification", "district")]
    by = after_working_days(now(), DESK_DAYS["to_verify"])
    await time.reaches(by - timedelta(minutes=2))
    assert await overdue(api, wish) == []
    await time.reaches(by)
    assert await overdue(api, wish) == checked[:1]
    # Looked at late, the street still has its days.
    at = time.at + timedelta(days=30)
    await time.reaches(at)
    await time.reaches(at)
    assert await overdue(api, wish) == checked
    await time.reaches(at + timedelta(days=365))
    assert await overdue(api, wish) == checked
    queued = "select queue from wish where id = $1"
    assert await api.db.fetchval(queued, UUID(wish["id"])) == "to_verify"
    assert [what for what, _ in await overdue(api, seen_to)] == ["publication"] * 2
    # Hanging it up is a promise of its own, and so is the next one, that somebody takes it.
    await api.ok(f"wishes/{wish['id']}/verification", VISIT, api.worker)
    await time.reaches(after_working_days(now(), DESK_DAYS["to_publish"]))
    assert await overdue(api, wish) == [*checked, ("publication", "street")]
    assert (await api.publish(wish)).status_code == 200
    await time.reaches(after_working_days(now(), TERMS.promise_days[0]))
    *_, last = await api.events(wish["id"])
    assert (last["type"], last["level"]) == ("WishEscalated", "resident_units")


async def test_a_word_changed_puts_nothing_off_and_what_went_back_is_not_the_desks(
    api: Api, time: Time
) -> None:
    wish, returned = await api.submitted(), await api.submitted()
    started = now()
    path = f"wishes/{wish['id']}/change"
    await time.reaches(after_working_days(started, DESK_DAYS["to_verify"]))
    due = await api.db.fetchval("select due_at from wish where id = $1", UUID(wish["id"]))
    await api.ok(path, {"words": "要一个亮一点的。"}, api.worker)
    assert await overdue(api, wish) == [("verification", "street")]
    await api.ok(f"wishes/{returned['id']}/return", {"reason": "not_clear"}, api.worker)
    await time.reaches(due)
    assert await overdue(api, wish) == [("verification", "street"), ("verification", "district")]
    # The days of whoever corrects it are their own, and more.
    before = [("verification", "street"), ("correction", "street")]
    assert await overdue(api, returned) == before
    # Handed in again, it has the days of a new one.
    await api.ok(f"wishes/{returned['id']}/change", {"words": "想要一盏灯。"}, api.worker)
    await time.reaches(after_working_days(now(), DESK_DAYS["to_verify"]))
    assert await overdue(api, returned) == [*before, ("verification", "street")]


async def test_what_was_sent_back_or_taken_down_is_said_to_street_and_district(
    api: Api, time: Time
) -> None:
    yes, no = ({"purpose": "publish", "given": given, "wording": 1} for given in (True, False))
    back, down, let_go = await api.verified(), await api.posted(), await api.claimed()
    await api.ok(f"wishes/{back['id']}/return", {"reason": "not_clear"}, api.worker)
    await api.ok(f"wishes/{down['id']}/takedown", {"reason": "mistake"}, api.worker)
    # Given back while its person says no to the card: it comes to the same shelf.
    shelved = let_go["wish"]
    await api.ok(f"cards/{slip(shelved)}/consents", no)
    await api.ok(f"claims/{let_go['claim']['id']}/release", {}, api.volunteer(let_go["by"]))
    decide = after_working_days(now(), DESK_DAYS["taken_down"])
    correct = after_working_days(now(), DESK_DAYS["returned"])
    await time.reaches(decide - timedelta(minutes=2))
    assert [await overdue(api, wish) for wish in (back, down, shelved)] == [[], [], []]
    await time.reaches(decide)
    assert await overdue(api, down) == await overdue(api, shelved) == [("decision", "street")]
    await time.reaches(correct - timedelta(minutes=2))
    assert await overdue(api, back) == []
    await time.reaches(correct)
    assert await overdue(api, back) == [("correction", "street")]
    at = time.at + timedelta(days=30)
    await time.reaches(at)
    await time.reaches(at + timedelta(days=365))
    for wish, what, queue in ((back, "correction", "returned"), (down, "decision", "taken_down")):
        assert await overdue(api, wish) == [(what, "street"), (what, "district")]
        queued = "select queue from wish where id = $1"
        assert await api.db.fetchval(queued, UUID(wish["id"])) == queue
    # What goes on from there has days of its own, and what is over is nobody's any more.
    await api.ok(f"cards/{slip(shelved)}/consents", yes)
    await api.ok(f"wishes/{down['id']}/withdrawal", {"reason": "changed_mind"}, api.worker)
    due = "select due_at from wish where id = $1"
    assert await api.db.fetchval(due, UUID(down["id"])) is None
    await time.reaches(after_working_days(now(), DESK_DAYS["to_publish"]))
    assert (await overdue(api, shelved))[2:] == [("publication", "street")]


async def test_what_nobody_confirms_or_answers_is_said_to_street_and_district(
    api: Api, time: Time
) -> None:
    helped, handed = await api.delivered(), await api.submitted()
    wish, checked = helped["wish"], [("verification", "street"), ("verification", "district")]
    by = after_working_days(now(), DESK_DAYS["to_confirm"])
    await time.reaches(by - timedelta(minutes=2))
    assert await overdue(api, wish) == []
    await time.reaches(by)
    assert await overdue(api, wish) == [("confirmation", "street")]
    told = [("confirmation", "street"), ("confirmation", "district")]
    for at in (after_working_days(time.at, DESK_DAYS["to_confirm"]), by + timedelta(days=365)):
        await time.reaches(at)
        assert await overdue(api, wish) == told
    # How late the desk was before says nothing of those whom it is handed to.
    assert await overdue(api, handed) == checked
    body = {"to": "grid", "reason": "road_broken"}
    referral = await api.ok(f"wishes/{handed['id']}/referral", body, api.worker)
    by = after_working_days(now(), TERMS.referral_days)
    queued = "select queue from wish where id = $1"
    await time.reaches(by - timedelta(minutes=2))
    assert await overdue(api, handed) == checked
    assert await api.db.fetchval(queued, UUID(handed["id"])) is None
    answered: list[tuple[str, str]] = []
    for level in ("street", "district"):
        await time.reaches(by)
        answered.append(("answer", level))
        assert await overdue(api, handed) == [*checked, *answered]
        assert await api.db.fetchval(queued, UUID(handed["id"])) == "to_hand_over"
        by = after_working_days(time.at, DESK_DAYS["to_hand_over"])
    await time.reaches(by + timedelta(days=365))
    for one, queue in ((wish, "to_confirm"), (handed, "to_hand_over")):
        assert await api.db.fetchval(queued, UUID(one["id"])) == queue
    # With the answer it is over; what was not right and is brought again has its days again.
    answer = {"outcome": "helped"}
    await api.ok(f"referrals/{referral['id']}/answer", answer, api.worker)
    assert await api.db.fetchval(queued, UUID(handed["id"])) is None
    answer = {"answer": "unsatisfied", "reason": "wrong_size"}
    await api.ok(f"cards/{slip(wish)}/confirmation", answer)
    path, body = f"claims/{helped['claim']['id']}/delivery", {"gifts": [gift(helped["by"])]}
    await api.ok(path, body, api.volunteer(helped["by"]))
    await time.reaches(after_working_days(now(), DESK_DAYS["to_confirm"]))
    assert await overdue(api, wish) == [*told, told[0]]
    await api.ok(f"cards/{slip(wish)}/confirmation", {"answer": "satisfied"})
    await time.reaches(after_working_days(now(), TERMS.close_days))
    assert (await api.types(wish["id"]))[-1] == "WishClosed"
    assert await overdue(api, handed) == [*checked, *answered]


async def test_what_a_program_of_before_handed_on_at_the_last_level_stays_in_the_queue(
    api: Api, time: Time
) -> None:
    wish = await api.posted()
    body = {"to": "grid", "reason": "road_broken"}
    await api.ok(f"wishes/{wish['id']}/referral", body, api.worker)
    old = "update wish set desk_level = 2 where id = $1"
    async with api.db.transaction() as tx:
        await tx.execute(old, UUID(wish["id"]))
    await time.reaches(after_working_days(now(), TERMS.referral_days))
    row = await api.db.fetchrow("select queue, due_at from wish where id = $1", UUID(wish["id"]))
    assert tuple(row) == ("to_hand_over", None)
    assert await overdue(api, wish) == []


async def test_nobody_is_late_with_a_card_that_its_person_has_refused(api: Api, time: Time) -> None:
    yes, no = ({"purpose": "publish", "given": given, "wording": 1} for given in (True, False))
    refused, at_check, back = await api.verified(), await api.submitted(), await api.posted()
    await api.ok(f"cards/{slip(refused)}/consents", no)
    said_no = VISIT | {"checklist": CHECKS | {"publish_agreed": False}}
    await api.ok(f"wishes/{at_check['id']}/verification", said_no, api.worker)
    # Taken down for a no, handed on, and nobody could help.
    await api.ok(f"cards/{slip(back)}/consents", no)
    body = {"to": "grid", "reason": "road_broken"}
    referral = await api.ok(f"wishes/{back['id']}/referral", body, api.worker)
    answer = {"outcome": "not_helped"}
    await api.ok(f"referrals/{referral['id']}/answer", answer, api.worker)
    wishes = (refused, at_check, back)
    for wish in wishes:
        shown = (await api.get(f"wishes/{wish['id']}", api.worker)).json()
        assert shown["state"] == "verified"
    # As the database of before has it: the clock looks, and lets it be.
    await api.db.fetch(
        "update wish set due_at = now() - interval '1 second' where id = $1", UUID(refused["id"])
    )
    await time.reaches(after_working_days(now(), 50))
    assert [await overdue(api, wish) for wish in wishes] == [[], [], []]
    due = "select due_at from wish where id = any($1)"
    left = await api.db.fetch(due, [UUID(wish["id"]) for wish in wishes])
    assert [row["due_at"] for row in left] == [None] * 3
    # With the yes the days begin.
    for wish in (refused, back):
        await api.ok(f"cards/{slip(wish)}/consents", yes)
        by = await api.db.fetchval("select due_at from wish where id = $1", UUID(wish["id"]))
        assert by == after_working_days(now(), DESK_DAYS["to_publish"])
    await time.reaches(by)
    assert await overdue(api, refused) == await overdue(api, back) == [("publication", "street")]
    assert await overdue(api, at_check) == []


async def lines(api: Api, area: str, who: dict[str, str], more: str = "") -> list[dict[str, Any]]:
    answer = await api.get(f"escalations?area={area}{more}", who)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def test_units_street_and_district_see_what_waits_and_since_when(
    api: Api, time: Time, problem: Any
) -> None:
    wish, taken = await api.posted(), await api.posted()
    unit, elsewhere = await api.unit(), uuid4()
    contact = api.as_role("unit_contact", organisation=unit)
    officer = api.as_role("street_officer", STREET)
    operator = api.as_role("district_operator", DISTRICT)
    assert await lines(api, STREET, officer) == []
    posted = now()
    await time.reaches(after_working_days(posted, TERMS.promise_days[0]))
    me = api.volunteer(await api.approved())
    await api.ok(f"wishes/{taken['id']}/claims", {}, me)
    for area, who in ((STREET, officer), (XIANDONG, contact), (XIANDONG, api.worker)):
        (line,) = await lines(api, area, who)
        assert (line["card_no"], line["level"]) == (wish["card_no"], "resident_units")
        assert datetime.fromisoformat(line["level_since"]) == time.at
        step = after_working_days(posted, TERMS.promise_days[1])
        assert datetime.fromisoformat(line["next_at"]) == step
    assert await lines(api, STREET, officer, "&level=street") == []
    for days in TERMS.promise_days[1:]:
        await time.reaches(after_working_days(posted, days))
    await time.reaches(after_working_days(posted, 250))
    # The other one has come back meanwhile: nobody delivered it.
    found = await lines(api, DISTRICT, operator, "&level=district")
    (line,) = [line for line in found if line["wish_id"] == wish["id"]]
    assert (line["wish_id"], line["level"], line["next_at"]) == (wish["id"], "district", None)
    assert line["title"]
    assert not {"name", "phone", "address", "words"} & set(line)
    for area, who in (
        (DISTRICT, officer),
        (XINYUAN, api.worker),
        (XINYUAN, contact),
        (STREET, contact),
        (XIANDONG, api.as_role("unit_contact", XIANDONG, organisation=elsewhere)),
    ):
        problem(await api.get(f"escalations?area={area}", who), 403, "out-of-scope")
    problem(await api.get(f"escalations?area={XIANDONG}&level=moon", officer), 422, "invalid")
    problem(await api.get("escalations?area=61010", officer), 422, "invalid")


@pytest.mark.fresh_database
async def test_the_list_has_pages_and_an_index(api: Api, time: Time, problem: Any) -> None:
    wishes = [(await api.posted())["id"] for _ in range(3)]
    await time.reaches(after_working_days(now(), TERMS.promise_days[0]))
    officer = api.as_role("street_officer", STREET)
    first = (await api.get(f"escalations?area={STREET}&limit=2", officer)).json()
    rest = await lines(api, STREET, officer, f"&cursor={first['next']}")
    # The longest wait first.
    assert [line["wish_id"] for line in [*first["items"], *rest]] == wishes
    problem(await api.get(f"escalations?area={STREET}&cursor=abcd", officer), 400, "bad-cursor")
    sql = (
        "select id from wish w where state = 'posted' and level > 0 and level >= 2 and area between"
        " rpad('610102007', 12, '0') and rpad('610102007', 12, '9')"
        " order by area, posted_at, id limit 20"
    )
    async with api.db.transaction() as tx:
        await tx.execute("set local enable_seqscan = off")
        plan = "\n".join(row[0] for row in await tx.fetch(f"explain (costs off) {sql}"))
    assert "wish_escalated" in plan
    assert "Sort" not in plan
