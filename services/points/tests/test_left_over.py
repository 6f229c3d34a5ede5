"""The tests share databases, one after the other: what a busy one did, the next one must not see."""

from uuid import uuid4

from chassis.testing import Databases, left_over
from points.bootstrap import MIGRATIONS

from .conftest import Books, fulfilled, received


async def test_nothing_of_a_busy_test_is_left(books: Books, postgres: Databases) -> None:
    event = received(fulfilled(uuid4(), helpers=[uuid4()]))
    await books.handle(event)
    assert not await left_over(postgres, books.db, MIGRATIONS)
