"""The tests share databases, one after the other: what a busy one did, the next one must not see."""

from chassis.testing import Databases, left_over
from wishes.bootstrap import MIGRATIONS

from .conftest import Api
from .whole_life import whole_life


async def test_nothing_of_a_busy_test_is_left(api: Api, postgres: Databases) -> None:
    await api.drafted()
    await whole_life(api)
    assert not await left_over(postgres, api.db, MIGRATIONS)
