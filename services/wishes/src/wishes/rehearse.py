"""python -m wishes rehearse: let time pass for one wish, to show what it brings about.

For demonstrations and tests only: a lapse takes two weeks, and nobody who looks on can wait for it.
It does what the clocks would do at that time, to this wish and to no other, and refuses in production.
"""

from datetime import datetime
from uuid import UUID

from chassis.db import Database
from chassis.settings import PREFIX, DatabaseSettings
from pydantic import AwareDatetime
from pydantic_settings import BaseSettings, SettingsConfigDict

from wishes.adapters.postgres import PostgresWishStore
from wishes.adapters.terms import PostgresTermsBook
from wishes.app.tick import tick_claim, tick_wish

STEPS = 10
"""More than a wish goes through in any stretch of time."""


class Rehearsal(BaseSettings):
    """WISHTREE_REHEARSE_WISH and WISHTREE_REHEARSE_AT."""

    model_config = SettingsConfigDict(env_prefix=f"{PREFIX}REHEARSE_", extra="ignore")
    wish: UUID
    at: AwareDatetime


async def rehearse(settings: DatabaseSettings) -> int:
    """Exit status 1 in production."""
    if settings.environment == "production":
        print("rehearse: not in production")  # noqa: T201
        return 1
    asked = Rehearsal()  # pyright: ignore[reportCallIssue]
    db = Database(settings.database_url.get_secret_value(), service="wishes", size=2)
    try:
        await let_pass(db, asked.wish, asked.at)
    finally:
        await db.close()
    return 0


async def let_pass(db: Database, wish_id: UUID, at: datetime) -> None:
    """Everything that is due for this wish at that time, step by step."""
    store, book = PostgresWishStore(), PostgresTermsBook(db)
    for _ in range(STEPS):
        async with db.transaction() as tx:
            claim = await store.find_claim(tx, wish_id)
        if claim is not None:
            await tick_claim(db, store, book, claim.id, at)
        await tick_wish(db, store, book, wish_id, at)
