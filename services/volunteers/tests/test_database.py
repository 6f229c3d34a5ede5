"""What only a real database shows."""

import pytest
from chassis.testing import MakeDatabase
from chassis.testing.databases import ScratchDatabase
from volunteers import queries
from volunteers.adapters import qualifications
from volunteers.bootstrap import MIGRATIONS
from volunteers.entrypoints import events

AREA = "610102007001"
FILL = f"""
insert into volunteer (id, number, kind, area, state, name, phone, phone_index, version, registered_at)
select uuidv7(), case when n > 5 then lpad(n::text, 12, '0') end, 'local', '{AREA}',
    case when n > 5 then 'approved' else 'registered' end, '', '', sha256(n::text::bytea), 1, now()
from generate_series(1, 5000) as n
"""


@pytest.mark.fresh_database
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


LINES = """
insert into qualification (id, volunteer_id, kind, code, valid_until, granted_by, granted_at, ended_as,
    ended_at)
select uuidv7(), v.id, 'insurance', 'accident', now() + n * interval '1 minute', v.id, now() - interval '1 day',
    case when n % 2 = 0 then 'expired' end, case when n % 2 = 0 then now() end
from (select id, row_number() over () as n from volunteer) v;
insert into contact_card (volunteer_id, claim_id, beneficiary_id, wish_id, since, event_id)
select id, id, id, id, now(), id from volunteer;
insert into activity_card (volunteer_id, source_event_id, wish_id, category, part, minutes, at)
select id, id, id, 'goods', 'lead', 0, now() from volunteer;
analyze qualification, contact_card, activity_card
"""


@pytest.mark.fresh_database
async def test_what_is_due_and_the_cards_of_a_claim_are_found_however_many_there_are(
    make_database: MakeDatabase,
) -> None:
    db: ScratchDatabase = await make_database("volunteers", MIGRATIONS)
    async with db.transaction() as tx:
        await tx.execute(FILL)
        for statement in LINES.split(";"):
            await tx.execute(statement)
        one = await tx.fetchval("select id from volunteer order by id offset 2500 limit 1")
        due = await tx.fetchval("select now() + interval '30 minutes'")
        at = await tx.fetchval("select now()")
        asked = {
            "qualification_due": (qualifications.DUE, due, 200),
            "qualification_list": (qualifications.OF_VOLUNTEER, one, 100),
            "contact_card_claim": (events.END_CONTACT, one, at, None),
            "activity_card_source": (events.TAKE_BACK_ACTIVITY, one),
            "activity_card_wish": (events.ADD_EVALUATION, one, one, at, 5),
        }
        for index, (sql, *given) in asked.items():
            rows = await tx.fetch(f"explain (costs off) {sql}", *given)
            plan = "\n".join(row[0] for row in rows)
            assert index in plan, plan
            assert "Seq Scan" not in plan, plan
