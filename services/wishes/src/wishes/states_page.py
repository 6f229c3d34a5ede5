"""docs/wish-states.md, drawn from the tables in domain/states.py: `python -m wishes.states_page`."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from wishes.domain.errors import STATE_WORDS
from wishes.domain.rights import ERASURE, REQUEST
from wishes.domain.states import CLAIM, WISH

HEAD = """# 心愿的一生 / The life of a wish

Drawn from `domain/states.py` and `domain/rights.py` of `services/wishes` by `make generate`; a test compares.
An act that is not in the table is refused with 409 `wrong-state` and changes nothing.
"""
ACT_WORDS = {
    "hand_in": "交上来",
    "edit": "改一改",
    "verify": "核实",
    "return": "退回修改",
    "publish": "发布，挂上树",
    "escalate": "请更多人一起想办法",
    "claim": "认领",
    "contact": "联系上了",
    "join": "一起办",
    "leave": "不一起办了",
    "remind": "提醒",
    "ask_time": "想多要几天",
    "extend": "多给几天",
    "refuse_time": "不延期",
    "propose": "想改心愿，问一问",
    "agree": "同意改",
    "disagree": "不合适了，不怪谁",
    "visit": "出发上门",
    "release": "还回树上",
    "lapse": "时间到，回到树上",
    "let_go": "还回，卡片不公开",
    "wait_for_place": "还回，等树上有空位",
    "deliver_part": "先送到一部分",
    "deliver": "送到了",
    "confirm": "办好了",
    "dissatisfy": "不合适",
    "reopen": "后来发现不合适",
    "evaluate": "评价",
    "call_back": "回访",
    "close": "了结",
    "withdraw": "收回",
    "erase": "本人不要再办、资料删除，不再确认",
    "take_down": "取下卡片",
    "hang_again": "同意再挂上",
    "refer": "转办",
    "take_back": "转办没成，拿回来",
    "start_over": "转办没成，拿回来先核实",
    "check": "第一位同事核对过了",
    "do": "办了",
    "refuse": "没有同意",
    "cancel": "收回申请",
}
Table = Mapping[Any, StrEnum]
"""(state, act) → state."""


def page() -> str:
    parts = [
        *_part("心愿 / Wish", WISH),
        *_part("认领 / Claim", CLAIM),
        *_part("要资料、改资料 / Copy and correction of one's data", REQUEST),
        *_part("删资料，要两个人 / Erasure, by two people", ERASURE),
    ]
    return "\n".join([HEAD, *parts])


def _part(title: str, table: Table) -> list[str]:
    first = next(iter(table))[0]
    arrows = [f"    {state} --> {after}: {act}" for (state, act), after in table.items()]
    rows = [
        f"| {state} {STATE_WORDS[state]} | {act} {ACT_WORDS[act]} | {after} {STATE_WORDS[after]} |"
        for (state, act), after in table.items()
    ]
    diagram = ["```mermaid", "stateDiagram-v2", f"    [*] --> {first}", *arrows, "```", ""]
    return [f"## {title}\n", *diagram, "| from | act | to |", "|---|---|---|", *rows, ""]


if __name__ == "__main__":
    print(page(), end="")  # noqa: T201
