"""A fulfilled wish was not right after all: it goes on, and what was credited is reversed."""

from datetime import datetime
from uuid import UUID

from chassis.auth import Principal
from chassis.db import Transaction
from chassis.unit_of_work import UnitOfWork

from wishes.app.hang_again import hang_again
from wishes.app.requests import Reason
from wishes.app.store import WishStore
from wishes.app.terms import TermsBook
from wishes.app.views import WishView
from wishes.domain import fulfilling as domain
from wishes.domain.states import WishAct, wish_after
from wishes.domain.wish import Claim, Events, Wish


async def reopen_wish(
    uow: UnitOfWork,
    store: WishStore,
    book: TermsBook,
    who: Principal,
    wish_id: UUID,
    request: Reason,
) -> WishView:
    """Raises WrongState unless it is fulfilled."""
    async with uow as tx:
        wish = await store.lock(tx, wish_id)
        who.require_scope(wish.area)
        uow.require_version(wish.version)
        wish_after(wish.state, WishAct.REOPEN)
        claim = await store.claim_in_force(tx, wish)
        why = (WishAct.REOPEN, request.reason)
        wish, claim, events = await reopened(tx, store, book, wish, claim, why, uow.now)
        await store.save(tx, wish, events, uow.now, by=who.subject, claim=claim)
        return uow.reply(WishView.of(wish), version=wish.version)


async def reopened(
    tx: Transaction,
    store: WishStore,
    book: TermsBook,
    wish: Wish,
    claim: Claim,
    why: tuple[WishAct, str],
    now: datetime,
) -> tuple[Wish, Claim, Events]:
    """The wish as it goes on, to be saved: on the tree again if it has a place, with what was given taken
    back. `why`: DISSATISFY or REOPEN, and the reason."""
    terms = await book.of(tx, wish.rule_id)
    members = await store.members(tx, claim.all_units, claim.gave)
    wish, claim, events = domain.reopen(wish, claim, *why, terms, now, members=members)
    wish = await hang_again(tx, store, wish, now)
    await store.clear_delivery(tx, claim)
    return wish, claim, events
