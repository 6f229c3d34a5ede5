"""A community with everything in it that a route of the service can be about.

A scene is what stands there before one request: a wish in some state, with its claim, visit, draft … and
those who have to do with it. It is made over the API, anew each time.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from secrets import choice
from typing import Any
from uuid import UUID, uuid4

from chassis.clock import now
from wishes.bootstrap import dials_of
from wishes.domain.rule import Terms
from wishes.domain.working_days import after_working_days

from .conftest import Api, gift, slip, wish_body
from .files import PDF

Things = dict[str, Any]
"""Parts of a path by name, and who may go there."""
CHECKS = {"identity_checked": True, "need_checked": True, "consent_checked": True}
WITNESS = {"name": "刘桂兰", "relation": "neighbour"}
AT = "2026-02-01T09:30:00+08:00"
SEEN = {"kind": "witness", "witness": {"name": "王秀英", "relation": "other"}, "given_at": AT}
MOTHER = {"name": "肖红", "relation": "parent", "consent": SEEN}
PROXY = {"name": "刘桂兰", "relation": "neighbour", "consent": SEEN}
HEARD = {"kind": "witness", "witness": {"name": "赵国庆", "relation": "family"}, "given_at": AT}
AROUND: dict[str, Any] = {"proxy": PROXY, "guardian": MOTHER | {"consent": HEARD}}
NAMED = ("刘桂兰", "王秀英", "肖红", "赵国庆", "刘阿姨", "桂兰")
"""Who wrote the card of AROUND, who answers for the child, who heard it; as one speaks of them."""
NOTE = "想听讲座，就在8号楼的活动室"
"""A public place: what a second person may let stand."""
CHANGE = {"title": "小台灯", "effort": "one_item", "words": "想要台灯。"}
DRAWN = "skills"
"""The category of which every wish is rung up afterwards."""


def child() -> dict[str, Any]:
    return {"name": "肖小雨", "address": "咸东社区四号院", "born": f"{now().year - 9}-05"}


class Town(Api):
    """The verbs of the service in one community, by workers of its own."""

    def __init__(self, api: Api, area: str) -> None:
        super().__init__(api.client, api.parts, api.clock)
        self.area = area
        self.worker = self.staff()
        self.colleague = self.staff()
        self.officer = self.as_role("street_officer", area[:9], subject=uuid4())
        self.operator = self.as_role("district_operator", area[:6], subject=uuid4())

    def staff(self) -> dict[str, str]:
        """A worker who has done nothing yet."""
        return self.as_role("community_worker", self.area, subject=uuid4())

    def account(self, role: str) -> tuple[UUID, dict[str, str]]:
        """Somebody who lives here and can sign in."""
        who = uuid4()
        return who, self.as_role(role, self.area, subject=who)

    async def submitted(self, **more: Any) -> dict[str, Any]:
        return await super().submitted(area=self.area, **more)

    def written(self, **more: Any) -> dict[str, Any]:
        """By somebody signed in."""
        body = wish_body(area=self.area, **more)
        del body["channel"]
        return body

    def contact_of(self, unit: UUID) -> dict[str, str]:
        return self.as_role("unit_contact", organisation=unit, subject=uuid4())

    async def tick(self, clock: str, of: str, sql: str) -> None:
        """The next moment of something comes."""
        (tick,) = (dial.tick for dial in dials_of(self.parts) if dial.name == clock)
        await tick(UUID(of), await self.db.fetchval(sql, UUID(of)))


class ChildTown(Town):
    """Where whoever wishes is a child, and their mother has agreed."""

    async def submitted(self, **more: Any) -> dict[str, Any]:
        return await super().submitted(**({"beneficiary": child(), "guardian": MOTHER} | more))


def about(wish: dict[str, Any], **more: Any) -> Things:
    return {
        "wish_id": wish["id"],
        "card_no": wish["card_no"],
        "code": slip(wish),
        "beneficiary_id": wish["beneficiary_id"],
        "person_id": wish["beneficiary_id"],
    } | more


async def nothing(_town: Town, _role: str) -> Things:
    return {}


async def submitted(town: Town, _role: str) -> Things:
    return about(await town.submitted(proxy=PROXY))


async def verified(town: Town, _role: str) -> Things:
    return about(await town.verified())


async def posted(town: Town, _role: str) -> Things:
    return about(await town.posted())


async def waiting(town: Town, _role: str) -> Things:
    """Somebody whom nobody else is like."""
    name = "".join(choice("甲乙丙丁戊己庚辛壬癸") for _ in range(6))
    person = {"name": f"许{name}", "address": f"家属院{name}号楼"}
    return about(await town.posted(beneficiary=person))


async def to_be_claimed(town: Town, role: str) -> Things:
    """With somebody who could."""
    return about(await town.posted()) | await giver(town, role)


async def giver(town: Town, role: str) -> Things:
    """A volunteer, or a unit with its contact and a member."""
    if role == "unit_contact":
        unit = await town.unit(area=town.area)
        member = await town.approved(unit)
        return {
            "giver": {"kind": "organisation", "id": str(unit)},
            "as_unit": {"organisation_id": str(unit)},
            "person": str(member),
            "holder": town.contact_of(unit),
        }
    who = await town.approved()
    person = {"kind": "volunteer", "id": str(who)}
    return {
        "giver": person,
        "as_unit": {},
        "person": str(who),
        "holder": town.volunteer(who),
    }


async def claimed(town: Town, role: str, **more: Any) -> Things:
    wish, holds = await town.posted(**more), await giver(town, role)
    claim = await town.ok(f"wishes/{wish['id']}/claims", holds["as_unit"], holds["holder"])
    until = after_working_days(now(), Terms().fulfil_days + 3).date().isoformat()
    return about(wish, claim_id=claim["id"], until=until, **holds)


async def joined(town: Town, role: str) -> Things:
    """The one who joined is the one who may go."""
    things, helper = await claimed(town, "volunteer"), await giver(town, role)
    path = f"claims/{things['claim_id']}/helpers"
    await town.ok(path, helper["as_unit"], helper["holder"])
    return things | helper


async def may_join(town: Town, role: str) -> Things:
    return await claimed(town, "volunteer") | await giver(town, role)


async def proposed(town: Town, role: str) -> Things:
    things = await claimed(town, role)
    await town.ok(f"wishes/{things['wish_id']}/change-proposals", CHANGE, town.colleague)
    return things


async def asked_for_time(town: Town, role: str) -> Things:
    things = await claimed(town, role)
    far = after_working_days(now(), Terms().fulfil_days + 12).date().isoformat()
    body = {"until": far, "reason": "ill"}
    await town.ok(f"claims/{things['claim_id']}/extension", body, things["holder"])
    return things


async def on_the_way(town: Town, role: str) -> Things:
    things = await claimed(town, role)
    path, visit = f"claims/{things['claim_id']}", going(things)
    if isinstance(town, ChildTown):
        # A child is visited by two.
        helper = await giver(town, "volunteer")
        await town.ok(f"{path}/helpers", {}, helper["holder"])
        visit["visitors"].append(helper["person"])
    visit = await town.ok(f"{path}/visits", visit, things["holder"])
    return things | {"visit_id": visit["id"], "digits": visit["code"]}


def going(things: Things) -> dict[str, Any]:
    back_by = (now() + timedelta(hours=1)).isoformat()
    return {"visitors": [things["person"]], "back_by": back_by} | things["as_unit"]


async def in_talk(town: Town, role: str) -> Things:
    things = await claimed(town, role)
    path = f"claims/{things['claim_id']}/messages"
    for text in ("明天上午去看您", "带一双手套"):
        await town.ok(path, {"text": text}, things["holder"])
    return things


async def delivered(town: Town, role: str, **more: Any) -> Things:
    things = await claimed(town, role if role == "unit_contact" else "volunteer", **more)
    path = f"claims/{things['claim_id']}"
    shown = (await town.get(f"wishes/{things['wish_id']}", town.worker)).json()
    if shown["two_people"]:
        await town.ok(f"{path}/helpers", {}, town.volunteer(await town.approved()))
    await town.ok(f"{path}/delivery", {"gifts": [given(things)]}, things["holder"])
    return things


def given(things: Things) -> dict[str, Any]:
    return gift(UUID(things["giver"]["id"]), things["giver"]["kind"])


async def fulfilled(town: Town, role: str, **more: Any) -> Things:
    things = await delivered(town, role, **more)
    await town.ok(f"cards/{things['code']}/confirmation", {"answer": "satisfied"})
    return things


async def drawn(town: Town, role: str) -> Things:
    return await fulfilled(town, role, category=DRAWN)


async def of_their_own(town: Town, role: str, make: Any = delivered) -> Things:
    """The person who wished has an account."""
    things = await make(town, "volunteer")
    if role in ("community_worker", "anybody"):
        return things
    who, me = town.account(role)
    wish = {"beneficiary_id": things["beneficiary_id"]}
    await town.own_account(wish, who)
    return things | {"me": me}


async def fulfilled_of_their_own(town: Town, role: str) -> Things:
    return await of_their_own(town, role, fulfilled)


def no_to_the_card(_town: Town, _things: Things, role: str) -> dict[str, Any]:
    said = {"purpose": "publish", "given": False, "wording": 1}
    return said if role == "anybody" else said | {"how": "paper"}


async def looked_at(town: Town, role: str) -> Things:
    """Twice."""
    things = await of_their_own(town, role)
    for _ in range(2):
        await town.ok(f"wishes/{things['wish_id']}/contact", {"purpose": "verify"}, town.worker)
    return things


async def asked_to_correct(town: Town, role: str) -> Things:
    """The second time; the first was taken back."""
    things = await of_their_own(town, "community_worker" if role == "anybody" else role)
    path = f"beneficiaries/{things['person_id']}/requests"
    for number in ("13991230001", "13991230002"):
        if "request_id" in things:
            await town.ok(f"data-requests/{things['request_id']}/withdrawal", {}, town.worker)
        body = {"kind": "correction", "correction": {"phone": number}}
        things["request_id"] = (await town.ok(path, body, town.worker))["id"]
    return things


async def complained(town: Town, role: str) -> Things:
    things = await fulfilled(town, role)
    body = {"about": "manners", "words": "说话不好听"}
    complaint = await town.ok(f"wishes/{things['wish_id']}/complaints", body, town.worker)
    return things | {"complaint_id": complaint["id"]}


async def referred(town: Town, _role: str) -> Things:
    things = about(await town.posted())
    body = {"to": "grid", "reason": "road_broken", "receipt": "XA2026-000123"}
    referral = await town.ok(f"wishes/{things['wish_id']}/referral", body, town.worker)
    return things | {"referral_id": referral["id"]}


async def escalated(town: Town, role: str) -> Things:
    """Nobody has taken it for days; a unit that is at home here sees that."""
    things = about(await town.posted())
    await town.tick("wish", things["wish_id"], "select due_at from wish where id = $1")
    if role == "unit_contact":
        things["holder"] = town.contact_of(await town.unit(area=town.area))
    return things


async def kept(town: Town, role: str) -> Things:
    """A follow-up, for whoever helped first."""
    first = await fulfilled(town, role)
    body = {"reason": "too_bright", "channel": "desk", "words": "太亮"}
    wish = await town.ok(f"wishes/{first['wish_id']}/follow-ups", body, town.worker)
    path = f"wishes/{wish['id']}"
    await town.ok(f"{path}/verification", {"method": "phone", "checklist": CHECKS}, town.worker)
    assert (await town.publish(wish)).status_code == 200
    return about(wish, holder=first["holder"], as_unit=first["as_unit"])


async def invited(town: Town, role: str) -> Things:
    things = await to_be_claimed(town, role)
    # Two, so that there is a second page.
    for wish_id in (things["wish_id"], (await town.posted())["id"]):
        body = {"invitees": [things["giver"]]}
        await town.ok(f"wishes/{wish_id}/invitations", body, town.worker)
    shown = (await town.get("invitations", things["holder"])).json()["items"]
    (mine,) = (one["id"] for one in shown if one["wish_id"] == things["wish_id"])
    return things | {"invitation_id": mine}


async def of_a_child(town: Town, _role: str) -> Things:
    return about(await town.submitted(beneficiary=child()))


async def asked_for_a_look(town: Town, role: str) -> Things:
    things = await of_a_child(town, role)
    path = f"wishes/{things['wish_id']}/access-requests"
    asked = await town.ok(path, {"purpose": "verify"}, town.worker)
    return things | {"request_id": asked["id"]}


async def handed_in(town: Town, role: str, **more: Any) -> Things:
    """By somebody signed in, or over the desk."""
    if role == "community_worker":
        return about(await town.submitted(**more), me=town.worker)
    _, me = town.account(role)
    return about(await town.ok("own-wishes", town.written(**more), me), me=me)


async def child_handed_in(town: Town, role: str) -> Things:
    return await handed_in(town, role, beneficiary=child())


async def signed_in(town: Town, role: str) -> Things:
    return {"me": town.worker if role == "community_worker" else town.account(role)[1]}


async def drafted(town: Town, role: str) -> Things:
    things = await signed_in(town, role)
    content = wish_body()
    del content["area"], content["channel"]
    body = {"area": town.area, "channel": "desk", "content": content}
    await town.ok("drafts", body, things["me"])
    draft = await town.ok("drafts", body, things["me"])
    return things | {"draft_id": draft["id"]}


async def with_own_wishes(town: Town, role: str) -> Things:
    things = await signed_in(town, role)
    for _ in range(2):
        await town.ok("own-wishes", town.written(), things["me"])
    return things


async def with_a_file(town: Town, role: str) -> Things:
    things = await handed_in(town, role)
    headers = {
        **town.worker,
        "Content-Type": "application/pdf",
        "Idempotency-Key": str(uuid4()),
    }
    path = f"/v1/wishes/{things['wish_id']}/attachments?purpose=need"
    answer = await town.client.post(path, content=PDF, headers=headers)
    assert answer.status_code == 201, answer.text
    return things | {"attachment_id": answer.json()["id"]}


def to_overrule(_things: Things | None = None) -> dict[str, Any]:
    start = NOTE.index("8") + 1
    return {
        "field": "note",
        "text": NOTE,
        "kind": "address",
        "first": start,
        "last": start + 2,
        "reason": "public_place",
    }


async def overruled(town: Town, role: str) -> Things:
    things = await verified(town, role)
    path = f"wishes/{things['wish_id']}/overrules"
    overrule = await town.ok(path, to_overrule(), town.colleague)
    return things | {"overrule_id": overrule["id"]}


async def twins(town: Town, _role: str) -> Things:
    return about(await town.submitted(), other=(await town.submitted())["id"])


def programme_body(area: str) -> dict[str, Any]:
    today = now().date()
    return {
        "area": area,
        "name": "美居行动",
        "brand": "meiju",
        "valid_from": str(today),
        "valid_until": str(today + timedelta(days=90)),
    }


async def with_programme(town: Town, role: str) -> Things:
    things = await claimed(town, "volunteer")
    programme = await town.ok("programmes", programme_body(town.area), town.worker)
    return things | {"programme_id": programme["id"]}


async def in_programme(town: Town, role: str) -> Things:
    """Two wishes and two givers."""
    things, more = await with_programme(town, role), await claimed(town, "volunteer")
    for wish_id in (things["wish_id"], more["wish_id"]):
        body = {"programme_id": things["programme_id"]}
        await town.ok(f"wishes/{wish_id}/programme", body, town.worker)
    return things


async def at_home(town: Town, role: str) -> Things:
    things = about(await town.submitted(), volunteer_id=str(uuid4()))
    body = {name: things[name] for name in ("beneficiary_id", "volunteer_id")}
    household = await town.ok("households", body, town.worker)
    return things | {"household_id": household["id"]}


async def to_live_with(town: Town, _role: str) -> Things:
    return about(await town.submitted(), volunteer_id=str(uuid4()))


async def with_building(town: Town, _role: str) -> Things:
    for number in ("1号楼", "2号楼"):
        await town.post("buildings", {"area": town.area, "name": number}, town.worker)
    shown = (await town.get(f"buildings?area={town.area}", town.worker)).json()
    return {"building_id": shown["items"][0]["id"]}


Scene = Callable[[Town, str], Awaitable[Things]]
