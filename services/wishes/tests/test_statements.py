"""What one command says to the database: counts that no busy machine can blur."""

from collections.abc import AsyncGenerator
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest_asyncio
from chassis.clock import now
from chassis.db import Database

from bench.wire import Wire

from .conftest import MINTER, XIANDONG, Api, service, wish_body
from .test_online import NEIGHBOUR

CONSENT = {"kind": "spoken", "reference": "当面", "given_at": "2026-02-01T09:30:00+08:00"}
CHILD = {"name": "肖小雨", "address": "四号院", "born": "2020-03", "phone": "13891234567"}
EVERYTHING = {
    "effort": "one_item",
    "beneficiary": CHILD,
    "proxy": NEIGHBOUR | {"consent": CONSENT},
    "guardian": {"name": "肖红", "relation": "parent", "consent": CONSENT},
}


@pytest_asyncio.fixture(loop_scope="session")
async def wired(api: Api) -> AsyncGenerator[SimpleNamespace]:
    """The service, with somebody listening on its line to PostgreSQL."""
    place = urlsplit(api.db.dsn)
    with Wire(place.port or 0) as wire:
        dsn = api.db.dsn.replace(f":{place.port}/", f":{wire.port}/")
        db = Database(dsn, service="wishes", size=1)
        transport = httpx.ASGITransport(service(db, SimpleNamespace(now=now)))
        async with httpx.AsyncClient(transport=transport, base_url="http://wishes") as client:
            yield SimpleNamespace(client=client, wire=wire)
        await db.close()


async def counted(wired: SimpleNamespace, path: str, body: Any) -> tuple[int, int]:
    """Statements and round trips of the second such command: the first also learns how to ask."""
    who = MINTER.header("community_worker", XIANDONG, subject=uuid4())
    before = (0, 0)
    for _ in range(2):
        before = wired.wire.statements, wired.wire.round_trips
        headers = {**who, "Idempotency-Key": str(uuid4())}
        answer = await wired.client.post(f"/v1/{path}", json=body, headers=headers)
        assert answer.status_code == 201, answer.text
    return wired.wire.statements - before[0], wired.wire.round_trips - before[1]


async def test_a_wish_comes_in_by_one_statement_whatever_comes_with_it(
    wired: SimpleNamespace,
) -> None:
    assert await counted(wired, "wishes", wish_body()) == (1, 1)
    assert await counted(wired, "wishes", wish_body(**EVERYTHING)) == (1, 1)


async def test_a_batch_costs_one_statement_a_row_and_a_few(wired: SimpleNamespace) -> None:
    few, _ = await counted(wired, "wishes/batch", {"rows": [wish_body()] * 5})
    many, _ = await counted(wired, "wishes/batch", {"rows": [wish_body()] * 25})
    # Begin, the key, which numbers are free, the answer, commit.
    assert (few, many - few) == (5 + 5, 20)
