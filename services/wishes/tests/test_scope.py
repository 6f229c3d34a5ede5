"""Nobody sees or touches what is not theirs: every route, with every role, from another place.

Two communities stand side by side with everything in them. Each route has an example (examples.py) of a
request that is right; whoever else sends the very same request is refused, and nothing has changed. A
route without an example fails.
"""

import base64
import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest_asyncio
from chassis.auth.route import permissions_of
from wishes.bootstrap import describe
from wishes.permissions import PERMISSIONS

from .conftest import MINTER, TABLES, XIANDONG, XINYUAN, Api
from .examples import ACCOUNTS, APPLICANT, EXAMPLES, UNIT, VOLUNTEER, WORKER, Call, Route, ready
from .test_races import crowd
from .town import DRAWN, ChildTown, Town

ROLES = {role for roles in PERMISSIONS.values() for role in roles} | {"branch_secretary", "front"}
STAFF = {
    "community_worker": (XIANDONG, (XINYUAN, "610102008001", "")),
    "street_officer": (XIANDONG[:9], ("610102008", "")),
    "district_operator": (XIANDONG[:6], ("610103", "")),
    "auditor": (XIANDONG[:6], ("610103",)),
}
"""Role → its own area, and others: the one beside, and none, which reaches nothing. An auditor without
an area is one for all of them."""
OWN_PAGE = "what the caller has themself: a stranger's list has nothing of anybody else"
ANYBODY = "whoever is approved may take what hangs on any tree, or join"
AT_HOME = "in their own community everybody who is signed in begins what is theirs"
ONE_OF_OURS = "a service of ours, not a person: it has no area"
NO_STRANGERS: dict[Route, dict[str, str]] = {
    ("GET", "/v1/drafts"): dict.fromkeys((*ACCOUNTS, *STAFF), OWN_PAGE),
    ("GET", "/v1/mine"): dict.fromkeys(ACCOUNTS, OWN_PAGE),
    ("GET", "/v1/own-wishes"): dict.fromkeys(ACCOUNTS, OWN_PAGE),
    ("GET", "/v1/invitations"): dict.fromkeys((VOLUNTEER, UNIT), OWN_PAGE),
    ("POST", "/v1/wishes/{wish_id}/claims"): dict.fromkeys((VOLUNTEER, UNIT), ANYBODY),
    ("POST", "/v1/claims/{claim_id}/helpers"): dict.fromkeys((VOLUNTEER, UNIT), ANYBODY),
    ("POST", "/v1/contacts"): {"notifier": ONE_OF_OURS},
    ("POST", "/v1/invitations/recipients"): {"notifier": ONE_OF_OURS},
}
"""Who is let in from anywhere, and why that is right."""
NEIGHBOURS_TOO: dict[Route, str] = {
    ("POST", "/v1/drafts"): AT_HOME,
    ("POST", "/v1/own-wishes"): AT_HOME,
}
"""Where only those of another community are strangers."""
SILENT = {("DELETE", "/v1/invitations/{invitation_id}"): 204}
"""What is not theirs is gone, or never was: they are told the same, and nothing happens."""
KEPT = {("DELETE", "/v1/wishes/{wish_id}/offer"): "kept-for-another"}
"""Refused in words of its own."""
REFUSED = {
    "claim-not-found", "draft-not-found", "not-permitted", "not-the-author", "not-the-claimant",
    "not-your-community", "not-your-data", "not-your-visit", "not-your-wish", "out-of-scope",
    "rows-out-of-scope",
}  # fmt: skip
"""What a stranger may be told."""
ONLY_COMMUNITY = "one by one only for those who work there"
PERSONAL = "nobody but who writes on it"
NOT_OURS: dict[Route, dict[str, str]] = {
    ("GET", "/v1/fairness/people"): dict.fromkeys(set(STAFF) - {WORKER}, ONLY_COMMUNITY),
} | {route: dict.fromkeys(STAFF, PERSONAL) for route in EXAMPLES if "{draft_id}" in route[1]}
"""Staff of the very area who are refused all the same."""
NEVER: dict[Route, dict[str, str]] = {
    ("GET", "/v1/wishes/{wish_id}/change-proposal"): {APPLICANT: "holds no claim"},
    ("GET", "/v1/wishes/{wish_id}"): {APPLICANT: "as the author: test_online"},
}
"""Roles that have the permission and of which there is no right request."""
SEVERAL = (
    "select '{table}' as name, count(*) as n, sum(hashtextextended(t::text, 0)) as h from {table} t"
)
NOTHING_SHOWN = {
    ("POST", "/v1/wishes/{wish_id}/access-requests"): "a line before anything is shown",
    ("POST", "/v1/access-requests/{request_id}/approval"): "the same",
}
DIGITS = {
    ("POST", "/v1/wishes/{wish_id}/visit-code"): "digits that the visitors will say",
}
GUARDED = {
    "beneficiaries/{person_id}/copy",
    "beneficiaries/{person_id}/copy/file",
    "data-requests/{request_id}/details",
    "referrals/{referral_id}/receipt",
    "wishes/{wish_id}/aftercare",
    "wishes/{wish_id}/attachments/{attachment_id}/content",
    "wishes/{wish_id}/contact",
    "wishes/{wish_id}/messages/reading",
    "wishes/{wish_id}/new-code",
    "wishes/{wish_id}/origin",
    "wishes/{wish_id}/overrules/{overrule_id}/text",
}
"""What opens something of a person's."""
PURPOSES: dict[Route, str] = {
    ("POST", "/v1/beneficiaries/{person_id}/copy"): "own_copy",
    ("POST", "/v1/beneficiaries/{person_id}/copy/file"): "own_copy",
    ("POST", "/v1/wishes/{wish_id}/new-code"): "new_code",
}
"""Of looks that do not name it themselves."""
AGAIN = {
    ("POST", "/v1/beneficiaries/{person_id}/copy/file"),
    ("POST", "/v1/wishes/{wish_id}/attachments/{attachment_id}/content"),
}
"""Whose answer no key keeps."""
CHECKS = 2_910
SHOWN = 13
READ = 32
LOOKS = "select count(*) from reveal_audit"


