"""How a sentence is said: times, codes and amounts in its language."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from string import Formatter
from typing import Literal

Language = Literal["zh", "en"]
TIMES = frozenset(
    {"contact_by", "fulfil_by", "due_at", "due_by", "until", "answer_by", "back_by", "since"}
)
WORDS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "to": {
        "hotline_12345": ("12345 热线", "the 12345 hotline"),
        "grid": ("网格员", "the grid worker"),
        "charity": ("慈善组织", "a charity"),
        "social_assistance": ("社会救助窗口", "social assistance"),
        "": ("专门管这件事的单位", "those who are there for it"),
    },
    "kind": {
        "skill": ("技能", "skill"),
        "training": ("培训", "training"),
        "insurance": ("保险", "insurance"),
        "vetting": ("核查", "check"),
        "": ("资质", "qualification"),
    },
}
"""Codes as people say them, (zh, en); under the empty one what is said for a code from the future."""


@dataclass(frozen=True)
class Template:
    zh: str
    en: str

    def fields(self) -> set[str]:
        return {name for _, name, _, _ in Formatter().parse(self.zh) if name}

    def text(self, details: Mapping[str, object], language: Language = "zh") -> str:
        """The sentence; times, codes and amounts are said in its language."""
        said = {name: _said(name, value, language) for name, value in details.items()}
        said["amounts"] = _amounts(details, language)
        return (self.zh if language == "zh" else self.en).format_map(said)


def _said(name: str, value: object, language: Language) -> object:
    if name in WORDS:
        return WORDS[name].get(str(value), WORDS[name][""])[0 if language == "zh" else 1]
    if name not in TIMES:
        return value
    at = datetime.fromisoformat(str(value))
    if name == "since":
        return (
            f"{at:%H:%M} on {at.day} {at:%B}"
            if language == "en"
            else f"{at.month} 月 {at.day} 日 {at:%H:%M} "
        )
    if language == "en":
        minute = f":{at.minute:02}" if at.minute else ""
        hour = f"{at.hour % 12 or 12}{minute} {'am' if at.hour < 12 else 'pm'}"
        return f"{hour} on {at:%A} {at.day} {at:%B}"
    part = "早上" if at.hour < 12 else "下午" if at.hour < 18 else "晚上"
    day = "一二三四五六日"[at.weekday()]
    minute = "半" if at.minute == 30 else f" {at.minute} 分" if at.minute else ""
    return f"{at.month} 月 {at.day} 日（周{day}）{part} {at.hour % 12 or 12} 点{minute}"


def _amounts(details: Mapping[str, object], language: Language) -> str:
    """Points, hours, value of gifts: what there is of them, and no zeros."""
    points, minutes, fen = (int(str(details.get(n, 0))) for n in ("points", "minutes", "fen"))
    zh = language == "zh"
    said = [
        (points, f"{points} 个积分" if zh else f"{points} points"),
        (minutes, f"{minutes / 60:.4g} 小时" if zh else f"{minutes / 60:.4g} hours"),
        (fen, f"估值 {fen / 100:.10g} 元的实物" if zh else f"gifts worth {fen / 100:.10g} yuan"),
    ]
    joined = ("、" if zh else ", ").join(words for amount, words in said if amount)
    # A digit after a Chinese character is set off by a space, a character is not.
    return f" {joined}" if zh and joined[:1].isdigit() else joined
