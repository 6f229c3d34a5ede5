"""For every route of the service one request that is right, by each kind of people who may send it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx

from . import town as scenes
from .conftest import Api, wish_body
from .files import PDF, photo
from .town import CHANGE, CHECKS, MOTHER, WITNESS, Scene, Things, Town

Route = tuple[str, str]
WORKER, VOLUNTEER, APPLICANT, UNIT = "community_worker", "volunteer", "applicant", "unit_contact"
CLAIMANTS = (VOLUNTEER, UNIT)
ACCOUNTS = (VOLUNTEER, APPLICANT)
Body = Callable[[Town, Things, str], Any]


@dataclass(frozen=True)
class Example:
    scene: Scene
    body: Any = None
    """Or a function of the town, of what stands there and of the role that sends it."""
    query: str = ""
    roles: tuple[str, ...] = (WORKER,)
    """One right request by each."""
    staff: str = "worker"
    """Who of the desk."""
    content: bytes | None = None
    """A file, in place of a body."""
    kind: str = "application/pdf"
    """Of the file."""


@dataclass
class Call:
    """One request, ready to be sent by anybody."""

    route: Route
    role: str
    path: str
    who: dict[str, str]
    body: Any
    things: Things
    content: bytes | None = None
    kind: str = ""

    async def send(
        self, api: Api, who: dict[str, str] | None = None, key: str | None = None
    ) -> httpx.Response:
        headers = dict(self.who if who is None else who)
        if self.route[0] == "POST":
            headers["Idempotency-Key"] = key or str(uuid4())
        sent: dict[str, Any] = {}
        if self.content is not None:
            headers["Content-Type"] = self.kind
            sent["content"] = self.content
        elif self.route[0] == "POST":
            sent["json"] = self.body
        return await api.client.request(self.route[0], self.path, headers=headers, **sent)

    def __str__(self) -> str:
        return f"{' '.join(self.route)} as {self.role}"


async def ready(town: Town, route: Route, role: str) -> Call:
    """Everything that the request needs stands there."""
    example = EXAMPLES[route]
    things = await example.scene(town, role)
    things |= {"area": town.area, "district": town.area[:6]}
    things.setdefault("key", uuid4().hex)
    path = route[1].format(**things)
    if example.query:
        path += "?" + example.query.format(**things)
    body = example.body
    if callable(body):
        body = body(town, things, role)
    who = _who(town, example, things, role)
    return Call(route, role, path, who, body, things, example.content, example.kind)


def _who(town: Town, example: Example, things: Things, role: str) -> dict[str, str]:
    if role == "anybody":
        return {}
    if role == "notifier":
        return town.as_role(role, subject=uuid4())
    if role in (VOLUNTEER, UNIT, APPLICANT):
        return things.get("me") or things["holder"]
    if example.staff == "fresh":
        return town.staff()
    return things.get("me") or getattr(town, example.staff)


def _reason(word: str) -> dict[str, str]:
    return {"reason": word}


VERIFY, NOTHING = {"purpose": "verify"}, {}
SATISFIED = {"answer": "satisfied"}
WHO = {"who": "黄建国"}
PICTURE = photo("JPEG")


def _own_content(_town: Town, _things: Things, role: str) -> dict[str, Any]:
    content = wish_body(words="想要一盏亮一点的台灯")
    del content["area"], content["channel"]
    return {"content": content}


def _draft(town: Town, things: Things, role: str) -> dict[str, Any]:
    return {"area": town.area, "channel": "desk"} | _own_content(town, things, role)


def _delivery(_town: Town, things: Things, _role: str) -> dict[str, Any]:
    return {"gifts": [scenes.given(things)]}


def _part(town: Town, things: Things, role: str) -> dict[str, Any]:
    return _delivery(town, things, role) | things["as_unit"]


def _as_unit(_town: Town, things: Things, _role: str) -> dict[str, Any]:
    return things["as_unit"]


def _named(*names: str, **more: Any) -> Body:
    """A body of things by their names."""
    return lambda _town, things, _role: {name: things[name] for name in names} | more


def _evaluation(_town: Town, _things: Things, role: str) -> dict[str, Any]:
    return {"score": 5, "means": "call" if role == WORKER else "tap"}


def _own_wish(town: Town, _things: Things, _role: str) -> dict[str, Any]:
    body = wish_body(area=town.area)
    del body["channel"]
    return body


PUBLIC = ("anybody",)
BOTH = (WORKER, *CLAIMANTS)
EVERY_AUTHOR = (WORKER, *ACCOUNTS)
_GET: dict[str, Example] = {
    "access-requests": Example(scenes.asked_for_a_look, query="area={area}"),
    "beneficiaries/{person_id}/requests": Example(scenes.asked_to_correct, roles=EVERY_AUTHOR),
    "beneficiaries/{person_id}/reveals": Example(scenes.looked_at, roles=EVERY_AUTHOR),
    "buildings": Example(scenes.with_building, query="area={area}"),
    "callback-seeds/{district}": Example(scenes.drawn, roles=PUBLIC),
    "callbacks": Example(scenes.drawn, query="area={area}"),
    "cards/print": Example(scenes.posted, query="area={area}"),
    "cards/{code}": Example(scenes.posted, roles=PUBLIC),
    "cards/{code}/complaints": Example(scenes.complained, roles=PUBLIC),
    "cards/{code}/consents": Example(scenes.posted, roles=PUBLIC),
    "cards/{code}/messages": Example(scenes.in_talk, roles=PUBLIC),
    "cards/{code}/requests": Example(scenes.asked_to_correct, roles=PUBLIC),
    "cards/{code}/reveals": Example(scenes.looked_at, roles=PUBLIC),
    "cards/{code}/receipt": Example(scenes.referred, roles=PUBLIC),
    "cards/{code}/visit": Example(scenes.on_the_way, roles=PUBLIC),
    "claims/{claim_id}/messages": Example(scenes.in_talk, roles=CLAIMANTS),
    "complaints": Example(scenes.complained, query="area={area}"),
    "consent-wordings": Example(scenes.nothing, roles=PUBLIC),
    "data-requests": Example(scenes.asked_to_correct, query="area={area}"),
    "drafts": Example(scenes.drafted, roles=EVERY_AUTHOR),
    "drafts/{draft_id}": Example(scenes.drafted, roles=EVERY_AUTHOR),
    "escalations": Example(scenes.escalated, query="area={area}", roles=(WORKER, UNIT)),
    "fairness": Example(scenes.posted, query="area={area}"),
    "fairness/people": Example(scenes.waiting, query="area={area}&bucket=never_served.week"),
    "invitations": Example(scenes.invited, roles=CLAIMANTS),
    "mine": Example(scenes.of_their_own, roles=ACCOUNTS),
    "own-wishes": Example(scenes.with_own_wishes, roles=ACCOUNTS),
    "programmes": Example(scenes.with_programme, query="area={area}"),
    "programmes/{programme_id}": Example(scenes.in_programme),
    "programmes/{programme_id}/givers": Example(scenes.in_programme),
    "programmes/{programme_id}/wishes": Example(scenes.in_programme, query="area={area}"),
    "queue": Example(scenes.submitted, query="area={area}&queue=to_verify"),
    "queue/counts": Example(scenes.submitted, query="area={area}"),
    "referrals": Example(scenes.referred, query="area={area}"),
    "rules": Example(scenes.nothing, query="area={area}", roles=PUBLIC),
    "rules/history": Example(scenes.nothing, query="area={area}&category=goods"),
    "trees": Example(scenes.posted, roles=PUBLIC),
    "trees/cards/{card_no}": Example(scenes.posted, roles=PUBLIC),
    "trees/{area}": Example(scenes.posted, roles=PUBLIC),
    "trees/{area}/cards": Example(scenes.posted, roles=PUBLIC),
    "trees/{area}/cards/{card_no}": Example(scenes.posted, roles=PUBLIC),
    "untaken": Example(scenes.posted, query="area={area}"),
    "visits/{visit_id}": Example(scenes.on_the_way, roles=BOTH),
    "wishes": Example(scenes.submitted, query="area={area}"),
    "wishes/{wish_id}": Example(scenes.claimed, roles=BOTH),
    "wishes/{wish_id}/attachments": Example(scenes.with_a_file, roles=EVERY_AUTHOR),
    "wishes/{wish_id}/change-proposal": Example(scenes.proposed, roles=BOTH),
    "wishes/{wish_id}/consents": Example(scenes.of_their_own, roles=EVERY_AUTHOR),
    "wishes/{wish_id}/history": Example(scenes.claimed),
    "wishes/{wish_id}/likenesses": Example(scenes.twins),
    "wishes/{wish_id}/overrules": Example(scenes.overruled),
    "wishes/{wish_id}/reveals": Example(scenes.claimed),
    "wishes/{wish_id}/verifications": Example(scenes.verified),
}
_POST: dict[str, Example] = {
    "access-requests/{request_id}/approval": Example(
        scenes.asked_for_a_look, NOTHING, staff="colleague"
    ),
    "beneficiaries/{person_id}/copy": Example(scenes.of_their_own, NOTHING, roles=EVERY_AUTHOR),
    "beneficiaries/{person_id}/copy/file": Example(
        scenes.of_their_own, NOTHING, roles=EVERY_AUTHOR
    ),
    "beneficiaries/{person_id}/requests": Example(
        scenes.of_their_own, {"kind": "erasure"}, roles=EVERY_AUTHOR
    ),
    "buildings": Example(scenes.nothing, lambda t, x, r: {"area": t.area, "name": x["key"]}),
    "cards/{code}/complaints": Example(
        scenes.posted, {"about": "late", "words": "一直没有来"}, roles=PUBLIC
    ),
    "cards/{code}/confirmation": Example(scenes.delivered, SATISFIED, roles=PUBLIC),
    "cards/{code}/consents": Example(scenes.posted, scenes.no_to_the_card, roles=PUBLIC),
    "cards/{code}/copy": Example(scenes.posted, WHO, roles=PUBLIC),
    "cards/{code}/copy/file": Example(scenes.posted, WHO, roles=PUBLIC),
    "cards/{code}/evaluation": Example(scenes.fulfilled, {"score": 5}, roles=PUBLIC),
    "cards/{code}/messages": Example(scenes.claimed, {"text": "谢谢"}, roles=PUBLIC),
    "cards/{code}/requests": Example(scenes.posted, WHO | {"kind": "erasure"}, roles=PUBLIC),
    "cards/{code}/requests/{request_id}/withdrawal": Example(
        scenes.asked_to_correct, WHO, roles=PUBLIC
    ),
    "cards/{code}/visit-check": Example(scenes.on_the_way, _named("digits"), roles=PUBLIC),
    "claims/{claim_id}/change-answer": Example(scenes.proposed, {"answer": "yes"}, roles=CLAIMANTS),
    "claims/{claim_id}/contacted": Example(scenes.claimed, NOTHING, roles=CLAIMANTS),
    "claims/{claim_id}/delivery": Example(scenes.claimed, _delivery, roles=CLAIMANTS),
    "claims/{claim_id}/extension": Example(
        scenes.claimed, _named("until", reason="ill"), roles=CLAIMANTS
    ),
    "claims/{claim_id}/extension/decision": Example(
        scenes.asked_for_time, {"answer": "yes", "reason": "ill"}
    ),
    "claims/{claim_id}/helpers": Example(scenes.may_join, _as_unit, roles=CLAIMANTS),
    "claims/{claim_id}/leaving": Example(scenes.joined, _as_unit, roles=CLAIMANTS),
    "claims/{claim_id}/messages": Example(
        scenes.claimed, {"text": "明天上午去看您"}, roles=CLAIMANTS
    ),
    "claims/{claim_id}/parts": Example(scenes.claimed, _part, roles=CLAIMANTS),
    "claims/{claim_id}/photos": Example(
        scenes.claimed,
        query="shows_person=false",
        roles=CLAIMANTS,
        content=PICTURE,
        kind="image/jpeg",
    ),
    "claims/{claim_id}/release": Example(scenes.claimed, NOTHING, roles=CLAIMANTS),
    "claims/{claim_id}/visits": Example(
        scenes.claimed, lambda t, x, r: scenes.going(x), roles=CLAIMANTS
    ),
    "complaints/{complaint_id}/answer": Example(
        scenes.complained, {"outcome": "put_right", "words": "已经道歉"}, staff="fresh"
    ),
    "contacts": Example(
        scenes.submitted,
        lambda t, x, r: {"purpose": "notify", "ids": [x["beneficiary_id"]]},
        roles=("notifier",),
    ),
    "data-requests/{request_id}/decision": Example(
        scenes.asked_to_correct, {"answer": "yes", "reason": "shown"}
    ),
    "data-requests/{request_id}/details": Example(scenes.asked_to_correct, {"purpose": "correct"}),
    "data-requests/{request_id}/withdrawal": Example(
        scenes.asked_to_correct, NOTHING, roles=EVERY_AUTHOR
    ),
    "drafts": Example(scenes.signed_in, _draft, roles=EVERY_AUTHOR),
    "drafts/{draft_id}/content": Example(scenes.drafted, _own_content, roles=EVERY_AUTHOR),
    "drafts/{draft_id}/submission": Example(scenes.drafted, NOTHING, roles=EVERY_AUTHOR),
    "drafts/{draft_id}/withdrawal": Example(scenes.drafted, NOTHING, roles=EVERY_AUTHOR),
    "households": Example(scenes.to_live_with, _named("beneficiary_id", "volunteer_id")),
    "households/{household_id}/leaving": Example(scenes.at_home, _named("volunteer_id")),
    "invitations/recipients": Example(
        scenes.invited,
        lambda t, x, r: {"purpose": "notify", "ids": [x["invitation_id"]]},
        roles=("notifier",),
    ),
    "own-wishes": Example(scenes.signed_in, _own_wish, roles=ACCOUNTS),
    "programmes": Example(scenes.nothing, lambda t, x, r: scenes.programme_body(t.area)),
    "programmes/{programme_id}/closing": Example(scenes.with_programme, NOTHING),
    "referrals/{referral_id}/answer": Example(scenes.referred, {"outcome": "not_helped"}),
    "referrals/{referral_id}/receipt": Example(scenes.referred, {"purpose": "receipt"}),
    "rules": Example(
        scenes.nothing,
        lambda t, x, r: {
            "district": t.area[:6],
            "category": "companionship",
            "valid_from": "2999-01-01",
            "terms": {},
        },
        roles=("district_operator",),
        staff="operator",
    ),
    "visits/{visit_id}/left": Example(scenes.on_the_way, NOTHING, roles=BOTH),
    "wishes": Example(scenes.nothing, lambda t, x, r: wish_body(area=t.area)),
    "wishes/batch": Example(
        scenes.nothing, lambda t, x, r: {"rows": [wish_body(area=t.area) for _ in range(2)]}
    ),
    "wishes/{wish_id}/access-requests": Example(scenes.of_a_child, VERIFY),
    "wishes/{wish_id}/aftercare": Example(scenes.complained, {"purpose": "after_care"}),
    "wishes/{wish_id}/attachments": Example(
        scenes.handed_in, query="purpose=need", roles=EVERY_AUTHOR, content=PDF
    ),
    "wishes/{wish_id}/attachments/{attachment_id}/content": Example(scenes.with_a_file, VERIFY),
    "wishes/{wish_id}/callback": Example(scenes.drawn, {"outcome": "satisfied"}, staff="fresh"),
    "wishes/{wish_id}/change": Example(
        scenes.handed_in, {"words": "想要一盏灯"}, roles=EVERY_AUTHOR
    ),
    "wishes/{wish_id}/change-proposals": Example(scenes.claimed, CHANGE, staff="colleague"),
    "wishes/{wish_id}/claims": Example(scenes.to_be_claimed, _as_unit, roles=CLAIMANTS),
    "wishes/{wish_id}/complaints": Example(
        scenes.of_their_own, {"about": "manners", "words": "说话不好听"}, roles=EVERY_AUTHOR
    ),
    "wishes/{wish_id}/confirmation": Example(
        scenes.delivered, SATISFIED | {"method": "call", "witness": WITNESS}
    ),
    "wishes/{wish_id}/consents": Example(
        scenes.of_their_own, scenes.no_to_the_card, roles=EVERY_AUTHOR
    ),
    "wishes/{wish_id}/contact": Example(scenes.claimed, VERIFY, roles=BOTH),
    "wishes/{wish_id}/duplicate-of": Example(scenes.twins, lambda t, x, r: {"wish_id": x["other"]}),
    "wishes/{wish_id}/evaluation": Example(
        scenes.fulfilled_of_their_own, _evaluation, roles=EVERY_AUTHOR
    ),
    "wishes/{wish_id}/follow-ups": Example(
        scenes.fulfilled, {"reason": "too_bright", "channel": "desk", "words": "太亮"}
    ),
    "wishes/{wish_id}/guardian": Example(scenes.child_handed_in, MOTHER, roles=EVERY_AUTHOR),
    "wishes/{wish_id}/hand-over": Example(
        scenes.escalated, {"handed_to": "street", "note": "told_by_phone"}
    ),
    "wishes/{wish_id}/invitations": Example(
        scenes.to_be_claimed, lambda t, x, r: {"invitees": [x["giver"]]}
    ),
    "wishes/{wish_id}/messages": Example(scenes.claimed, {"text": "谢谢"}),
    "wishes/{wish_id}/messages/reading": Example(scenes.in_talk, {"purpose": "help"}),
    "wishes/{wish_id}/new-code": Example(scenes.posted, _reason("lost")),
    "wishes/{wish_id}/not-a-duplicate": Example(
        scenes.twins, lambda t, x, r: {"wish_id": x["other"]}
    ),
    "wishes/{wish_id}/origin": Example(scenes.submitted, VERIFY),
    "wishes/{wish_id}/overrules": Example(scenes.verified, scenes.to_overrule(), staff="colleague"),
    "wishes/{wish_id}/overrules/{overrule_id}/answer": Example(
        scenes.overruled, {"answer": "yes"}, staff="fresh"
    ),
    "wishes/{wish_id}/overrules/{overrule_id}/text": Example(
        scenes.overruled, VERIFY, staff="fresh"
    ),
    "wishes/{wish_id}/own-confirmation": Example(scenes.of_their_own, SATISFIED, roles=ACCOUNTS),
    "wishes/{wish_id}/own-follow-ups": Example(
        scenes.fulfilled_of_their_own,
        {"reason": "too_bright", "words": "太亮"},
        roles=ACCOUNTS,
    ),
    "wishes/{wish_id}/programme": Example(scenes.with_programme, _named("programme_id")),
    "wishes/{wish_id}/publication": Example(
        scenes.verified, {"title": "取暖器", "effort": "one_item"}, staff="colleague"
    ),
    "wishes/{wish_id}/referral": Example(scenes.posted, {"to": "grid", "reason": "road_broken"}),
    "wishes/{wish_id}/reopening": Example(scenes.fulfilled, _reason("not_right")),
    "wishes/{wish_id}/return": Example(scenes.submitted, _reason("not_clear")),
    "wishes/{wish_id}/takedown": Example(scenes.posted, _reason("leak")),
    "wishes/{wish_id}/verification": Example(
        scenes.submitted, {"method": "visit", "checklist": CHECKS}
    ),
    "wishes/{wish_id}/visit-check": Example(scenes.on_the_way, _named("digits")),
    "wishes/{wish_id}/visit-code": Example(scenes.on_the_way, VERIFY),
    "wishes/{wish_id}/withdrawal": Example(
        scenes.handed_in, _reason("not_needed"), roles=EVERY_AUTHOR
    ),
}
_DELETE: dict[str, Example] = {
    "invitations/{invitation_id}": Example(scenes.invited, roles=CLAIMANTS),
    "wishes/{wish_id}/offer": Example(scenes.kept, roles=CLAIMANTS),
}
EXAMPLES: dict[Route, Example] = {
    (method, f"/v1/{path}"): example
    for method, table in (("GET", _GET), ("POST", _POST), ("DELETE", _DELETE))
    for path, example in table.items()
}
