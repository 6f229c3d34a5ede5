"""A unit joins the tree of organisations."""

from chassis.auth import Principal
from chassis.ids import uuid7
from chassis.unit_of_work import UnitOfWork
from contracts.volunteers import OrganisationChanged

from volunteers.app.requests import OrganisationIn
from volunteers.app.stores import Organisation, Organisations
from volunteers.app.views import OrganisationView
from volunteers.domain.organisation import check_place, check_uscc


async def found_organisation(
    uow: UnitOfWork, organisations: Organisations, who: Principal, request: OrganisationIn
) -> OrganisationView:
    """Raises WrongParent, BadUscc, OrganisationExists, OutOfScope."""
    who.require_scope(request.area)
    reason = check_uscc(request.kind, request.uscc)
    async with uow as tx:
        above = None
        if request.parent_id is not None:
            parent = await organisations.get(tx, request.parent_id)
            above = parent.id, parent.kind, parent.area
        check_place(request.kind, request.area, above)
        unit = Organisation(
            id=uuid7(),
            kind=request.kind,
            name=request.name,
            area=request.area,
            parent_id=request.parent_id,
            uscc=request.uscc,
            email=request.email,
            version=1,
        )
        await organisations.add(tx, unit, reason, uow.now)
        event = OrganisationChanged(
            organisation_id=unit.id,
            kind=request.kind,
            area=unit.area,
            parent_id=unit.parent_id,
            active=True,
            changed_at=uow.now,
        )
        tx.emit(event, key=unit.id, version=1)
        view = OrganisationView(
            id=unit.id,
            kind=unit.kind,
            name=unit.name,
            area=unit.area,
            parent_id=unit.parent_id,
            registered=unit.uscc is not None,
        )
        return uow.reply(view, version=1)
