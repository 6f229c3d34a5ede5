"""Returned paper cards: a batch is so many single submissions, or nothing at all."""

import random
import re
from collections import Counter
from typing import Any
from uuid import uuid4

import pytest
from wishes.app.card_numbers import CROWDED, LONG, SHORT, CardNumbers
from wishes.app.requests_intake import MOST_ROWS

from .conftest import XIANDONG, XINYUAN, Api, wish_body

AT = "2026-02-01T09:30:00+08:00"
UUIDS = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
TIMES = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d[.\d]*\+\d\d(:\d\d)?")
SEALED = re.compile(r"\\\\x[0-9a-f]*")
CARDS = re.compile(r'\b[2-9A-HJKMNP-Z]{4,5}\b(?=[,")])')


def a_row(dice: random.Random) -> dict[str, Any]:
    """Anything that may stand on a card."""
    person: dict[str, Any] = {"name": dice.choice(["黄建国", "肖老太"]), "address": "四号院"}
    if dice.random() < 0.5:
        person["phone"] = f"1389123{dice.randrange(10_000):04}"
    if dice.random() < 0.3:
        person["born"] = dice.choice(["1950-01", "2020-03"])
    more: dict[str, Any] = {
        "beneficiary": person,
        "words": dice.choice(["灯", "天冷了，想有个炉子。"]),
    }
    if dice.random() < 0.5:
        more["effort"] = dice.choice(["one_item", "half_day"])
    consent = {"kind": "spoken", "reference": "当面", "given_at": AT}
    if dice.random() < 0.4:
        heard = {"witness": {"name": "王芳", "relation": "family"}} if dice.random() < 0.5 else {}
        more["proxy"] = {"name": "刘桂兰", "relation": "neighbour", "consent": consent | heard}
    if dice.random() < 0.3:
        more["guardian"] = {"name": "肖红", "relation": "parent", "consent": consent}
    category = dice.choice(["goods", "service", "companionship", "skills"])
    return wish_body(category=category, channel=dice.choice(["paper", "desk"]), **more)


def plain(row: str) -> str:
    """A row of a table, as far as it is not made anew each time; what is sealed by its length."""
    row = SEALED.sub(lambda found: f"{len(found[0])} bytes", row)
    return CARDS.sub("card", TIMES.sub("time", UUIDS.sub("id", row)))


async def grown(api: Api, before: dict[str, Any]) -> dict[str, list[str]]:
    """What each table has more than before, but for how the requests themselves were remembered."""
    after = await api.snapshot()
    found: dict[str, list[str]] = {}
    for table, rows in after.items():
        new = Counter(row["t"] for row in rows) - Counter(row["t"] for row in before[table])
        if new and table not in ("idempotency", "outbox"):
            found[table] = sorted(plain(row) for row in new.elements())
    return found


