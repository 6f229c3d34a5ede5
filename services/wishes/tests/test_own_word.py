"""Who says that it is done: the person, by a tap or the slip; or somebody near who had no part in it."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from chassis.auth.testing import NAME
from chassis.clock import now

from .conftest import Api, gift, slip
from .test_rights import erased

WITNESS = {"name": "刘桂兰", "relation": "neighbour"}


async def lives_at(api: Api, home: UUID, *people: UUID) -> None:
    async with api.db.transaction() as tx:
        for who in people:
            sql = "insert into household_member values ($1, $2, $3, now())"
            await tx.execute(sql, home, who, uuid4())


async def test_by_one_tap_of_the_person_alone(api: Api, problem: Any) -> None:
    held, resident = await api.delivered(), uuid4()
    path = f"wishes/{held['wish']['id']}/own-confirmation"
    me = api.as_role("applicant", subject=resident)
    yes = {"answer": "satisfied"}
    before = await api.snapshot()
    problem(await api.post(path, yes, me), 403, "not-your-wish")
    problem(await api.post(path, yes, api.worker), 403, "not-permitted")
    problem(await api.post(path, {"answer": "maybe"}, me), 422, "invalid")
    assert await api.snapshot() == before
    async with api.db.transaction() as tx:
        await tx.execute("update beneficiary set account_id = $1", resident)
    problem(await api.post(path, yes, api.volunteer(held["by"])), 403, "not-your-wish")
    no = await api.ok(path, {"answer": "unsatisfied", "reason": "too_bright"}, me)
    assert no["state"] == "claimed", "the same volunteer goes on"
    problem(await api.post(path, yes, me), 409, "wrong-state")
    delivery = f"claims/{held['claim']['id']}/delivery"
    served = {"services": [{"volunteer_id": str(held["by"]), "minutes": 30}]}
    await api.ok(delivery, served, api.volunteer(held["by"]))
    done = await api.ok(path, yes, me)
    assert done == {"card_no": held["wish"]["card_no"], "state": "fulfilled"}
    event = (await api.events(held["wish"]["id"]))[-1]
    assert (event["method"], event["means"]) == ("code", "tap")
    said = await api.db.fetch("select means, by_id from confirmation order by at")
    assert [tuple(row) for row in said] == [("tap", resident), ("tap", resident)]


@pytest.mark.parametrize(
    ("means", "method"),
    [("code", "code"), ("qr", "code"), ("call", "call"), ("visit", "visit"), ("witness", "visit")],
)
async def test_how_it_was_said_is_kept_beside_the_coarse_word(
    api: Api, means: str, method: str
) -> None:
    wish = (await api.delivered())["wish"]
    if method == "code":
        body = {"answer": "satisfied", "means": means}
        await api.ok(f"cards/{slip(wish)}/confirmation", body)
    else:
        body = {"answer": "satisfied", "method": means, "witness": WITNESS}
        await api.ok(f"wishes/{wish['id']}/confirmation", body, api.worker)
    event = (await api.events(wish["id"]))[-1]
    assert (event["type"], event["method"], event["means"]) == ("WishFulfilled", method, means)
    row = await api.db.fetchrow("select method, means from confirmation")
    assert tuple(row) == (method, means)


async def test_a_witness_neither_helped_nor_lives_with_who_did(api: Api, problem: Any) -> None:
    held, partner, stranger = await api.delivered(), await api.approved(), await api.approved()
    await lives_at(api, uuid4(), held["by"], partner)
    await lives_at(api, uuid4(), stranger)
    resident = uuid4()
    await api.own_account(held["wish"], resident)
    path = f"wishes/{held['wish']['id']}/confirmation"

    def told(witness: UUID) -> dict[str, Any]:
        named = WITNESS | {"volunteer_id": str(witness)}
        return {"method": "witness", "answer": "satisfied", "witness": named}

    before = await api.snapshot()
    for involved in (held["by"], partner):
        problem(await api.post(path, told(involved), api.worker), 409, "witness-involved")
        worker = api.as_role("community_worker", subject=involved)
        problem(await api.post(path, told(stranger), worker), 409, "involved-person")
    # Whoever writes it down does not bear witness to themself.
    scribe = uuid4()
    by = api.as_role("community_worker", subject=scribe)
    problem(await api.post(path, told(scribe), by), 409, "witness-involved")
    # Nor does the person, under whatever name.
    problem(await api.post(path, told(resident), by), 409, "witness-involved")
    assert await api.snapshot() == before
    # Asked again after "not sure": the same neighbour may hear it again.
    unsure = told(stranger) | {"answer": "unsure"}
    for said in (unsure, told(stranger)):
        wish = await api.ok(path, said, by)
    assert wish["state"] == "fulfilled"


@pytest.mark.parametrize("what", ["services", "gifts"])
async def test_whoever_helped_before_it_was_not_right_witnesses_and_answers_nothing(
    api: Api, problem: Any, what: str
) -> None:
    """The first was of a unit, neither claimed nor visited, and a colleague did it anew."""
    unit, wish = await api.unit(), await api.posted()
    nurse, other = await api.approved(unit), await api.approved(unit)
    contact = api.as_role("unit_contact", organisation=unit, subject=uuid4())
    claim = await api.ok(f"wishes/{wish['id']}/claims", {"organisation_id": str(unit)}, contact)
    deliver = f"claims/{claim['id']}/delivery"

    def given(by: UUID) -> dict[str, Any]:
        return {"services": [{"volunteer_id": str(by), "minutes": 60}], "gifts": [gift(by)]}

    await api.ok(deliver, {what: given(nurse)[what]}, contact)
    said = f"cards/{slip(wish)}/confirmation"
    await api.ok(said, {"answer": "unsatisfied", "reason": "rude"})
    await api.ok(deliver, {what: given(other)[what]}, contact)
    # Twice not right: the same one is known once.
    await api.ok(said, {"answer": "unsatisfied"})
    await api.ok(deliver, {what: given(nurse)[what]}, contact)
    await api.ok(said, {"answer": "unsatisfied"})
    await api.ok(deliver, {what: given(other)[what]}, contact)
    filed = {"about": "manners", "words": "第一次来的人态度不好"}
    filed = await api.ok(f"cards/{slip(wish)}/complaints", filed)
    before = await api.snapshot()
    named = {"answer": "satisfied", "witness": WITNESS | {"volunteer_id": str(nurse)}}
    answer = await api.post(
        f"wishes/{wish['id']}/confirmation", {"method": "witness"} | named, api.worker
    )
    problem(answer, 409, "witness-involved")
    also_worker = api.as_role("community_worker", subject=nurse)
    answer = {"outcome": "not_found_true", "words": "没有这回事"}
    path = f"complaints/{filed['id']}/answer"
    problem(await api.post(path, answer, also_worker), 409, "involved-person")
    assert await api.snapshot() == before
    await api.ok(said, {"answer": "satisfied"})
    await api.ok(path, answer, api.as_role("community_worker", subject=uuid4()))
    assert await api.db.fetchval("select count(*) from undone_help") == 2
    await erased(api, wish)
    assert await api.db.fetchval("select count(*) from undone_help") == 0


@pytest.mark.parametrize("named", [f" {NAME[0]} {NAME[1:]}", "黄 建国", "黄建\u200b国"])
async def test_neither_the_pen_nor_the_person_is_the_witness_under_their_name(
    api: Api, problem: Any, named: str
) -> None:
    path = f"wishes/{(await api.delivered())['wish']['id']}/confirmation"
    told = {"method": "witness", "answer": "satisfied", "witness": WITNESS}
    before = await api.snapshot()
    body = told | {"witness": WITNESS | {"name": named}}
    problem(await api.post(path, body, api.worker), 409, "witness-involved")
    assert await api.snapshot() == before
    assert (await api.ok(path, told, api.worker))["state"] == "fulfilled"


async def test_who_went_there_or_left_the_claim_speaks_for_nobody_nor_does_who_lives_with_them(
    api: Api, problem: Any
) -> None:
    unit, wish = await api.unit(), await api.posted()
    nurse, helper, husband = await api.approved(unit), await api.approved(), await api.approved()
    contact = api.as_role("unit_contact", organisation=unit, subject=uuid4())
    mine = {"organisation_id": str(unit)}
    claim = await api.ok(f"wishes/{wish['id']}/claims", mine, contact)
    path = f"claims/{claim['id']}"
    back = (now() + timedelta(hours=1)).isoformat()
    await api.ok(f"{path}/visits", {"visitors": [str(nurse)], "back_by": back} | mine, contact)
    await api.ok(f"{path}/helpers", {}, api.volunteer(helper))
    await api.ok(f"{path}/leaving", {}, api.volunteer(helper))
    await api.ok(f"{path}/delivery", {"gifts": [gift(unit, "organisation")]}, contact)
    await lives_at(api, uuid4(), nurse, husband)
    to, before = f"wishes/{wish['id']}/confirmation", await api.snapshot()
    for person in (nurse, helper, husband):
        named = {"answer": "satisfied", "witness": WITNESS | {"volunteer_id": str(person)}}
        answer = await api.post(to, {"method": "witness"} | named, api.worker)
        problem(answer, 409, "witness-involved")
        also_worker = api.as_role("community_worker", subject=person)
        told = {"method": "call", "answer": "satisfied", "witness": WITNESS}
        problem(await api.post(to, told, also_worker), 409, "involved-person")
    assert await api.snapshot() == before
    # And afterwards none of them is the voice, or the pen, of an evaluation.
    stranger = await api.approved()
    told = {"method": "call", "answer": "satisfied", "witness": WITNESS}
    await api.ok(to, told, api.worker)
    to, before = f"wishes/{wish['id']}/evaluation", await api.snapshot()
    said = {"score": 5, "means": "call", "by_proxy": True}
    for person in (nurse, helper, husband):
        proxy = said | {"proxy_id": str(person)}
        problem(await api.post(to, proxy, api.worker), 409, "involved-person")
        also_worker = api.as_role("community_worker", subject=person)
        problem(await api.post(to, said, also_worker), 409, "involved-person")
    assert await api.snapshot() == before
    await api.ok(to, said | {"proxy_id": str(stranger)}, api.worker)