def guarded() -> dict[Route, str]:
    found = permissions_of(describe())
    return {route: name for route, name in found.items() if name and route[1].startswith("/v1")}


def test_every_route_has_an_example_by_everybody_who_may() -> None:
    found = permissions_of(describe())
    assert set(EXAMPLES) == {route for route in found if route[1].startswith("/v1")}
    for route, example in EXAMPLES.items():
        permission = found[route]
        if permission is None:
            assert example.roles == ("anybody",), route
            continue
        may = set(PERMISSIONS[permission])
        # Staff of the streets and the district ask after the worker, with the same request.
        people = (may - set(STAFF)) | ({WORKER} & may)
        assert people - set(example.roles) == set(NEVER.get(route, {})), route
        assert set(example.roles) <= may, route
        for table in (NO_STRANGERS, NOT_OURS):
            assert set(table.get(route, {})) <= may | set(STAFF), route


@dataclass
class Two:
    """Two communities of one street."""

    here: Town
    there: Town
    strangers: dict[str, list[dict[str, str]]]
    tables: str

    async def mark(self) -> list[tuple[Any, ...]]:
        """Changes with anything in the service's schema."""
        return [tuple(row) for row in await self.here.db.fetch(self.tables)]


async def strangers(here: Town, there: Town) -> dict[str, list[dict[str, str]]]:
    """By role: people who have it, from elsewhere."""
    found = {
        role: [here.as_role(role, area, subject=uuid4()) for area in others]
        for role, (_, others) in STAFF.items()
    }
    who, unit = await here.approved(), await there.unit(area=there.area)
    found[VOLUNTEER] = [
        here.as_role(VOLUNTEER, area, subject=who) for area in (there.area, here.area, "")
    ]
    found[APPLICANT] = [
        here.as_role(APPLICANT, area, subject=uuid4()) for area in (there.area, here.area)
    ]
    # The area where a unit's contact lives says nothing.
    found[UNIT] = [there.contact_of(unit), here.as_role(UNIT, here.area, subject=uuid4())]
    return found


