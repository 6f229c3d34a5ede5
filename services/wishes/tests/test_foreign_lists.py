"""No list, filter, cursor or count shows anything of another community.

Every route that takes an area or a cursor, as the document of the service names them.
"""

import base64
import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

import httpx
from chassis.clock import now
from wishes.adapters.standing import Standings
from wishes.bootstrap import describe

from .conftest import XINYUAN
from .examples import EXAMPLES, VOLUNTEER, WORKER, Call, Route, ready
from .test_scope import Faults, Two, guarded, slug, two
from .town import delivered, programme_body

__all__ = ["two"]
EVERYWHERE: dict[Route, str] = {
    ("GET", "/v1/rules/history"): "rules are a district's, and public",
}
"""Lists that are the same in both communities."""
PARTS = (
    "", "x", "1" * 150, "\0", "\ud800", XINYUAN, "610102", "9999-12-31T23:59:59+00:00",
    "0001-01-01T00:00:00+14:00", "-infinity", str(UUID(int=0)), str(UUID(int=2**128 - 1)),
)  # fmt: skip
WHOLE = (b"", b"\xff\xfe", b"null", b'"x"', b"{}", b"[]", b"[1]", b"[[]]", b"[" * 90)
AREAS = ("610102007", "610102", "610", "", "61010200700x", "610102007001 or 1=1")
"""The street and the district of both, and what is no area."""
CHECKS = 1_084
DOCUMENT = describe().openapi()


def asks(route: Route) -> dict[str, dict[str, Any]]:
    """The parameters of the query with their schemas."""
    operation = DOCUMENT["paths"][route[1]][route[0].lower()]
    return {
        parameter["name"]: parameter["schema"]
        for parameter in operation.get("parameters", ())
        if parameter["in"] == "query"
    }


def lists(parameter: str) -> list[tuple[Route, str]]:
    return [
        (route, role)
        for route in guarded()
        if route[0] == "GET" and parameter in asks(route)
        for role in EXAMPLES[route].roles
    ]


async def page(two: Two, call: Call, who: Call | None = None, **query: Any) -> httpx.Response:
    """The list of one, as another asks for it, with more in the query."""
    url = urlsplit(call.path)
    asked = dict(parse_qsl(url.query)) | query
    headers = (who or call).who
    return await two.here.client.get(url.path, params=asked, headers=headers)


def marks(answer: httpx.Response) -> set[str]:
    """What tells one thing from another: ids and numbers of cards."""
    return set(re.findall(r'"(?:\w*_?id|card_no)":"([^"]{4,})"', answer.text))


async def test_no_cursor_and_no_filter_leads_to_another_community(two: Two) -> None:
    faults = Faults()
    for route, role in lists("cursor"):
        ours = [await ready(two.here, route, role) for _ in range(2)][-1]
        theirs = [await ready(two.there, route, role) for _ in range(2)][-1]
        await Standings(two.here.db, now).look()
        secret = marks(await page(two, ours, limit=100))
        first, other = await page(two, ours, limit=1), await page(two, theirs, limit=1)
        cursors = [answer.json().get("next") for answer in (first, other)]
        faults.check(None not in cursors, f"{ours}: no second page", first)
        faults.check(bool(secret) or route in EVERYWHERE, f"{ours}: nothing in it", first)
        if None in cursors or route in EVERYWHERE:
            continue
        if secret & marks(await page(two, theirs, limit=100)):
            faults.append(f"{ours}: in both")
        for cursor in (cursors[0], *forged(cursors[0])):
            answer = await page(two, theirs, cursor=cursor)
            fine = answer.status_code in (200, 400, 422) and not secret & marks(answer)
            faults.check(fine, f"{ours}: cursor {cursor}", answer)
        for filters in filters_of(route, first):
            answer = await page(two, theirs, **filters)
            fine = answer.status_code in (200, 400, 422) and not secret & marks(answer)
            faults.check(fine, f"{ours}: {filters}", answer)
        if ours.path != theirs.path:
            answer = await page(two, ours, theirs, cursor=cursors[1])
            faults.check(answer.status_code in (403, 404), f"{ours}: with their cursor", answer)
    assert not faults, "\n".join(faults)
    assert faults.looked >= CHECKS, faults.looked


