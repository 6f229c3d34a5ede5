"""A unit's entries, page by page."""

from uuid import UUID

import pytest
from chassis.testing import MakeDatabase
from points import queries
from points.bootstrap import MIGRATIONS

UNIT, OTHER, CONTRA = UUID(int=1), UUID(int=2), UUID(int=0)
FILL = f"""
with p as (
    insert into posting (id, source_event_id, wish_id, rule_version, at)
    select uuidv7(interval '-1 second' * (3000 - n)), uuidv7(), uuidv7(), 1, now()
    from generate_series(1, 3000) as n returning id
), n as (
    select id, row_number() over (order by id) as n from p
)
insert into entry (posting_id, book, holder_id, amount)
select id, book, holder, amount from n cross join (values ('points'), ('hours')) as b (book)
cross join lateral (values
    (case when n % 10 = 0 then '{UNIT}'::uuid else '{OTHER}'::uuid end, 3), ('{CONTRA}'::uuid, -3)
) as e (holder, amount)
"""


@pytest.mark.fresh_database
async def test_every_page_of_a_unit_costs_the_same(make_database: MakeDatabase) -> None:
    db = await make_database("points", MIGRATIONS)
    async with db.transaction() as tx:
        await tx.execute(
            f"insert into holder values ('{UNIT}', 'organisation'), ('{OTHER}', 'volunteer')"
        )
        await tx.execute(FILL)
    seen: list[tuple[UUID, str]] = []
    cursor = None
    while True:
        page = await queries.entries(db, UNIT, cursor, 50)
        seen += [(entry.posting_id, entry.book) for entry in page.items]
        if (cursor := page.next) is None:
            break
    assert len(seen) == 600
    assert seen == sorted(set(seen), reverse=True)
    async with db.transaction() as tx:
        for mode in ("force_custom_plan", "force_generic_plan"):
            await tx.execute(f"set local plan_cache_mode = {mode}")
            last = seen[-100]
            sql = f"explain (analyze, costs off, timing off) {queries.ENTRIES}"
            lines = [row[0] for row in await tx.fetch(sql, UNIT, *last, 21)]
            assert any("entry_holder" in line for line in lines), lines
            removed = [line for line in lines if "Removed by Filter" in line]
            assert all(int(line.split()[-1]) <= 2 for line in removed), lines
