"""Hints: the same people, the same words. A human decides, once."""

import asyncio
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from chassis.clock import now
from chassis.clocks import Clocks, Dial
from chassis.privacy import Vault
from wishes.adapters.desk import DUE_PEOPLE, PostgresDeskStore
from wishes.app.index_person import index_person, indexes
from wishes.domain.states import WishAct
from wishes.domain.working_days import after_working_days

from .acts import Life, ways_of
from .conftest import INDEX, MASTER, XINYUAN, Api, Time, wish_body

PERSON = wish_body()["beneficiary"]
WORDS = wish_body()["words"]


async def hints(api: Api, wish: dict[str, Any], who: Any = None) -> dict[str, Any]:
    answer = await api.get(f"wishes/{wish['id']}/likenesses", who or api.worker)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_the_same_people_are_found_by_telephone_address_entry_and_household(
    api: Api,
) -> None:
    by_phone = await api.submitted(
        beneficiary={"name": "黄老伯", "address": "别处", "phone": "+86 138 9123 4567"}
    )
    written = "省建八公司家属院 三号楼 二单元 五〇一室"
    by_address = await api.submitted(
        beneficiary={"name": "黄 建国", "address": written}, words="陪我去医院", category="service"
    )
    await api.submitted(beneficiary={"name": "肖老太", "address": PERSON["address"]})
    at_home = await api.submitted(beneficiary={"name": "黄小宝", "address": "不知道"})
    wish = await api.submitted()
    family = uuid4()
    people = [UUID(one["beneficiary_id"]) for one in (wish, at_home)]
    await api.db.fetch(
        "update beneficiary set household_id = $1 where id = any($2)", family, people
    )
    found = await hints(api, wish)
    why = {line["wish_id"]: line["why"] for line in found["items"]}
    assert why == {
        by_phone["id"]: ["same_phone"],
        by_address["id"]: ["same_address"],
        at_home["id"]: ["same_household"],
    }
    last = found["items"][-1]
    assert (last["wish_id"], last["score"], last["same_category"]) == (by_address["id"], 0, False)
    assert {line["score"] for line in found["items"][:2]} == {1.0}
    assert last["state_word"] == "等核实"
    for word in (WORDS, "陪我", "黄", "1389123"):
        assert word not in str(found)


async def test_nobody_elsewhere_is_shown_but_to_whom_it_is_in_scope(api: Api) -> None:
    elsewhere = api.as_role("community_worker", XINYUAN)
    other = await api.ok("wishes", wish_body(area=XINYUAN), elsewhere)
    wish = await api.submitted()
    assert (await hints(api, wish))["items"] == []
    street = api.as_role("street_officer", "610102007")
    assert [line["wish_id"] for line in (await hints(api, wish, street))["items"]] == [other["id"]]
    answer = await api.get(f"wishes/{wish['id']}/likenesses", elsewhere)
    assert answer.status_code == 403


async def test_what_came_true_before_is_counted_and_a_follow_up_is_no_duplicate(api: Api) -> None:
    first = (await api.fulfilled())["wish"]
    body = {"reason": "too_bright", "channel": "desk", "words": WORDS}
    follow = await api.ok(f"wishes/{first['id']}/follow-ups", body, api.worker)
    wish = await api.submitted()
    found = await hints(api, wish)
    assert found["helped_in_year"] == 1
    assert {line["wish_id"] for line in found["items"]} == {first["id"], follow["id"]}
    followed = await hints(api, follow)
    assert [line["wish_id"] for line in followed["items"]] == [wish["id"]]
    assert followed["helped_in_year"] == 1
    api.clock.now = lambda: now() + timedelta(days=366)
    assert (await hints(api, wish))["helped_in_year"] == 0


async def test_fifty_are_enough(api: Api) -> None:
    wish = await api.submitted()
    sql = """insert into wish (id, card_no, code_hash, area, category, channel, state, version,
        beneficiary_id, words, submitted_at, rule_id)
    select gen_random_uuid(), 'AAA' || substr('23456789ABCDEFGHJKMNPQRSTUVWXYZ', n % 31 + 1, 1)
            || substr('2345', n / 31 + 1, 1),
        '', area, 'goods', 'desk', 'returned', 1, beneficiary_id, words, now(), rule_id
    from wish, generate_series(0, 69) as n where id = $1"""
    await api.db.fetch(sql, UUID(wish["id"]))
    found = await hints(api, wish)
    assert [line["score"] for line in found["items"]] == [1.0] * 50


async def test_whoever_was_erased_is_left_out(api: Api) -> None:
    gone, wish = await api.submitted(), await api.submitted()
    async with api.db.transaction() as tx:
        await Vault(MASTER, INDEX).destroy(tx, UUID(gone["beneficiary_id"]))
    assert (await hints(api, wish))["items"] == []


