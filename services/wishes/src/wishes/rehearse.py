"""python -m wishes rehearse: let time pass for one wish, to show what it brings about.

For demonstrations and tests only: a lapse takes two weeks, and nobody who looks on can wait for it.
It does what the clocks would do at that time, to this wish and to no other, and refuses in production.
"""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from chassis.clock import Clock, now
from chassis.db import Database
from chassis.privacy import Vault
from chassis.settings import PREFIX, DatabaseSettings
from pydantic import AwareDatetime
from pydantic_settings import BaseSettings, SettingsConfigDict

from wishes.app.tick import tick_claim, tick_wish
from wishes.entrypoints.parts import Parts

STEPS = 10
"""More than a wish goes through in any stretch of time."""


class Rehearsal(BaseSettings):
    """WISHTREE_REHEARSE_WISH and WISHTREE_REHEARSE_AT."""

    model_config = SettingsConfigDict(env_prefix=f"{PREFIX}REHEARSE_", extra="ignore")
    wish: UUID
    at: AwareDatetime


async def rehearse(
    parts_of: Callable[[Database, Vault, Clock], Parts], settings: DatabaseSettings
) -> int:
    """Exit status 1 in production."""
    if settings.environment == "production":
        print("rehearse: not in production")  # noqa: T201
        return 1
    asked = Rehearsal()  # pyright: ignore[reportCallIssue]
    vault = Vault(settings.master_key.get_secret_value(), settings.index_key.get_secret_value())
    db = Database(settings.database_url.get_secret_value(), service="wishes", size=2)
    try:
        await let_pass(parts_of(db, vault, now), asked.wish, asked.at)
    finally:
        await db.close()
    return 0


async def let_pass(parts: Parts, wish_id: UUID, at: datetime) -> None:
    """Everything that is due for this wish at that time, step by step."""
    db, store, book = parts.db, parts.store, parts.terms
    for _ in range(STEPS):
        async with db.transaction() as tx:
            claim = await store.find_claim(tx, wish_id)
        if claim is not None:
            await tick_claim(
                db, store, book, parts.changes, parts.visits, parts.vault, claim.id, at
            )
        await tick_wish(db, store, book, wish_id, at)
