"""The read side: accounts, entries, rules, and the trial balance recomputed from the entries."""

from datetime import datetime
from uuid import UUID

from chassis.db import Database
from chassis.http import Page, decode_cursor, encode_cursor
from pydantic import BaseModel

from points.adapters.postgres import RULES
from points.domain.posting import CONTRA, Book

ACCOUNT = """
select h.id as holder_id, h.kind as holder_kind, h.version,
    coalesce(max(balance) filter (where book = 'points'), 0) as points,
    coalesce(max(balance) filter (where book = 'hours'), 0) as minutes,
    coalesce(max(balance) filter (where book = 'gifts'), 0) as gift_value_fen
from holder h left join account a on a.holder_id = h.id where h.id = $1 group by h.id
"""
# The entries first, by their index from the cursor on; the postings of those then. Joined before, the
# deep pages of a unit walked all postings that were newer than the page.
ENTRIES = """
select p.id as posting_id, e.book, e.amount, p.wish_id, p.source_event_id, p.rule_version, p.at,
    p.reverses
from (
    select posting_id, book, amount from entry
    where holder_id = $1 and posting_id <= coalesce($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
      and ($2::uuid is null or (posting_id, book) < ($2, $3))
    order by posting_id desc, book desc limit $4
) e join posting p on p.id = e.posting_id
order by e.posting_id desc, e.book desc
"""
TRIAL = """
with sums as (
    select holder_id, sum(amount)::bigint as amount from entry where book = $1 group by holder_id
)
select coalesce(sum(amount), 0)::bigint as total,
    coalesce(sum(amount) filter (where amount > 0), 0)::bigint as credited, count(*) as accounts,
    (select count(*) from posting) as postings
from sums
"""
DIFFERENCES = """
select coalesce(s.holder_id, a.holder_id) as holder_id, coalesce(s.amount, 0)::bigint as entries,
    coalesce(a.balance, 0) as balance
from (select holder_id, sum(amount) as amount from entry where book = $1 group by holder_id) s
full join (select holder_id, balance from account where book = $1) a on a.holder_id = s.holder_id
where coalesce(s.amount, 0) <> coalesce(a.balance, 0) limit 100
"""


class AccountView(BaseModel):
    """Points; minutes; value of gifts in 0.01 yuan."""

    holder_id: UUID
    holder_kind: str
    points: int
    minutes: int
    gift_value_fen: int
    version: int


class EntryView(BaseModel):
    posting_id: UUID
    book: str
    amount: int
    wish_id: UUID
    source_event_id: UUID
    rule_version: int
    at: datetime
    reverses: UUID | None


class Difference(BaseModel):
    """An account whose balance is not what its entries say."""

    holder_id: UUID
    entries: int
    balance: int


class TrialBalance(BaseModel):
    """`sum` must be 0 and `differences` empty."""

    book: str
    sum: int
    credited: int
    accounts: int
    postings: int
    differences: list[Difference]


class RuleView(BaseModel):
    version: int
    valid_from: datetime
    goods: int
    service: int
    companionship: int
    skills: int
    per_hour: int
    lead_weight: int
    helper_weight: int


class RulesView(BaseModel):
    items: list[RuleView]


async def account(db: Database, holder_id: UUID) -> AccountView:
    """Nothing yet is an account of zeros: a volunteer without a wish is no error."""
    row = None if holder_id == CONTRA else await db.fetchrow(ACCOUNT, holder_id)
    if row is None:
        return AccountView(
            holder_id=holder_id,
            holder_kind="volunteer",
            points=0,
            minutes=0,
            gift_value_fen=0,
            version=0,
        )
    return AccountView(**dict(row))


async def entries(db: Database, holder_id: UUID, cursor: str | None, limit: int) -> Page[EntryView]:
    last, book = decode_cursor(cursor, UUID, str) or (None, None)
    rows = await db.fetch(ENTRIES, holder_id, last, book, limit + 1)
    items = [EntryView(**dict(row)) for row in rows[:limit]]
    end = items[-1] if len(rows) > limit else None
    return Page(items=items, next=encode_cursor(end.posting_id, end.book) if end else None)


async def trial_balance(db: Database, book: Book) -> TrialBalance:
    row = await db.fetchrow(TRIAL, book)
    found = await db.fetch(DIFFERENCES, book)
    return TrialBalance(
        book=book,
        sum=row["total"] if row else 0,
        credited=row["credited"] if row else 0,
        accounts=row["accounts"] if row else 0,
        postings=row["postings"] if row else 0,
        differences=[Difference(**dict(line)) for line in found],
    )


async def rules(db: Database) -> RulesView:
    return RulesView(items=[RuleView(**dict(row)) for row in await db.fetch(RULES)])
