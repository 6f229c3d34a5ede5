"""The same request twice, at once and later, is one: for every route that changes anything."""

import asyncio
from collections.abc import AsyncGenerator
from uuid import uuid4

import pytest_asyncio
from chassis.auth.route import permissions_of, routes_calling
from chassis.http.unit_of_work import unit_of_work
from wishes.bootstrap import describe

from .conftest import TABLES, XIANDONG, Api
from .examples import EXAMPLES, Route, ready
from .test_races import crowd
from .town import DRAWN, Town

LOOK = "each time is a look and is written down as one; a file is too large to be kept as an answer"
UNSTORED: dict[Route, str] = {
    ("POST", "/v1/beneficiaries/{person_id}/copy/file"): LOOK,
    ("POST", "/v1/cards/{code}/copy/file"): LOOK,
    ("POST", "/v1/wishes/{wish_id}/attachments/{attachment_id}/content"): LOOK,
    (
        "POST",
        "/v1/invitations/recipients",
    ): "reads only: a stored answer would still tell who was asked when they have declined",
}
"""Commands by their method whose answer is not kept under a key."""
WRITTEN = (
    "select '{table}' as name, xmin::text::bigint as by from {table} where xmin::text::bigint >= $1"
)
COMMANDS = 82
NEXT = "select pg_snapshot_xmax(pg_current_snapshot())::text::bigint"


def commands() -> set[Route]:
    return {route for route in permissions_of(describe()) if route[0] != "GET"}


@pytest_asyncio.fixture(loop_scope="session")
async def town(api: Api) -> AsyncGenerator[Town]:
    await api.rule(DRAWN, callback_percent=100)
    async with crowd(api) as everybody:
        yield Town(everybody, XIANDONG)


def test_every_command_has_an_example_and_keeps_its_answer_or_says_why_not() -> None:
    assert {route for route in EXAMPLES if route[0] != "GET"} == commands()
    stored = routes_calling(describe(), unit_of_work)
    assert {r for r in commands() if r[0] == "POST"} - stored == set(UNSTORED)


async def test_twice_at_once_and_once_more_is_once(town: Town) -> None:
    tables = [row["relname"] for row in await town.db.fetch(TABLES)]
    written = " union all ".join(WRITTEN.format(table=table) for table in tables)
    kept = [route for route in sorted(commands()) if route[0] == "POST" and route not in UNSTORED]
    wrong = [fault for route in kept if (fault := await _twice(town, route, written))]
    assert not wrong, "\n".join(wrong)
    assert len(kept) >= COMMANDS


async def _twice(town: Town, route: Route, written: str) -> str | None:
    """What is wrong with it; None: all is well."""
    call = await ready(town, route, EXAMPLES[route].roles[0])
    begin = await town.db.fetchval(NEXT)
    key = str(uuid4())
    answers = await asyncio.gather(*(call.send(town, key=key) for _ in range(2)))
    rows = await town.db.fetch(written, begin)
    once = {row["by"] for row in rows}
    answers.append(await call.send(town, key=key))
    told = [f"{answer.status_code} {answer.text[:120]}" for answer in answers]
    if any(answer.is_error for answer in answers) or len({a.text for a in answers}) > 1:
        return f"{call}: {told}"
    replayed = [answer.headers.get("Idempotency-Replayed") for answer in answers]
    if sorted(map(str, replayed)) != ["None", "true", "true"]:
        return f"{call}: replayed {replayed}"
    if len(once) != 1 or "idempotency" not in {row["name"] for row in rows}:
        return f"{call}: written {[tuple(row) for row in rows]}"
    if await town.db.fetch(written, max(once) + 1):
        return f"{call}: written later"
    return None


async def test_what_needs_no_key_may_be_said_again(town: Town) -> None:
    for route in (route for route in commands() if route[0] == "DELETE"):
        call = await ready(town, route, EXAMPLES[route].roles[0])
        assert (await call.send(town)).status_code == 204
        before = await town.snapshot()
        assert (await call.send(town)).status_code == 204
        assert await town.snapshot() == before