async def told(api: Api, wishes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    made = {"id", "wish_id", "card_no", "beneficiary_id", "submitted_at"}
    return [
        {name: value for name, value in event.items() if name not in made}
        for wish in wishes
        for event in await api.events(wish["id"])
    ]


@pytest.mark.parametrize("seed", range(3))
async def test_a_batch_is_so_many_single_submissions(api: Api, seed: int) -> None:
    dice = random.Random(seed)
    rows = [a_row(dice) for _ in range(dice.randrange(3, 9))]
    before = await api.snapshot()
    single = [await api.ok("wishes", row, api.worker) for row in rows]
    one_by_one = await grown(api, before)
    before = await api.snapshot()
    batch = (await api.ok("wishes/batch", {"rows": rows}, api.worker))["items"]
    at_once = await grown(api, before)
    assert {"wish", "beneficiary", "person_key", "wish_history"} <= at_once.keys()
    assert at_once == one_by_one
    assert await told(api, batch) == await told(api, single)
    made = {"id", "card_no", "code", "beneficiary_id"}
    for one, other in zip(batch, single, strict=True):
        assert one.keys() == other.keys()
        assert all(one[name] == other[name] for name in one.keys() - made)
        assert all(one[name] != other[name] for name in ("id", "beneficiary_id"))
    queued = "select count(*) from outbox"
    assert await api.db.fetchval(queued) == 2 * len(rows)


async def test_one_bad_row_and_nothing_is_stored(api: Api, problem: Any) -> None:
    rows: list[Any] = [wish_body() for _ in range(14)]
    rows[12] = wish_body(beneficiary={"name": "黄建国", "address": "四号院", "phone": "110"})
    rows[3] = wish_body(category="rainbow")
    rows[0] = {"words": "灯"}
    rows[6] = wish_body(answers={"size": 3})
    proxy = {"name": "刘桂兰", "relation": "neighbour"}
    witness = {"name": "刘桂兰", "relation": "family"}
    consent = {"kind": "witness", "witness": witness, "given_at": AT}
    rows[8] = wish_body(proxy=proxy | {"consent": consent})
    no_objects: dict[int, Any] = {1: "灯", 2: ["黄建国"], 4: None, 5: 7}
    for place, row in no_objects.items():
        rows[place] = row
    before = await api.snapshot()
    answer = await api.post("wishes/batch", {"rows": rows}, api.worker)
    found = problem(answer, 422, "bad-rows")
    errors = {error["pointer"]: (error["code"], error["detail"]) for error in found["errors"]}
    assert errors["/rows/12/beneficiary/phone"][1].startswith("第 13 行：")
    assert errors["/rows/3/category"][0] == "category-unknown"
    assert errors["/rows/6/answers/size"] == (
        "additionalProperties",
        "第 7 行：没有这一项，是不是写错了名字",
    )
    assert errors["/rows/8/proxy"][0] == "witness-is-the-author"
    assert errors["/rows/0/beneficiary"] == ("missing", "第 1 行：这一项要填")
    for place in no_objects:
        no_object = ("model_type", f"第 {place + 1} 行：要写成一个 JSON 对象")
        assert errors[f"/rows/{place}"] == no_object
    assert "有 9 张卡要改" in found["detail"]
    assert "黄建国" not in answer.text
    for body, status, slug in (
        ({"rows": []}, 422, "invalid"),
        ({"rows": [wish_body()] * (MOST_ROWS + 1)}, 422, "invalid"),
        ({"rows": ["灯"]}, 422, "bad-rows"),
        ({"rows": "灯"}, 422, "invalid"),
        ({"rows": [wish_body(), wish_body(area=XINYUAN)]}, 403, "rows-out-of-scope"),
        ({"rows": [wish_body(words="x" * 3_000_000)]}, 413, "too-large"),
    ):
        problem(await api.post("wishes/batch", body, api.worker), status, slug)
    assert await api.snapshot() == before


async def test_a_building_of_no_community_or_another_one_is_a_bad_row(
    api: Api, problem: Any
) -> None:
    there = {"area": XINYUAN, "name": "5号楼"}
    theirs = (await api.ok("buildings", there, api.as_role("community_worker", XINYUAN)))["id"]
    ours = (await api.ok("buildings", {"area": XIANDONG, "name": "5号楼"}, api.worker))["id"]
    person = wish_body()["beneficiary"]
    homes = (None, str(uuid4()), ours, theirs)
    rows = [wish_body(beneficiary=person | {"building_id": home}) for home in homes]
    rows.append(wish_body(category="rainbow"))
    before = await api.snapshot()
    found = problem(await api.post("wishes/batch", {"rows": rows}, api.worker), 422, "bad-rows")
    nowhere = "本社区的楼栋单里没有这一栋，请先加上，或者先不选"
    assert [(e["pointer"], e["code"], e["detail"]) for e in found["errors"][1:]] == [
        (
            f"/rows/{place}/beneficiary/building_id",
            "building-unknown",
            f"第 {place + 1} 行：{nowhere}",
        )
        for place in (1, 3)
    ]
    assert found["errors"][0]["pointer"] == "/rows/4/category"
    assert "有 3 张卡要改" in found["detail"]
    assert await api.snapshot() == before
    await api.ok("wishes/batch", {"rows": [rows[0], rows[2]]}, api.worker)


async def test_a_category_that_is_closed_closes_its_rows(api: Api, problem: Any) -> None:
    await api.db.fetch(
        "insert into category_rule (id, district, category, version, valid_from, valid_until, terms,"
        " set_at) values ($1, '610102', 'goods', 1, '2001-01-01', '2001-01-02', '{}', now())",
        uuid4(),
    )
    rows = [wish_body(category="service"), wish_body()]
    found = problem(await api.post("wishes/batch", {"rows": rows}, api.worker), 422, "bad-rows")
    assert [(e["pointer"], e["code"]) for e in found["errors"]] == [
        ("/rows/1/category", "category-not-open")
    ]
    # Alone it is refused by the same rule.
    problem(await api.post("wishes", wish_body(), api.worker), 409, "category-not-open")


async def test_two_hundred_cards_at_once_and_once(api: Api) -> None:
    rows = [wish_body(words="想" * 500) for _ in range(MOST_ROWS)]
    first = await api.post("wishes/batch", {"rows": rows}, api.worker, key="pile")
    items = first.json()["items"]
    assert (first.status_code, len(items)) == (201, MOST_ROWS)
    assert len({item["card_no"] for item in items}) == MOST_ROWS
    again = await api.post("wishes/batch", {"rows": rows}, api.worker, key="pile")
    assert again.json() == first.json()
    assert await api.db.fetchval("select count(*) from wish") == MOST_ROWS
    card = await api.get(f"cards/{items[-1]['card_no']}-{items[-1]['code']}")
    assert card.status_code == 200


async def test_numbers_of_a_batch_are_free_and_different() -> None:
    numbers, asked = CardNumbers(), list[int]()

    async def every_other_is_taken(drawn: list[str]) -> list[str]:
        asked.append(len(drawn))
        return drawn[1::2]

    found = await numbers.draw_free(50, every_other_is_taken)
    assert (len(set(found)), {len(one) for one in found}) == (50, {SHORT})
    assert len(asked) > 1

    async def short_ones_are_taken(drawn: list[str]) -> list[str]:
        return [one for one in drawn if len(one) == SHORT]

    found = await numbers.draw_free(CROWDED + 1, short_ones_are_taken)
    assert {len(one) for one in found} == {LONG}
