"""A card hangs: rewritten, by a second person, at a place of its own that is stored."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from wishes.domain.leaf import PLACES, choose_leaf

from .conftest import XIANDONG, Api, Time, slip, wish_body
from .test_children import VISIT
from .test_walk import counted_alike
from .town import AROUND, NAMED

LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
FILL = """
with person as (
    insert into beneficiary (id, area, name, address, created_at)
    values (gen_random_uuid(), $1, '', '', now()) returning id
)
insert into wish (id, card_no, code_hash, area, category, channel, effort, state, version,
    beneficiary_id, words, title, leaf, submitted_at, posted_at, fulfilled_at, rule_id)
select gen_random_uuid(), 'AA' || substr($5, place / 31 + 1, 1) || substr($5, place % 31 + 1, 1),
    '', $1, 'goods', 'desk', 'one_item', 'verified', 3, person.id, '', '收音机', place, now(), now(),
    case when $2 = 'fulfilled' then now() - make_interval(hours => 400 - place) end,
    '00000000-0000-5000-8000-000000000001'
from person, generate_series($3::int, $4::int - 1) place
"""
HANG = """
update wish set state = $1, hanging = true where card_no like 'AA%' and state = 'verified'
"""
WHERE = "select state, hanging, leaf, queue, posted_at from wish where id = $1"


async def fill(api: Api, state: str, first: int, after: int, area: str = XIANDONG) -> None:
    """A tree in use, without the way there: the places from `first` up to `after`."""
    async with api.db.transaction() as tx:
        await tx.execute(FILL, area, state, first, after, LETTERS)
        await tx.execute(HANG, state)


async def test_a_published_wish_hangs_at_its_place(api: Api) -> None:
    wish = await api.posted()
    assert (wish["state"], wish["version"], wish["hanging"]) == ("posted", 3, True)
    assert wish["leaf"] == choose_leaf(UUID(wish["id"]), ())
    event = (await api.events(wish["id"]))[-1]
    assert (event["type"], event["leaf"]) == ("WishPosted", wish["leaf"])
    assert (event["card_no"], event["effort"]) == (wish["card_no"], "one_item")


async def test_whoever_verified_may_not_publish(api: Api, problem: Any) -> None:
    wish = await api.verified()
    before = await api.snapshot()
    body = {"title": "冬天想有一台取暖器", "effort": "one_item"}
    answer = await api.post(f"wishes/{wish['id']}/publication", body, api.worker)
    problem(answer, 409, "same-person")
    assert await api.snapshot() == before


LEAKS = [
    ("title", "取暖器，打13891234567", "phone"),
    ("title", "取暖器，打１３８９１２３４５６７", "phone"),
    ("title", "取暖器，打一三八九一二三四五六七", "phone"),
    ("note", "证号610102195401011232", "id_number"),
    ("title", "黄建国想要取暖器", "name"),
    ("title", "建国想要取暖器", "name"),
    ("note", "送到省建八公司家属院", "address"),
    ("note", "送到三号楼二单元", "address"),
    ("note", "加我扣扣８３２６４４１７", "qq"),
    ("note", "发到huang1949@163.com", "email"),
    ("title", "独居，想要取暖器", "vulnerable"),
]


async def test_a_card_that_tells_who_it_is_does_not_hang(api: Api, problem: Any) -> None:
    wish = await api.verified()
    before = await api.snapshot()
    for field, text, code in LEAKS:
        body = problem(await api.publish(wish, **{field: text}), 422, "card-leaks")
        found = {(error["pointer"], error["code"]) for error in body["errors"]}
        assert (f"/{field}", code) in found
        assert text not in str(body)
    assert await api.snapshot() == before


async def test_a_card_names_nobody_of_those_around_the_person(api: Api, problem: Any) -> None:
    wish = await api.verified(**AROUND)
    mother = await api.submitted(beneficiary=wish_body()["beneficiary"] | {"name": "肖春梅"})
    stranger = await api.submitted(beneficiary=wish_body()["beneficiary"] | {"name": "顾长安"})
    async with api.db.transaction() as tx:
        together = "update beneficiary set household_id = $1 where id = any($2)"
        people = [UUID(one["beneficiary_id"]) for one in (wish, mother)]
        await tx.execute(together, uuid4(), people)
        apart = "update beneficiary set household_id = $1 where id = $2"
        await tx.execute(apart, uuid4(), UUID(stranger["beneficiary_id"]))
    before = await api.snapshot()
    for name in (*NAMED, "肖春梅", "春梅"):
        body = problem(await api.publish(wish, title=f"想和{name}一起看戏"), 422, "card-leaks")
        (found,) = body["errors"]
        assert (found["pointer"], found["code"]) == ("/title", "name")
        assert "家人" in found["detail"]
        assert name not in str(body)
    assert await api.snapshot() == before
    # Who is a stranger to this wish, and lives elsewhere, is not looked up for it.
    assert (await api.publish(wish, title="想和顾长安一起看戏")).status_code == 200


async def test_whoever_heard_a_later_yes_is_not_named_either(api: Api, problem: Any) -> None:
    wish = await api.verified()
    heard = (("photo", True, "吴红正"), ("share", True, "马秀英"), ("share", False, "顾长安"))
    for purpose, given, witness in heard:
        said = {"purpose": purpose, "given": given, "wording": 1, "witness": witness}
        await api.ok(f"wishes/{wish['id']}/consents", said, api.worker)
    before = await api.snapshot()
    for _, _, name in heard:
        body = problem(await api.publish(wish, title=f"想和{name}一起看戏"), 422, "card-leaks")
        assert [(e["pointer"], e["code"]) for e in body["errors"]] == [("/title", "name")]
    assert await api.snapshot() == before


async def test_whoever_witnessed_a_confirmation_is_not_named_on_the_next_card(
    api: Api, problem: Any
) -> None:
    said = {"method": "call", "witness": {"name": "顾长安", "relation": "neighbour"}}
    again, done = await api.delivered(), await api.delivered()
    reopened, first = again["wish"], done["wish"]
    no = said | {"answer": "unsatisfied", "reason": "too_bright"}
    await api.ok(f"wishes/{reopened['id']}/confirmation", no, api.worker)
    await api.ok(f"claims/{again['claim']['id']}/release", {}, api.volunteer(again["by"]))
    await api.ok(f"wishes/{reopened['id']}/change", {"words": "要一个暗的。"}, api.worker)
    yes = said | {"answer": "satisfied"}
    await api.ok(f"wishes/{first['id']}/confirmation", yes, api.worker)
    follow = {"reason": "too_bright", "channel": "desk", "words": "太亮。"}
    followed = await api.ok(f"wishes/{first['id']}/follow-ups", follow, api.worker)
    for wish in (reopened, followed):
        await api.ok(f"wishes/{wish['id']}/verification", VISIT, api.worker)
        body = problem(await api.publish(wish, title="想和顾长安一起看戏"), 422, "card-leaks")
        assert [(e["pointer"], e["code"]) for e in body["errors"]] == [("/title", "name")]
        assert (await api.publish(wish)).status_code == 200


async def test_the_name_of_who_was_erased_is_looked_for_no_more(api: Api) -> None:
    wish, other = await api.verified(), await api.submitted()
    async with api.db.transaction() as tx:
        home = uuid4()
        await tx.execute("update beneficiary set household_id = $1", home)
        await api.parts.vault.destroy(tx, UUID(other["beneficiary_id"]))
    assert (await api.publish(wish)).status_code == 200


async def test_two_cards_at_once_get_two_places(api: Api) -> None:
    wishes = [await api.verified() for _ in range(8)]
    answers = await asyncio.gather(*(api.publish(wish) for wish in wishes))
    leaves = [answer.json()["leaf"] for answer in answers]
    assert [answer.status_code for answer in answers] == [200] * 8
    assert len(set(leaves)) == 8


async def test_a_full_tree_lets_its_oldest_blossom_fall(api: Api) -> None:
    await fill(api, "posted", 0, PLACES - 2)
    await fill(api, "fulfilled", PLACES - 2, PLACES)
    wish = await api.posted()
    assert wish["leaf"] == PLACES - 2
    tree = (await api.get(f"trees/{XIANDONG}")).json()
    assert len(tree["leaves"]) == PLACES
    assert tree["counts"] == {
        "open": PLACES - 1,
        "claimed": 0,
        "fulfilled": 1,
        "by_category": {"goods": PLACES - 1, "service": 0, "companionship": 0, "skills": 0},
    }


async def test_open_wishes_never_fall(api: Api, problem: Any) -> None:
    await fill(api, "posted", 0, PLACES)
    wish = await api.verified()
    before = await api.snapshot()
    problem(await api.publish(wish), 409, "tree-is-full")
    assert await api.snapshot() == before


async def test_a_blossom_falls_after_ninety_days_and_hangs_again_when_reopened(api: Api) -> None:
    held = await api.fulfilled()
    real = api.clock.now()
    async with api.db.transaction() as tx:
        await tx.execute("update wish set fulfilled_at = $1", real - timedelta(days=91))
    await api.posted(title="一台收音机")
    first = held["wish"]
    assert (
        await api.db.fetchval("select hanging from wish where id = $1", UUID(first["id"])) is False
    )
    path = f"wishes/{first['id']}/reopening"
    again = await api.ok(path, {"reason": "does_not_work"}, api.worker)
    assert (again["state"], again["hanging"]) == ("claimed", True)
    tree = (await api.get(f"trees/{XIANDONG}")).json()
    assert sorted(leaf["state"] for leaf in tree["leaves"]) == ["claimed", "open"]
    assert len({leaf["leaf"] for leaf in tree["leaves"]}) == 2


async def _without_a_place(api: Api, held: dict[str, Any]) -> None:
    """Its card comes off while the tree is filled with wishes that wait, and may hang again."""
    leaf = held["wish"]["leaf"]
    await fill(api, "posted", 0, leaf)
    await fill(api, "posted", leaf + 1, PLACES)
    path = f"wishes/{held['wish']['id']}/consents"
    said = {"purpose": "publish", "wording": 1, "how": "paper"}
    await api.ok(path, said | {"given": False}, api.worker)
    await api.posted()
    assert (await api.ok(path, said | {"given": True}, api.worker))["hanging"] is False


async def _give_back(api: Api, held: dict[str, Any]) -> Any:
    await api.ok(f"claims/{held['claim']['id']}/release", {}, api.volunteer(held["by"]))
    return await api.db.fetchrow(WHERE, UUID(held["wish"]["id"]))


async def test_given_back_to_a_full_tree_it_waits_for_a_place_with_its_days(
    api: Api, problem: Any
) -> None:
    held = await api.claimed()
    await _without_a_place(api, held)
    first = await _give_back(api, held)
    assert (first["state"], first["hanging"], first["queue"]) == ("verified", False, "to_publish")
    problem(await api.publish(held["wish"]), 409, "tree-is-full")
    async with api.db.transaction() as tx:
        sql = "update wish set state = 'withdrawn', hanging = false where leaf = 5 and hanging"
        await tx.execute(sql)
    again = (await api.publish(held["wish"])).json()
    assert (again["state"], again["hanging"], again["leaf"]) == ("posted", True, 5)
    last = await api.db.fetchrow(WHERE, UUID(held["wish"]["id"]))
    assert last["posted_at"] == first["posted_at"]
    assert await counted_alike(api) == 0


async def test_the_oldest_blossom_falls_for_what_is_given_back(api: Api) -> None:
    held = await api.claimed()
    await _without_a_place(api, held)
    async with api.db.transaction() as tx:
        sql = "update wish set state = 'fulfilled', fulfilled_at = now() where leaf = 5 and hanging"
        await tx.execute(sql)
    row = await _give_back(api, held)
    assert (row["state"], row["hanging"], row["leaf"]) == ("posted", True, 5)
    assert await counted_alike(api) == 0


async def test_a_full_tree_keeps_nobody_from_saying_that_it_was_not_right(
    api: Api, time: Time
) -> None:
    held = await api.fulfilled()
    wish = held["wish"]
    await fill(api, "posted", 0, wish["leaf"])
    await fill(api, "posted", wish["leaf"] + 1, PLACES)
    await api.posted()  # for which the blossom falls
    path = f"wishes/{wish['id']}/reopening"
    again = await api.ok(path, {"reason": "does_not_work"}, api.worker)
    assert (again["state"], again["hanging"]) == ("claimed", False)
    async with api.db.transaction() as tx:
        sql = "update wish set state = 'withdrawn', hanging = false where leaf = 5 and hanging"
        await tx.execute(sql)
    for _ in range(3):
        await time.reaches(await api.db.fetchval("select max(due_at) from claim"))
    row = await api.db.fetchrow(WHERE, UUID(wish["id"]))
    assert (row["state"], row["hanging"], row["leaf"]) == ("posted", True, 5)
    assert "ClaimLapsed" in await api.types(wish["id"])
    assert await counted_alike(api) == 0


async def test_the_tree_and_its_cards_say_nothing_of_the_person(api: Api) -> None:
    wish = await api.posted()
    listed = (await api.get(f"trees/{XIANDONG}/cards?category=goods&effort=one_item")).json()
    (card,) = listed["items"]
    assert (card["card_no"], card["title"], card["state"]) == (
        wish["card_no"],
        "冬天想有一台取暖器",
        "open",
    )
    one = (await api.get(f"trees/cards/{wish['card_no']}")).json()
    same = (await api.get(f"trees/{XIANDONG}/cards/{wish['card_no']}")).json()
    assert one == same == card
    assert wish["beneficiary_id"] not in str(card)
    assert (await api.get("trees")).json() == {"areas": [XIANDONG]}


async def test_cards_come_by_pages_and_newest_first(api: Api) -> None:
    made = [(await api.posted())["card_no"] for _ in range(3)]
    first = (await api.get(f"trees/{XIANDONG}/cards?limit=2")).json()
    rest = (await api.get(f"trees/{XIANDONG}/cards?limit=2&cursor={first['next']}")).json()
    found = [card["card_no"] for card in (*first["items"], *rest["items"])]
    assert (found, rest["next"]) == (made[::-1], None)


async def test_what_was_taken_back_is_off_the_tree(api: Api, problem: Any) -> None:
    wish = await api.posted()
    await api.ok(f"wishes/{wish['id']}/withdrawal", {"reason": "not_needed"}, api.worker)
    tree = (await api.get(f"trees/{XIANDONG}")).json()
    assert (tree["leaves"], tree["counts"]["open"]) == ([], 0)
    problem(await api.get(f"trees/cards/{wish['card_no']}"), 404, "card-not-on-tree")
    steps = await api.get(f"cards/{slip(wish)}")
    assert steps.json()["state"] == "withdrawn"
