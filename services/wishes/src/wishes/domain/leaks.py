"""What must not stand on a public card: who the person is, where they live, how vulnerable they are.

The thin version: structured identifiers, the person's own name and address, and the words that make
a tree a burglar's list. Full-width and Chinese digits are folded first.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

DIGITS = str.maketrans("零〇一二三四五六七八九幺两", "0012345678912")
PHONE = re.compile(r"(?<!\d)1[3-9](?:[\s-]*\d){9}(?!\d)")
LANDLINE = re.compile(r"(?<!\d)0\d{2,3}[\s-]*\d{7,8}(?!\d)")
ID_NUMBER = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)")
LONG_NUMBER = re.compile(r"(?<!\d)\d{15,19}(?!\d)")
ROOM = re.compile(r"\d+\s*(?:号楼|栋|幢|单元|室|门牌|号院)|[A-Za-z\d]+座\d+")
WECHAT = re.compile(
    r"(?:微信|威信|薇信|vx|wx)\s*(?:号)?\s*[:：是]?\s*[A-Za-z][\w-]{5,19}", re.IGNORECASE
)
PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z][A-Z\d]{5,6}"
)
VULNERABLE = ("独居", "孤寡", "残疾", "肢残", "低保", "特困", "五保", "空巢", "精神病", "癌", "岁")
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECKS = "10X98765432"


@dataclass(frozen=True)
class Finding:
    """What was found; never the text itself, which may be what must not be shown."""

    kind: str
    start: int
    end: int


def find_leaks(text: str, name: str, address: str) -> list[Finding]:
    """Everything on a card that must be taken out before it can hang."""
    folded = unicodedata.normalize("NFKC", text)
    # Character by character the same length, so that a place in one is a place in the other.
    counted = folded.translate(DIGITS)
    return sorted(_all(folded, counted, name, address), key=lambda finding: finding.start)


def _all(text: str, counted: str, name: str, address: str) -> Iterator[Finding]:
    for kind, pattern, where in (
        ("phone", PHONE, counted),
        ("phone", LANDLINE, counted),
        ("bank_card", LONG_NUMBER, counted),
        ("address", ROOM, counted),
        ("wechat", WECHAT, text),
        ("plate", PLATE, text),
    ):
        for match in pattern.finditer(where):
            yield Finding(kind, *match.span())
    for match in ID_NUMBER.finditer(counted):
        if is_id_number(match.group()):
            yield Finding("id_number", *match.span())
    yield from _words(text, "name", _names(name))
    yield from _words(text, "address", _places(address))
    yield from _words(text, "vulnerable", VULNERABLE)


def is_id_number(number: str) -> bool:
    """GB 11643: the last character is a check digit (ISO 7064 MOD 11-2)."""
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], WEIGHTS, strict=True))
    return CHECKS[total % 11] == number[17].upper()


def _names(name: str) -> set[str]:
    """The whole name, and the given name alone when it has two characters or more."""
    whole = re.sub(r"\s", "", name)
    given = whole[1:] if len(whole) >= 3 else ""
    titles = ("先生", "女士", "老太", "老人", "大爷", "阿姨")
    return {word for word in (whole, given) if len(word) >= 2 and word not in titles}


def _places(address: str) -> set[str]:
    """The address and its parts that name a place."""
    whole = re.sub(r"\s", "", address)
    parts = re.split(r"[,，、;；]|(?<=院)|(?<=区)|(?<=楼)|(?<=栋)|(?<=单元)", whole)
    return {part for part in (whole, *parts) if len(part) >= 4}


def _words(text: str, kind: str, words: Iterable[str]) -> Iterator[Finding]:
    for word in words:
        start = text.find(word)
        if start >= 0:
            yield Finding(kind, start, start + len(word))
