"""Paper and place: cards to print, a new code for a lost slip, the buildings of a community."""

import asyncio
import re
from typing import Any
from uuid import UUID, uuid4

from .acts import REASON
from .conftest import XIANDONG, XINYUAN, Api, mentions, slip, wish_body
from .test_children import CHILD, HEARD
from .test_own_word import lives_at


async def test_what_is_printed_is_the_public_half_only(api: Api) -> None:
    made = [(await api.posted())["card_no"] for _ in range(3)]
    await api.submitted()
    skill = await api.posted(title="教手机", category="skills")
    path = f"cards/print?area={XIANDONG}"
    first = (await api.get(f"{path}&limit=3", api.worker)).json()
    rest = (await api.get(f"{path}&limit=3&cursor={first['next']}", api.worker)).json()
    found = [card["card_no"] for card in (*first["items"], *rest["items"])]
    assert found == [skill["card_no"], *made[::-1]]
    one = (await api.get(f"{path}&card_no={made[0]}", api.worker)).json()["items"]
    assert [(c["card_no"], c["title"], c["target"]) for c in one] == [
        (made[0], "冬天想有一台取暖器", f"/w/{made[0]}")
    ]
    some = (await api.get(f"{path}&category=skills", api.worker)).json()["items"]
    assert [card["card_no"] for card in some] == [skill["card_no"]]
    assert not any(word in str(first) for word in ("黄建国", "beneficiary"))
    # Not in the middle of an id.
    assert not re.search(r"(?<![0-9A-Za-z.:-])(\+86)?1389", str(first))
    assert not mentions(str(first), skill["code"])


async def test_a_new_code_opens_the_card_and_the_old_one_no_more(api: Api, problem: Any) -> None:
    wish = await api.posted()
    path = f"wishes/{wish['id']}/new-code"
    answer = await api.post(path, {"reason": "lost"}, api.worker, key="desk-9")
    again = await api.post(path, {"reason": "lost"}, api.worker, key="desk-9")
    made = answer.json()
    assert answer.status_code == 200, answer.text
    assert again.json() == made
    assert made["target"] == f"/k/{wish['card_no']}-{made['code']}"
    assert (await api.get(f"cards/{slip(wish | made)}")).json()["state"] == "posted"
    if made["code"] != wish["code"]:
        problem(await api.get(f"cards/{slip(wish)}"), 404, "card-not-found")
    (line,) = (await api.get(f"wishes/{wish['id']}/reveals", api.worker)).json()["items"]
    assert (line["purpose"], line["fields"]) == ("reprint_lost", ["code"])
    stranger = api.as_role("community_worker", XINYUAN)
    problem(await api.post(path, {"reason": "lost"}, stranger), 403, "out-of-scope")
    problem(await api.post(path, {"reason": "bored"}, api.worker), 422, "invalid")


async def test_a_childs_new_code_takes_two_since_it_opens_what_is_written_there(
    api: Api, problem: Any
) -> None:
    held = await api.claimed(beneficiary=CHILD, guardian=HEARD)
    wish, path = held["wish"], f"wishes/{held['wish']['id']}/new-code"
    text = "放学后在家"
    await api.ok(f"cards/{slip(wish)}/messages", {"text": text})
    before = await api.snapshot()
    problem(await api.post(path, {"reason": "lost"}, api.worker), 403, "approval-needed")
    assert await api.snapshot() == before
    assert (await api.get(f"cards/{slip(wish)}")).status_code == 200
    asking = f"wishes/{wish['id']}/access-requests"
    asked = await api.ok(asking, {"purpose": "new_code"}, api.worker)
    await api.ok(f"access-requests/{asked['id']}/approval", {}, api.colleague)
    made = await api.ok(path, {"reason": "lost"}, api.worker)
    assert text in (await api.get(f"cards/{slip(wish | made)}/messages")).text
    problem(await api.post(path, {"reason": "lost"}, api.worker), 403, "approval-needed")


