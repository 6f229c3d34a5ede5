"""A copy of somebody's data as a page to read and to print: one document, nothing to fetch.

Letters as the elder mode asks: 18 pt and more, contrast above 4.5:1 (FEATURES E1). What has no word
here is shown as it is kept: nothing may be missing from a copy.
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from contracts.fields import BEIJING
from contracts.registry import EVENTS
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from wishes.domain.errors import PURPOSE_WORDS, STATE_WORDS

TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
)
TITLES = {
    "person": "您本人",
    "wishes": "您的心愿",
    "proxies": "替您写的人",
    "verifications": "核实",
    "consents": "您同意过和收回的",
    "claims": "谁来帮忙",
    "gifts": "送到的东西",
    "services": "花的时间",
    "confirmations": "您的确认",
    "taken_down": "取下的卡片",
    "requests": "您的申请",
    "history": "经过",
    "reveals": "谁看过您的资料",
}
LABELS = {
    "name": "姓名",
    "phone": "电话",
    "address": "住址",
    "area": "社区编号",
    "created_at": "登记时间",
    "card_no": "卡号",
    "category": "类别",
    "channel": "怎么来的",
    "state": "现在",
    "effort": "大约要花",
    "words": "您的原话",
    "title": "卡片上写的",
    "note": "补充",
    "follow_up_reason": "为什么再许",
    "submitted_at": "交上来",
    "posted_at": "挂上树",
    "fulfilled_at": "实现",
    "relation": "是您的",
    "consent_kind": "怎么同意的",
    "consent_given_at": "同意的时间",
    "reference": "凭据",
    "method": "方式",
    "verified_by": "核实的人（编号）",
    "at": "时间",
    "purpose": "为了",
    "given": "同意",
    "by_kind": "是谁",
    "how": "怎么说的",
    "wording": "说明第几版",
    "recorded_by": "登记的人（编号）",
    "witness": "见证人",
    "claimant_kind": "个人或单位",
    "claimant_id": "编号",
    "claimed_at": "接下",
    "contacted_at": "联系您",
    "delivered_at": "送到",
    "ended_at": "结束",
    "ended_as": "为什么结束",
    "line": "第几样",
    "item": "种类",
    "quantity": "数量",
    "value_fen": "估值（分）",
    "volunteer_id": "志愿者编号",
    "minutes": "分钟",
    "answer": "您说",
    "reason": "原因",
    "by_id": "谁（编号）",
    "by_role": "职务",
    "by_area": "哪里的",
    "witness_relation": "见证人是您的",
    "witness_name": "见证人",
    "kind": "申请什么",
    "filed_at": "申请时间",
    "due_at": "最晚答复",
    "answered_at": "答复时间",
    "wanted": "要改成",
    "event": "发生了什么",
    "fields": "看了什么",
}
HIDDEN = frozenset({"wish_id"})
RELATIONS = {"neighbour": "邻居", "family": "家里人", "worker": "工作人员", "other": "别的"}
CODES: Mapping[str, Mapping[str, str]] = {
    "category": {"goods": "物资", "service": "服务", "companionship": "陪伴", "skills": "技能"},
    "channel": {
        "online": "网上",
        "desk": "社区",
        "visit": "上门",
        "paper": "纸卡",
        "phone": "电话",
    },
    "effort": {
        "half_hour": "半小时",
        "one_hour": "一小时",
        "half_day": "半天",
        "one_day": "一天",
        "one_item": "一样东西",
    },
    "state": STATE_WORDS,
    "event": {spec.name: spec.title for spec in EVENTS.values()},
    "purpose": {
        **PURPOSE_WORDS,
        "arrange": "商量怎么办",
        "find_way": "找路",
        "verify": "核实",
        "notify": "发通知",
        "correct": "改资料",
        "own_copy": "给您本人一份",
    },
    "by_kind": {
        "self": "您本人",
        "guardian": "监护人",
        "proxy": "代办的人",
        "staff": "工作人员",
        "volunteer": "帮忙的人",
        "notifications": "通知系统",
    },
    "by_role": {
        "community_worker": "社区工作人员",
        "street_officer": "街道工作人员",
        "district_operator": "区里的运营员",
        "auditor": "审计员",
        "volunteer": "志愿者",
        "unit_contact": "单位联络员",
    },
    "how": {"paper": "纸上", "spoken": "当面或电话", "online": "自己的账号", "card": "凭心愿卡"},
    "method": {"phone": "电话", "visit": "上门", "call": "电话", "code": "凭心愿卡"},
    "answer": {"satisfied": "满意", "unsatisfied": "不满意", "unsure": "还说不好"},
    "kind": {"copy": "看全部资料", "correction": "改资料", "erasure": "删除"},
    "claimant_kind": {"volunteer": "个人", "organisation": "单位"},
    "relation": RELATIONS,
    "witness_relation": RELATIONS,
    "consent_kind": {
        "paper_photo": "纸上，拍了照",
        "voice": "录音",
        "witness": "有人见证",
        "spoken": "当面说的",
    },
    "item": {
        "heater": "取暖器",
        "appliance": "电器",
        "furniture": "家具",
        "food": "吃的",
        "medicine": "药品",
        "daily": "日用品",
        "other": "别的",
    },
    "follow_up_reason": {
        "too_bright": "太亮",
        "wrong_size": "大小不合适",
        "does_not_work": "不好用",
        "not_enough": "不够",
        "other": "别的",
    },
}
FIELDS = {"name": "姓名", "phone": "电话", "address": "住址", "words": "原话", "everything": "全部"}
Rows = list[dict[str, Any]]


def copy_page(data: Mapping[str, Rows], made_at: datetime) -> str:
    sections = [
        {"title": TITLES.get(name, name), "rows": [_row(row) for row in rows]}
        for name, rows in data.items()
    ]
    return TEMPLATES.get_template("copy.html").render(made_at=_time(made_at), sections=sections)


def _row(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What is empty has nothing to say."""
    return [
        (LABELS.get(name, name), _words(name, value))
        for name, value in row.items()
        if value is not None and name not in HIDDEN
    ]


def _words(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return _time(value)
    if isinstance(value, list | tuple):
        return "、".join(FIELDS.get(str(part), str(part)) for part in value)
    return CODES.get(name, {}).get(str(value), str(value))


def _time(at: datetime) -> str:
    there = at.astimezone(BEIJING)
    return f"{there.year}年{there.month}月{there.day}日 {there:%H:%M}"
