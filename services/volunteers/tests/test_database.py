"""What only a real database shows."""

from chassis.testing import MakeDatabase
from chassis.testing.databases import ScratchDatabase
from volunteers import queries
from volunteers.bootstrap import MIGRATIONS

AREA = "610102007001"
FILL = f"""
insert into volunteer (id, number, kind, area, state, name, phone, phone_index, version, registered_at)
select uuidv7(), case when n > 5 then lpad(n::text, 12, '0') end, 'local', '{AREA}',
    case when n > 5 then 'approved' else 'registered' end, '', '', sha256(n::text::bytea), 1, now()
from generate_series(1, 5000) as n
"""


async def test_who_waits_for_approval_is_found_however_many_were_approved(
    make_database: MakeDatabase,
) -> None:
    db: ScratchDatabase = await make_database("volunteers", MIGRATIONS)
    async with db.transaction() as tx:
        await tx.execute(FILL)
        for mode in ("force_custom_plan", "force_generic_plan"):
            await tx.execute(f"set local plan_cache_mode = {mode}")
            sql = f"explain (analyze, costs off) {queries.LIST_IN_STATE}"
            rows = await tx.fetch(sql, AREA, queries.FIRST, 21, "registered")
            lines = [row[0] for row in rows]
            assert any("volunteer_queue" in line for line in lines), lines
            assert not any("Removed by Filter" in line for line in lines), lines
