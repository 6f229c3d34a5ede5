"""An id, a code or a place of another community, or of before, is as good as none.

In the body of a request that is otherwise right, in the second place of a path, on a slip; and from
those who held a claim until a moment ago.
"""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any
from uuid import uuid4

from chassis.auth.route import permissions_of
from wishes.bootstrap import describe

from . import town as scenes
from .examples import EXAMPLES, UNIT, VOLUNTEER, Route, ready
from .test_scope import REFUSED, Faults, Two, guarded, slug, two
from .town import Scene

__all__ = ["two"]
DOCUMENT = describe().openapi()
Field = tuple[str, str]
"""(path below /v1/, pointer into the body)."""
PERSON = "people and units are of the whole city: whoever it is, nothing of them is shown"
SERVICE = "asked by a service of ours, for all communities"
NAMED = "the desk of the person's own community says whose account it is; it shows nothing of the account"
A_YES = "who says that they were asked, and were not, claims as everybody does"
UNBOUND: dict[Field, str] = {
    ("wishes/{wish_id}/confirmation", "/witness/volunteer_id"): PERSON,
    ("wishes/{wish_id}/evaluation", "/proxy_id"): PERSON,
    ("wishes/{wish_id}/invitations", "/invitees/*/id"): PERSON,
    ("households", "/volunteer_id"): PERSON,
    ("households/{household_id}/leaving", "/volunteer_id"): PERSON,
    ("contacts", "/ids/*"): SERVICE,
    ("invitations/recipients", "/ids/*"): SERVICE,
    ("wishes/{wish_id}/claims", "/invitation_id"): A_YES,
    ("wishes", "/guardian/account_id"): NAMED,
    ("wishes", "/proxy/account_id"): NAMED,
    ("wishes/batch", "/rows/*/guardian/account_id"): NAMED,
    ("wishes/batch", "/rows/*/proxy/account_id"): NAMED,
    ("wishes/{wish_id}/guardian", "/account_id"): NAMED,
    ("wishes/{wish_id}/follow-ups", "/proxy/account_id"): NAMED,
}
"""Ids in bodies that belong to no community."""
Bound = dict[Field, tuple[Scene, str, str]]
THINGS: Bound = {
    ("wishes", "/beneficiary/building_id"): (
        scenes.with_building,
        "building_id",
        "building-unknown",
    ),
    ("own-wishes", "/beneficiary/building_id"): (
        scenes.with_building,
        "building_id",
        "building-unknown",
    ),
    ("wishes/batch", "/rows/*/beneficiary/building_id"): (
        scenes.with_building,
        "building_id",
        "bad-rows",
    ),
    ("households", "/beneficiary_id"): (scenes.submitted, "beneficiary_id", "out-of-scope"),
    ("wishes/{wish_id}/duplicate-of", "/wish_id"): (scenes.submitted, "wish_id", "out-of-scope"),
    ("wishes/{wish_id}/not-a-duplicate", "/wish_id"): (scenes.submitted, "wish_id", "out-of-scope"),
    ("wishes/{wish_id}/programme", "/programme_id"): (
        scenes.with_programme,
        "programme_id",
        "wish-outside-programme",
    ),
    ("claims/{claim_id}/visits", "/visitors/*"): (scenes.claimed, "person", "not-a-partner"),
}
PARTNERS: Bound = {
    (f"claims/{{claim_id}}/{act}", pointer): (scenes.claimed, "person", "not-a-partner")
    for act in ("parts", "delivery")
    for pointer in ("/gifts/*/giver/id", "/services/*/volunteer_id")
}
UNITS: Bound = {
    (path, "/organisation_id"): (scenes.claimed, "unit", "out-of-scope")
    for path in (
        "wishes/{wish_id}/claims",
        "claims/{claim_id}/helpers",
        "claims/{claim_id}/leaving",
        "claims/{claim_id}/parts",
        "claims/{claim_id}/visits",
    )
}
BOUND = THINGS | PARTNERS | UNITS
"""What stands in the other community, which of its ids is taken, and how that is refused."""
STILL_THEIRS = {
    ("GET", "/v1/visits/{visit_id}"): "who went sees their visit",
    (
        "POST",
        "/v1/visits/{visit_id}/left",
    ): "who went may say that they are back, whatever came of it",
}
GONE = REFUSED | {"conversation-closed", "nothing-asked", "wrong-state"}


