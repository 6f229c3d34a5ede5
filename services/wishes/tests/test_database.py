"""What the database itself refuses, whatever the code above it does."""

import re
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from chassis.clock import BEIJING, now
from wishes.adapters.tally import fold
from wishes.bootstrap import MIGRATIONS

from .conftest import Api, slip

ME = UUID(int=7)
SLOTS_TAKEN = """
select array(
    select slot from claim where claimant_id = $1
    union all select slot from claim_helper where volunteer_id = $1
    union all select slot from claim_unit where organisation_id = $1
)
"""
"""Places before 0022."""
OTHERS = ("volunteers", "points", "notifications")


async def test_the_role_reaches_no_other_schema(api: Api) -> None:
    assert await api.db.fetchval("select current_user") == "wishes"
    owner = await asyncpg.connect(api.db.admin_dsn, timeout=5)
    try:
        for schema in OTHERS:
            await owner.execute(f"create table if not exists {schema}.secret (x int)")
    finally:
        await owner.close()
    for schema in OTHERS:
        for sql in (f"select x from {schema}.secret", f"insert into {schema}.secret values (1)"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await api.db.fetch(sql)


async def test_the_role_changes_no_table(api: Api) -> None:
    for sql in (
        "create table wishes.mine (x int)",
        "drop table wish",
        "alter table wish add x int",
        "delete from reveal_audit",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await api.db.fetch(sql)


CANNOT_BE = {
    "state = 'lost'": "wish_state_check",
    "queue = 'nowhere'": "wish_queue_check",
    "category = 'money'": "wish_category_check",
    "channel = 'hearsay'": "wish_channel_check",
    "effort = 'a_life'": "wish_effort_check",
    "callback = 'never'": "wish_callback_check",
    "offered_kind = 'nobody'": "wish_offered_kind_check",
    "area = '1'": "wish_area_check",
    "card_no = '0OIL'": "wish_card_no_check",
    "version = 0": "wish_version_check",
    "leaf = 320": "wish_leaf_check",
    "level = 4": "wish_level_check",
    "handed_level = -1": "wish_handed_level_check",
    "desk_level = 3": "wish_desk_level_check",
    "open_complaints = -1": "wish_open_complaints_check",
    "published_by = verified_by": "two_pairs_of_eyes",
    "minor = true": "a_child_is_visited_by_two",
    "may_hang = false": "only_what_may_hang_hangs",
    "leaf = null": "a_card_hangs_somewhere",
    "title = null": "a_card_hangs_somewhere",
    "hanging = false": "what_waits_hangs",
    "proxy_id = gen_random_uuid()": "proxy_has_consent",
    "proxy_relation = 'neighbour'": "proxy_has_consent",
    "consent_witness = ''": "a_witness_is_whole",
    "follow_up_reason = 'too_bright'": "follow_up_has_a_reason",
    "offered_id = gen_random_uuid()": "an_offer_is_whole",
    "offered_kind = 'volunteer'": "an_offer_is_whole",
}
NO_CLAIM = {
    "state = 'lost'": "claim_state_check",
    "claimant_kind = 'nobody'": "claim_claimant_kind_check",
    "warned = 3": "claim_warned_check",
    "extensions = -1": "claim_extensions_check",
    "asked_until = now()": "a_question_is_whole",
}


async def test_a_wish_or_a_claim_that_cannot_be_is_refused(api: Api) -> None:
    await api.claimed()
    await api.posted()
    lists = (("wish", "where state = 'posted'", CANNOT_BE), ("claim", "", NO_CLAIM))
    for table, those, cannot_be in lists:
        sql = (MIGRATIONS / "0021-fewer-triggers.sql").read_text(encoding="utf-8")
        listed = sql.split(f"create function keep_{table}()")[1].split("end;")[0]
        assert set(cannot_be.values()) == set(re.findall(r"then '(\w+)'", listed))
        for change, constraint in cannot_be.items():
            with pytest.raises(asyncpg.CheckViolationError) as refused:
                await api.db.fetch(f"update {table} set {change} {those}")
            assert (refused.value.constraint_name, refused.value.table_name) == (constraint, table)


async def test_nor_does_one_come_in(api: Api) -> None:
    await api.claimed()
    for table, constraint in (("wish", "wish_state_check"), ("claim", "claim_state_check")):
        copied = f'(jsonb_populate_record({table}, \'{{"state": "lost"}}\')).*'
        with pytest.raises(asyncpg.CheckViolationError) as refused:
            await api.db.fetch(f"insert into {table} select {copied} from {table}")
        assert refused.value.constraint_name == constraint


async def test_two_wishes_never_hang_at_one_place(api: Api) -> None:
    first, second = await api.posted(), await api.posted()
    sql = "update wish set leaf = $2 where id = $1"
    with pytest.raises(asyncpg.UniqueViolationError, match="wish_leaf"):
        await api.db.fetch(sql, UUID(second["id"]), first["leaf"])


async def test_a_call_without_a_worker_is_refused(api: Api) -> None:
    held = await api.delivered()
    ids = UUID(held["wish"]["id"]), UUID(held["claim"]["id"])
    with pytest.raises(asyncpg.CheckViolationError, match="a_call_or_visit_is_logged"):
        async with api.db.transaction() as tx:
            await tx.execute(
                "insert into confirmation (id, wish_id, claim_id, method, answer, at)"
                " values ($1, $2, $3, 'call', 'satisfied', now())",
                uuid4(),
                *ids,
            )


@pytest.mark.fresh_database
async def test_lists_are_read_by_their_index(api: Api) -> None:
    """Without sorting or reading a whole table, however many wishes there are."""
    plans = {
        "wish_area": "select id from wish where area = '1' order by id desc limit 20",
        "wish_queue": "select id from wish where area = '1' and state = 'posted'"
        " order by id desc limit 20",
        "wish_tree": "select id from wish where area = '1' and hanging and state = 'posted'"
        " order by posted_at desc, id desc limit 20",
        "wish_blossoms": "select id from wish where area = '1' and hanging"
        " and state = 'fulfilled' order by fulfilled_at limit 1",
        "wish_author": f"select id from wish where author_id = '{ME}' and id < '{ME}'"
        " order by id desc limit 20",
        "draft_author": f"select id from draft where author_id = '{ME}' and id < '{ME}'"
        " order by id desc limit 20",
        "draft_due": "select id from draft where discard_at <= now() order by discard_at limit 20",
        "access_request_open": "select id from access_request where area = '1'"
        f" and approved_at is null and (until, id) > (now(), '{ME}') order by until, id limit 20",
        "attachment_wish": f"select id from attachment where wish_id = '{ME}' order by id",
        "visit_due": "select id from visit where due_at <= now() order by due_at limit 20",
        "invitation_until": "select id from invitation where until <= now() order by until limit 20",
    }
    async with api.db.transaction() as tx:
        await tx.execute("set local enable_seqscan = off")
        await tx.execute("set local enable_sort = off")
        for index, sql in plans.items():
            lines = [row[0] for row in await tx.fetch(f"explain (costs off) {sql}")]
            assert any(f"using {index} " in line for line in lines), lines
            assert not any("Sort" in line for line in lines), lines


def there_and_back(*names: str) -> tuple[list[str], list[str]]:
    """What each migration does, in their order, and what undoes them, from the last one on."""
    steps = [
        (MIGRATIONS / f"{name}.sql").read_text(encoding="utf-8").split("-- migrate: ")[1:]
        for name in names
    ]
    forth = [apply.removeprefix("apply") for apply, _ in steps]
    back = [undo.removeprefix("rollback") for _, undo in steps]
    return forth, back[::-1]


async def test_what_waited_where_nobody_saw_it_is_published_anew_with_its_days(api: Api) -> None:
    """Such rows were possible before the constraint."""
    wish = await api.posted()
    forth, back = there_and_back("0013-hanging", "0021-fewer-triggers", "0023-one-row-a-step")
    hidden = "update wish set hanging = false"
    owner = await asyncpg.connect(api.db.owner_dsn)
    try:
        await owner.execute(f"set search_path to wishes; {' '.join(back)} {hidden}")
        before = await owner.fetchval("select posted_at from wish")
        for sql in forth:
            async with owner.transaction():
                await owner.execute(sql)
        row = await owner.fetchrow("select state, queue, posted_at from wish")
    finally:
        await owner.close()
    assert tuple(row or ()) == ("verified", "to_publish", before)
    assert (await api.publish(wish)).json()["hanging"] is True


COUNTED = {
    "states": "select state, count(*) from wish group by state",
    "queues": "select area, queue, count(*) from wish where queue is not null group by area, queue",
    "trees": """
select area, category, count(*) filter (where state = 'posted'), count(*) filter (where state = 'claimed'),
    count(*) filter (where state = 'fulfilled')
from wish where hanging group by area, category
""",
}
KEPT_BEFORE_0023 = {
    "states": """
select state, sum(n)::bigint from (
    select state, wishes from wish_tally union all select state, change from wish_move
) as t (state, n) group by state having sum(n) <> 0
""",
    "queues": """
select area, queue, sum(n)::bigint from (
    select area, queue, wishes from queue_tally union all select area, queue, change from queue_move
) as t (area, queue, n) group by area, queue having sum(n) <> 0
""",
    "trees": "select area, category, open, claimed, fulfilled from tree_count",
}
KEPT = {
    "states": """
select state, sum(n)::bigint from (
    select state, wishes from wish_tally union all select state, change from wish_change
) as t (state, n) group by state having sum(n) <> 0
""",
    "queues": "select area, queue, wishes from queue_now where wishes <> 0",
    "trees": "select area, category, open, claimed, fulfilled from tree_now",
}


async def test_no_count_is_lost_on_the_way_to_one_row_a_step_and_back(api: Api) -> None:
    (apply,), (undo,) = there_and_back("0023-one-row-a-step")
    owner = await asyncpg.connect(api.db.owner_dsn)

    async def some() -> None:
        for act in (api.submitted, api.posted, api.claimed, api.fulfilled):
            await act()

    async def read(asked: dict[str, str]) -> dict[str, list[tuple[Any, ...]]]:
        return {what: sorted(map(tuple, await owner.fetch(sql))) for what, sql in asked.items()}

    try:
        await owner.execute("set search_path to wishes")
        await some()
        await fold(api.db)
        await owner.execute("delete from standing_due")
        await some()
        for step, kept in ((undo, KEPT_BEFORE_0023), (apply, KEPT)):
            async with owner.transaction():
                await owner.execute(step)
            assert await read(kept) == await read(COUNTED)
            assert await owner.fetchval("select count(*) from standing_due") > 0
            # As many in the form of before as in that of now.
            await some()
            assert await read(kept) == await read(COUNTED)
        await fold(api.db)
        assert await read(KEPT) == await read(COUNTED)
        assert await owner.fetchval("select count(*) from wish_step") == 0
    finally:
        await owner.close()


FOLD_BEFORE_0023 = """
with gone as (
    delete from wish_move where ctid = any(array(select ctid from wish_move limit 10000))
    returning state, since, change
) select count(*) from gone
"""


async def test_counts_go_on_where_only_programs_of_the_release_before_fold(api: Api) -> None:
    """As after going back to it without touching the data (docs/runbook.md)."""

    async def read(asked: dict[str, str]) -> dict[str, list[tuple[Any, ...]]]:
        return {what: sorted(map(tuple, await api.db.fetch(sql))) for what, sql in asked.items()}

    for act in (api.submitted, api.posted, api.claimed, api.fulfilled):
        await act()
    waiting = "select count(distinct person) from standing_due"
    assert await api.db.fetchval(waiting) == 0
    assert await api.db.fetchval(FOLD_BEFORE_0023) == 0
    assert await read(KEPT_BEFORE_0023) == await read(COUNTED)
    assert await api.db.fetchval(waiting) == await api.db.fetchval(
        "select count(distinct coalesce(person_index, uuid_send(id))) from beneficiary"
    )


async def test_what_waited_before_the_desk_had_a_clock_gets_its_days(api: Api) -> None:
    waits = [await api.submitted(), await api.verified()]
    held = await api.claimed()
    forth, back = there_and_back("0015-desk-clock", "0016-places", "0022-places")
    owner = await asyncpg.connect(api.db.owner_dsn)
    try:
        await owner.execute("set search_path to wishes")
        for sql in back:
            await owner.execute(sql)
        due = "select id, due_at from wish where state in ('submitted', 'verified')"
        assert {row["due_at"] for row in await owner.fetch(due)} == {None}
        for sql in forth:
            async with owner.transaction():
                await owner.execute(sql)
        found = {str(row["id"]): row["due_at"] for row in await owner.fetch(due)}
    finally:
        await owner.close()
    assert found.keys() == {wish["id"] for wish in waits}
    for at in found.values():
        assert now() < at
        assert at.astimezone(BEIJING).hour == 20
    await api.ok(f"claims/{held['claim']['id']}/helpers", {}, api.volunteer(await api.approved()))


async def test_what_was_set_aside_before_it_had_a_clock_gets_its_days(api: Api) -> None:
    back, down, other = await api.submitted(), await api.posted(), await api.submitted()
    await api.ok(f"wishes/{back['id']}/return", {"reason": "not_clear"}, api.worker)
    await api.ok(f"wishes/{down['id']}/takedown", {"reason": "mistake"}, api.worker)
    sql = (MIGRATIONS / "0018-set-aside.sql").read_text(encoding="utf-8")
    apply, undo = (part.partition("\n")[2] for part in sql.split("-- migrate: ")[1:])
    due = "select id, due_at from wish where due_at is not null"
    before = {str(row["id"]): row["due_at"] for row in await api.db.fetch(due)}
    owner = await asyncpg.connect(api.db.owner_dsn)
    try:
        await owner.execute("set search_path to wishes")
        await owner.execute(undo)
        assert [str(row["id"]) for row in await owner.fetch(due)] == [other["id"]]
        async with owner.transaction():
            await owner.execute(apply)
        found = {str(row["id"]): row["due_at"] for row in await owner.fetch(due)}
    finally:
        await owner.close()
    assert found.keys() == before.keys() == {back["id"], down["id"], other["id"]}
    assert found[other["id"]] == before[other["id"]]
    for wish, days in ((back, 7), (down, 5)):
        at = found[wish["id"]].astimezone(BEIJING)
        assert (at.date() - now().astimezone(BEIJING).date()).days == days
        assert at.hour == 20


async def test_what_old_programs_wrote_beside_the_new_gets_its_days_and_its_places(
    api: Api,
) -> None:
    wishes = [
        await api.submitted(),
        await api.verified(),
        await api.submitted(),
        await api.posted(),
    ]
    await api.ok(f"wishes/{wishes[2]['id']}/return", {"reason": "not_clear"}, api.worker)
    await api.ok(f"wishes/{wishes[3]['id']}/takedown", {"reason": "mistake"}, api.worker)
    told, timed = await api.submitted(), await api.submitted()
    unit, neighbour = await api.unit(), await api.approved()
    contact = api.as_role("unit_contact", organisation=unit, subject=uuid4())
    givers = {
        neighbour: (api.volunteer(neighbour), dict[str, str]()),
        unit: (contact, {"organisation_id": str(unit)}),
    }
    for who, body in givers.values():
        await api.ok(f"wishes/{(await api.posted())['id']}/claims", body, who)
        for _ in range(2):
            await api.ok(f"claims/{(await api.claimed())['claim']['id']}/helpers", body, who)
    sql = (MIGRATIONS / "0020-while-old-ran.sql").read_text(encoding="utf-8")
    apply = sql.split("-- migrate: ")[1].removeprefix("apply")
    clocks = (
        "select id, due_at from wish where state not in ('posted', 'claimed') and desk_level < 2"
    )
    owner = await asyncpg.connect(api.db.owner_dsn)
    try:
        await owner.execute("set search_path to wishes")
        before = {row["id"]: row["due_at"] for row in await owner.fetch(clocks)}
        old = "update wish set due_at = null where id = any($1)"
        await owner.execute(old, [UUID(wish["id"]) for wish in wishes])
        last = "update wish set due_at = null, desk_level = 2 where id = $1"
        await owner.execute(last, UUID(told["id"]))
        await owner.execute("update claim_helper set slot = 0; update claim_unit set slot = 0")
        for giver in givers:
            assert await owner.fetchval(SLOTS_TAKEN, giver) == [0, 0, 0]
        async with owner.transaction():
            await owner.execute(apply)
        found = {row["id"]: row["due_at"] for row in await owner.fetch(clocks)}
        assert await owner.fetchval("select due_at from wish where desk_level = 2") is None
    finally:
        await owner.close()
    del before[UUID(told["id"])]
    assert found.keys() == before.keys()
    assert found[UUID(timed["id"])] == before[UUID(timed["id"])]
    for wish, days in zip(wishes, (5, 4, 7, 5), strict=True):
        at = found[UUID(wish["id"])].astimezone(BEIJING)
        assert (at.date() - now().astimezone(BEIJING).date()).days == days
        assert at.hour == 20
    for giver in givers:
        assert sorted(await api.db.fetchval(SLOTS_TAKEN, giver)) == [0, 1, 2]


async def test_who_waits_for_a_word_already_is_given_a_clock(api: Api) -> None:
    """By 0029: what was delivered has days from today, an answer that is late is late at once."""
    helped = UUID((await api.delivered())["wish"]["id"])
    late, waits = [UUID((await api.posted())["id"]) for _ in range(2)]
    body = {"to": "grid", "reason": "road_broken"}
    for wish in (late, waits):
        await api.ok(f"wishes/{wish}/referral", body, api.worker)
    sql = (MIGRATIONS / "0029-words-that-do-not-come.sql").read_text(encoding="utf-8")
    _, apply, rollback = (part.partition("\n")[2] for part in sql.split("-- migrate: "))
    rows = "select id, desk_level, due_at from wish"
    owner = await asyncpg.connect(api.db.owner_dsn)
    try:
        await owner.execute("set search_path to wishes")
        due = await owner.fetchval("select due_at from wish where id = $1", late)
        for old in (
            f"update wish set due_at = null, desk_level = 2 where id in ('{helped}', '{late}')",
            f"update wish set desk_level = 2 where id = '{waits}'",
        ):
            await owner.execute(old)
        async with owner.transaction():
            await owner.execute(apply)
        found = {row["id"]: row["due_at"] for row in await owner.fetch(rows)}
        assert {row["desk_level"] for row in await owner.fetch(rows)} == {0}
        async with owner.transaction():
            await owner.execute("update wish set desk_level = 1 where id = $1", late)
            await owner.execute(rollback)
        back = {row["id"]: row["due_at"] for row in await owner.fetch(rows)}
    finally:
        await owner.close()
    at = found[helped].astimezone(BEIJING)
    assert ((at.date() - now().astimezone(BEIJING).date()).days, at.hour) == (5, 20)
    assert (found[late], found[waits]) == (due, due)
    assert back == {helped: None, late: None, waits: due}


@pytest.mark.fresh_database
async def test_who_wants_no_service_is_off_the_list_already(api: Api) -> None:
    """By 0030: whoever had said no before it is rung up by nobody, all others as before."""
    await api.terms(callback_percent=100)
    no, yes = [(await api.fulfilled())["wish"] for _ in range(2)]
    said = {"purpose": "service", "wording": 1, "given": False}
    await api.ok(f"cards/{slip(no)}/consents", said)
    sql = (MIGRATIONS / "0030-of-one-person.sql").read_text(encoding="utf-8")
    _, apply, rollback = (part.partition("\n")[2] for part in sql.split("-- migrate: "))
    owner = await asyncpg.connect(api.db.owner_dsn)
    try:
        await owner.execute("set search_path to wishes")
        async with owner.transaction():
            await owner.execute(rollback)
            # As the release before left it.
            old = "update wish set callback = 'due', queue = 'to_call_back' where id = $1"
            await owner.execute(old, UUID(no["id"]))
        async with owner.transaction():
            await owner.execute(apply)
    finally:
        await owner.close()
    rows = await api.db.fetch("select id, callback, queue from wish")
    assert {str(row["id"]): (row["callback"], row["queue"]) for row in rows} == {
        no["id"]: ("no", None),
        yes["id"]: ("due", "to_call_back"),
    }
    drawn = await api.db.fetchval("select count(*) from callback where outcome is null")
    assert drawn == 2, "the draw stays, in case they want it again"


@pytest.mark.fresh_database
async def test_who_helped_is_kept_whatever_program_takes_it_back(api: Api) -> None:
    """By 0031, which goes back and on again."""
    held = await api.delivered()
    sql = (MIGRATIONS / "0031-who-helped-before.sql").read_text(encoding="utf-8")
    _, apply, rollback = (part.partition("\n")[2] for part in sql.split("-- migrate: "))
    owner = await asyncpg.connect(api.db.owner_dsn)
    try:
        await owner.execute("set search_path to wishes")
        for part in (rollback, apply):
            async with owner.transaction():
                await owner.execute(part)
    finally:
        await owner.close()
    claim = UUID(held["claim"]["id"])
    async with api.db.transaction() as tx:
        await tx.execute("insert into service values ($1, $2, 60)", claim, held["by"])
        # As the release before says it.
        await tx.execute("delete from gift where claim_id = $1", claim)
        await tx.execute("delete from service where claim_id = $1", claim)
    kept = await api.db.fetch("select wish_id, helper_id from undone_help")
    assert [tuple(row) for row in kept] == [(UUID(held["wish"]["id"]), held["by"])]


async def test_everybody_with_a_wish_in_hand_is_given_their_places(api: Api) -> None:
    me, neighbour = await api.approved(), await api.approved()
    unit = await api.unit()
    contact = api.as_role("unit_contact", organisation=unit, subject=uuid4())
    of_unit = {"organisation_id": str(unit)}
    helped: list[str] = []
    for who, body in ((api.volunteer(me), {}), (contact, of_unit)):
        for _ in range(2):
            held = await api.ok(f"wishes/{(await api.posted())['id']}/claims", body, who)
            helped.append(held["id"])
    for claim in (helped[0], helped[2], (await api.claimed())["claim"]["id"]):
        await api.ok(f"claims/{claim}/helpers", {}, api.volunteer(neighbour))
    await api.ok(f"claims/{helped[0]}/helpers", of_unit, contact)
    await api.ok(f"claims/{helped[3]}/release", {}, contact)
    kept = "select giver_id, number, claim_id from place order by giver_id, claim_id"
    before = await api.db.fetch(kept)
    sql = (MIGRATIONS / "0022-places.sql").read_text(encoding="utf-8")
    apply, undo = sql.split("-- migrate: apply")[1].split("-- migrate: rollback")
    owner = await asyncpg.connect(api.db.owner_dsn)
    try:
        await owner.execute("set search_path to wishes")
        # As programs of before write them: in hand, and no place here.
        await owner.execute("delete from place; update claim set slot = 1")
        for step in (undo, apply):
            async with owner.transaction():
                await owner.execute(step)
    finally:
        await owner.close()
    found = await api.db.fetch(kept)
    assert [(row["giver_id"], row["claim_id"]) for row in found] == [
        (row["giver_id"], row["claim_id"]) for row in before
    ]
    for giver, count in ((me, 2), (neighbour, 3), (unit, 2)):
        numbers = [row["number"] for row in found if row["giver_id"] == giver]
        assert sorted(numbers) == list(range(count))


async def test_whoever_ends_or_leaves_a_claim_leaves_their_place(api: Api) -> None:
    """Also in plain SQL, as programs of before 0022 do it."""
    held, other = await api.claimed(), await api.claimed()
    neighbour = await api.approved()
    unit = await api.unit()
    contact = api.as_role("unit_contact", organisation=unit, subject=uuid4())
    for claim in (held, other):
        path = f"claims/{claim['claim']['id']}/helpers"
        await api.ok(path, {}, api.volunteer(neighbour))
        await api.ok(path, {"organisation_id": str(unit)}, contact)
    owner = await asyncpg.connect(api.db.owner_dsn)
    one, two = (UUID(claim["claim"]["id"]) for claim in (held, other))
    places = "select count(*) from wishes.place where claim_id = $1"
    try:
        await owner.execute("set search_path to wishes")
        await owner.execute("update claim set state = 'released' where id = $1", one)
        assert (await owner.fetchval(places, one), await owner.fetchval(places, two)) == (0, 3)
        await owner.execute("delete from claim_helper where claim_id = $1", two)
        assert await owner.fetchval(places, two) == 2
        await owner.execute("delete from claim_unit where claim_id = $1", two)
        assert await owner.fetchval(places, two) == 1
    finally:
        await owner.close()
