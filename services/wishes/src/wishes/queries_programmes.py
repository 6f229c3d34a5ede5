"""The read side of programmes."""

from collections.abc import Collection
from uuid import UUID

from chassis.db import Database
from chassis.http import Page, decode_cursor, encode_cursor

from wishes.adapters.programmes import programme_of
from wishes.app.views_programmes import (
    GiverLine,
    ProgrammeDetail,
    ProgrammeTotals,
    ProgrammeView,
    ProgrammeWish,
)
from wishes.domain.errors import NoSuchProgramme
from wishes.domain.programme import Programme
from wishes.pages import FIRST_ID, LAST_ID

ONE = """
select id, area, name, brand, valid_from, valid_until, cap_fen, version, closed_at
from programme where id = $1
"""
# Those that reach all of the area, and those that lie in it.
LIST = """
select id, area, name, brand, valid_from, valid_until, cap_fen, version, closed_at from programme
where (reach = any($1) or (reach > $2 and reach <= rpad($2, 12, '9')))
    and id < $3
order by id desc limit $4
"""
# By the index wish_programme: a programme has as many wishes as people can look after. Of a wish that
# came true all that arrived counts, also what others brought before they gave it back: whose gifts and
# time are summed is named, and who helps now.
HELP = """
held as (
    select c.id, c.wish_id, c.state, c.claimant_kind, c.claimant_id
    from mine join claim c on c.wish_id = mine.id
    where c.state <> 'released'
), brought as (
    select c.id from held join claim c on c.wish_id = held.wish_id and c.state in ('done', 'released')
    where held.state = 'done'
), gifts as (
    select g.giver_kind, g.giver_id, g.quantity, g.value_fen
    from brought join gift g on g.claim_id = brought.id
), time as (
    select s.volunteer_id, s.minutes from brought join service s on s.claim_id = brought.id
), givers as (
    select claimant_kind as kind, claimant_id as id from held
    union select 'volunteer', h.volunteer_id from held join claim_helper h on h.claim_id = held.id
    union select 'organisation', u.organisation_id from held join claim_unit u on u.claim_id = held.id
    union select giver_kind, giver_id from gifts
    union select 'volunteer', volunteer_id from time
)
"""
# Of a street's programme each community counts its own: with all of them, the rest would be those next
# door.
TOTALS = f"""
with mine as (
    select id from wish where programme_id = $1
        and exists (select from unnest($2::text[]) as part where starts_with(area, part))
), {HELP}
select (select count(*) from mine)::int as wishes,
    (select count(*) from held where state = 'done')::int as fulfilled,
    (select coalesce(sum(quantity), 0) from gifts)::bigint as gifts,
    (select coalesce(sum(value_fen), 0) from gifts)::bigint as gifts_fen,
    (select coalesce(sum(minutes), 0) from time)::bigint as minutes,
    (select count(*) from givers where kind = 'volunteer')::int as volunteers,
    (select count(*) from givers where kind = 'organisation')::int as organisations
"""  # noqa: S608
GIVERS = f"""
with mine as (select id from wish where programme_id = $1), {HELP}
select kind, id from givers where (kind, id) > ($2, $3)
order by kind, id limit $4
"""  # noqa: S608
WISHES = """
select id, card_no, area, category, state from wish
where programme_id = $1 and starts_with(area, $2) and id > $3
order by id limit $4
"""
DIGITS = (6, 9, 12)


async def find_programme(db: Database, programme_id: UUID) -> Programme:
    """Raises NoSuchProgramme."""
    row = await db.fetchrow(ONE, programme_id)
    if row is None:
        raise NoSuchProgramme
    return programme_of(row)


async def programme_detail(
    db: Database, programme: Programme, parts: Collection[str]
) -> ProgrammeDetail:
    """`parts`: prefixes of the areas whose wishes are counted."""
    totals = await db.fetchrow(TOTALS, programme.id, list(parts))
    if totals is None:
        raise NoSuchProgramme
    view = ProgrammeView.of(programme).model_dump()
    return ProgrammeDetail(**view, totals=ProgrammeTotals(**dict(totals)))


async def list_programmes(
    db: Database, area: str, cursor: str | None, limit: int
) -> Page[ProgrammeView]:
    """Those that a wish of this area may join, or that lie in it; newest first."""
    (last,) = decode_cursor(cursor, UUID) or (LAST_ID,)
    over = [area[:digits] for digits in DIGITS if digits <= len(area)]
    rows = await db.fetch(LIST, over, area, last, limit + 1)
    items = [ProgrammeView.of(programme_of(row)) for row in rows[:limit]]
    return Page(items=items, next=encode_cursor(items[-1].id) if len(rows) > limit else None)


async def givers_of(
    db: Database, programme_id: UUID, cursor: str | None, limit: int
) -> Page[GiverLine]:
    """Who has taken a wish of it on, and who gave for one that came true: in the order of ids, without
    what each gave."""
    kind, last = decode_cursor(cursor, str, UUID) or ("", FIRST_ID)
    rows = await db.fetch(GIVERS, programme_id, kind, last, limit + 1)
    items = [GiverLine(**dict(row)) for row in rows[:limit]]
    end = items[-1] if len(rows) > limit else None
    return Page(items=items, next=encode_cursor(end.kind, end.id) if end else None)


async def wishes_of(
    db: Database, programme_id: UUID, area: str, cursor: str | None, limit: int
) -> Page[ProgrammeWish]:
    """Those of its wishes that lie in the area, which is a prefix."""
    (last,) = decode_cursor(cursor, UUID) or (FIRST_ID,)
    rows = await db.fetch(WISHES, programme_id, area, last, limit + 1)
    items = [ProgrammeWish(**dict(row)) for row in rows[:limit]]
    return Page(items=items, next=encode_cursor(items[-1].id) if len(rows) > limit else None)
