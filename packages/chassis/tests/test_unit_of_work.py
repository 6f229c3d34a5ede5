"""One key, one deed: repeated, concurrent, refused and broken commands on a real database."""

import asyncio
import base64
import gc
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
import pytest_asyncio
from chassis.auth import permits, public
from chassis.auth.testing import TokenMinter
from chassis.db import Transaction
from chassis.http import AnswerSeal, Body, ProblemSpec, Uow, create_app
from chassis.http.unit_of_work import Work
from chassis.ids import uuid7
from chassis.privacy import Vault
from chassis.testing import MakeDatabase, ScratchDatabase
from chassis.unit_of_work import UnitOfWork
from cryptography.exceptions import InvalidTag
from fastapi import APIRouter
from pydantic import BaseModel

MIGRATIONS = Path(__file__).parent / "migrations"
MASTER = base64.b64encode(b"m" * 32).decode()
VAULT = Vault(MASTER, MASTER)


class Dark(Exception):
    pass


class LanternIn(Body):
    words: str
    fail: str | None = None
    size: int = 0


class Shown(Body):
    people: list[UUID]


class LanternView(BaseModel):
    id: UUID
    words: str


async def hang(uow: UnitOfWork, given: LanternIn) -> LanternView:
    async with uow as tx:
        uow.require_version(3)
        view = LanternView(id=uuid7(), words=given.words)
        await tx.execute(
            "insert into lantern (id, words, size) values ($1, $2, $3)",
            view.id,
            view.words,
            given.size,
        )
        if given.fail == "refuse":
            raise Dark
        if given.fail == "slow":
            await tx.execute("select pg_sleep(0.3)")
        if given.fail == "silent":
            return view
        if given.fail == "twice":
            uow.reply(view)
        return uow.reply(view, version=4)


async def hang_at_once(uow: UnitOfWork, given: LanternIn) -> LanternView:
    """The same by a command that asks the database nothing."""
    async with uow as tx:
        view = LanternView(id=uuid7(), words=given.words)
        tx.write(
            "insert into lantern (id, words, size) values ($1, $2, $3)",
            view.id,
            view.words,
            given.size,
        )
        if given.fail == "refuse":
            raise Dark
        if given.fail == "late":
            # As if somebody had done it meanwhile: what a repeated command finds.
            found = await tx.look("select true from lantern where words = $1", given.words)
            if found is not None:
                raise Dark
        return uow.reply(view, version=4)


async def show(uow: UnitOfWork, people: list[UUID]) -> LanternView:
    """What somebody may look at, and what is kept of it for a repeated request."""
    async with uow as tx:
        for person in people:
            await VAULT.seal(tx, person, {"name": "黄先生"})
        return uow.reply(LanternView(id=uuid7(), words="黄先生"), people=people)


router = APIRouter()


@router.post("/shown", dependencies=[public()])
async def post_shown(body: Shown, uow: Uow) -> LanternView:
    return await show(uow, body.people)


@router.post("/lanterns", status_code=201)
async def post_lantern(
    body: LanternIn, uow: Uow, who: Annotated[Any, permits("lanterns.hang")]
) -> LanternView:
    return await hang(uow, body)


@router.post("/at-once", status_code=201)
async def post_at_once(
    body: LanternIn, uow: Uow, who: Annotated[Any, permits("lanterns.hang")]
) -> LanternView:
    return await hang_at_once(uow, body)


@router.post("/open/{code}", dependencies=[public()])
async def post_open(code: str, body: LanternIn, uow: Uow) -> LanternView:
    return await hang(uow, body)


class Harness:
    def __init__(self, db: ScratchDatabase) -> None:
        self.db = db
        self.minter = TokenMinter()
        self.somebody = self.minter.header("community_worker", subject=uuid4())
        self.app = create_app(
            "test",
            [router],
            permissions={"lanterns.hang": ["community_worker"]},
            problems={Dark: ProblemSpec(409, "dark", "太黑了", "太黑了，点上灯再来。")},
            db=db,
            seal=AnswerSeal(MASTER),
            verifier=self.minter.verifier(),
        )
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app), base_url="http://test", timeout=30
        )

    async def post(
        self,
        key: str | None = None,
        path: str = "/lanterns",
        who: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
        **body: Any,
    ) -> httpx.Response:
        sent = {**(self.somebody if who is None else who), **(headers or {})}
        if key is not None:
            sent["Idempotency-Key"] = key
        return await self.client.post(path, json={"words": "灯", **body}, headers=sent)

    async def lanterns(self) -> int:
        return await self.db.fetchval("select count(*) from lantern")

    async def stored(self) -> int:
        return await self.db.fetchval("select count(*) from idempotency")