@pytest_asyncio.fixture(loop_scope="session")
async def two(api: Api) -> AsyncGenerator[Two]:
    await api.rule(DRAWN, callback_percent=100)
    tables = [row["relname"] for row in await api.db.fetch(TABLES)]
    marks = " union all ".join(SEVERAL.format(table=table) for table in tables)
    async with crowd(api) as everybody:
        here, there = Town(everybody, XIANDONG), Town(everybody, XINYUAN)
        yield Two(here, there, await strangers(here, there), f"{marks} order by 1")


def slug(answer: httpx.Response) -> str:
    if not answer.is_error:
        return ""
    return answer.json()["type"].removeprefix("/problems/")


class Faults(list[str]):
    """What was wrong, and how much was looked at."""

    looked = 0

    def check(self, ok: bool, what: Any, answer: httpx.Response) -> None:
        self.looked += 1
        if not ok:
            self.append(f"{what}: {answer.status_code} {answer.text[:160]}")


async def test_every_route_refuses_whoever_may_not_and_nothing_changes(two: Two) -> None:
    faults = Faults()
    for route, permission in guarded().items():
        for role in EXAMPLES[route].roles:
            call = await ready(two.here, route, role)
            before = await two.mark()
            if role == EXAMPLES[route].roles[0]:
                await _without_the_role(two, call, permission, faults)
            await _from_elsewhere(two, call, permission, faults)
            if await two.mark() != before:
                faults.append(f"{call}: something has changed")
            await _by_who_may(two, call, permission, faults)
    assert not faults, "\n".join(faults)
    assert faults.looked >= CHECKS, faults.looked


async def _without_the_role(two: Two, call: Call, permission: str, faults: Faults) -> None:
    answer = await call.send(two.here, {})
    faults.check((answer.status_code, slug(answer)) == (401, "not-signed-in"), call, answer)
    for role in sorted(ROLES - set(PERMISSIONS[permission])):
        area = STAFF[role][0] if role in STAFF else XIANDONG
        unit = call.things.get("giver", {}).get("id")
        who = two.here.as_role(role, area, organisation=unit, subject=uuid4())
        answer = await call.send(two.here, who)
        refused = (answer.status_code, slug(answer)) == (403, "not-permitted")
        faults.check(refused, f"{call}, sent by {role}", answer)


async def _from_elsewhere(two: Two, call: Call, permission: str, faults: Faults) -> None:
    for role in PERMISSIONS[permission]:
        open_to = role in NO_STRANGERS.get(call.route, {})
        if open_to and call.route[0] == "POST":
            continue
        only_far = call.route in NEIGHBOURS_TOO and role in ACCOUNTS
        for who in two.strangers[role][: 1 if only_far else None]:
            answer = await call.send(two.here, who)
            if open_to:
                ours = not answer.is_error and not any(
                    str(value) in answer.text
                    for name, value in call.things.items()
                    if name.endswith("_id") or name == "card_no"
                )
            elif call.route in SILENT:
                ours = answer.status_code == SILENT[call.route]
            elif call.route in KEPT:
                ours = slug(answer) == KEPT[call.route]
            else:
                ours = answer.status_code in (403, 404) and slug(answer) in REFUSED
            faults.check(ours, f"{call}, sent by {role} {claims_of(who)['roles']}", answer)


async def _by_who_may(two: Two, call: Call, permission: str, faults: Faults) -> None:
    answer = await call.send(two.here)
    faults.check(answer.is_success, f"{call}, who may", answer)
    if call.role != WORKER:
        return
    for role, (area, _) in STAFF.items():
        if role not in PERMISSIONS[permission]:
            continue
        refused = role in NOT_OURS.get(call.route, {})
        answer = await call.send(two.here, two.here.as_role(role, area, subject=uuid4()))
        told = answer.status_code in (401, 403, 404)
        faults.check(told is refused, f"{call}, sent by {role} of the area", answer)