def ids_in(schema: dict[str, Any], at: str = "") -> Iterator[str]:
    """Pointers to everything in a body that is an id."""
    if "$ref" in schema:
        schema = DOCUMENT["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    if schema.get("format") == "uuid":
        yield at
    for part in schema.get("anyOf", ()):
        yield from ids_in(part, at)
    for name, part in schema.get("properties", {}).items():
        yield from ids_in(part, f"{at}/{name}")
    if "items" in schema:
        yield from ids_in(schema["items"], f"{at}/*")


def fields() -> set[Field]:
    return {
        (path.removeprefix("/v1/"), pointer)
        for path, methods in DOCUMENT["paths"].items()
        for operation in methods.values()
        for kind in operation.get("requestBody", {}).get("content", {}).values()
        for pointer in ids_in(kind["schema"])
    }


def test_every_id_in_a_body_is_of_a_community_or_says_why_not() -> None:
    assert set(BOUND) | set(UNBOUND) == fields()
    assert not set(BOUND) & set(UNBOUND)


def put(body: Any, pointer: str, value: str) -> Any:
    """The body with another id in this place; a list has it in its first line."""
    name, _, rest = pointer[1:].partition("/")
    key: Any = 0 if name == "*" else name
    if not rest:
        if isinstance(body, list) and not body:
            body.append(value)
        else:
            body[key] = value
        return body
    if isinstance(body, dict) and name not in body:
        # Given by somebody else as well.
        body[name] = [{"minutes": 60}] if name == "services" else {}
    put(body[key], f"/{rest}", value)
    return body


async def test_an_id_of_elsewhere_in_a_body_is_refused(two: Two) -> None:
    faults = Faults()
    for (path, pointer), (scene, name, told) in BOUND.items():
        route = ("POST", f"/v1/{path}")
        for role in EXAMPLES[route].roles:
            call = await ready(two.there, route, role)
            things = await scene(two.here, VOLUNTEER)
            foreign = str(await two.here.unit()) if name == "unit" else things[name]
            call.body = put(deepcopy(call.body), pointer, foreign)
            before = await two.mark()
            answer = await call.send(two.there)
            faults.check(slug(answer) == told, f"{call}: {pointer}", answer)
            if await two.mark() != before:
                faults.append(f"{call}: {pointer} has changed something")
    assert not faults, "\n".join(faults)


async def test_an_id_of_elsewhere_in_a_path_is_not_found(two: Two) -> None:
    faults = Faults()
    inner = [(route, route[1].split("{")[2].partition("}")[0]) for route in guarded()
             if route[1].count("{") == 2]  # fmt: skip
    for route, name in inner:
        ours = await ready(two.here, route, EXAMPLES[route].roles[0])
        theirs = await ready(two.there, route, EXAMPLES[route].roles[0])
        theirs.path = route[1].format(**theirs.things | {name: ours.things[name]})
        before = await two.mark()
        answer = await theirs.send(two.there)
        faults.check(answer.status_code == 404, theirs, answer)
        assert await two.mark() == before
    assert not faults, "\n".join(faults)
    assert faults.looked > 0


async def test_the_digits_of_one_slip_open_no_other(two: Two) -> None:
    faults = Faults()
    public = [route for route, name in permissions_of(describe()).items() if not name]
    for route in public:
        if "{code}" not in route[1] and "{card_no}" not in route[1]:
            continue
        ours, theirs = [await ready(town, route, "anybody") for town in (two.here, two.there)]
        digits = ours.things["code"].partition("-")[2]
        mixed = theirs.things | {"code": f"{theirs.things['card_no']}-{digits}"}
        if "{area}" in route[1]:
            mixed["area"] = ours.things["area"]
        if route[1] == "/v1/trees/cards/{card_no}":
            continue  # in public: a number is enough
        theirs.path = route[1].format(**mixed)
        before = await two.mark()
        answer = await theirs.send(two.there)
        found = slug(answer) in ("card-not-found", "card-not-on-tree")
        faults.check(found and answer.status_code == 404, theirs, answer)
        # The try is counted, and nothing else.
        changed = {new[0] for old, new in zip(before, await two.mark(), strict=True) if old != new}
        assert changed <= {"card_tries"}, (theirs, changed)
    assert not faults, "\n".join(faults)
    assert faults.looked > 0


def of_claims() -> list[tuple[Route, str]]:
    return [
        (route, role)
        for route in guarded()
        for role in EXAMPLES[route].roles
        if role in (VOLUNTEER, UNIT) and route not in STILL_THEIRS
    ]


async def test_who_gave_it_back_or_left_or_only_belongs_to_the_unit_is_a_stranger(two: Two) -> None:
    faults, here = Faults(), two.here
    for route, role in of_claims():
        call = await ready(here, route, role)
        if "claim_id" not in call.things or "me" in call.things:
            continue
        claim = f"claims/{call.things['claim_id']}"
        former = here.volunteer(await here.approved())
        joined = await here.post(f"{claim}/helpers", {}, former)
        if joined.is_success and "helpers" not in route[1]:
            await here.ok(f"{claim}/leaving", {}, former)
            faults.check(slug(answer := await call.send(here, former)) in GONE, call, answer)
        if role == UNIT:
            member = here.volunteer(call.things["person"])
            if "helpers" not in route[1]:
                answer = await call.send(here, member)
                told = slug(answer) in GONE
                faults.check(told, f"{call}, by a member", answer)
        if "helpers" in route[1]:
            continue
        given_back = await here.post(f"{claim}/release", {}, call.who)
        if given_back.is_success:
            answer = await call.send(here, key=str(uuid4()))
            faults.check(slug(answer) in GONE, f"{call}, given back", answer)
    assert not faults, "\n".join(faults)
    assert faults.looked >= CHECKS, faults.looked


CHECKS = 68
