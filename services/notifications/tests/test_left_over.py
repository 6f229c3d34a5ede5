"""The tests share databases, one after the other: what a busy one did, the next one must not see."""

from chassis.testing import Databases, left_over
from notifications.bootstrap import MIGRATIONS

from .conftest import Post, claimed


async def test_nothing_of_a_busy_test_is_left(post: Post, postgres: Databases) -> None:
    wish = await post.wish()
    volunteer = await post.volunteer(await post.unit("branch"))
    await post.hear(claimed(volunteer, wish=wish.wish_id))
    await post.send_all()
    assert not await left_over(postgres, post.db, MIGRATIONS)
