"""The read side: SQL to response, one query per need."""

from collections.abc import Collection
from uuid import UUID

from chassis.auth import Principal
from chassis.db import Database
from chassis.http import Page, decode_cursor, encode_cursor
from chassis.privacy import Erased, Vault

from volunteers.adapters.postgres import VOLUNTEER, volunteer_of
from volunteers.adapters.qualifications import OF_VOLUNTEER, qualification_of
from volunteers.app.stores import Volunteer
from volunteers.app.views import (
    ActivityLine,
    ContactLine,
    FeedbackLine,
    Identity,
    MemberFile,
    OrganisationView,
    Savings,
    SavingsLine,
    VolunteerView,
)
from volunteers.app.views_qualifications import QualificationsView, QualificationView
from volunteers.domain.errors import NoSuchOrganisation, NoSuchVolunteer

LINES = 100
ORGANISATION = "id, kind, name, area, parent_id, uscc is not null as registered"
ONE_ORGANISATION = f"select {ORGANISATION} from organisation where id = $1 and active"
ORGANISATIONS = f"""
select {ORGANISATION} from organisation
where active and ($1::text is null or area = $1) and ($2::text is null or kind = $2)
  and ($3::uuid is null or id > $3)
order by id limit $4
"""
ONE = f"select {VOLUNTEER} from volunteer where id = $1"
FIRST = UUID(int=0)
LIST = f"select {VOLUNTEER} from volunteer where area = $1 and id > $2 order by id limit $3"
# A statement of its own: a plan for "any state or this one" would read everybody of the area.
LIST_IN_STATE = f"""
select {VOLUNTEER} from volunteer
where area = $1 and id > $2 and state = $4 order by id limit $3
"""
NAMES = """
select id, name from volunteer where id = any($1)
union all select id, name from staff where id = any($1)
"""
CONTACT = """
select beneficiary_id, wish_id, since, until, event_id from contact_card
where volunteer_id = $1 order by since desc limit $2
"""
ACTIVITY = """
select wish_id, category, part, minutes, at, source_event_id from activity_card
where volunteer_id = $1 order by at desc limit $2
"""
FEEDBACK = """
select wish_id, fact, at, event_id, score from feedback_card
where volunteer_id = $1 order by at desc limit $2
"""
SAVINGS = """
select wish_id, points, minutes, gift_value_fen, at, event_id from savings_line
where volunteer_id = $1 order by at desc limit $2
"""
TOTALS = """
select coalesce(sum(points), 0)::int as points, coalesce(sum(minutes), 0)::int as minutes,
    coalesce(sum(gift_value_fen), 0)::bigint as gift_value_fen
from savings_line where volunteer_id = $1
"""


async def organisation(db: Database, organisation_id: UUID) -> OrganisationView:
    row = await db.fetchrow(ONE_ORGANISATION, organisation_id)
    if row is None:
        raise NoSuchOrganisation
    return OrganisationView(**dict(row))


async def organisations(
    db: Database, area: str | None, kind: str | None, cursor: str | None, limit: int
) -> Page[OrganisationView]:
    (last,) = decode_cursor(cursor, UUID) or (None,)
    rows = await db.fetch(ORGANISATIONS, area, kind, last, limit + 1)
    items = [OrganisationView(**dict(row)) for row in rows[:limit]]
    return Page(items=items, next=encode_cursor(items[-1].id) if len(rows) > limit else None)


async def find_volunteer(db: Database, volunteer_id: UUID) -> Volunteer:
    row = await db.fetchrow(ONE, volunteer_id)
    if row is None:
        raise NoSuchVolunteer
    return volunteer_of(row)


async def volunteers(
    db: Database, area: str, state: str | None, cursor: str | None, limit: int
) -> Page[VolunteerView]:
    (last,) = decode_cursor(cursor, UUID) or (None,)
    sql, more = (LIST_IN_STATE, (state,)) if state else (LIST, ())
    rows = await db.fetch(sql, area, last or FIRST, limit + 1, *more)
    items = [
        VolunteerView.model_validate(volunteer_of(row), from_attributes=True)
        for row in rows[:limit]
    ]
    return Page(items=items, next=encode_cursor(items[-1].id) if len(rows) > limit else None)


def require_self_or_scope(who: Principal, volunteer: Volunteer) -> None:
    """A volunteer sees their own file, staff those in their area or unit."""
    if who.kind == "volunteer" and who.subject == volunteer.id:
        return
    staff = who.limited_to({g.role for g in who.grants} - {"volunteer", "applicant"})
    staff.require_scope(volunteer.area, volunteer.organisation_id)


async def member_file(db: Database, vault: Vault, volunteer: Volunteer) -> MemberFile:
    """一证四卡: identity and the four cards."""
    opened = await vault.open(db, volunteer.id, {"name": volunteer.name})
    contact = [ContactLine(**dict(r)) for r in await db.fetch(CONTACT, volunteer.id, LINES)]
    activity = [ActivityLine(**dict(r)) for r in await db.fetch(ACTIVITY, volunteer.id, LINES)]
    feedback = [FeedbackLine(**dict(r)) for r in await db.fetch(FEEDBACK, volunteer.id, LINES)]
    lines = [SavingsLine(**dict(r)) for r in await db.fetch(SAVINGS, volunteer.id, LINES)]
    totals = await db.fetchrow(TOTALS, volunteer.id)
    return MemberFile(
        identity=Identity(
            number=volunteer.number,
            name=opened["name"] or "",
            kind=volunteer.kind,
            area=volunteer.area,
            organisation_id=volunteer.organisation_id,
            since=volunteer.registered_at,
        ),
        contact=contact,
        activity=activity,
        feedback=feedback,
        savings=Savings(**dict(totals or {}), lines=lines),
        fed_by={
            "contact": contact[0].event_id if contact else None,
            "activity": activity[0].source_event_id if activity else None,
            "feedback": feedback[0].event_id if feedback else None,
            "savings": lines[0].event_id if lines else None,
        },
    )


async def qualifications(db: Database, volunteer_id: UUID) -> QualificationsView:
    rows = await db.fetch(OF_VOLUNTEER, volunteer_id, LINES)
    return QualificationsView(items=[QualificationView.of(qualification_of(row)) for row in rows])


async def sealed_names(db: Database, ids: Collection[UUID]) -> dict[UUID, bytes]:
    return {row["id"]: row["name"] for row in await db.fetch(NAMES, list(ids))}


async def open_name(db: Database, vault: Vault, person_id: UUID, sealed: bytes) -> str | None:
    """None for somebody whose data were erased."""
    try:
        return (await vault.open(db, person_id, {"name": sealed}))["name"]
    except Erased:
        return None
