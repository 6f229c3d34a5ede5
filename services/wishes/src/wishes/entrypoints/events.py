"""What other services say and wishes remembers: who may claim, and who belongs to which unit."""

from uuid import UUID

from chassis.consumer import one_by_one
from chassis.db import Transaction
from chassis.rebuild import ReadModel
from contracts import topics
from contracts.envelope import Event
from contracts.volunteers import (
    AffiliationChanged,
    OrganisationChanged,
    QualificationChanged,
    VolunteerApproved,
)

KEEP_GIVER = """
insert into giver (kind, id, active, area) values ($1, $2, $3, $4)
on conflict (id) do update set active = excluded.active, area = excluded.area
"""
JOIN_UNIT = """
insert into membership (organisation_id, volunteer_id) values ($1, $2) on conflict do nothing
"""
LEAVE_UNIT = "delete from membership where organisation_id = $1 and volunteer_id = $2"
KEEP_QUALIFICATION = """
insert into qualification (volunteer_id, ask, valid_until) values ($1, $2, $3)
on conflict (volunteer_id, ask) do update set valid_until = excluded.valid_until
"""
DROP_QUALIFICATION = "delete from qualification where volunteer_id = $1 and ask = $2"
MAY_CLAIM = ("resident_unit", "social_organisation", "branch")


async def volunteer_approved(tx: Transaction, event: Event[VolunteerApproved]) -> None:
    data = event.data
    await tx.execute(KEEP_GIVER, "volunteer", data.volunteer_id, True, None)
    if data.organisation_id is not None:
        await _change_member(tx, data.organisation_id, data.volunteer_id, belongs=True)


async def organisation_changed(tx: Transaction, event: Event[OrganisationChanged]) -> None:
    data = event.data
    if data.kind in MAY_CLAIM:
        # Where a unit is at home, it sees what nobody takes; where a volunteer lives is not kept.
        unit, active, area = data.organisation_id, data.active, data.area
        await tx.execute(KEEP_GIVER, "organisation", unit, active, area)


async def affiliation_changed(tx: Transaction, event: Event[AffiliationChanged]) -> None:
    data = event.data
    await _change_member(tx, data.organisation_id, data.volunteer_id, belongs=data.active)


async def qualification_changed(tx: Transaction, event: Event[QualificationChanged]) -> None:
    data = event.data
    if data.active:
        ask = f"{data.kind}:{data.code}"
        await tx.execute(KEEP_QUALIFICATION, data.volunteer_id, ask, data.valid_until)
    else:
        await tx.execute(DROP_QUALIFICATION, data.volunteer_id, f"{data.kind}:{data.code}")


async def _change_member(
    tx: Transaction, organisation_id: UUID, volunteer_id: UUID, *, belongs: bool
) -> None:
    await tx.execute(JOIN_UNIT if belongs else LEAVE_UNIT, organisation_id, volunteer_id)


HANDLERS = {
    VolunteerApproved: volunteer_approved,
    OrganisationChanged: organisation_changed,
    AffiliationChanged: affiliation_changed,
    QualificationChanged: qualification_changed,
}
COPY = ReadModel(
    ("membership", "giver", "qualification"), (topics.VOLUNTEER.name,), one_by_one(HANDLERS)
)
