"""The read side of the desk: queues, checks, overrules, buildings, cards to print. SQL to response."""

from datetime import datetime
from uuid import UUID

from chassis.db import Database, Row
from chassis.http import Page, decode_cursor, encode_cursor, moment

from wishes.app import views_desk as views
from wishes.domain.errors import STATE_WORDS, NoSuchWish
from wishes.domain.queue import DESK_DAYS, QUEUES, Queue, due
from wishes.domain.wish import LEVELS
from wishes.domain.working_days import late_before
from wishes.pages import FIRST, LAST

SCAN = 200
"""Places of a queue that one page looks at, however few of them pass its filters."""

# `looked` walks along the index wish_in_queue; what passes the filters is taken from it. Always one row
# at least, which says how far it looked.
QUEUE = """
with looked as materialized (
    select id, card_no, category, channel, state, level, follows_wish_id is not null as follow_up,
        proxy_id is not null as by_proxy, queue_since as since
    from wish where area = $1 and queue = $2
      and (queue_since, id) > ($3, $4)
    order by queue_since, id limit $5
), far as (
    select count(*) as places, (array_agg(since order by since desc, id desc))[1] as to_since,
        (array_agg(id order by since desc, id desc))[1] as to_id from looked
)
select far.places, far.to_since, far.to_id, l.*, c.claimant_kind, c.contact_by, c.fulfil_by
from far left join lateral (
    select looked.*, b.due_by as call_by
    -- By the index one_open_callback, and for no other queue.
    from looked left join callback b on $2 = 'to_call_back' and b.wish_id = looked.id and b.outcome is null
    where ($6::text is null or category = $6) and ($7::text is null or channel = $7)
      and ($8::smallint is null or level = $8) and (not $9 or follow_up)
      and ($10::timestamptz is null or coalesce(b.due_by <= $12, since < $10))
    order by since, looked.id limit $11
) as l on true
-- Nobody has claimed what waits in these four: nothing is looked up for them.
left join claim c on c.state <> 'released'
    and c.wish_id = case when $2 <> all('{to_verify, to_publish, to_hand_over, taken_down}') then l.id end
order by l.since, l.id
"""
# All codes that begin with the area's: digits only, twelve of them.
QUEUE_COUNTS = """
select queue, sum(wishes)::bigint as wishes from queue_now
where area between rpad($1, 12, '0') and rpad($1, 12, '9') group by queue
"""
OVERRULES = """
select id, wish_id, field, kind, first, last, reason, asked_by, asked_at, answer, answered_by, answered_at
from overrule where wish_id = $1 order by id desc limit 100
"""
VERIFICATIONS = """
select v.at, v.verified_by, v.method, s.method as step, s.done_at, s.spoke_with, s.seen
from verification v left join verification_step s on s.wish_id = v.wish_id and s.at = v.at
where v.wish_id = $1 order by v.at, s.line
"""
WORDS = "select words from wish where id = $1"
BUILDINGS = """
select id, area, name from building where area = $1 and name > $2 order by name limit $3
"""
PRINT = """
select w.id as wish_id, w.card_no, w.area, w.title, w.note, w.category, w.effort, w.posted_at,
    (select f.card_no from wish f where f.id = w.follows_wish_id) as follows
from wish w
where w.area = $1 and w.hanging and w.state = 'posted' and ($2::text is null or w.category = $2)
  and ($3::text is null or w.card_no = $3)
  and (w.posted_at, w.id) < ($4, $5)
order by w.posted_at desc, w.id desc limit $6
"""


