"""Somebody who had no part in it rings up after a fulfilment (回访) and writes down what was said."""

from datetime import datetime
from uuid import UUID

from chassis.auth import Principal
from chassis.db import Database
from chassis.ids import uuid7
from chassis.privacy import Vault
from chassis.unit_of_work import UnitOfWork

from wishes.app.aftercare_store import AftercareStore, Called
from wishes.app.confirm_wish import NOT_RIGHT
from wishes.app.reopen_wish import reopened
from wishes.app.requests_aftercare import CallbackIn
from wishes.app.sealing import sealed
from wishes.app.store import WishStore
from wishes.app.terms import TermsBook
from wishes.app.uninvolved import require_uninvolved
from wishes.app.views import WishView
from wishes.domain import fulfilling as domain
from wishes.domain.states import WishAct, WishState, wish_after
from wishes.domain.working_days import today


async def call_back(
    uow: UnitOfWork,
    store: WishStore,
    book: TermsBook,
    aftercare: AftercareStore,
    vault: Vault,
    who: Principal,
    wish_id: UUID,
    request: CallbackIn,
) -> WishView:
    """Not satisfied: the wish goes on with the same people. Not reached: somebody tries again on another
    day, and after three such days nobody does.

    A wish that was not drawn may be called back, too. Raises InvolvedInHelp, WrongState.
    """
    async with uow as tx:
        wish = await store.lock(tx, wish_id)
        who.require_scope(wish.area)
        uow.require_version(wish.version)
        wish_after(wish.state, WishAct.CALL_BACK)
        await require_uninvolved(tx, aftercare, wish, who.subject)
        claim = await store.claim_in_force(tx, wish)
        call_id = uuid7()
        note = await sealed(tx, vault, wish.beneficiary_id, f"note_{call_id}", request.note)
        call = Called(call_id, request.outcome, who.subject, note)
        in_vain = 0
        if request.outcome == "not_reached":
            in_vain = await aftercare.days_in_vain(tx, wish.id, today(uow.now))
        given_up = domain.is_given_up(wish, request.outcome, in_vain)
        await aftercare.add_call(tx, wish, call, uow.now, given_up=given_up)
        wish, events = domain.call_back(
            wish, claim, who.subject, request.outcome, uow.now, in_vain=in_vain
        )
        if request.outcome == "unsatisfied":
            why = (WishAct.REOPEN, request.reason or NOT_RIGHT)
            wish, claim, more = await reopened(tx, store, book, wish, claim, why, uow.now)
            events = (*events, *more)
        await store.save(tx, wish, events, uow.now, by=who.subject, claim=claim)
        return uow.reply(WishView.of(wish), version=wish.version)


async def tick_callback(
    db: Database, store: WishStore, aftercare: AftercareStore, callback_id: UUID, now: datetime
) -> None:
    """The day is over and nobody has rung: it is marked late, and stays to be done."""
    async with db.transaction() as tx:
        wish_id = await aftercare.wish_of_callback(tx, callback_id)
        if wish_id is None:
            return
        wish = await store.lock(tx, wish_id)
        if wish.state is WishState.FULFILLED:
            await aftercare.mark_late(tx, callback_id, now)
        else:
            await aftercare.forget_moment(tx, callback_id)
