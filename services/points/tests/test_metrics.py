"""The books are watched all the time; a tampered balance is seen, and seen to be mended."""

from collections.abc import AsyncGenerator
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio
from points import metrics
from points.domain.posting import BOOKS
from prometheus_client import REGISTRY

from .conftest import Books, fulfilled, received

CHANGE = "update account set balance = balance + $3 where holder_id = $1 and book = $2"


def shown(what: str) -> list[float | None]:
    return [REGISTRY.get_sample_value(f"wishtree_ledger_{what}", {"book": book}) for book in BOOKS]


@pytest_asyncio.fixture(loop_scope="session")
async def owner(books: Books) -> AsyncGenerator[Any]:
    """Who may write a balance: the owner of the schema. The service itself may not."""
    connection = await asyncpg.connect(books.db.owner_dsn, timeout=10)
    yield connection
    await connection.close(timeout=5)


async def test_what_is_right_is_zero_before_and_after_postings(books: Books) -> None:
    watch = metrics.Books(books.db)
    await watch.look()
    assert shown("sum") == shown("differences") == [0, 0, 0]
    await books.handle(*(received(fulfilled(uuid4())) for _ in range(5)))
    await watch.look()
    assert shown("sum") == shown("differences") == [0, 0, 0]


async def test_a_changed_balance_is_a_sum_and_a_difference_until_it_is_mended(
    books: Books, owner: Any
) -> None:
    a = uuid4()
    await books.handle(received(fulfilled(a)))
    await owner.execute(CHANGE, a, "points", 7)
    watch = metrics.Books(books.db)
    await watch.look()
    assert (shown("sum"), shown("differences")) == ([7, 0, 0], [1, 0, 0])
    await owner.execute(CHANGE, a, "points", -7)
    for _ in range(2):
        await watch.look()
    assert (shown("sum"), shown("differences")) == ([0, 0, 0], [0, 0, 0])


async def test_what_cancels_out_is_found_slice_by_slice(
    books: Books, owner: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metrics, "SLICE", 2)
    people = [uuid4() for _ in range(7)]
    await books.handle(*(received(fulfilled(who)) for who in people))
    await owner.execute(CHANGE, people[0], "points", 3)
    await owner.execute(CHANGE, people[5], "points", -3)
    watch = metrics.Books(books.db)
    for _ in range(4):
        await watch.look()
    assert (shown("sum"), shown("differences")) == ([0, 0, 0], [2, 0, 0])
    await watch.look()
    assert shown("differences") == [2, 0, 0]