async def queue(
    db: Database,
    area: str,
    name: Queue,
    *,
    category: str | None,
    channel: str | None,
    level: int | None,
    follow_up: bool,
    late: bool,
    cursor: str | None,
    limit: int,
    now: datetime,
) -> Page[views.QueueLine]:
    """The longest waiting first. A page may hold fewer than `limit` lines and yet not be the last:
    it looks at SCAN places at most, whatever the filters."""
    since, last = decode_cursor(cursor, moment, UUID) or FIRST
    # A callback has a day of its own, so of those without one nothing is late before it is here.
    days = 0 if name == "to_call_back" else DESK_DAYS.get(name)
    before = late_before(now, days) if late and days is not None else None
    plain = not (category or channel or level is not None or follow_up or before)
    scan = limit + 1 if plain else SCAN
    rows = await db.fetch(
        *(QUEUE, area, name, since, last, scan, category, channel, level, follow_up, before),
        *(limit + 1, now),
    )
    lines = [_line(row, name, now) for row in rows if row["id"] is not None]
    if len(lines) > limit:
        end = lines[limit - 1]
        return Page(items=lines[:limit], next=encode_cursor(end.since.isoformat(), end.id))
    more = None
    if rows[0]["places"] == scan:
        more = encode_cursor(rows[0]["to_since"].isoformat(), rows[0]["to_id"])
    return Page(items=lines, next=more)


def _line(row: Row, name: Queue, now: datetime) -> views.QueueLine:
    until = due(name, row["since"], row["contact_by"], row["fulfil_by"], row["call_by"])
    return views.QueueLine(
        id=row["id"],
        card_no=row["card_no"],
        category=row["category"],
        channel=row["channel"],
        state=row["state"],
        state_word=STATE_WORDS[row["state"]],
        level=LEVELS[row["level"]],
        follow_up=row["follow_up"],
        by_proxy=row["by_proxy"],
        claimant_kind=row["claimant_kind"],
        since=row["since"],
        due=until,
        late=until <= now,
    )


async def queue_counts(db: Database, area: str) -> views.QueueCounts:
    """By community, street or district; exact, from the tally and what is not folded yet."""
    queues: dict[str, int] = dict.fromkeys(QUEUES, 0)
    queues |= {row["queue"]: row["wishes"] for row in await db.fetch(QUEUE_COUNTS, area)}
    return views.QueueCounts(area=area, queues=queues)


async def overrules(db: Database, wish_id: UUID) -> views.OverrulesView:
    rows = await db.fetch(OVERRULES, wish_id)
    return views.OverrulesView(items=[views.OverruleView(**dict(row)) for row in rows])


async def verifications(db: Database, wish_id: UUID) -> views.VerificationsView:
    found: dict[datetime, views.VerificationView] = {}
    for row in await db.fetch(VERIFICATIONS, wish_id):
        one = found.setdefault(
            row["at"],
            views.VerificationView(
                at=row["at"], verified_by=row["verified_by"], method=row["method"], steps=[]
            ),
        )
        if row["step"] is not None:
            step = {name: row[name] for name in ("done_at", "spoke_with", "seen")}
            one.steps.append(views.StepView(method=row["step"], **step))
    return views.VerificationsView(items=list(found.values()))


async def words(db: Database, wish_id: UUID) -> bytes:
    """Sealed, as they are."""
    found = await db.fetchval(WORDS, wish_id)
    if found is None:
        raise NoSuchWish
    return bytes(found)


async def buildings(
    db: Database, area: str, cursor: str | None, limit: int
) -> Page[views.BuildingView]:
    (last,) = decode_cursor(cursor, str) or ("",)
    rows = await db.fetch(BUILDINGS, area, last, limit + 1)
    items = [views.BuildingView(**dict(row)) for row in rows[:limit]]
    return Page(items=items, next=encode_cursor(items[-1].name) if len(rows) > limit else None)


async def to_print(
    db: Database,
    area: str,
    category: str | None,
    card_no: str | None,
    cursor: str | None,
    limit: int,
) -> Page[views.PrintCard]:
    """The public halves of the cards that hang and wait, newest first."""
    at, last = decode_cursor(cursor, moment, UUID) or LAST
    rows = await db.fetch(PRINT, area, category, card_no, at, last, limit + 1)
    items = [views.PrintCard(**dict(row), target=f"/w/{row['card_no']}") for row in rows[:limit]]
    end = items[-1] if len(rows) > limit else None
    more = encode_cursor(end.posted_at.isoformat(), end.wish_id) if end else None
    return Page(items=items, next=more)