@pytest_asyncio.fixture(loop_scope="session")
async def at(make_database: MakeDatabase) -> AsyncIterator[Harness]:
    harness = Harness(await make_database("wishes", MIGRATIONS))
    async with harness.client:
        yield harness


def slug(answer: httpx.Response) -> str:
    return answer.json()["type"].removeprefix("/problems/")


@pytest.mark.parametrize(
    ("path", "fail"), [("/lanterns", None), ("/at-once", None), ("/at-once", "late")]
)
async def test_the_same_request_again_gets_the_same_answer_and_does_nothing(
    at: Harness, path: str, fail: str | None
) -> None:
    first = await at.post("a-1", path, fail=fail)
    again = await at.post("a-1", path, fail=fail)
    assert (first.status_code, first.headers["etag"]) == (201, '"4"')
    assert (again.status_code, again.json(), again.headers["etag"]) == (201, first.json(), '"4"')
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert await at.lanterns() == 1


@pytest.mark.parametrize("fail", [None, "refuse"])
@pytest.mark.parametrize("path", ["/lanterns", "/at-once"])
async def test_a_command_leaves_nothing_to_the_garbage_collector(
    at: Harness, path: str, fail: str | None
) -> None:
    """Objects in a circle stay until it looks for them, and that took a tenth of a busy process."""
    await at.post("g-1", path, fail=fail)
    gc.collect()
    gc.disable()
    try:
        assert (await at.post("g-2", path, fail=fail)).status_code == (409 if fail else 201)
        left = [one for one in gc.get_objects() if isinstance(one, Work | Transaction)]
    finally:
        gc.enable()
    assert left == []


@pytest.mark.parametrize("key", [None, "", "x" * 201, "a\tb"])
async def test_without_a_usable_key_nothing_happens(at: Harness, key: str | None) -> None:
    answer = await at.post(key)
    assert (answer.status_code, slug(answer)) == (400, "idempotency-key-missing")
    assert await at.lanterns() == 0


@pytest.mark.parametrize("path", ["/lanterns", "/at-once"])
async def test_the_same_key_for_another_thing_is_refused(at: Harness, path: str) -> None:
    await at.post("a-1", path)
    answer = await at.post("a-1", path, words="另一盏")
    assert (answer.status_code, slug(answer)) == (422, "idempotency-key-reused")
    assert await at.lanterns() == 1


async def test_keys_of_two_people_do_not_meet(at: Harness) -> None:
    other = at.minter.header("community_worker", subject=uuid4())
    assert (await at.post("a-1")).json() != (await at.post("a-1", who=other)).json()
    assert await at.lanterns() == 2


async def test_keys_of_strangers_meet_only_at_the_same_place(at: Harness) -> None:
    one = await at.post("1", path="/open/7K3Q-480213", who={})
    two = await at.post("1", path="/open/8M4R-480213", who={})
    again = await at.post("1", path="/open/7K3Q-480213", who={})
    assert one.json()["id"] != two.json()["id"]
    assert again.json() == one.json()


