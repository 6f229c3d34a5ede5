"""The books in PostgreSQL: one statement per need, rows sorted by key."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from chassis.db import Row, Transaction

from points.app.store import Posting
from points.domain.posting import CONTRA, Holder, Rule, Share, entries_of

RULES = """
select version, valid_from, goods, service, companionship, skills, per_hour, lead_weight,
    helper_weight
from rule order by valid_from
"""
KNOWN = """
select p.id, p.source_event_id, p.wish_id, p.rule_version, p.at, p.reverses, h.kind, e.holder_id,
    e.book, e.amount, exists (select from posting r where r.reverses = p.id) as is_reversed
from posting p join entry e on e.posting_id = p.id join holder h on h.id = e.holder_id
where p.source_event_id = any($1) and e.holder_id <> $2
"""
COUNT_HOLDERS = """
insert into holder as h (id, kind, version)
select id, kind, times from unnest($1::uuid[], $2::text[], $3::int[]) as t (id, kind, times)
order by id
on conflict (id) do update set version = h.version + excluded.version
returning h.id, h.version
"""
POST = """
insert into posting (id, source_event_id, wish_id, reverses, rule_version, at)
select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::int[], $6::timestamptz[])
    as t (id, source_event_id, wish_id, reverses, rule_version, at)
order by source_event_id
on conflict do nothing returning id
"""
BOOK = """
insert into entry (posting_id, book, holder_id, amount)
select * from unnest($1::uuid[], $2::text[], $3::uuid[], $4::bigint[])
"""


class PostgresBooks:
    async def rules(self, tx: Transaction) -> list[Rule]:
        return [Rule(**dict(row)) for row in await tx.fetch(RULES)]

    async def known(self, tx: Transaction, source_events: Collection[UUID]) -> dict[UUID, Posting]:
        found: dict[UUID, Row] = {}
        shares: dict[UUID, dict[Holder, Share]] = {}
        for row in await tx.fetch(KNOWN, list(source_events), CONTRA):
            source = row["source_event_id"]
            found[source] = row
            held = shares.setdefault(source, {})
            holder = Holder(row["kind"], row["holder_id"])
            held[holder] = held.get(holder, Share()) + Share(**{row["book"]: abs(row["amount"])})
        return {source: _posting(row, shares[source]) for source, row in found.items()}

    async def count_holders(self, tx: Transaction, times: Mapping[Holder, int]) -> dict[UUID, int]:
        ids = [holder.id for holder in times]
        kinds = [holder.kind for holder in times]
        rows = await tx.fetch(COUNT_HOLDERS, ids, kinds, list(times.values()))
        return {row["id"]: row["version"] for row in rows}

    async def post(self, tx: Transaction, postings: Sequence[Posting]) -> int:
        rows = await tx.fetch(
            POST,
            [posting.id for posting in postings],
            [posting.source_event_id for posting in postings],
            [posting.wish_id for posting in postings],
            [posting.reverses for posting in postings],
            [posting.rule_version for posting in postings],
            [posting.at for posting in postings],
        )
        return len(rows)

    async def book(self, tx: Transaction, postings: Sequence[Posting]) -> None:
        lines = [
            (posting.id, book, holder, amount if posting.reverses is None else -amount)
            for posting in postings
            for book, holder, amount in entries_of(posting.shares)
        ]
        await tx.execute(BOOK, *(list(column) for column in zip(*lines, strict=True)))


def _posting(row: Row, shares: dict[Holder, Share]) -> Posting:
    return Posting(
        row["id"],
        row["source_event_id"],
        row["wish_id"],
        row["rule_version"],
        row["at"],
        shares,
        row["reverses"],
        row["is_reversed"],
    )