async def test_who_works_elsewhere_by_now_is_not_told_again_what_was_shown(two: Two) -> None:
    """An answer is kept for a day, and a worker may be moved: the key must open nothing then."""
    faults, shown = Faults(), set[Route]()
    for route in guarded():
        if route[0] != "POST" or WORKER not in EXAMPLES[route].roles:
            continue
        call = await ready(two.here, route, WORKER)
        looks, key = await two.here.db.fetchval(LOOKS), str(uuid4())
        answer = await call.send(two.here, key=key)
        looked = await two.here.db.fetchval(LOOKS) > looks and route not in NOTHING_SHOWN
        if not looked and '"code":"' not in answer.text:
            continue
        shown.add(route)
        moved = await call.send(two.here, elsewhere(call.who), key)
        faults.check(moved.status_code in (403, 404), f"{call}, moved", moved)
    assert not faults, "\n".join(faults)
    assert len(shown) >= SHOWN, sorted(shown)


async def test_no_worker_alone_is_shown_anything_of_a_child(two: Two) -> None:
    """Every route that writes down a look asks for a second person first; and they can say yes to it."""
    town = ChildTown(two.here, XIANDONG)
    faults, refused = Faults(), set[str]()
    for route in guarded():
        if route[0] != "POST" or WORKER not in EXAMPLES[route].roles:
            continue
        call = await ready(town, route, WORKER)
        looks = await town.db.fetchval(LOOKS)
        answer = await call.send(town)
        looked = await town.db.fetchval(LOOKS) > looks
        if slug(answer) == "approval-needed" and not looked:
            refused.add(route[1].removeprefix("/v1/"))
            await _with_a_second_person(town, call, faults)
        else:
            harmless = not looked or route in NOTHING_SHOWN | DIGITS
            faults.check(answer.is_success and harmless, call, answer)
    assert not faults, "\n".join(faults)
    assert refused == GUARDED


async def _with_a_second_person(town: Town, call: Call, faults: Faults) -> None:
    """One yes is one look; the stored answer comes again under its key and under no other. What is too
    large to be stored may be looked at again on the day of the yes."""
    purpose = {"purpose": PURPOSES.get(call.route) or (call.body or {})["purpose"]}
    asking = f"wishes/{call.things['wish_id']}/access-requests"
    asked = await town.ok(asking, purpose, call.who)
    faults.check(slug(answer := await call.send(town)) == "approval-needed", call, answer)
    await town.ok(f"access-requests/{asked['id']}/approval", {}, town.staff())
    looks, key = await town.db.fetchval(LOOKS), str(uuid4())
    answer = await call.send(town, key=key)
    looked = await town.db.fetchval(LOOKS) > looks
    faults.check(answer.is_success and looked, f"{call}, approved", answer)
    again = await call.send(town)
    refused = slug(again) == "approval-needed"
    faults.check(refused != (call.route in AGAIN), f"{call}, a second time", again)
    later = "update access_request set until = now() - interval '1 second' where id = $1"
    await town.db.fetch(later, UUID(asked["id"]))
    again = await call.send(town, key=key)
    faults.check(slug(again) == "approval-needed", f"{call}, the day after", again)


async def test_who_works_elsewhere_by_now_reads_nothing_of_the_old_community(two: Two) -> None:
    """Not even what they wrote themselves there."""
    faults, asked = Faults(), 0
    for route in guarded():
        open_to = NO_STRANGERS.get(route, {})
        if route[0] != "GET" or WORKER not in EXAMPLES[route].roles or WORKER in open_to:
            continue
        call = await ready(two.here, route, WORKER)
        seen = await call.send(two.here)
        faults.check(seen.is_success, f"{call}, before", seen)
        moved = await call.send(two.here, elsewhere(call.who))
        faults.check(moved.status_code in (403, 404), f"{call}, moved", moved)
        asked += 1
    assert not faults, "\n".join(faults)
    assert asked >= READ, asked


def elsewhere(who: dict[str, str]) -> dict[str, str]:
    """The same person, with a token for another community."""
    return MINTER.header(WORKER, XINYUAN, subject=UUID(claims_of(who)["sub"]))


def claims_of(who: dict[str, str]) -> dict[str, Any]:
    """What the token says."""
    body = who["Authorization"].split(".")[1]
    return json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