async def test_who_helped_or_lives_with_who_did_gets_no_new_code(api: Api, problem: Any) -> None:
    held, partner = await api.delivered(), uuid4()
    await lives_at(api, uuid4(), held["by"], partner)
    path, before = f"wishes/{held['wish']['id']}/new-code", await api.snapshot()
    for person in (held["by"], partner):
        also_worker = api.as_role("community_worker", subject=person)
        problem(await api.post(path, {"reason": "lost"}, also_worker), 409, "involved-person")
    assert await api.snapshot() == before
    await api.ok(path, {"reason": "lost"}, api.worker)


async def test_a_wish_that_has_ended_gets_no_new_code(api: Api, problem: Any) -> None:
    wish = await api.posted()
    await api.ok(f"wishes/{wish['id']}/withdrawal", REASON, api.worker)
    before = await api.snapshot()
    answer = await api.post(f"wishes/{wish['id']}/new-code", {"reason": "lost"}, api.worker)
    problem(answer, 409, "no-new-code")
    assert await api.snapshot() == before


async def test_the_code_is_nowhere_but_in_the_answer(api: Api, capsys: Any) -> None:
    wish = await api.posted()
    made = await api.ok(f"wishes/{wish['id']}/new-code", {"reason": "damaged"}, api.worker)
    stored = str(await api.snapshot()) + capsys.readouterr().out
    for needle in (f"-{made['code']}", f'"{made["code"]}"', made["code"].encode().hex()):
        assert needle not in stored


async def test_buildings_are_listed_by_name_and_chosen_at_intake(api: Api, problem: Any) -> None:
    made = {
        name: await api.ok("buildings", {"area": XIANDONG, "name": name}, api.worker)
        for name in ("5号楼", "3号楼", "4" + "东" * 39)
    }
    path = f"buildings?area={XIANDONG}&limit=2"
    first = (await api.get(path, api.worker)).json()
    rest = (await api.get(f"{path}&cursor={first['next']}", api.worker)).json()
    names = [one["name"] for one in (*first["items"], *rest["items"])]
    assert names == sorted(made)
    assert rest["next"] is None
    known = wish_body()["beneficiary"] | {"building_id": made["3号楼"]["id"]}
    wish = await api.submitted(beneficiary=known)
    sql = "select building_id from beneficiary where id = $1"
    assert str(await api.db.fetchval(sql, UUID(wish["beneficiary_id"]))) == made["3号楼"]["id"]
    before = await api.snapshot()
    again = await api.post("buildings", {"area": XIANDONG, "name": "3号楼"}, api.worker)
    problem(again, 409, "building-known")
    for elsewhere in (str(uuid4()), await other_building(api)):
        person = known | {"building_id": elsewhere}
        answer = await api.post("wishes", wish_body(beneficiary=person), api.worker)
        problem(answer, 422, "building-unknown")
    for body in ({"area": XIANDONG}, {"area": "610102", "name": "3号楼"}, {"name": "楼" * 41}):
        problem(await api.post("buildings", body, api.worker), 422, "invalid")
    answer = await api.post("buildings", {"area": XINYUAN, "name": "3号楼"}, api.worker)
    problem(answer, 403, "out-of-scope")
    after = await api.snapshot()
    ours = ("building", "idempotency")
    assert {k: v for k, v in after.items() if k not in ours} == {
        k: v for k, v in before.items() if k not in ours
    }


async def other_building(api: Api) -> str:
    who = api.as_role("community_worker", XINYUAN)
    made = await api.ok("buildings", {"area": XINYUAN, "name": "1号楼"}, who)
    return made["id"]


async def test_a_building_added_twice_at_once_is_one(api: Api) -> None:
    body = {"area": XIANDONG, "name": "7号楼"}
    answers = await asyncio.gather(*(api.post("buildings", body, api.worker) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]
