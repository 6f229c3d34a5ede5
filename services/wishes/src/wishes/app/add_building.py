"""A building of a community, to be chosen at intake."""

from chassis.auth import Principal
from chassis.ids import uuid7
from chassis.unit_of_work import UnitOfWork

from wishes.app.desk_store import Building, DeskStore
from wishes.app.requests_desk import BuildingIn
from wishes.app.views_desk import BuildingView


async def add_building(
    uow: UnitOfWork, desk: DeskStore, who: Principal, request: BuildingIn
) -> BuildingView:
    """Raises OutOfScope, BuildingKnown."""
    who.require_scope(request.area)
    async with uow as tx:
        building = Building(uuid7(), request.area, request.name)
        desk.add_building(tx, building, who.subject, uow.now)
        return uow.reply(BuildingView.model_validate(building, from_attributes=True))
