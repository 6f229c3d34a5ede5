"""A programme: several wishes, several givers, and what they gave in all."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from chassis.clock import now
from wishes.domain.rule import Terms

from .conftest import XIANDONG, XINYUAN, Api, gift, slip

STREET, DISTRICT = XIANDONG[:9], XIANDONG[:6]
CAP = Terms().value_cap_fen


def programme_body(**more: Any) -> dict[str, Any]:
    today = now().date()
    body = {
        "area": f"{STREET}000",
        "name": "美居行动",
        "brand": "meiju",
        "valid_from": str(today),
        "valid_until": str(today + timedelta(days=90)),
    }
    return body | more


def officer(api: Api, area: str = STREET, role: str = "street_officer") -> dict[str, str]:
    return api.as_role(role, area, subject=uuid4())


async def opened(api: Api, **more: Any) -> dict[str, Any]:
    return await api.ok("programmes", programme_body(**more), officer(api))


async def join(api: Api, wish: dict[str, Any], programme: dict[str, Any]) -> Any:
    body = {"programme_id": programme["id"]}
    return await api.post(f"wishes/{wish['id']}/programme", body, api.worker)


async def test_wishes_of_several_givers_make_one_total(api: Api) -> None:
    programme = await opened(api)
    (event,) = await api.events(programme["id"])
    assert (event["type"], event["version"], event["area"]) == (
        "ProgrammeOpened",
        1,
        f"{STREET}000",
    )
    unit, wishes = await api.unit(), [await api.posted() for _ in range(3)]
    for wish in wishes:
        assert (await join(api, wish, programme)).status_code == 200
    joined = (await api.events(wishes[0]["id"]))[-1]
    assert (joined["type"], joined["programme_id"]) == ("WishJoinedProgramme", programme["id"])
    # A volunteer gives more than one wish of the tree may cost; a unit gives, and a member helps.
    me = await api.approved()
    claim = await api.ok(f"wishes/{wishes[0]['id']}/claims", {}, api.volunteer(me))
    given = {
        "gifts": [gift(me, value_fen=CAP + 1, quantity=2)],
        "services": [{"volunteer_id": str(me), "minutes": 90}],
    }
    await api.ok(f"claims/{claim['id']}/delivery", given, api.volunteer(me))
    contact = api.as_role("unit_contact", organisation=unit, subject=uuid4())
    body = {"organisation_id": str(unit)}
    claim = await api.ok(f"wishes/{wishes[1]['id']}/claims", body, contact)
    helper = await api.approved()
    await api.ok(f"claims/{claim['id']}/helpers", {}, api.volunteer(helper))
    given = {"gifts": [gift(unit, "organisation", value_fen=100)]}
    await api.ok(f"claims/{claim['id']}/delivery", given, contact)
    path = f"programmes/{programme['id']}"
    worker = api.worker
    totals = (await api.get(path, worker)).json()["totals"]
    assert (totals["wishes"], totals["fulfilled"], totals["gifts_fen"]) == (3, 0, 0)
    for wish in wishes[:2]:
        await api.ok(f"cards/{slip(wish)}/confirmation", {"answer": "satisfied"})
    totals = (await api.get(path, worker)).json()["totals"]
    assert totals == {
        "wishes": 3,
        "fulfilled": 2,
        "gifts": 3,
        "gifts_fen": CAP + 101,
        "minutes": 90,
        "volunteers": 2,
        "organisations": 1,
    }
    # What is reopened no longer counts.
    await api.ok(f"wishes/{wishes[1]['id']}/reopening", {"reason": "broke"}, worker)
    totals = (await api.get(path, worker)).json()["totals"]
    assert (totals["fulfilled"], totals["gifts_fen"]) == (1, CAP + 1)
    seen, cursor = list[dict[str, str]](), ""
    while cursor is not None:
        page = (await api.get(f"{path}/givers?limit=2{cursor}", officer(api))).json()
        seen += page["items"]
        cursor = page["next"] and f"&cursor={page['next']}"
    assert [line["kind"] for line in seen] == ["organisation", "volunteer", "volunteer"]
    assert {line["id"] for line in seen} == {str(unit), str(me), str(helper)}
    own = (await api.get(f"{path}/wishes?area={XIANDONG}&limit=2", worker)).json()
    rest = await api.get(f"{path}/wishes?area={XIANDONG}&cursor={own['next']}", worker)
    found = [*own["items"], *rest.json()["items"]]
    assert {line["id"] for line in found} == {wish["id"] for wish in wishes}
    assert (await api.get(f"{path}/wishes?area={STREET}008", officer(api))).json()["items"] == []


async def test_what_arrived_counts_though_it_was_given_back(api: Api, problem: Any) -> None:
    programme, wish, other = await opened(api, cap_fen=1200), await api.posted(), await api.posted()
    for one in (wish, other):
        assert (await join(api, one, programme)).status_code == 200

    async def totals() -> tuple[int, ...]:
        found = (await api.get(f"programmes/{programme['id']}", api.worker)).json()["totals"]
        return tuple(found[name] for name in ("fulfilled", "gifts", "gifts_fen", "minutes"))

    async def givers() -> set[str]:
        """The programme counts as many as it names."""
        found = await api.get(f"programmes/{programme['id']}/givers", officer(api))
        shown = (await api.get(f"programmes/{programme['id']}", api.worker)).json()["totals"]
        items = found.json()["items"]
        kinds = [one["kind"] for one in items]
        assert shown["volunteers"] == kinds.count("volunteer")
        assert shown["organisations"] == kinds.count("organisation")
        return {one["id"] for one in items}

    async def part(of: dict[str, Any]) -> UUID:
        me = await api.approved()
        claim = await api.ok(f"wishes/{of['id']}/claims", {}, api.volunteer(me))
        time = {"services": [{"volunteer_id": str(me), "minutes": 90}]}
        given = time | {"gifts": [gift(me, value_fen=500)]}
        await api.ok(f"claims/{claim['id']}/parts", given, api.volunteer(me))
        await api.ok(f"claims/{claim['id']}/release", {}, api.volunteer(me))
        return me

    first = await part(wish)
    await part(other)
    unit = await api.unit()
    you, contact = await api.approved(unit), api.as_role("unit_contact", organisation=unit)
    body = {"organisation_id": str(unit)}
    claim = await api.ok(f"wishes/{wish['id']}/claims", body, contact)
    given = {"gifts": [gift(you, value_fen=700)]}
    await api.ok(f"claims/{claim['id']}/delivery", given, contact)
    assert await totals() == (0, 0, 0, 0)
    assert await givers() == {str(unit)}
    late = await api.posted()
    await api.ok(f"cards/{slip(wish)}/confirmation", {"answer": "satisfied"})
    assert await totals() == (1, 2, 1200, 90)
    assert await givers() == {str(unit), str(first), str(you)}
    problem(await join(api, late, programme), 409, "programme-full")
    # What is reopened no longer counts, whoever brought it.
    await api.ok(f"wishes/{wish['id']}/reopening", {"reason": "broke"}, api.worker)
    assert await totals() == (0, 0, 0, 0)
    assert await givers() == {str(unit)}


async def test_what_a_programme_does_not_take(api: Api, problem: Any) -> None:
    programme, wish = await opened(api), await api.posted()
    elsewhere = await api.ok(
        "programmes",
        programme_body(area="610102008000"),
        officer(api, "610102008"),
    )
    tomorrow = str(now().date() + timedelta(days=1))
    later = await opened(api, valid_from=tomorrow)
    before = await api.snapshot()
    problem(await join(api, wish, elsewhere), 409, "wish-outside-programme")
    problem(await join(api, wish, later), 409, "programme-closed")
    problem(await join(api, wish, {"id": str(uuid4())}), 404, "programme-not-found")
    stranger = api.as_role("community_worker", XINYUAN)
    body = {"programme_id": programme["id"]}
    answer = await api.post(f"wishes/{wish['id']}/programme", body, stranger)
    problem(answer, 403, "out-of-scope")
    assert await api.snapshot() == before
    assert (await join(api, wish, programme)).status_code == 200
    problem(await join(api, wish, await opened(api)), 409, "already-in-programme")
    done = (await api.fulfilled())["wish"]
    problem(await join(api, done, programme), 409, "wrong-state")


async def test_a_programme_whose_gifts_are_enough_takes_no_more_wishes(
    api: Api, problem: Any
) -> None:
    programme, first = await opened(api, cap_fen=15_000), await api.posted()
    await join(api, first, programme)
    me = await api.approved()
    claim = await api.ok(f"wishes/{first['id']}/claims", {}, api.volunteer(me))
    late = await api.posted()
    await api.ok(f"claims/{claim['id']}/delivery", {"gifts": [gift(me)]}, api.volunteer(me))
    await api.ok(f"cards/{slip(first)}/confirmation", {"answer": "satisfied"})
    problem(await join(api, late, programme), 409, "programme-full")


async def test_a_programme_ends_and_its_wishes_go_on(api: Api, problem: Any) -> None:
    programme, wish = await opened(api), await api.posted()
    await join(api, wish, programme)
    path = f"programmes/{programme['id']}/closing"
    problem(await api.post(path, {}, api.worker), 403, "out-of-scope")
    problem(
        await api.post(f"programmes/{uuid4()}/closing", {}, officer(api)),
        404,
        "programme-not-found",
    )
    closed = await api.ok(path, {}, officer(api))
    assert closed["closed_at"]
    event = (await api.events(programme["id"]))[-1]
    assert (event["type"], event["version"]) == ("ProgrammeClosed", 2)
    problem(await api.post(path, {}, officer(api)), 409, "programme-closed")
    problem(await join(api, await api.posted(), programme), 409, "programme-closed")
    await api.ok(f"wishes/{wish['id']}/claims", {}, api.volunteer(await api.approved()))


async def test_who_may_open_and_who_sees_it(api: Api, problem: Any) -> None:
    bodies = [
        (programme_body(valid_until="2020-01-01"), officer(api), 422, "dates-crossed"),
        (programme_body(brand="mine"), officer(api), 422, "invalid"),
        (programme_body(area=f"{DISTRICT}000000"), officer(api), 403, "out-of-scope"),
        (programme_body(), api.worker, 403, "out-of-scope"),
    ]
    before = await api.snapshot()
    for body, who, status, slug in bodies:
        problem(await api.post("programmes", body, who), status, slug)
    assert await api.snapshot() == before
    operator = api.as_role("district_operator", DISTRICT)
    wide = await api.ok("programmes", programme_body(area=f"{DISTRICT}000000"), operator)
    street = await opened(api)
    mine = await api.ok("programmes", programme_body(area=XIANDONG), api.worker)
    other = await api.ok(
        "programmes", programme_body(area=XINYUAN), api.as_role("community_worker", XINYUAN)
    )

    async def listed(area: str, who: dict[str, str]) -> list[str]:
        items = (await api.get(f"programmes?area={area}", who)).json()["items"]
        return [line["id"] for line in items]

    assert await listed(XIANDONG, api.worker) == [mine["id"], street["id"], wide["id"]]
    assert await listed(STREET, officer(api)) == [
        other["id"],
        mine["id"],
        street["id"],
        wide["id"],
    ]
    page = (await api.get(f"programmes?area={STREET}&limit=3", officer(api))).json()
    rest = await api.get(f"programmes?area={STREET}&cursor={page['next']}", officer(api))
    assert [line["id"] for line in rest.json()["items"]] == [wide["id"]]
    # A part of what it reaches is enough to see it, not to see who gave or what is next door.
    assert (await api.get(f"programmes/{wide['id']}", api.worker)).status_code == 200
    problem(await api.get(f"programmes/{wide['id']}/givers", api.worker), 403, "out-of-scope")
    problem(await api.get(f"programmes/{other['id']}", api.worker), 403, "out-of-scope")
    problem(await api.get(f"programmes?area={XINYUAN}", api.worker), 403, "out-of-scope")
    problem(await api.get(f"programmes/{uuid4()}", api.worker), 404, "programme-not-found")


async def test_a_programme_that_cannot_be_is_refused_by_the_database(api: Api) -> None:
    await opened(api)
    for change, refused in (
        ("reach = '610102008'", "a_reach_is_of_its_area"),
        ("valid_until = '2020-01-01'", "it_ends_after_it_begins"),
        ("closed_at = now()", "a_closing_is_whole"),
    ):
        with pytest.raises(asyncpg.CheckViolationError, match=refused):
            await api.db.fetch(f"update programme set {change}")
