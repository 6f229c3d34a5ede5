"""A wish is taken on: by one, of their own will; others may join; it may be given back."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from chassis.clock import now
from chassis.testing import eventually
from contracts.volunteers import AffiliationChanged
from wishes.domain.rule import Terms
from wishes.domain.working_days import after_working_days

from .conftest import XIANDONG, Api, gift

CROWD = 200


async def test_a_claim_promises_a_call_and_a_day(api: Api) -> None:
    wish = await api.posted()
    person = await api.approved()
    before = now()
    answer = await api.post(f"wishes/{wish['id']}/claims", {}, api.volunteer(person))
    claim = answer.json()
    assert answer.status_code == 201
    assert (claim["state"], claim["helpers"]) == ("live", [])
    assert claim["claimant"] == {"kind": "volunteer", "id": str(person)}
    assert claim["contact_by"] == after_working_days(before, Terms.contact_days).isoformat()
    assert claim["fulfil_by"] == after_working_days(before, Terms.fulfil_days).isoformat()
    event = (await api.events(wish["id"]))[-1]
    assert (event["type"], event["version"]) == ("WishClaimed", 4)
    assert event["claimed_by"] == str(person)


async def test_two_hundred_at_once_and_one_wins(api: Api, problem: Any) -> None:
    wish = await api.posted()
    people = [await api.approved() for _ in range(CROWD)]
    path = f"wishes/{wish['id']}/claims"
    answers = await asyncio.gather(*(api.post(path, {}, api.volunteer(who)) for who in people))
    won = [answer for answer in answers if answer.status_code == 201]
    lost = [answer for answer in answers if answer.status_code != 201]
    assert (len(won), len(lost)) == (1, CROWD - 1)
    for answer in lost:
        body = problem(answer, 409, "already-claimed")
        assert body["detail"].startswith("有位邻居比您早了一步，心愿有人办了。")
    assert await api.db.fetchval("select count(*) from claim") == 1
    assert (await api.types(wish["id"])).count("WishClaimed") == 1
    assert await api.db.fetchval("select count(*) from idempotency where route like '%claims'") == 1


async def test_what_was_sent_back_is_not_taken_and_says_so(api: Api, problem: Any) -> None:
    wish = await api.verified()
    await api.ok(f"wishes/{wish['id']}/return", {"reason": "not_clear"}, api.worker)
    me = api.volunteer(await api.approved())
    before = await api.snapshot()
    body = problem(await api.post(f"wishes/{wish['id']}/claims", {}, me), 409, "wish-returned")
    assert "改好核实后会再挂上树" in body["detail"]
    assert await api.snapshot() == before


async def test_the_winner_asks_again_and_is_told_the_same(api: Api) -> None:
    wish = await api.posted()
    who = api.volunteer(await api.approved())
    path = f"wishes/{wish['id']}/claims"
    first = await api.post(path, {}, who, key="mine")
    again = await api.post(path, {}, who, key="mine")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again.headers["idempotency-replayed"] == "true"
    at_once = await asyncio.gather(*(api.post(path, {}, who, key="mine") for _ in range(10)))
    assert [answer.json() for answer in at_once] == [first.json()] * 10


async def test_claims_and_withdrawals_of_the_same_wishes_never_both(api: Api) -> None:
    """A claim locks nothing, a withdrawal locks the wish: one of them must see the other."""
    wishes = [await api.posted() for _ in range(12)]
    people = [await api.approved() for _ in wishes]
    reason = {"reason": "no_longer_needed"}

    async def both(wish: dict[str, Any], who: UUID) -> tuple[int, int]:
        path = f"wishes/{wish['id']}"
        claim, withdrawal = await asyncio.gather(
            api.post(f"{path}/claims", {}, api.volunteer(who)),
            api.post(f"{path}/withdrawal", reason, api.worker),
        )
        return claim.status_code, withdrawal.status_code

    found = await asyncio.gather(*map(both, wishes, people))
    assert {withdrawal for _, withdrawal in found} == {200}
    assert {claim for claim, _ in found} <= {201, 409}
    for wish, (claim, _) in zip(wishes, found, strict=True):
        events = await api.events(wish["id"])
        # Claimed first, the claim was ended by the withdrawal; else it never was.
        ended = ["WishClaimed", "ClaimEnded"] if claim == 201 else []
        assert [event["type"] for event in events[3:]] == [*ended, "WishWithdrawn"]
        assert [event["version"] for event in events] == list(range(1, len(events) + 1))
    assert await api.db.fetchval("select count(*) from claim where state <> 'released'") == 0


async def test_a_wish_that_changes_between_look_and_claim_is_looked_at_again(
    api: Api, problem: Any
) -> None:
    wish = await api.posted()
    who = api.volunteer(await api.approved())
    holder = await asyncpg.connect(api.db.dsn, server_settings={"search_path": "wishes"})
    try:
        whole = holder.transaction()
        await whole.start()
        await holder.execute("select true from wish where id = $1 for update", UUID(wish["id"]))
        claim = asyncio.create_task(api.post(f"wishes/{wish['id']}/claims", {}, who))
        waiting = "select exists (select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database())"
        await eventually(lambda: holder.fetchval(waiting))
        await holder.execute(
            "insert into wish_history (wish_id, version, event_id, event, at)"
            " values ($1, 4, gen_random_uuid(), 'WishWithdrawn', now())",
            UUID(wish["id"]),
        )
        await holder.execute(
            "update wish set state = 'withdrawn', version = 4, hanging = false where id = $1",
            UUID(wish["id"]),
        )
        await whole.commit()
        problem(await claim, 409, "wrong-state")
    finally:
        await holder.close()
    assert await api.db.fetchval("select count(*) from claim") == 0
    assert (await api.types(wish["id"]))[-1] == "WishPosted"


async def test_the_database_itself_refuses_a_second_live_claim(api: Api) -> None:
    held = await api.claimed()
    with pytest.raises(asyncpg.UniqueViolationError, match="one_live_claim"):
        async with api.db.transaction() as tx:
            await tx.execute(
                "insert into claim select gen_random_uuid(), wish_id, 'live', claimant_kind,"
                " claimant_id, claimed_by, contact_by, fulfil_by, claimed_at from claim"
                " where id = $1",
                UUID(held["claim"]["id"]),
            )


async def test_whoever_is_not_known_can_not_claim_yet(api: Api, problem: Any) -> None:
    wish = await api.posted()
    path = f"wishes/{wish['id']}/claims"
    before = await api.snapshot()
    problem(await api.post(path, {}, api.volunteer(uuid4())), 409, "giver-not-known")
    assert await api.snapshot() == before


UNITS = [
    ("resident_unit", True, 201),
    ("social_organisation", True, 201),
    ("branch", True, 201),
    ("community", True, 409),
    ("resident_unit", False, 409),
]


async def test_which_units_may_claim(api: Api) -> None:
    for kind, active, status in UNITS:
        wish = await api.posted()
        unit = await api.unit(kind, active=active)
        contact = api.as_role("unit_contact", organisation=unit, subject=uuid4())
        body = {"organisation_id": str(unit)}
        answer = await api.post(f"wishes/{wish['id']}/claims", body, contact)
        assert answer.status_code == status, answer.text


async def test_nobody_claims_for_a_unit_of_others(api: Api, problem: Any) -> None:
    wish = await api.posted()
    unit = await api.unit()
    stranger = api.as_role("unit_contact", organisation=uuid4(), subject=uuid4())
    body = {"organisation_id": str(unit)}
    problem(await api.post(f"wishes/{wish['id']}/claims", body, stranger), 403, "out-of-scope")


async def test_a_helper_joins_by_an_act_of_their_own(api: Api, problem: Any) -> None:
    held = await api.claimed()
    helper = await api.approved()
    path = f"claims/{held['claim']['id']}/helpers"
    answer = await api.post(path, {}, api.volunteer(helper))
    assert (answer.status_code, answer.json()["helpers"]) == (201, [str(helper)])
    event = (await api.events(held["wish"]["id"]))[-1]
    assert (event["type"], event["version"]) == ("ClaimJoined", 5)
    assert event["volunteer_id"] == str(helper)
    problem(await api.post(path, {}, api.volunteer(helper)), 409, "already-joined")
    problem(await api.post(path, {}, api.volunteer(held["by"])), 409, "already-joined")
    problem(await api.post(path, {}, api.volunteer(uuid4())), 409, "giver-not-known")
    problem(await api.post(path, {}, api.worker), 403, "not-permitted")


async def test_given_back_it_waits_again_and_somebody_else_may(api: Api, problem: Any) -> None:
    held = await api.claimed()
    path = f"claims/{held['claim']['id']}/release"
    problem(await api.post(path, {}, api.volunteer(uuid4())), 403, "not-the-claimant")
    released = await api.ok(path, {}, api.volunteer(held["by"]))
    assert released["state"] == "released"
    tree = (await api.get(f"trees/{XIANDONG}")).json()
    assert (tree["counts"]["open"], tree["counts"]["claimed"]) == (1, 0)
    assert tree["leaves"][0]["leaf"] == held["wish"]["leaf"]
    other = await api.approved()
    again = await api.ok(f"wishes/{held['wish']['id']}/claims", {}, api.volunteer(other))
    assert again["claimant"]["id"] == str(other)
    problem(await api.post(path, {}, api.volunteer(held["by"])), 409, "wrong-state")
    assert (await api.types(held["wish"]["id"]))[-3:] == [
        "WishClaimed",
        "ClaimReleased",
        "WishClaimed",
    ]


async def test_the_contact_is_seen_while_the_claim_is_held_and_not_after(
    api: Api, problem: Any
) -> None:
    held = await api.claimed()
    helper = await api.approved()
    await api.ok(f"claims/{held['claim']['id']}/helpers", {}, api.volunteer(helper))
    path = f"wishes/{held['wish']['id']}/contact"
    body = {"purpose": "arrange"}
    for person in (held["by"], helper):
        seen = (await api.post(path, body, api.volunteer(person), key="look")).json()
        assert (seen["name"], seen["words"]) == ("黄建国", None)
    problem(await api.post(path, body, api.volunteer(uuid4())), 403, "not-the-claimant")
    await api.ok(f"claims/{held['claim']['id']}/release", {}, api.volunteer(held["by"]))
    problem(await api.post(path, body, api.volunteer(held["by"])), 403, "not-the-claimant")
    again = await api.post(path, body, api.volunteer(held["by"]), key="look")
    problem(again, 403, "not-the-claimant")
    shown = await api.get(f"wishes/{held['wish']['id']}", api.volunteer(held["by"]))
    problem(shown, 403, "not-the-claimant")


async def test_a_volunteers_own_area_shows_nobodys_contact(api: Api, problem: Any) -> None:
    wish = await api.posted()
    neighbour = api.as_role("volunteer", XIANDONG, subject=await api.approved())
    answer = await api.post(f"wishes/{wish['id']}/contact", {"purpose": "arrange"}, neighbour)
    problem(answer, 403, "not-the-claimant")


async def test_who_speaks_for_the_unit_no_more_has_its_wish_no_more(api: Api, problem: Any) -> None:
    unit, subject = await api.unit(), uuid4()
    was, now_is = (
        api.as_role("unit_contact", organisation=unit, subject=person)
        for person in (subject, uuid4())
    )
    wish, body = await api.posted(), {"organisation_id": str(unit)}
    claim = await api.ok(f"wishes/{wish['id']}/claims", body, was)
    look, claimed = f"wishes/{wish['id']}/contact", f"claims/{claim['id']}"
    assert (await api.post(look, {"purpose": "arrange"}, was)).status_code == 200
    me, given = api.volunteer(subject), {"gifts": [gift(unit, "organisation")]}
    for answer in (
        await api.post(look, {"purpose": "arrange"}, me),
        await api.get(f"{claimed}/messages", me),
        await api.post(f"{claimed}/messages", {"text": "周六上午来，方便吗？"}, me),
        await api.post(f"{claimed}/contacted", {}, me),
        await api.post(f"{claimed}/parts", given, me),
        await api.post(f"{claimed}/delivery", given, me),
        await api.post(f"{claimed}/release", {}, me),
    ):
        problem(answer, 403, "not-the-claimant")
    await api.ok(f"{claimed}/contacted", {}, now_is)
    await api.ok(f"{claimed}/parts", given | body, now_is)
    await api.ok(f"{claimed}/delivery", {}, now_is)


async def test_members_of_a_unit_give_time_until_they_leave(api: Api, problem: Any) -> None:
    unit = await api.unit()
    nurse = await api.approved(unit)
    contact = api.as_role("unit_contact", organisation=unit, subject=uuid4())

    async def deliver() -> Any:
        wish = await api.posted()
        body = {"organisation_id": str(unit)}
        claim = await api.ok(f"wishes/{wish['id']}/claims", body, contact)
        given = [gift(unit, "organisation", item="appliance", value_fen=280_000)]
        time = [{"volunteer_id": str(nurse), "minutes": 120}]
        path = f"claims/{claim['id']}/delivery"
        return await api.post(path, {"gifts": given, "services": time}, contact)

    assert (await deliver()).status_code == 200
    left = AffiliationChanged(
        volunteer_id=nurse, organisation_id=unit, kind="work", active=False, changed_at=now()
    )
    await api.tell(left)
    problem(await deliver(), 422, "not-a-partner")


async def test_an_event_told_twice_changes_nothing(api: Api) -> None:
    unit, person = await api.unit(), uuid4()
    joined = AffiliationChanged(
        volunteer_id=person, organisation_id=unit, kind="home", active=True, changed_at=now()
    )
    await api.tell(joined)
    before = await api.snapshot()
    await api.tell(joined)
    assert await api.snapshot() == before
