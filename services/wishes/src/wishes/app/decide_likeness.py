"""A human says whether two wishes are one. It is kept, and nobody is asked about the two again."""

from uuid import UUID

from chassis.auth import Principal
from chassis.db import Transaction
from chassis.unit_of_work import UnitOfWork

from wishes.app.likeness_store import LikenessStore
from wishes.app.requests_desk import OtherWish
from wishes.app.store import WishStore
from wishes.app.views_desk import LikenessDecision
from wishes.domain import likeness as domain
from wishes.domain.errors import SameWish
from wishes.domain.wish import Wish


async def set_aside(
    uow: UnitOfWork,
    store: WishStore,
    likenesses: LikenessStore,
    who: Principal,
    wish_id: UUID,
    request: OtherWish,
) -> LikenessDecision:
    """The wish says what the other says already: it is withdrawn.

    Raises SameWish, OtherIsEnded, AlreadyDecided, WrongState once somebody has claimed it.
    """
    async with uow as tx:
        wish, other = await _both(tx, store, who, wish_id, request.wish_id)
        uow.require_version(wish.version)
        await likenesses.decide(tx, wish.id, other.id, who.subject, uow.now, duplicate=True)
        wish, events = domain.set_aside(wish, other, uow.now)
        await store.save(tx, wish, events, uow.now, by=who.subject)
        view = _view(wish, other, duplicate=True)
        return uow.reply(view, version=wish.version)


async def keep_both(
    uow: UnitOfWork,
    store: WishStore,
    likenesses: LikenessStore,
    who: Principal,
    wish_id: UUID,
    request: OtherWish,
) -> LikenessDecision:
    """Two wishes that only look alike. Raises SameWish, AlreadyDecided."""
    async with uow as tx:
        wish, other = await _both(tx, store, who, wish_id, request.wish_id)
        await likenesses.decide(tx, wish.id, other.id, who.subject, uow.now, duplicate=False)
        view = _view(wish, other, duplicate=False)
        return uow.reply(view, version=wish.version)


async def _both(
    tx: Transaction, store: WishStore, who: Principal, wish_id: UUID, other_id: UUID
) -> tuple[Wish, Wish]:
    if wish_id == other_id:
        raise SameWish
    # Always in the same order: two people who decide at once, each about the other, would wait for ever.
    locked = {one: await store.lock(tx, one) for one in sorted((wish_id, other_id))}
    for wish in locked.values():
        who.require_scope(wish.area)
    return locked[wish_id], locked[other_id]


def _view(wish: Wish, other: Wish, *, duplicate: bool) -> LikenessDecision:
    return LikenessDecision(
        wish_id=wish.id, other_id=other.id, duplicate=duplicate, state=wish.state
    )
