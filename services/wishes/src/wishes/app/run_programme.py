"""A programme begins, takes wishes in, and ends."""

from uuid import UUID

from chassis.auth import Principal
from chassis.ids import uuid7
from chassis.unit_of_work import UnitOfWork

from wishes.app.programme_store import ProgrammeStore
from wishes.app.requests_programmes import JoinProgramme, ProgrammeIn
from wishes.app.store import WishStore
from wishes.app.views import WishView
from wishes.app.views_programmes import ProgrammeView
from wishes.domain import programme as domain
from wishes.domain.working_days import today


async def open_programme(
    uow: UnitOfWork, programmes: ProgrammeStore, who: Principal, request: ProgrammeIn
) -> ProgrammeView:
    """By somebody responsible for all of its area. Raises OutOfScope, DatesCrossed."""
    who.require_scope(domain.reach_of(request.area))
    async with uow as tx:
        programme = domain.Programme(
            id=uuid7(),
            area=request.area,
            name=request.name,
            brand=request.brand,
            valid_from=request.valid_from,
            valid_until=request.valid_until,
            cap_fen=request.cap_fen,
        )
        programme, events = domain.start(programme, who.subject, uow.now)
        programmes.add(tx, programme, events, uow.now, by=who.subject)
        return uow.reply(ProgrammeView.of(programme), version=programme.version)


async def close_programme(
    uow: UnitOfWork, programmes: ProgrammeStore, who: Principal, programme_id: UUID
) -> ProgrammeView:
    """Raises NoSuchProgramme, OutOfScope, ProgrammeClosed."""
    async with uow as tx:
        programme = await programmes.lock(tx, programme_id)
        who.require_scope(programme.reach)
        uow.require_version(programme.version)
        programme, events = domain.end(programme, who.subject, uow.now)
        await programmes.save(tx, programme, events, by=who.subject)
        return uow.reply(ProgrammeView.of(programme), version=programme.version)


async def join_programme(
    uow: UnitOfWork,
    store: WishStore,
    programmes: ProgrammeStore,
    who: Principal,
    wish_id: UUID,
    request: JoinProgramme,
) -> WishView:
    """By a worker of the wish's area. Raises NoSuchProgramme, ProgrammeClosed, ProgrammeFull,
    WishOutsideProgramme, AlreadyInProgramme, OutOfScope, WrongState."""
    async with uow as tx:
        wish = await store.lock(tx, wish_id)
        who.require_scope(wish.area)
        uow.require_version(wish.version)
        programme = await programmes.hold(tx, request.programme_id)
        given = await programmes.given_fen(tx, programme.id)
        wish, events = domain.join(wish, programme, given, today(uow.now), uow.now)
        claim = await store.find_claim(tx, wish.id)
        await store.save(tx, wish, events, uow.now, by=who.subject, claim=claim)
        return uow.reply(WishView.of(wish), version=wish.version)


def part_of(who: Principal, programme: domain.Programme) -> list[str]:
    """For a look at it: all of its area, or the parts of it that the caller is responsible for.

    Raises OutOfScope.
    """
    parts = [area for area in who.areas() if area.startswith(programme.reach)]
    if parts and not who.covers(programme.reach):
        return parts
    who.require_scope(programme.reach)
    return [programme.reach]
