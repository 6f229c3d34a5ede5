"""What other services say and wishes remembers: who may claim."""

from chassis.db import Transaction
from contracts.envelope import Event
from contracts.volunteers import AffiliationChanged, OrganisationChanged, VolunteerApproved

KEEP_GIVER = """
insert into giver (kind, id, area, organisation_id, active) values ($1, $2, $3, $4, $5)
on conflict (id) do update set area = excluded.area, organisation_id = excluded.organisation_id,
    active = excluded.active
"""
CHANGE_UNIT = """
update giver set organisation_id = case when $3 then $2 else null end
where id = $1 and kind = 'volunteer' and ($3 or organisation_id = $2)
"""
MAY_CLAIM = ("resident_unit", "social_organisation", "branch")


async def volunteer_approved(tx: Transaction, event: Event[VolunteerApproved]) -> None:
    data = event.data
    await tx.execute(
        KEEP_GIVER, "volunteer", data.volunteer_id, data.area, data.organisation_id, True
    )


async def organisation_changed(tx: Transaction, event: Event[OrganisationChanged]) -> None:
    data = event.data
    if data.kind in MAY_CLAIM:
        await tx.execute(
            KEEP_GIVER, "organisation", data.organisation_id, data.area, None, data.active
        )


async def affiliation_changed(tx: Transaction, event: Event[AffiliationChanged]) -> None:
    data = event.data
    if data.kind == "work":
        await tx.execute(CHANGE_UNIT, data.volunteer_id, data.organisation_id, data.active)


HANDLERS = {
    VolunteerApproved: volunteer_approved,
    OrganisationChanged: organisation_changed,
    AffiliationChanged: affiliation_changed,
}
