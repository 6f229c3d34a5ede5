"""A fulfilled wish was not right after all: it goes on, and what was credited is reversed."""

from uuid import UUID

from chassis.auth import Principal
from chassis.unit_of_work import UnitOfWork

from wishes.app.requests import Reason
from wishes.app.store import WishStore
from wishes.app.terms import TermsBook
from wishes.app.views import WishView
from wishes.domain import fulfilling as domain
from wishes.domain.intake import hang_again
from wishes.domain.leaf import choose_leaf
from wishes.domain.states import WishAct, wish_after


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
        terms = await book.of(tx, wish.rule_id)
        wish, claim, events = domain.reopen(
            wish, claim, WishAct.REOPEN, request.reason, terms, uow.now
        )
        if wish.may_hang and not wish.hanging:
            hanging = await store.hanging(tx, wish.area, uow.now)
            wish = hang_again(wish, choose_leaf(wish.id, hanging, before=wish.leaf))
        await store.clear_delivery(tx, claim.id)
        await store.save(tx, wish, events, uow.now, by=who.subject, claim=claim)
        return uow.reply(WishView.of(wish), version=wish.version)
