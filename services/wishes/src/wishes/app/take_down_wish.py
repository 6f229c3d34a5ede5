"""A worker takes a card off the tree: it says too much, or somebody complained. Help goes on."""

from uuid import UUID

from chassis.auth import Principal
from chassis.unit_of_work import UnitOfWork

from wishes.app.record_consent import Ledger
from wishes.app.requests_consents import TakeDown
from wishes.app.views import WishView
from wishes.domain import intake as domain
from wishes.domain.errors import AlreadyTakenDown
from wishes.domain.states import WishAct, wish_after


async def take_down_wish(
    uow: UnitOfWork, ledger: Ledger, who: Principal, wish_id: UUID, request: TakeDown
) -> WishView:
    """It hangs again when the person agrees anew and the card is written anew. Raises AlreadyTakenDown,
    WrongState where nothing was ever hung."""
    async with uow as tx:
        wish = await ledger.wishes.lock(tx, wish_id)
        who.require_scope(wish.area)
        uow.require_version(wish.version)
        wish_after(wish.state, WishAct.TAKE_DOWN)
        if not wish.may_hang:
            raise AlreadyTakenDown
        claim = await ledger.wishes.find_claim(tx, wish.id)
        wish, events = domain.take_down(wish, request.reason, uow.now)
        await ledger.consents.note_taken_down(tx, wish.id, who.subject, request.reason, uow.now)
        await ledger.wishes.save(tx, wish, events, uow.now, by=who.subject, claim=claim)
        return uow.reply(WishView.of(wish), version=wish.version)
