"""The wishes that nobody takes, for those who look after them: street, district, resident units."""

from uuid import UUID

from chassis.auth import OutOfScope, Principal
from chassis.db import Database
from chassis.http import Page, decode_cursor, encode_cursor, moment

from wishes.app.views_escalation import EscalatedWish
from wishes.domain.programme import reach_of
from wishes.domain.wish import LEVELS
from wishes.pages import FIRST

# An area is a prefix: all codes from it with zeros to it with nines, in the order of wish_escalated.
# There are as many as trees have places at most; the date of a level stands in the wish's history.
ESCALATED = """
select w.id as wish_id, w.card_no, w.area, w.category, w.effort, w.title, w.level, w.posted_at,
    w.due_at as next_at, (
        select max(h.at) from wish_history h where h.wish_id = w.id and h.event = 'WishEscalated'
    ) as level_since
from wish w
where w.state = 'posted' and w.level > 0 and w.level >= $2
    and w.area between rpad($1, 12, '0') and rpad($1, 12, '9')
    and (w.area, w.posted_at, w.id) > ($3, $4, $5)
order by w.area, w.posted_at, w.id limit $6
"""
HOMES = "select area from giver where id = any($1) and active and area is not null"


async def escalated(
    db: Database, area: str, level: str | None, cursor: str | None, limit: int
) -> Page[EscalatedWish]:
    """`level`: this one and those above. By community, the longest wait first."""
    community, at, last = decode_cursor(cursor, str, moment, UUID) or ("", *FIRST)
    least = LEVELS.index(level) if level in LEVELS else 1
    rows = await db.fetch(ESCALATED, area, least, community, at, last, limit + 1)
    items = [
        EscalatedWish.model_validate(dict(row) | {"level": LEVELS[row["level"]]})
        for row in rows[:limit]
    ]
    end = items[-1] if len(rows) > limit else None
    return Page(
        items=items, next=encode_cursor(end.area, end.posted_at, end.wish_id) if end else None
    )


async def require_home(db: Database, who: Principal, area: str) -> None:
    """Staff see their area, a unit's contact the communities where the unit is at home.

    Raises OutOfScope.
    """
    if who.covers(area):
        return
    homes = await db.fetch(HOMES, who.organisations())
    if not any(area.startswith(reach_of(row["area"])) for row in homes):
        raise OutOfScope(area)
