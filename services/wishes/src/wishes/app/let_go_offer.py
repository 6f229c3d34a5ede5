"""Who helped first lets a follow-up go that was kept for them. Nothing tells that they did."""

from uuid import UUID

from chassis.auth import Principal
from chassis.clock import Clock
from chassis.db import Database

from wishes.app.store import WishStore
from wishes.app.terms import TermsBook
from wishes.domain import promise


async def let_go_offer(
    db: Database, store: WishStore, book: TermsBook, clock: Clock, who: Principal, wish_id: UUID
) -> None:
    """No event and no version: the wish is as it will be when the time is over. Raises KeptForAnother."""
    async with db.transaction() as tx:
        wish = await store.lock(tx, wish_id)
        terms = await book.of(tx, wish.rule_id)
        now = clock()
        free = promise.let_go(wish, (who.subject, *who.organisations()), terms, now)
        if free is not wish:
            await store.save(tx, free, (), now)
