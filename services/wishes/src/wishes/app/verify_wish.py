"""Somebody has phoned or been there: the person, the need and the consent are real."""

from uuid import UUID

from chassis.auth import Principal
from chassis.unit_of_work import UnitOfWork

from wishes.app.record_consent import Ledger, agreed_anew, note_verified
from wishes.app.requests import Verification
from wishes.app.views import WishView
from wishes.domain import intake as domain


async def verify_wish(
    uow: UnitOfWork, ledger: Ledger, who: Principal, wish_id: UUID, request: Verification
) -> WishView:
    """The person has been asked whether they agree: the ledger holds it from now on."""
    store = ledger.wishes
    async with uow as tx:
        wish = await store.lock(tx, wish_id)
        who.require_scope(wish.area)
        uow.require_version(wish.version)
        wish, events = domain.verify(wish, who.subject, request.method, uow.now, asks=request.asks)
        await store.add_verification(tx, wish.id, who.subject, request.method, uow.now)
        note_verified(tx, ledger, wish, who.subject, uow.now)
        wish, more = agreed_anew(wish, uow.now)
        await store.save(tx, wish, (*events, *more), uow.now, by=who.subject)
        return uow.reply(WishView.of(wish), version=wish.version)