@pytest.mark.parametrize(("path", "fail"), [("/lanterns", "slow"), ("/at-once", None)])
async def test_twenty_at_once_do_it_once(at: Harness, path: str, fail: str | None) -> None:
    answers = await asyncio.gather(*(at.post("a-1", path, fail=fail) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert sum("idempotency-replayed" in answer.headers for answer in answers) == 19
    assert await at.lanterns() == 1


@pytest.mark.parametrize("path", ["/lanterns", "/at-once"])
async def test_a_refusal_stores_nothing_and_can_be_tried_again(at: Harness, path: str) -> None:
    answer = await at.post("a-1", path, fail="refuse")
    assert (answer.status_code, slug(answer)) == (409, "dark")
    assert (await at.lanterns(), await at.stored()) == (0, 0)
    assert (await at.post("a-1", path)).status_code == 201


@pytest.mark.parametrize("fail", ["silent", "twice"])
async def test_a_use_case_that_forgets_its_answer_fails_loudly(at: Harness, fail: str) -> None:
    answer = await at.post("a-1", fail=fail)
    assert (answer.status_code, slug(answer)) == (500, "internal")
    assert (await at.lanterns(), await at.stored()) == (0, 0)


@pytest.mark.parametrize("path", ["/lanterns", "/at-once"])
async def test_a_value_too_large_for_its_column_is_a_422(at: Harness, path: str) -> None:
    answer = await at.post("a-1", path, size=10**9)
    assert (answer.status_code, slug(answer)) == (422, "bad-value")
    assert (await at.lanterns(), await at.stored()) == (0, 0)


@pytest.mark.parametrize(
    ("given", "status", "found"),
    [('"3"', 201, None), ("*", 201, None), ('"2"', 412, "changed-meanwhile")]
    + [(bad, 400, "bad-if-match") for bad in ("3", 'W/"3"', '"three"')],
)
async def test_if_match_is_compared(
    at: Harness, given: str, status: int, found: str | None
) -> None:
    answer = await at.post("a-1", headers={"If-Match": given})
    assert answer.status_code == status
    assert found is None or slug(answer) == found
    assert await at.lanterns() == (status == 201)


@pytest.mark.parametrize("path", ["/lanterns", "/at-once"])
async def test_a_request_that_is_still_at_work_says_so(at: Harness, path: str) -> None:
    blocker = await asyncpg.connect(at.db.dsn, server_settings={"search_path": "wishes"})
    try:
        subject = at.minter.header("community_worker", subject=(me := uuid4()))
        transaction = blocker.transaction()
        await transaction.start()
        await blocker.execute(
            "insert into idempotency (principal, key, route, request_sha256) values ($1, 'k', '', '')",
            str(me),
        )
        answer = await at.post("k", path, who=subject)
        assert (answer.status_code, slug(answer)) == (409, "same-request-at-work")
        assert int(answer.headers["retry-after"]) >= 1
        await transaction.rollback()
        assert (await at.post("k", path, who=subject)).status_code == 201
    finally:
        await blocker.close()


async def test_nothing_that_was_asked_or_answered_can_be_read_in_the_table(at: Harness) -> None:
    await at.post("a-1", path="/open/7K3Q-480213", who={}, words="张三")
    row = await at.db.fetchrow("select * from idempotency")
    assert row is not None
    text = repr(dict(row))
    assert "480213" not in text
    assert "张三" not in text
    assert "张三".encode() not in bytes(row["body"])
    assert row["route"] == "POST /open/{code}"


async def test_an_answer_that_shows_people_is_gone_with_the_first_of_them(at: Harness) -> None:
    people = [str(uuid4()), str(uuid4())]

    async def ask() -> httpx.Response:
        headers = {"Idempotency-Key": "a-1"}
        return await at.client.post("/shown", json={"people": people}, headers=headers)

    first, again = await ask(), await ask()
    assert (again.status_code, again.json()) == (200, first.json())
    row = await at.db.fetchrow("select people, body from idempotency")
    assert row is not None
    with pytest.raises(InvalidTag):
        await AnswerSeal(MASTER).open(at.db, (), bytes(row["body"]))
    async with at.db.transaction() as tx:
        await VAULT.destroy(tx, UUID(people[1]))
    gone = await ask()
    assert (gone.status_code, slug(gone)) == (410, "answer-erased")
    async with at.db.transaction() as tx:
        # Somebody who was erased between the look and the answer: nothing of it is kept.
        await tx.execute("delete from idempotency")
    refused = await ask()
    assert (refused.status_code, slug(refused)) == (410, "already-erased")
    assert await at.stored() == 0


def test_the_document_asks_for_the_key(at: Harness) -> None:
    post = at.app.openapi()["paths"]["/lanterns"]["post"]
    assert [p["name"] for p in post["parameters"] if p["required"]] == ["Idempotency-Key"]


@pytest.mark.fresh_database
async def test_postgres_away_is_a_503_that_passes(at: Harness) -> None:
    admin = await asyncpg.connect(at.db.admin_dsn)
    try:
        await admin.execute(f"alter database {at.db.name} connection limit 0")
        await admin.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = $1 and pid <> pg_backend_pid()",
            at.db.name,
        )
        for _ in range(3):
            away = await at.post("a-1")
            assert (away.status_code, slug(away)) == (503, "try-again")
            assert away.headers["retry-after"]
        await admin.execute(f"alter database {at.db.name} connection limit -1")
    finally:
        await admin.close()
    assert (await at.post("a-1")).status_code == 201
    assert await at.lanterns() == 1
