"""Wishes of a child, and one that is begun: they fill every column that can hold words about a person."""

from typing import Any
from uuid import UUID, uuid4

from .conftest import Api, gift, slip, wish_body
from .files import VOICES
from .test_attachments import upload

CHILD = {
    "name": "肖小雨",
    "address": "咸东社区四号院",
    "phone": "13891234567",
    "born": "2019-05",
}
HEARD = {
    "kind": "witness",
    "reference": "在家里当面说的",
    "given_at": "2026-02-01T09:30:00+08:00",
    "witness": {"name": "马秀英", "relation": "neighbour"},
}
MOTHER = {
    "name": "肖红",
    "relation": "parent",
    "phone": "13900000001",
    "consent": HEARD,
    "account_id": str(UUID(int=7)),
}
PROXY = {"name": "刘桂兰", "relation": "neighbour", "phone": "13891234568", "consent": HEARD}
QUESTIONS = {
    "type": "object",
    "properties": {"size": {"type": "string", "maxLength": 20}},
    "required": ["size"],
    "additionalProperties": False,
}
CHECKS = {"identity_checked": True, "need_checked": True, "consent_checked": True}
STEP = {"method": "visit", "done_at": "2026-02-02T09:30:00+08:00", "spoke_with": "guardian"}
VISIT = {"method": "visit", "checklist": CHECKS, "steps": [STEP | {"seen": ["home", "need"]}]}
NOTE = "独居的孩子"

SAID = (
    "肖小雨",
    "肖红",
    "刘桂兰",
    "马秀英",
    "2019-05",
    '{"size":"三十五码"}',
    '{"size":"调光的"}',
    "明天下午三点方便吗",
    "说谢谢大家",
    "手脚麻利",
    "下午再打",
    "声音太大",
    "已经当面说明",
    "小了一号。",
    "想换一盏暗一点的。",
    "XA2026-000123",
    "名额满了",
    "本人就想这么写",
    "还想要一盒彩笔。",
)
"""What stands in the columns afterwards, besides what every wish has."""


async def whole_life(api: Api) -> dict[str, Any]:
    """The first, fulfilled and evaluated; the second is claimed and a change is asked about."""
    await api.rule("goods", questions=QUESTIONS, callback_percent=100)
    body = wish_body(beneficiary=CHILD, guardian=MOTHER, proxy=PROXY, answers={"size": "三十五码"})
    wish = await api.ok("wishes", body, api.worker)
    path, by_card = f"wishes/{wish['id']}", f"cards/{slip(wish)}"
    assert (await upload(api, wish, VOICES["audio/amr"], "audio/amr")).status_code == 201
    await api.ok(f"{path}/verification", VISIT, api.worker)
    spoken = {
        "purpose": "photo",
        "given": True,
        "wording": 1,
        "witness": "吴红正",
        "by": "guardian",
    }
    await api.ok(f"{path}/consents", spoken, api.worker)
    await refer(api, wish)
    await overrule(api, wish)
    assert (await api.publish(wish, note=NOTE)).status_code == 200
    held = await claim(api, wish, await api.approved())
    me, mine = api.volunteer(held["by"]), f"claims/{held['id']}"
    await api.ok(f"{mine}/messages", {"text": "明天下午三点方便吗"}, me)
    await api.ok(f"{mine}/helpers", {}, api.volunteer(await api.approved()))
    await api.ok(f"{mine}/delivery", {"gifts": [gift(held["by"])]}, me)
    told = {
        "method": "call",
        "answer": "satisfied",
        "witness": {"name": "刘桂兰", "relation": "neighbour"},
        "note": "说谢谢大家",
    }
    await api.ok(f"{path}/confirmation", told, api.worker)
    await api.ok(f"{by_card}/evaluation", {"score": 4, "means": "qr", "remark": "手脚麻利"})
    caller = api.as_role("community_worker", subject=uuid4())
    await api.ok(f"{path}/callback", {"outcome": "not_reached", "note": "下午再打"}, caller)
    complaint = await api.ok(f"{by_card}/complaints", {"about": "manners", "words": "声音太大"})
    answer = {"outcome": "explained", "words": "已经当面说明"}
    await api.ok(f"complaints/{complaint['id']}/answer", answer, caller)
    follow = {"reason": "wrong_size", "channel": "desk", "words": "小了一号。"}
    more = follow | {"answers": {"size": "三十六码"}}
    second = await api.ok(f"{path}/follow-ups", more, api.worker)
    await api.ok(f"wishes/{second['id']}/guardian", MOTHER, api.worker)
    await api.ok(f"wishes/{second['id']}/verification", VISIT, api.worker)
    assert (await api.publish(second)).status_code == 200
    # It is offered to whoever helped before.
    await claim(api, second, held["by"])
    change = {
        "words": "想换一盏暗一点的。",
        "title": "想有一盏台灯",
        "effort": "one_item",
        "note": "看书用",
        "answers": {"size": "调光的"},
    }
    await api.ok(f"wishes/{second['id']}/change-proposals", change, api.colleague)
    await api.drafted(beneficiary=CHILD, words="还想要一盒彩笔。")
    return wish


async def claim(api: Api, wish: dict[str, Any], by: UUID) -> dict[str, Any]:
    return await api.ok(f"wishes/{wish['id']}/claims", {}, api.volunteer(by)) | {"by": by}


async def refer(api: Api, wish: dict[str, Any]) -> None:
    body = {"to": "charity", "reason": "too_costly", "receipt": "XA2026-000123"}
    handed = await api.ok(f"wishes/{wish['id']}/referral", body, api.worker)
    answer = {"outcome": "not_helped", "note": "名额满了"}
    await api.ok(f"referrals/{handed['id']}/answer", answer, api.worker)


async def overrule(api: Api, wish: dict[str, Any]) -> None:
    found = (await api.publish(wish, note=NOTE)).json()["errors"]
    path = f"wishes/{wish['id']}/overrules"
    for error in found:
        first, last = [int(part) for part in error["detail"].split(" ") if part.isdigit()][:2]
        body = {"field": "note", "text": NOTE, "kind": error["code"], "first": first, "last": last}
        body |= {"reason": "is_the_wish", "remark": "本人就想这么写"}
        asked = await api.ok(path, body, api.colleague)
        third = api.as_role("street_officer", "610102007", subject=uuid4())
        await api.ok(f"{path}/{asked['id']}/answer", {"answer": "yes"}, third)
