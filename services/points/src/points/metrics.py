"""Do the books balance? Watched all the time, a slice of the accounts at each look.

The sum of a book is the sum of its balances, one row per account. That balances are what their
entries say is compared account by account, a slice at a time, so that a look costs the same however
many entries there are. The other side of all postings has an entry of every posting and is not
summed up: every posting balances, so if all other accounts are right and the sum is zero, it is, too.
`python -m points trial-balance` recomputes everything.
"""

from collections import Counter
from uuid import UUID

from chassis.db import Database
from prometheus_client import Gauge

from points.domain.posting import BOOKS, CONTRA

LEDGER_SUM = Gauge("wishtree_ledger_sum", "Sum of all balances of a book; 0 is right.", ["book"])
DIFFERENCES = Gauge(
    "wishtree_ledger_differences", "Accounts whose balance is not what its entries say.", ["book"]
)
SLICE = 1_000
"""Holders per look."""

SUMS = "select book, sum(balance)::bigint as balance from account group by book"
# `offset 0` keeps it at one index scan per holder: a plain join was planned as a scan of all entries.
COMPARE = """
with held as materialized (
    select id from holder where id > $1 order by id limit $2
), summed as (
    select h.id, e.book, sum(e.amount) as amount
    from held h cross join lateral (
        select book, amount from entry where holder_id = h.id offset 0
    ) e group by h.id, e.book
)
select h.id as holder_id, b.book, coalesce(a.balance, 0) <> coalesce(s.amount, 0) as differs
from held h cross join unnest($3::text[]) as b (book)
left join account a on a.holder_id = h.id and a.book = b.book
left join summed s on s.id = h.id and s.book = b.book
"""


class Books:
    """Goes round all holders. A difference is shown at once, and until a whole round found it gone."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._after: UUID = CONTRA
        self._found: Counter[str] = Counter()
        self._round_before: Counter[str] = Counter()

    async def look(self) -> None:
        """One slice and the sums. Raises Transient."""
        sums = {row["book"]: row["balance"] for row in await self._db.fetch(SUMS)}
        rows = await self._db.fetch(COMPARE, self._after, SLICE, list(BOOKS))
        self._found.update(row["book"] for row in rows if row["differs"])
        for book in BOOKS:
            LEDGER_SUM.labels(book).set(sums.get(book, 0))
            DIFFERENCES.labels(book).set(max(self._found[book], self._round_before[book]))
        if len(rows) == SLICE * len(BOOKS):
            self._after = max(row["holder_id"] for row in rows)
        else:
            self._after = CONTRA
            self._round_before, self._found = self._found, Counter()
