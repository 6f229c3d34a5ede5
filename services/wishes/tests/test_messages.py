"""A word between both sides of a claim: without numbers, sealed, and over with the claim."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from chassis.clock import now
from wishes.domain import conversation

from .conftest import XIANDONG, XINYUAN, Api, gift, slip
from .town import AROUND, NAMED

LEAKS = [
    ("我的电话是１３８９１２３４５６７", "phone"),
    ("身份证 11010519491231002X", "id_number"),
    ("我家在3号楼2单元501", "address"),
    ("我叫黄建国", "name"),
    ("加微信 wx: hua_kai_88", "wechat"),
]


async def test_both_sides_talk_and_nobody_sees_a_number(api: Api, problem: Any) -> None:
    held = await api.claimed()
    wish, me = held["wish"], api.volunteer(held["by"])
    helper = await api.approved()
    await api.ok(f"claims/{held['claim']['id']}/helpers", {}, api.volunteer(helper))
    theirs, mine = f"cards/{slip(wish)}/messages", f"claims/{held['claim']['id']}/messages"
    await api.ok(mine, {"text": "明天下午三点方便吗"}, me)
    event = (await api.events(wish["id"]))[-1]
    assert (event["type"], event["sender"]) == ("WishMessageSent", "claimant")
    await api.ok(theirs, {"text": "方便，我一个人住，敲门重一点"})
    assert (await api.events(wish["id"]))[-1]["sender"] == "resident"
    await api.ok(mine, {"text": "好的，我带工具"}, api.volunteer(helper))
    # Rang up the desk: written down there, said by the resident.
    await api.ok(f"wishes/{wish['id']}/messages", {"text": "改到四点"}, api.worker)
    said = ["改到四点", "好的，我带工具", "方便，我一个人住，敲门重一点", "明天下午三点方便吗"]
    for path, who in ((mine, me), (mine, api.volunteer(helper)), (theirs, None)):
        items = (await api.get(path, who)).json()["items"]
        assert [line["text"] for line in items] == said
        assert [line["sender"] for line in items] == [
            "resident",
            "claimant",
            "resident",
            "claimant",
        ]
        assert all("by_id" not in line for line in items)
    page = (await api.get(f"{mine}?limit=3", me)).json()
    rest = (await api.get(f"{mine}?cursor={page['next']}", me)).json()
    assert [line["text"] for line in rest["items"]] == said[-1:]
    stored = str(await api.snapshot()) + str(await api.events(wish["id"]))
    assert not any(text in stored for text in said)
    stranger = api.volunteer(await api.approved())
    before = await api.snapshot()
    problem(await api.get(mine, stranger), 403, "not-the-claimant")
    problem(await api.post(mine, {"text": "你好"}, stranger), 403, "not-the-claimant")
    problem(await api.get(f"claims/{uuid4()}/messages", me), 404, "claim-not-found")
    elsewhere = api.as_role("community_worker", XINYUAN)
    problem(
        await api.post(f"wishes/{wish['id']}/messages", {"text": "你好"}, elsewhere),
        403,
        "out-of-scope",
    )
    assert await api.snapshot() == before


@pytest.mark.parametrize(("text", "kind"), LEAKS)
async def test_a_number_a_name_or_an_address_is_not_passed_on(
    api: Api, problem: Any, text: str, kind: str
) -> None:
    held = await api.claimed()
    sides = [
        (f"cards/{slip(held['wish'])}/messages", None),
        (f"claims/{held['claim']['id']}/messages", api.volunteer(held["by"])),
        (f"wishes/{held['wish']['id']}/messages", api.worker),
    ]
    before = await api.snapshot()
    for path, who in sides:
        body = problem(await api.post(path, {"text": text}, who), 422, "message-leaks")
        assert ("/text", kind) in [(error["pointer"], error["code"]) for error in body["errors"]]
        assert text not in str(body)
    for bad in ({"text": ""}, {"text": "长" * 301}, {"words": "你好"}, {}):
        problem(await api.post(sides[0][0], bad), 422, "invalid")
    assert await api.snapshot() == before


@pytest.mark.parametrize(
    "halves",
    [
        ("加我 138912", "后面是 34567"),
        ("138", "9123", "4567"),
        tuple("13891234567"),
        ("微信号是", "hua_kai_88"),
    ],
)
async def test_a_number_in_several_messages_is_a_number(
    api: Api, problem: Any, halves: tuple[str, ...]
) -> None:
    held = await api.claimed()
    theirs, mine = f"cards/{slip(held['wish'])}/messages", f"claims/{held['claim']['id']}/messages"
    me = api.volunteer(held["by"])
    *begun, rest = halves
    for half in begun:
        await api.ok(mine, {"text": half}, me)
    body = problem(await api.post(mine, {"text": rest}, me), 422, "message-leaks")
    (error,) = body["errors"]
    assert f"到 {len(rest)} 个字" in error["detail"]
    # The other side has begun nothing, and what comes after is looked at for itself.
    await api.ok(theirs, {"text": rest})
    await api.ok(mine, {"text": "明天下午3点来"}, me)


async def test_nobody_around_the_person_is_named_either(api: Api, problem: Any) -> None:
    held = await api.claimed(**AROUND)
    path, me = f"claims/{held['claim']['id']}/messages", api.volunteer(held["by"])
    before = await api.snapshot()
    for name in NAMED:
        body = problem(await api.post(path, {"text": f"到了找{name}拿"}, me), 422, "message-leaks")
        assert [error["code"] for error in body["errors"]] == ["name"]
    assert await api.snapshot() == before


async def test_the_conversation_ends_with_the_claim_and_the_next_one_does_not_hear_it(
    api: Api, problem: Any
) -> None:
    held = await api.claimed()
    wish, me = held["wish"], api.volunteer(held["by"])
    theirs, mine = f"cards/{slip(wish)}/messages", f"claims/{held['claim']['id']}/messages"
    await api.ok(theirs, {"text": "谢谢您来"})
    await api.ok(f"claims/{held['claim']['id']}/release", {}, me)
    before = await api.snapshot()
    for answer in (
        await api.post(mine, {"text": "对不起"}, me),
        await api.get(mine, me),
        await api.post(theirs, {"text": "没关系"}),
        await api.get(theirs),
        await api.post(f"wishes/{wish['id']}/messages", {"text": "没关系"}, api.worker),
    ):
        problem(answer, 409, "conversation-closed")
    assert await api.snapshot() == before
    next_one = await api.approved()
    claim = await api.ok(f"wishes/{wish['id']}/claims", {}, api.volunteer(next_one))
    path = f"claims/{claim['id']}/messages"
    assert (await api.get(path, api.volunteer(next_one))).json()["items"] == []
    assert (await api.get(theirs)).json()["items"] == []
    # Delivered is still open, confirmed is not, and what goes on can be spoken about again.
    body = {"gifts": [gift(next_one)]}
    await api.ok(f"claims/{claim['id']}/delivery", body, api.volunteer(next_one))
    await api.ok(theirs, {"text": "收到了"})
    await api.ok(f"cards/{slip(wish)}/confirmation", {"answer": "satisfied"})
    problem(await api.post(theirs, {"text": "真好"}), 409, "conversation-closed")
    await api.ok(f"wishes/{wish['id']}/reopening", {"reason": "broke"}, api.worker)
    await api.ok(theirs, {"text": "又不亮了"})


async def test_a_word_is_gone_with_its_person_from_the_stored_answer_too(
    api: Api, problem: Any
) -> None:
    held = await api.claimed()
    sent = [
        (f"cards/{slip(held['wish'])}/messages", None),
        (f"claims/{held['claim']['id']}/messages", api.volunteer(held["by"])),
        (f"wishes/{held['wish']['id']}/messages", api.worker),
    ]
    said = {"text": "我腿不好，敲门重一点"}
    for number, (path, who) in enumerate(sent):
        assert (await api.post(path, said, who, key=f"say-{number}")).json()["text"] == said["text"]
    body = {"kind": "erasure", "end_claims": True}
    desk = [api.as_role("community_worker", subject=uuid4()) for _ in range(3)]
    person = f"beneficiaries/{held['wish']['beneficiary_id']}"
    asked = await api.ok(f"{person}/requests", body, desk[0])
    for who in desk[1:]:
        decision = {"answer": "yes", "reason": "asked"}
        await api.ok(f"data-requests/{asked['id']}/decision", decision, who)
    for number, (path, who) in enumerate(sent):
        again = await api.post(path, said, who, key=f"say-{number}")
        problem(again, 410, "answer-erased")


async def test_staff_read_along_only_by_an_audited_look(api: Api, problem: Any) -> None:
    held = await api.claimed()
    wish, me = held["wish"], api.volunteer(held["by"])
    for text in ("一", "二", "三"):
        await api.ok(f"claims/{held['claim']['id']}/messages", {"text": f"第{text}句"}, me)
    await api.ok(f"claims/{held['claim']['id']}/release", {}, me)
    path = f"wishes/{wish['id']}/messages/reading"
    asked = {"purpose": "complaint", "limit": 2}
    problem(
        await api.post(path, asked, api.as_role("community_worker", XINYUAN)), 403, "out-of-scope"
    )
    problem(await api.post(path, asked | {"purpose": "curious"}, api.worker), 422, "invalid")
    problem(await api.post(path, asked | {"cursor": "abcd"}, api.worker), 400, "bad-cursor")
    first = await api.ok(path, asked, api.worker)
    rest = await api.ok(path, asked | {"cursor": first["next"]}, api.worker)
    lines = [*first["items"], *rest["items"]]
    assert [line["text"] for line in lines] == ["第三句", "第二句", "第一句"]
    assert {line["by_id"] for line in lines} == {str(held["by"])}
    looks = (await api.get(f"wishes/{wish['id']}/reveals", api.worker)).json()["items"]
    assert [(look["fields"], look["purpose"]) for look in looks] == [
        (["messages"], "complaint")
    ] * 2


async def test_one_side_says_so_much_in_a_day_and_no_more(api: Api, problem: Any) -> None:
    held = await api.claimed()
    me, path = api.volunteer(held["by"]), f"claims/{held['claim']['id']}/messages"
    for _ in range(conversation.MOST):
        await api.ok(path, {"text": "在路上"}, me)
    answer = await api.post(path, {"text": "再说一句"}, me)
    problem(answer, 429, "too-many-messages")
    assert 0 < int(answer.headers["retry-after"]) <= 86_400
    # The other side is not silenced by that.
    await api.ok(f"cards/{slip(held['wish'])}/messages", {"text": "听到了"})
    async with api.db.transaction() as tx:
        await tx.execute("update message set sent_at = $1", now() - timedelta(days=1, minutes=1))
    await api.ok(path, {"text": "第二天"}, me)


async def test_a_unit_talks_by_its_contact(api: Api) -> None:
    unit, wish = await api.unit(), await api.posted()
    contact = api.as_role("unit_contact", XIANDONG, organisation=unit, subject=uuid4())
    body = {"organisation_id": str(unit)}
    claim = await api.ok(f"wishes/{wish['id']}/claims", body, contact)
    colleague = api.as_role("unit_contact", XIANDONG, organisation=unit, subject=uuid4())
    await api.ok(f"claims/{claim['id']}/messages", {"text": "我们周五来"}, colleague)
    event = (await api.events(wish["id"]))[-1]
    assert event["claimant"] == {"kind": "organisation", "id": str(unit)}