def forged(cursor: str) -> Iterator[str]:
    parts = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    for place in range(len(parts)):
        for part in PARTS:
            yield sealed(json.dumps([*parts[:place], part, *parts[place + 1 :]]).encode())
    for whole in (*WHOLE, json.dumps([*parts, "x"]).encode(), json.dumps(parts[1:]).encode()):
        yield sealed(whole)


def sealed(text: bytes) -> str:
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


def filters_of(route: Route, first: httpx.Response) -> Iterator[dict[str, Any]]:
    """Every value of every filter, and a card that is not theirs."""
    for name, schema in asks(route).items():
        choices = [schema, *schema.get("anyOf", ())]
        for choice in choices:
            if "$ref" in choice:
                part = choice["$ref"].rsplit("/", 1)[1]
                choice = DOCUMENT["components"]["schemas"][part]
            for value in choice.get("enum", ()):
                yield {name: value}
            if choice.get("type") == "boolean":
                yield {name: "true"}
        if name == "card_no":
            yield {name: first.json()["items"][0]["card_no"]}


async def test_another_area_in_the_query_is_refused(two: Two) -> None:
    faults = Faults()
    for route, role in lists("area"):
        theirs = await ready(two.there, route, role)
        for area in (two.here.area, *AREAS):
            answer = await page(two, theirs, area=area)
            refused = answer.status_code == 422 or slug(answer) == "out-of-scope"
            faults.check(refused, f"{theirs}: {area}", answer)
    assert not faults, "\n".join(faults)


async def test_nothing_that_happens_here_can_be_counted_there(two: Two) -> None:
    """Every answer there is the same before and after everything has happened here."""
    there = [
        await ready(two.there, route, role)
        for route in guarded()
        if route[0] == "GET"
        for role in EXAMPLES[route].roles
    ]
    await Standings(two.here.db, now).look()
    before = [told(await call.send(two.there)) for call in there]
    for route in guarded():
        if route[0] == "POST" and WORKER in EXAMPLES[route].roles:
            call = await ready(two.here, route, WORKER)
            assert (await call.send(two.here)).is_success, call
    await Standings(two.here.db, now).look()
    faults = [
        f"{call}: {was} now {answer}"
        for call, was in zip(there, before, strict=True)
        if (answer := told(await call.send(two.there))) != was
    ]
    assert not faults, "\n".join(faults)


def told(answer: httpx.Response) -> str:
    """Without the moment at which it was asked."""
    assert answer.status_code == 200, answer.text
    return re.sub(r'"as_of":"[^"]*"', "", answer.text)


async def test_of_a_programme_of_the_street_each_community_counts_its_own(two: Two) -> None:
    here, there = two.here, two.there
    body = programme_body(f"{here.area[:9]}000")
    programme = await here.ok("programmes", body, here.officer)
    path = f"programmes/{programme['id']}"
    for town, number in ((here, 2), (there, 1)):
        for _ in range(number):
            things = await delivered(town, VOLUNTEER)
            joining = {"programme_id": programme["id"]}
            await town.ok(f"wishes/{things['wish_id']}/programme", joining, town.worker)
            await town.ok(f"cards/{things['code']}/confirmation", {"answer": "satisfied"})
    seen = {
        who: (await here.get(path, token)).json()["totals"]
        for who, token in {
            "here": here.worker,
            "there": there.worker,
            "street": here.officer,
            "district": here.operator,
        }.items()
    }
    wishes = {who: (totals["wishes"], totals["fulfilled"]) for who, totals in seen.items()}
    assert wishes == {"here": (2, 2), "there": (1, 1), "street": (3, 3), "district": (3, 3)}
    assert seen["here"]["gifts_fen"] == 2 * seen["there"]["gifts_fen"] > 0
    assert (await here.get(f"{path}/givers", there.worker)).status_code == 403
    assert (await here.get(f"{path}/wishes?area={here.area}", there.worker)).status_code == 403
    (mine,) = (await here.get(f"{path}/wishes?area={there.area}", there.worker)).json()["items"]
    assert mine["area"] == there.area
