"""What time brings about: one step of one wish or one claim, in a transaction of its own.

Any number of workers may look at once: whoever comes second finds that the moment has moved on and
does nothing. Nothing is remembered in a process, so a restart forgets nothing.
"""

from datetime import datetime
from uuid import UUID

from chassis.db import Database
from chassis.privacy import Vault

from wishes.app.change_store import ChangeStore
from wishes.app.hang_again import hang_again
from wishes.app.put_in_change import put_in
from wishes.app.rights_store import RightsStore
from wishes.app.store import WishStore
from wishes.app.terms import TermsBook
from wishes.app.visit_store import VisitStore
from wishes.domain import lease, promise, visiting
from wishes.domain.rights import remind


async def tick_claim(
    db: Database,
    store: WishStore,
    book: TermsBook,
    changes: ChangeStore,
    visits: VisitStore,
    vault: Vault,
    claim_id: UUID,
    now: datetime,
) -> None:
    """A reminder, a word that it is late, a lapse, or the end of a question."""
    async with db.transaction() as tx:
        wish, claim = await store.lock_by_claim(tx, claim_id)
        terms = await book.of(tx, wish.rule_id)
        change = await changes.get(tx, claim.id) if claim.answer_by else None
        # Only then it may end.
        may_end = claim.warned == 2 or change is not None
        visit = await visits.under_way(tx, wish.id) if may_end else None
        wish = await hang_again(tx, store, wish, now)
        after, claim, events = lease.tick(wish, claim, terms, now, change, visit)
        if change is not None and claim.answer_by is None:
            await put_in(tx, changes, vault, after, claim)
        await store.save(tx, after, events, now, claim=claim)


async def tick_wish(
    db: Database, store: WishStore, book: TermsBook, wish_id: UUID, now: datetime
) -> None:
    """A day of the desk that has passed, the end of an offer, the next level of a promise, closing."""
    async with db.transaction() as tx:
        wish = await store.lock(tx, wish_id)
        claim = await store.find_claim(tx, wish.id)
        terms = await book.of(tx, wish.rule_id)
        after, events = promise.tick(wish, terms, now)
        await store.save(tx, after, events, now, claim=claim)


async def tick_visit(
    db: Database, store: WishStore, visits: VisitStore, visit_id: UUID, now: datetime
) -> None:
    """Somebody is not back from a visit."""
    async with db.transaction() as tx:
        wish = await store.lock(tx, await visits.wish_of(tx, visit_id))
        visit = await visits.lock(tx, visit_id)
        after, visit, events = visiting.tick(wish, visit, now)
        visits.save(tx, visit)
        await store.note(tx, after, events, now)


async def tick_request(db: Database, rights: RightsStore, request_id: UUID, now: datetime) -> None:
    """The day of an answer comes near, or has passed: the desk sees it in its list."""
    async with db.transaction() as tx:
        request = await rights.lock_request(tx, request_id)
        reminded = remind(request, now)
        if reminded != request:
            await rights.save_request(tx, reminded)
