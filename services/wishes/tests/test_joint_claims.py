"""Several help together: who brings what, who has given what, and who goes while the others go on."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from chassis.clock import now
from wishes.domain.rule import Terms
from wishes.domain.working_days import after_working_days

from .conftest import Api, Time, gift, slip
from .test_programmes import join as put_into
from .test_programmes import opened

CAP = Terms().value_cap_fen


def goods(fen: int) -> dict[str, Any]:
    return {"kind": "goods", "value_fen": fen, "minutes": 0}


class Together:
    """A volunteer leads, a helper and a unit with a member have joined, each with what they bring."""

    def __init__(self, api: Api) -> None:
        self.api = api

    async def begin(self) -> "Together":
        api = self.api
        self.wish, self.unit = await api.posted(), await api.unit()
        self.lead, self.helper = await api.approved(), await api.approved()
        self.nurse = await api.approved(self.unit)
        self.contact = api.as_role("unit_contact", organisation=self.unit, subject=uuid4())
        self.mine = {"organisation_id": str(self.unit)}
        time = {"kind": "time", "value_fen": 0, "minutes": 60}
        claim = await self.post(self.lead, f"wishes/{self.wish['id']}/claims", brings=[goods(100)])
        self.path = f"claims/{claim['id']}"
        await self.post(self.helper, f"{self.path}/helpers", brings=[time])
        body = self.mine | {"brings": [goods(200), time]}
        self.claim = await api.ok(f"{self.path}/helpers", body, self.contact)
        return self

    async def post(self, who: UUID, path: str, **body: Any) -> dict[str, Any]:
        return await self.api.ok(path, body, self.api.volunteer(who))

    def part_of_unit(self, fen: int = 500) -> dict[str, Any]:
        given = gift(self.unit, "organisation", item="appliance", value_fen=fen)
        time = {"volunteer_id": str(self.nurse), "minutes": 90}
        return {"gifts": [given], "services": [time]}


def brings(claim: dict[str, Any]) -> list[tuple[str, bool, list[tuple[str, int, int]]]]:
    return [
        (
            partner["giver"]["id"],
            partner["leads"],
            [(p["kind"], p["value_fen"], p["minutes"]) for p in partner["brings"]],
        )
        for partner in claim["partners"]
    ]


async def test_everybody_in_it_sees_who_brings_what(api: Api, problem: Any) -> None:
    us = await Together(api).begin()
    time = ("time", 0, 60)
    assert brings(us.claim) == [
        (str(us.lead), True, [("goods", 100, 0)]),
        (str(us.helper), False, [time]),
        (str(us.unit), False, [("goods", 200, 0), time]),
    ]
    path = f"wishes/{us.wish['id']}"
    for who in (api.volunteer(us.lead), api.volunteer(us.helper), us.contact, api.worker):
        assert (await api.get(path, who)).json()["claim"]["partners"] == us.claim["partners"]
    problem(await api.get(path, api.volunteer(us.nurse)), 403, "not-the-claimant")


async def test_whoever_of_them_rings_up_keeps_the_wish_for_all(
    api: Api, time: Time, problem: Any
) -> None:
    """All are reminded to ring up, so all may see the number and say that they did."""
    for who_rings in ("helper", "unit"):
        us = await Together(api).begin()
        path, rung = f"wishes/{us.wish['id']}/contact", f"{us.path}/contacted"
        me = api.volunteer(us.helper) if who_rings == "helper" else us.contact
        nurse = api.volunteer(us.nurse)
        problem(await api.post(rung, {}, nurse), 403, "not-the-claimant")
        assert (await api.ok(path, {"purpose": "arrange"}, me))["phone"]
        told = await api.ok(rung, {}, me)
        assert (told["state"], told["claimant"]["id"]) == ("contacted", str(us.lead))
        said = await api.post(rung, {}, api.volunteer(us.lead))
        problem(said, 409, "wrong-state")
        by = datetime.fromisoformat(us.claim["contact_by"])
        await time.reaches(after_working_days(by, Terms().grace_days))
        assert (await api.types(us.wish["id"]))[-1] == "ClaimContacted"
        await api.ok(f"{us.path}/leaving", us.mine if me is us.contact else {}, me)
        problem(await api.post(rung, {}, me), 403, "not-the-claimant")


async def test_each_delivers_parts_and_all_of_it_is_counted_for_each(api: Api) -> None:
    us = await Together(api).begin()
    await us.post(us.helper, f"{us.path}/parts", gifts=[gift(us.helper, value_fen=300)])
    await api.ok(f"{us.path}/parts", us.mine | us.part_of_unit(), us.contact)
    served = [{"volunteer_id": str(us.lead), "minutes": 30}]
    done = await us.post(us.lead, f"{us.path}/delivery", services=served)
    assert done["state"] == "delivered"
    await api.ok(f"cards/{slip(us.wish)}/confirmation", {"answer": "satisfied"})
    parts = [e for e in await api.events(us.wish["id"]) if e["type"] == "WishPartlyDelivered"]
    assert [part["delivered_by"]["id"] for part in parts] == [str(us.helper), str(us.unit)]
    fulfilled = (await api.events(us.wish["id"]))[-1]
    assert (fulfilled["claimant"]["id"], fulfilled["helpers"]) == (str(us.lead), [str(us.helper)])
    assert {(g["giver"]["kind"], g["giver"]["id"], g["value_fen"]) for g in fulfilled["gifts"]} == {
        ("volunteer", str(us.helper), 300),
        ("organisation", str(us.unit), 500),
    }
    assert {s["volunteer_id"]: s["minutes"] for s in fulfilled["services"]} == {
        str(us.lead): 30,
        str(us.nurse): 90,
    }


async def test_a_lead_who_gives_back_leaves_and_the_others_go_on_unless_all_give_up(
    api: Api,
) -> None:
    us = await Together(api).begin()
    left = await us.post(us.lead, f"{us.path}/release")
    assert (left["state"], left["claimant"]["id"]) == ("live", str(us.helper))
    assert (await api.events(us.wish["id"]))[-1]["type"] == "ClaimLeft"
    assert (await us.post(us.helper, f"{us.path}/release", everybody=True))["state"] == "released"
    last = (await api.events(us.wish["id"]))[-1]
    assert (last["type"], last["claimant"]["id"]) == ("ClaimReleased", str(us.helper))


async def test_the_lead_goes_with_what_they_gave_standing_and_the_others_go_on(
    api: Api, problem: Any
) -> None:
    us = await Together(api).begin()
    await us.post(us.lead, f"{us.path}/parts", gifts=[gift(us.lead, value_fen=100)])
    left = await us.post(us.lead, f"{us.path}/leaving")
    assert [(who, leads) for who, leads, _ in brings(left)] == [
        (str(us.helper), True),
        (str(us.unit), False),
    ]
    gone = (await api.events(us.wish["id"]))[-1]
    assert (gone["type"], gone["left"]["id"], gone["claimant"]["id"]) == (
        "ClaimLeft",
        str(us.lead),
        str(us.helper),
    )
    answer = await api.get(f"wishes/{us.wish['id']}", api.volunteer(us.lead))
    problem(answer, 403, "not-the-claimant")
    answer = await api.post(f"{us.path}/delivery", {}, api.volunteer(us.lead))
    problem(answer, 403, "not-the-claimant")
    # The next one goes as well: now the unit leads, by its contact.
    left = await us.post(us.helper, f"{us.path}/leaving")
    assert brings(left)[0][:2] == (str(us.unit), True)
    problem(await api.post(f"{us.path}/leaving", us.mine, us.contact), 409, "last-partner")
    await api.ok(f"{us.path}/delivery", us.part_of_unit(), us.contact)
    await api.ok(f"cards/{slip(us.wish)}/confirmation", {"answer": "satisfied"})
    fulfilled = (await api.events(us.wish["id"]))[-1]
    assert (fulfilled["claimant"]["id"], fulfilled["helpers"]) == (str(us.unit), [])
    assert {g["giver"]["id"]: g["value_fen"] for g in fulfilled["gifts"]} == {
        str(us.lead): 100,
        str(us.unit): 500,
    }


async def test_what_one_who_left_has_given_stays_given_when_it_was_not_right(api: Api) -> None:
    us = await Together(api).begin()
    await us.post(us.lead, f"{us.path}/parts", gifts=[gift(us.lead, name="旧的", value_fen=100)])
    served = [{"volunteer_id": str(us.helper), "minutes": 180}]
    left = [gift(us.helper, name="热水袋", value_fen=300)]
    await us.post(us.helper, f"{us.path}/parts", gifts=left, services=served)
    await api.ok(f"{us.path}/parts", us.mine | us.part_of_unit(), us.contact)
    await us.post(us.helper, f"{us.path}/leaving")
    await us.post(us.lead, f"{us.path}/delivery")
    no = {"answer": "unsatisfied", "reason": "too_bright"}
    await api.ok(f"cards/{slip(us.wish)}/confirmation", no)
    anew = [gift(us.lead, name="新的", value_fen=200), gift(us.lead, name="布罩", value_fen=10)]
    await us.post(us.lead, f"{us.path}/delivery", gifts=anew)
    await api.ok(f"cards/{slip(us.wish)}/confirmation", {"answer": "satisfied"})
    fulfilled = (await api.events(us.wish["id"]))[-1]
    assert fulfilled["services"] == served
    given = [(g["giver"]["id"], g["value_fen"]) for g in fulfilled["gifts"]]
    assert given == [(str(us.helper), 300), (str(us.lead), 200), (str(us.lead), 10)]
    # Each under the line that it was sealed for.
    copy = await api.ok(f"cards/{slip(us.wish)}/copy", {"who": "黄建国"})
    assert [one["name"] for one in copy["data"]["gifts"]] == ["热水袋", "新的", "布罩"]


async def test_who_has_left_is_no_second_person_for_time_with_a_child(
    api: Api, problem: Any
) -> None:
    us = await Together(api).begin()
    async with api.db.transaction() as tx:
        await tx.execute("update wish set two_people = true")
    hour = {who: {"volunteer_id": str(who), "minutes": 60} for who in (us.lead, us.helper)}
    await us.post(us.lead, f"{us.path}/parts", services=list(hour.values()))
    await us.post(us.helper, f"{us.path}/leaving")
    alone = {"services": [hour[us.lead]]}
    answer = await api.post(f"{us.path}/delivery", alone, api.volunteer(us.lead))
    problem(answer, 409, "two-people-needed")
    # What both gave together needs nothing more.
    done = await us.post(us.lead, f"{us.path}/delivery")
    assert done["state"] == "delivered"


async def test_a_helper_and_a_unit_go_and_may_come_back(api: Api, problem: Any) -> None:
    us = await Together(api).begin()
    await us.post(us.helper, f"{us.path}/leaving")
    left = await api.ok(f"{us.path}/leaving", us.mine, us.contact)
    assert [who for who, _, _ in brings(left)] == [str(us.lead)]
    assert (await api.types(us.wish["id"]))[-2:] == ["ClaimLeft", "ClaimLeft"]
    for body, who in (({}, api.volunteer(us.helper)), (us.mine, us.contact)):
        problem(await api.post(f"{us.path}/leaving", body, who), 403, "not-the-claimant")
    answer = await api.post(f"{us.path}/leaving", {}, api.volunteer(us.lead))
    problem(answer, 409, "last-partner")
    await us.post(us.helper, f"{us.path}/helpers")
    again = await api.ok(f"{us.path}/helpers", us.mine, us.contact)
    assert brings(again)[1:] == [(str(us.helper), False, []), (str(us.unit), False, [])]


async def test_when_all_want_to_go_at_once_one_is_left(api: Api, problem: Any) -> None:
    us = await Together(api).begin()
    path = f"{us.path}/leaving"
    answers = await asyncio.gather(
        api.post(path, {}, api.volunteer(us.lead)),
        api.post(path, {}, api.volunteer(us.helper)),
        api.post(path, us.mine, us.contact),
    )
    (last,) = (answer for answer in answers if answer.status_code != 200)
    problem(last, 409, "last-partner")
    assert (await api.types(us.wish["id"])).count("ClaimLeft") == 2


async def test_what_is_worth_more_than_the_cap_goes_another_way(api: Api, problem: Any) -> None:
    us = await Together(api).begin()
    rich, wish = await api.approved(), await api.posted()
    too_much = {"brings": [goods(CAP + 1)]}
    before = await api.snapshot()
    claim = await api.post(f"wishes/{wish['id']}/claims", too_much, api.volunteer(rich))
    problem(claim, 409, "over-the-value-cap")
    # 100 and 200 fen are promised already.
    join = {"brings": [goods(CAP - 299)]}
    body = problem(
        await api.post(f"{us.path}/helpers", join, api.volunteer(rich)), 409, "over-the-value-cap"
    )
    assert "3000 元" in body["detail"]
    assert "项目" in body["detail"]
    part = {"gifts": [gift(us.lead, value_fen=CAP + 1)]}
    for act in ("parts", "delivery"):
        answer = await api.post(f"{us.path}/{act}", part, api.volunteer(us.lead))
        problem(answer, 409, "over-the-value-cap")
    assert await api.snapshot() == before
    await us.post(us.lead, f"{us.path}/parts", gifts=[gift(us.lead, value_fen=CAP - 400)])
    answer = await api.post(f"{us.path}/parts", us.mine | us.part_of_unit(fen=401), us.contact)
    problem(answer, 409, "over-the-value-cap")
    # In a programme there is another cap than that of one wish.
    assert (await put_into(api, us.wish, await opened(api))).status_code == 200
    await api.ok(f"{us.path}/parts", us.mine | us.part_of_unit(fen=401), us.contact)


async def test_the_cap_is_that_of_the_wish_whoever_brings_and_gives_back(
    api: Api, problem: Any
) -> None:
    wish = await api.posted()

    async def taken() -> tuple[str, UUID]:
        me = await api.approved()
        claim = await api.ok(f"wishes/{wish['id']}/claims", {}, api.volunteer(me))
        return f"claims/{claim['id']}", me

    for fen in (CAP - 300, 200):
        path, me = await taken()
        part = {"gifts": [gift(me, value_fen=fen)]}
        await api.ok(f"{path}/parts", part, api.volunteer(me))
        await api.ok(f"{path}/release", {}, api.volunteer(me))
    path, me = await taken()
    too_much = {"gifts": [gift(me, value_fen=101)]}
    before = await api.snapshot()
    for act in ("parts", "delivery"):
        answer = await api.post(f"{path}/{act}", too_much, api.volunteer(me))
        problem(answer, 409, "over-the-value-cap")
    assert await api.snapshot() == before
    await api.ok(f"{path}/delivery", {"gifts": [gift(me, value_fen=100)]}, api.volunteer(me))


async def test_whoever_joins_is_as_fit_as_whoever_claims(api: Api, problem: Any) -> None:
    await api.rule("goods", asks=["training:first_aid"])
    held, neighbour = await api.posted(), await api.approved()
    unit = await api.unit()
    contact = api.as_role("unit_contact", organisation=unit, subject=uuid4())
    claim = await api.ok(f"wishes/{held['id']}/claims", {"organisation_id": str(unit)}, contact)
    path, me = f"claims/{claim['id']}/helpers", api.volunteer(neighbour)
    problem(await api.post(path, {}, me), 409, "unqualified")
    async with api.db.transaction() as tx:
        sql = "insert into qualification (volunteer_id, ask) values ($1, 'training:first_aid')"
        await tx.execute(sql, neighbour)
        home = uuid4()
        await tx.execute("update beneficiary set household_id = $1", home)
        await tx.execute(
            "insert into household_member values ($1, $2, $3, now())", home, neighbour, uuid4()
        )
    problem(await api.post(path, {}, me), 409, "household-wish")
    async with api.db.transaction() as tx:
        await tx.execute("update beneficiary set account_id = $1", neighbour)
    problem(await api.post(path, {}, me), 409, "own-wish")
    async with api.db.transaction() as tx:
        await tx.execute("update beneficiary set account_id = null, household_id = null")
    await api.ok(path, {}, me)


async def learned(api: Api, who: UUID, ask: str) -> None:
    async with api.db.transaction() as tx:
        sql = "insert into qualification (volunteer_id, ask) values ($1, $2)"
        await tx.execute(sql, who, ask)


async def test_another_skill_is_not_the_one_that_is_asked_for(api: Api, problem: Any) -> None:
    await api.rule("goods", asks=["training:first_aid"])
    wish, neighbour = await api.posted(), await api.approved()
    await learned(api, neighbour, "training:sign_language")
    path, me = f"wishes/{wish['id']}/claims", api.volunteer(neighbour)
    problem(await api.post(path, {}, me), 409, "unqualified")
    await learned(api, neighbour, "training:first_aid")
    await api.ok(path, {}, me)


async def held_by_unit(api: Api) -> tuple[dict[str, Any], str, dict[str, str], dict[str, Any]]:
    """The wish, the path of its claim, who acts for the unit, and a body that says so."""
    wish, unit = await api.posted(), await api.unit()
    contact = api.as_role("unit_contact", organisation=unit, subject=uuid4())
    mine = {"organisation_id": str(unit)}
    claim = await api.ok(f"wishes/{wish['id']}/claims", mine, contact)
    return wish | {"unit": unit}, f"claims/{claim['id']}", contact, mine


async def test_who_goes_or_serves_for_a_unit_has_what_is_asked(api: Api, problem: Any) -> None:
    await api.rule("goods", asks=["vetting:child"])
    wish, path, contact, mine = await held_by_unit(api)
    fit, unfit = await api.approved(wish["unit"]), await api.approved(wish["unit"])
    await learned(api, fit, "vetting:child")
    await learned(api, unfit, "training:first_aid")
    back = {"back_by": (now() + timedelta(hours=1)).isoformat()}
    time = {"services": [{"volunteer_id": str(who), "minutes": 60} for who in (fit, unfit)]}
    both = mine | back | {"visitors": [str(fit), str(unfit)]}
    before = await api.snapshot()
    problem(await api.post(f"{path}/visits", both, contact), 409, "unqualified")
    problem(await api.post(f"{path}/parts", time | mine, contact), 409, "unqualified")
    problem(await api.post(f"{path}/delivery", time, contact), 409, "unqualified")
    assert await api.snapshot() == before
    await api.ok(f"{path}/visits", mine | back | {"visitors": [str(fit)]}, contact)
    # Who only gives something need not have learned anything.
    given = {"gifts": [gift(unfit)], "services": time["services"][:1]}
    await api.ok(f"{path}/delivery", given, contact)


async def test_ones_own_wish_brings_nothing_to_a_member_of_the_unit(api: Api, problem: Any) -> None:
    wish, path, contact, mine = await held_by_unit(api)
    me, home, person = await api.approved(wish["unit"]), uuid4(), UUID(wish["beneficiary_id"])
    served = {"services": [{"volunteer_id": str(me), "minutes": 60}]}
    gave = {"gifts": [gift(me)]}
    async with api.db.transaction() as tx:
        await tx.execute("update beneficiary set household_id = $2 where id = $1", person, home)
        member = "insert into household_member values ($1, $2, $3, now())"
        await tx.execute(member, home, me, uuid4())
    for body in (served, gave):
        problem(await api.post(f"{path}/delivery", body, contact), 409, "household-wish")
    await api.own_account(wish, me)
    for body in (served, gave):
        problem(await api.post(f"{path}/parts", body | mine, contact), 409, "own-wish")
        problem(await api.post(f"{path}/delivery", body, contact), 409, "own-wish")


async def test_one_person_alone_brings_no_medicine(api: Api, problem: Any) -> None:
    held = await api.claimed()
    path, me = f"claims/{held['claim']['id']}", api.volunteer(held["by"])
    body = {"gifts": [gift(held["by"], item="medicine")]}
    for act in ("parts", "delivery"):
        problem(await api.post(f"{path}/{act}", body, me), 409, "two-people-needed")
    await api.ok(f"{path}/helpers", {}, api.volunteer(await api.approved()))
    await api.ok(f"{path}/delivery", body, me)