async def test_a_duplicate_is_set_aside_and_nobody_is_asked_again(api: Api, problem: Any) -> None:
    first, second, third = [await api.submitted() for _ in range(3)]
    hung = await api.posted(title="一台取暖器")
    path = f"wishes/{second['id']}/duplicate-of"
    body = {"wish_id": first["id"]}
    before = await api.snapshot()
    problem(await api.post(path, {"wish_id": second["id"]}, api.worker), 422, "same-wish")
    problem(await api.post(path, {"wish_id": str(uuid4())}, api.worker), 404, "wish-not-found")
    assert await api.snapshot() == before
    assert (await api.ok(path, body, api.worker))["state"] == "withdrawn"
    (*_, event) = await api.events(second["id"])
    assert (event["type"], event["reason"]) == ("WishWithdrawn", "duplicate")
    assert second["id"] not in str(await hints(api, first))
    for one, other in ((second, first), (first, second)):
        for act in ("duplicate-of", "not-a-duplicate"):
            answer = await api.post(
                f"wishes/{one['id']}/{act}", {"wish_id": other["id"]}, api.worker
            )
            problem(answer, 409, "already-decided")
    answer = await api.post(
        f"wishes/{third['id']}/duplicate-of", {"wish_id": second["id"]}, api.worker
    )
    problem(answer, 409, "other-is-ended")
    answer = await api.post(
        f"wishes/{third['id']}/not-a-duplicate", {"wish_id": first["id"]}, api.worker
    )
    assert (answer.json()["duplicate"], answer.json()["state"]) == (False, "submitted")
    assert [line["wish_id"] for line in (await hints(api, third))["items"]] == [
        hung["id"],
        second["id"],
    ]
    taken = await api.ok(f"wishes/{hung['id']}/duplicate-of", body, api.worker)
    assert taken["state"] == "withdrawn"
    tree = (await api.get(f"trees/{first['area']}")).json()
    assert tree["leaves"] == []
    held = (await api.claimed())["wish"]
    answer = await api.post(f"wishes/{held['id']}/duplicate-of", body, api.worker)
    problem(answer, 409, "wrong-state")


@pytest.mark.parametrize(
    "act",
    [WishAct.VERIFY, WishAct.RETURN, WishAct.TAKE_DOWN, WishAct.REFER],
)
async def test_what_was_set_aside_is_nobodys_work(api: Api, time: Time, act: WishAct) -> None:
    stays, twice = await api.submitted(), Life(api, await api.submitted(), uuid4())
    first = [WishAct.VERIFY, WishAct.PUBLISH] if act is WishAct.TAKE_DOWN else []
    for one in (*first, act):
        answer = await (await ways_of(one)[0].ready(twice))()
        assert answer.is_success, answer.text
    path, body = f"wishes/{twice.wish['id']}/duplicate-of", {"wish_id": stays["id"]}
    assert (await api.ok(path, body, api.worker))["state"] == "withdrawn"
    for days in (5, 10):
        await time.reaches(after_working_days(now(), days))
    types = await api.types(twice.wish["id"])
    assert (types[-1], types.count("WishOverdue")) == ("WishWithdrawn", 0)
    sql = "select queue, due_at from wish where id = $1"
    assert tuple(await api.db.fetchrow(sql, UUID(twice.wish["id"]))) == (None, None)


async def test_two_who_set_aside_each_others_wish_leave_one(api: Api, problem: Any) -> None:
    for _ in range(4):
        one, other = await api.submitted(), await api.submitted()
        answers = await asyncio.gather(
            api.post(f"wishes/{one['id']}/duplicate-of", {"wish_id": other["id"]}, api.worker),
            api.post(f"wishes/{other['id']}/duplicate-of", {"wish_id": one["id"]}, api.colleague),
        )
        assert sorted(answer.status_code for answer in answers) == [200, 409]
        (late,) = [answer for answer in answers if answer.status_code == 409]
        problem(late, 409, late.json()["type"].removeprefix("/problems/"))
        ids = [UUID(one["id"]), UUID(other["id"])]
        rows = await api.db.fetch("select state from wish where id = any($1) order by 1", ids)
        assert [row["state"] for row in rows] == ["submitted", "withdrawn"]


async def test_people_from_before_get_their_indexes_once_and_however_many_look(api: Api) -> None:
    wishes = [await api.submitted() for _ in range(3)]
    erased = UUID(wishes[2]["beneficiary_id"])
    vault = Vault(MASTER, INDEX)
    async with api.db.transaction() as tx:
        await vault.destroy(tx, erased)
        await tx.execute(
            "update beneficiary set phone_index = null, address_index = null, person_index = null,"
            " to_index = true"
        )
    assert (await hints(api, wishes[0]))["items"] == []
    dial = Dial("index", DUE_PEOPLE, partial(index_person, api.db, PostgresDeskStore(), vault))
    await asyncio.gather(*(Clocks(api.db, now, (dial,)).look() for _ in range(3)))
    (line,) = (await hints(api, wishes[0]))["items"]
    assert (line["wish_id"], line["why"]) == (wishes[1]["id"], ["same_address", "same_phone"])
    assert await api.db.fetchval("select count(*) from beneficiary where to_index") == 0
    row = await api.db.fetchrow("select person_index from beneficiary where id = $1", erased)
    assert row is not None
    assert row["person_index"] is None
    # A program of the release before has them found by its rule.
    async with api.db.transaction() as tx:
        await tx.execute("update beneficiary set person_index = 'old', index_rule = 1")
    await Clocks(api.db, now, (dial,)).look()
    assert await api.db.fetch("select from beneficiary where person_index = 'old'") == []
    assert await api.db.fetch(DUE_PEOPLE, now(), 10) == []


def test_one_person_however_written_and_two_who_share_a_telephone() -> None:
    vault = Vault(MASTER, INDEX)
    phone = "+8613891234567"
    one = indexes(vault, "黄建国", "家属院3号楼2单元501", None)
    assert one == indexes(vault, "黄 建国", "家属院 三号楼，二单元５０１室", None)
    assert one != indexes(vault, "黄建国", "家属院3号楼2单元502", None)
    husband, wife = (indexes(vault, name, "家属院", phone) for name in ("黄建国", "刘桂兰"))
    assert husband.phone == wife.phone
    assert husband.person != wife.person
    assert husband.person == indexes(vault, "黄建国", "搬家了", phone).person
