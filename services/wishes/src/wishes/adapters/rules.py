"""Versions of the terms of categories in PostgreSQL; what is in force is read by adapters/terms.py."""

from datetime import datetime
from uuid import UUID

from chassis.db import Database, Transaction
from chassis.http import Page, decode_cursor, encode_cursor
from orjson import dumps

from wishes.adapters.terms import COLUMNS, rule_of
from wishes.app.views_intake import RuleView
from wishes.domain.rule import Rule

# One at a time: two operators at once would both set the next version.
LOCK = "select pg_advisory_xact_lock(hashtext('wishes.rule'), hashtext($1 || $2))"
NEXT = """
select coalesce(max(version), 0) + 1 from category_rule where district = $1 and category = $2
"""
OF_CATEGORY = f"select {COLUMNS} from category_rule where category = $1"
ADD = """
insert into category_rule
    (id, district, category, version, valid_from, valid_until, terms, set_by, set_at)
values ($1, $2, $3, $4, $5, $6, $7::jsonb, $8, $9)
"""
HISTORY = f"""
select {COLUMNS} from category_rule
where category = $1 and district in ('', left($2, 6)) and ($3::uuid is null or id < $3)
order by id desc limit $4
"""


class PostgresRuleStore:
    """See app/rule_store.py."""

    async def next_version(self, tx: Transaction, district: str, category: str) -> int:
        await tx.execute(LOCK, district, category)
        return int(await tx.fetchval(NEXT, district, category))

    async def all(self, tx: Transaction, category: str) -> list[Rule]:
        return [rule_of(row) for row in await tx.fetch(OF_CATEGORY, category)]

    async def add(self, tx: Transaction, rule: Rule, by: UUID, now: datetime) -> None:
        await tx.execute(
            ADD,
            rule.id,
            rule.district,
            rule.category,
            rule.version,
            rule.valid_from,
            rule.valid_until,
            dumps(vars(rule.terms)).decode(),
            by,
            now,
        )


async def rule_history(
    db: Database, area: str, category: str, cursor: str | None, limit: int
) -> Page[RuleView]:
    """All versions that were ever set for a community, the latest first."""
    (last,) = decode_cursor(cursor, UUID) or (None,)
    rows = await db.fetch(HISTORY, category, area, last, limit + 1)
    items = [RuleView.of(rule_of(row)) for row in rows[:limit]]
    return Page(items=items, next=encode_cursor(items[-1].id) if len(rows) > limit else None)
