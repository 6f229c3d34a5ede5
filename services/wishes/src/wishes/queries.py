"""The read side: SQL to response, one query per need."""

from uuid import UUID

from chassis.clock import now
from chassis.db import Database
from chassis.http import Page, decode_cursor, encode_cursor, moment

from wishes.adapters.rows import COLUMNS, CURRENT_CLAIM, claim_of, wish_of
from wishes.app.views import (
    CardView,
    ClaimView,
    HistoryLine,
    HistoryView,
    Leaf,
    OwnWishView,
    PublicCard,
    Step,
    TreeCounts,
    TreesView,
    TreeView,
    WishDetail,
    WishLine,
    WishView,
)
from wishes.domain.errors import NoSuchWish, NotOnTheTree
from wishes.domain.wish import Claim, Wish
from wishes.pages import LAST, LAST_ID

CATEGORIES = ("goods", "service", "companionship", "skills")
ONE = f"select {COLUMNS}, title from wish where id = $1"
LIST_OF_AREA = f"""
select {COLUMNS} from wish
where area = $1 and ($2::text is null or state = $2) and ($3::text is null or category = $3)
  and id < $4
order by id desc limit $5
"""
RETURNED_FOR = """case when w.state = 'returned' then (
        select h.reason from wish_history h where h.wish_id = w.id and h.event = 'WishReturned'
        order by h.version desc limit 1
    ) end as returned_for"""
OWN = f"""
select {COLUMNS}, {RETURNED_FOR} from wish w where author_id = $1 and id < $2
order by id desc limit $3
"""
HISTORY = """
select version, event, event_id, by_id, at, reason from wish_history where wish_id = $1 order by version
"""
COUNTS = "select category, open, claimed, fulfilled from tree_now where area = $1"
LEAVES = """
select leaf, category, card_no,
    case when state = 'posted' then 'open' when state in ('fulfilled', 'closed') then 'fulfilled'
        else 'claimed' end as state
from wish where area = $1 and hanging order by leaf
"""
TREES = "select distinct area from tree_now order by area"
PUBLIC = """w.id as wish_id, w.card_no, w.area, w.title, w.note, w.category, w.effort, w.leaf,
    w.posted_at, case when w.state = 'posted' then 'open'
    when w.state in ('fulfilled', 'closed') then 'fulfilled' else 'claimed' end as state,
    (select f.card_no from wish f where f.id = w.follows_wish_id) as follows"""
CARDS = f"""
select {PUBLIC} from wish w
where w.area = $1 and w.hanging and w.state = 'posted'
  and ($2::text is null or w.category = $2) and ($3::text is null or w.effort = $3)
  and (w.posted_at, w.id) < ($4, $5)
order by w.posted_at desc, w.id desc limit $6
"""
ONE_CARD = f"""
select {PUBLIC} from wish w where w.card_no = $1 and ($2::text is null or w.area = $2)
  and w.title is not null and w.may_hang
  and w.state in ('posted', 'claimed', 'delivered', 'fulfilled', 'closed')
"""
STEPS = f"""
select w.card_no, w.title, w.category, w.state, w.submitted_at, w.posted_at, w.fulfilled_at,
    c.claimed_at, c.delivered_at, {RETURNED_FOR}
from wish w left join claim c on c.wish_id = w.id and c.state <> 'released'
where w.id = $1
"""


async def find_wish(db: Database, wish_id: UUID) -> tuple[Wish, str | None, Claim | None]:
    row = await db.fetchrow(ONE, wish_id)
    if row is None:
        raise NoSuchWish
    claim = await db.fetchrow(CURRENT_CLAIM, wish_id)
    return wish_of(row), row["title"], claim_of(claim) if claim else None


def detail(wish: Wish, title: str | None, claim: Claim | None) -> WishDetail:
    view = WishView.of(wish).model_dump()
    return WishDetail(**view, title=title, claim=ClaimView.of(claim) if claim else None)


async def list_wishes(
    db: Database,
    area: str,
    state: str | None,
    category: str | None,
    cursor: str | None,
    limit: int,
    *,
    by_person: bool,
) -> Page[WishLine]:
    """The wishes of one community, newest first. `by_person`: whether they say whose they are."""
    (last,) = decode_cursor(cursor, UUID) or (LAST_ID,)
    rows = await db.fetch(LIST_OF_AREA, area, state, category, last, limit + 1)
    items = [WishLine.of(wish_of(row), by_person=by_person) for row in rows[:limit]]
    more = encode_cursor(items[-1].id) if len(rows) > limit else None
    return Page(items=items, next=more)


async def own_wishes(
    db: Database, author_id: UUID, cursor: str | None, limit: int
) -> Page[OwnWishView]:
    """What an account has handed in, newest first."""
    (last,) = decode_cursor(cursor, UUID) or (LAST_ID,)
    rows = await db.fetch(OWN, author_id, last, limit + 1)
    items = [OwnWishView.of_own(wish_of(row), row["returned_for"]) for row in rows[:limit]]
    return Page(items=items, next=encode_cursor(items[-1].id) if len(rows) > limit else None)


async def history(db: Database, wish_id: UUID) -> HistoryView:
    rows = await db.fetch(HISTORY, wish_id)
    return HistoryView(wish_id=wish_id, items=[HistoryLine(**dict(row)) for row in rows])


async def trees(db: Database) -> TreesView:
    return TreesView(areas=[row["area"] for row in await db.fetch(TREES)])


async def tree(db: Database, area: str) -> TreeView:
    """Counts from the counter and what is not folded yet: they cost the same at a million wishes."""
    rows = await db.fetch(COUNTS, area)
    totals = {state: sum(row[state] for row in rows) for state in ("open", "claimed", "fulfilled")}
    by_category: dict[str, int] = dict.fromkeys(CATEGORIES, 0)
    by_category |= {row["category"]: row["open"] for row in rows}
    leaves = [Leaf(**dict(row)) for row in await db.fetch(LEAVES, area)]
    counts = TreeCounts(**totals, by_category=by_category)
    return TreeView(area=area, as_of=now(), counts=counts, leaves=leaves)


async def cards(
    db: Database,
    area: str,
    category: str | None,
    effort: str | None,
    cursor: str | None,
    limit: int,
) -> Page[PublicCard]:
    """The open wishes of a tree, newest first."""
    at, last = decode_cursor(cursor, moment, UUID) or LAST
    rows = await db.fetch(CARDS, area, category, effort, at, last, limit + 1)
    items = [PublicCard(**dict(row)) for row in rows[:limit]]
    end = items[-1] if len(rows) > limit else None
    return Page(items=items, next=encode_cursor(end.posted_at, end.wish_id) if end else None)


async def card(db: Database, card_no: str, area: str | None = None) -> PublicCard:
    """Raises NotOnTheTree for a card that was never hung, or was taken back."""
    row = await db.fetchrow(ONE_CARD, card_no, area)
    if row is None:
        raise NotOnTheTree
    return PublicCard(**dict(row))


async def card_steps(db: Database, wish_id: UUID) -> CardView:
    row = await db.fetchrow(STEPS, wish_id)
    if row is None:
        raise NoSuchWish
    names = ("submitted", "posted", "claimed", "delivered", "fulfilled")
    steps = [Step(step=name, at=row[f"{name}_at"]) for name in names]
    return CardView(
        card_no=row["card_no"],
        title=row["title"],
        category=row["category"],
        state=row["state"],
        steps=steps,
        returned_for=row["returned_for"],
    )
