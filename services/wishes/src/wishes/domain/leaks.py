"""What must not stand on a public card: who the person is, where they live, how vulnerable they are.

The thin version: structured identifiers, the person's own name and address, and the words that make
a tree a burglar's list. Full-width and Chinese digits are folded first.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

DIGITS = str.maketrans("零〇一二三四五六七八九幺两壹贰叁肆伍陆柒捌玖", "0012345678912123456789")
GAP = r"[\s.·・_\u200b-\u200d\u2060\ufeff-]*"
"""What people put between digits, the invisible included."""
PHONE = re.compile(rf"(?<!\d)(?:(?:00)?86{GAP})?\d(?:{GAP}\d){{6,11}}(?!\d)")
"""Local, long-distance, mobile: nothing else on a card needs seven digits."""
LONG_NUMBER = re.compile(rf"(?<!\d)\d(?:{GAP}\d){{12,18}}(?!\d)")
ID_NUMBER = re.compile(rf"(?<!\d)\d(?:{GAP}\d){{16}}{GAP}[\dXx](?!\d)")
ROOM = re.compile(r"\d+\s*(?:号楼|栋|幢|单元|室|门牌|号院)|[A-Za-z\d]+座\d+")
WECHAT = re.compile(
    r"(?:微信|威信|薇信|vx|wx)\s*(?:号)?\s*[:：是]?\s*[A-Za-z][\w-]{5,19}", re.IGNORECASE
)
PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z][A-Z\d]{5,6}"
)
VULNERABLE = (
    *("独居", "孤寡", "空巢", "留守", "一个人住", "一人住", "单亲", "孤儿"),
    *("残疾", "肢残", "瘫痪", "失能", "精神病", "癌", "透析"),
    *("低保", "特困", "五保", "困难户", "贫困", "岁"),
)
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECKS = "10X98765432"
TITLES = ("先生", "女士", "老太", "老太太", "老人", "大爷", "大妈", "阿姨", "奶奶", "爷爷")


@dataclass(frozen=True)
class Finding:
    """What was found; never the text itself, which may be what must not be shown."""

    kind: str
    start: int
    end: int


def find_leaks(text: str, name: str, address: str) -> list[Finding]:
    """Everything on a card that must be taken out before it can hang. Places count in `text`."""
    folded = _fold(text)
    counted = folded.translate(DIGITS)
    found = {*_patterns(folded, counted), *_known(folded, name, address)}
    return sorted(found, key=lambda finding: (finding.start, finding.end, finding.kind))


def _fold(text: str) -> str:
    """Full-width forms as plain ones, letter for letter, so that a place stays a place."""
    forms = (unicodedata.normalize("NFKC", letter) for letter in text)
    return "".join(
        form if len(form) == 1 else letter for form, letter in zip(forms, text, strict=True)
    )


def _patterns(text: str, counted: str) -> Iterator[Finding]:
    for kind, pattern, where in (
        ("phone", PHONE, counted),
        ("bank_card", LONG_NUMBER, counted),
        ("address", ROOM, counted),
        ("wechat", WECHAT, text),
        ("plate", PLATE, text),
    ):
        for match in pattern.finditer(where):
            yield Finding(kind, *match.span())
    for match in ID_NUMBER.finditer(counted):
        if is_id_number(re.sub(GAP, "", match.group())):
            yield Finding("id_number", *match.span())


def _known(text: str, name: str, address: str) -> Iterator[Finding]:
    """The person's own name and address, and words that say how vulnerable somebody is."""
    # Without blanks: a name written with gaps is still a name.
    places = [place for place, letter in enumerate(text) if _is_seen(letter)]
    squeezed = "".join(text[place] for place in places)
    for kind, words in (
        ("name", _names(_fold(name))),
        ("address", _places(_fold(address))),
        ("vulnerable", VULNERABLE),
    ):
        for word in words:
            for match in re.finditer(re.escape(word), squeezed):
                yield Finding(kind, places[match.start()], places[match.end() - 1] + 1)


def _is_seen(letter: str) -> bool:
    return not letter.isspace() and unicodedata.category(letter) != "Cf"


def is_id_number(number: str) -> bool:
    """GB 11643: the last character is a check digit (ISO 7064 MOD 11-2)."""
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], WEIGHTS, strict=True))
    return CHECKS[total % 11] == number[17].upper()


def _names(name: str) -> set[str]:
    """The whole name, and the given name alone when it has two characters or more."""
    whole = re.sub(r"\s", "", name)
    given = whole[1:] if len(whole) >= 3 else ""
    return {word for word in (whole, given) if len(word) >= 2 and word not in TITLES}


def _places(address: str) -> set[str]:
    """The address and its parts that name a place."""
    whole = re.sub(r"\s", "", address)
    parts = re.split(r"[,，、;；]|(?<=院)|(?<=区)|(?<=楼)|(?<=栋)|(?<=单元)", whole)
    return {part for part in (whole, *parts) if len(part) >= 4}
