"""Numbers that lead to a person: telephones, identity numbers, bank cards.

Digits are read one by one with what stands between them; a run ends where neither punctuation nor
a filling word joins two digits. Every start in a run is tried against a fixed list of shapes, so
the work grows with the length of the text and no faster.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from wishes.domain.leak_text import Finding, Reading

LIKE = {
    **dict.fromkeys("洞灵另oO", "0"),
    **dict.fromkeys("么妖腰夭lI|", "1"),
    **dict.fromkeys("伞", "3"),
    **dict.fromkeys("舞", "5"),
    **dict.fromkeys("溜", "6"),
    **dict.fromkeys("拐妻漆", "7"),
    **dict.fromkeys("巴吧爸扒", "8"),
    **dict.fromkeys("勾钩酒久韭", "9"),
    **dict.fromkeys("xX叉", "X"),
}
"""Heard or seen as a digit, but words of their own: they count only inside the shape of a number."""
FILLERS = re.compile(
    r"(?:然后|接着|再加|空格|横杠|后[面边头]|[前后末中]间?.位|中间|前面|最后|[末结]尾|尾[号数]|[开打]头|就是|还有|那个"
    r"|[再接加和跟空杠横减点转是为呃嗯啊哦呢嘛到又])"
)
MOST_FILLERS = 3
POSITION = re.compile(r"[前后末中]间?[两三四五六七八\d]位")
"""Says which digits follow and is none of them."""
TIGHT = frozenset("-._·・•‧∙|+*~()'\"=")
CLOSE, LISTED, FILLED = 1, 2, 3
"""Between two digits: blanks and dashes; other punctuation; words that only fill."""

CUE = re.compile(r"打|电话|座机|手机|联系|拨|短信|呼|号码|tel|call|phone", re.IGNORECASE)
UNIT = re.compile(
    r"[元块毛角万千百年月日厘毫米寸瓦伏安度斤克公升个只本页平小分天次人kmcgwv%]", re.IGNORECASE
)
SHORT = re.compile(r"(?:短号|分机|内线|小号)[号是为:]{0,2}\d{3,6}(?!\d)")
SERVICE = re.compile(r"(?:打|拨|电话|热线|客服|呼)[^\d]{0,3}9[56]\d{3,4}(?!\d)")
"""Firms; the public ones (110, 120, 12345, 12333) begin with 1 and may stand on any card."""
EXTENSION = re.compile(r"(?:转|分机|-)\d{1,5}(?!\d)")
LANDLINE = re.compile(r"(?P<area>010|02\d|0[3-9]\d\d)[2-9]\d{6,7}")
FREE = re.compile(r"[48]00\d{7}")
LOCAL = {(3, 4), (4, 4), (2, 2, 2, 2), (4, 2, 2), (3, 2, 2), (1,) * 7, (1,) * 8}
"""How people group a number without area code."""
PROVINCES = re.compile(r"1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]")
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECKS = "10X98765432"


@dataclass(frozen=True)
class Digit:
    value: str
    at: int
    script: str
    gap: int
    """From the digit before: 0, CLOSE, LISTED or FILLED."""

    @property
    def is_like(self) -> bool:
        return self.script == "like"


Run = Sequence[Digit]


def numbers(text: Reading) -> Iterator[Finding]:
    """Phones, identity numbers and cards, by what a reading without blanks shows."""
    counted = text.counted()
    yield from counted.finds("phone", SHORT)
    yield from counted.finds("phone", SERVICE)
    for run in _runs(text, counted):
        start = 0
        while start < len(run):
            kind, end = _number_at(run, start, counted)
            if kind:
                yield counted.finding(kind, run[start].at, _after(run, end, counted, kind))
            start = end


def _runs(text: Reading, counted: Reading) -> Iterator[Run]:
    """Digits that belong together. Each letter is looked at once, whatever stands between."""
    run: list[Digit] = []
    told = {at for match in POSITION.finditer(text.letters) for at in range(*match.span())}
    for at, letter in enumerate(counted.letters):
        value = LIKE.get(letter, letter if "0" <= letter <= "9" else "")
        if not value or at in told:
            continue
        gap = _gap(text, run[-1].at, at) if run else None
        if gap is None and run:
            yield run
            run = []
        script = "like" if letter in LIKE else "plain" if letter == text.letters[at] else "han"
        run.append(Digit(value, at, script, gap or 0))
    yield run


def _gap(text: Reading, before: int, at: int) -> int | None:
    """How two digits are joined; None when a word parts them."""
    between = text.letters[before + 1 : at]
    if not between:
        return CLOSE if text.places[at] - text.places[before] > 1 else 0
    if all(letter in TIGHT for letter in between):
        return CLOSE
    rest, fillers = FILLERS.subn("", between)
    if fillers > MOST_FILLERS or any(letter.isalnum() for letter in rest):
        return None
    return FILLED if fillers else LISTED


def _number_at(run: Run, start: int, text: Reading) -> tuple[str, int]:
    """The kind of number that begins here and the place after it, or no kind and the next start."""
    if _is_edge(run, start):
        for kind, length in (
            ("id_number", _identity(run, start)),
            ("bank_card", _card(run, start)),
            ("phone", _mobile(run, start, text)),
            ("phone", _landline(run, start)),
            ("phone", _local(run, start, text)),
        ):
            if length:
                return kind, start + length
    if run[start].is_like:
        return "", start + 1
    end = _segment_end(run, start)
    kind = _plain_number(run[start:end], text)
    if kind:
        return kind, end
    # Not one number: what follows a gap may still be one.
    return "", next((at for at in range(start + 1, end) if _may_begin(run, at, text)), end)


def _after(run: Run, end: int, text: Reading, kind: str) -> int:
    last = run[end - 1].at + 1
    extension = EXTENSION.match(text.letters, last) if kind == "phone" else None
    return extension.end() if extension else last


def _is_edge(run: Run, at: int) -> bool:
    """A number may begin or end here: not inside digits written in one go."""
    if at in (0, len(run)):
        return True
    return run[at].gap > 0 or run[at].script != run[at - 1].script


def _may_begin(run: Run, at: int, text: Reading) -> bool:
    """Not behind a decimal point: 3.1415926 is a number of another sort."""
    return _is_edge(run, at) and text.letters[run[at].at - 1] != "."


def _values(run: Run, start: int, length: int, gap: int = FILLED) -> str:
    """`length` digits with both edges free and no wider gap inside, else nothing."""
    part = run[start : start + length]
    if len(part) < length or not _is_edge(run, start + length):
        return ""
    if any(digit.gap > gap for digit in part[1:]):
        return ""
    if sum(digit.is_like for digit in part) * 5 > length * 2:
        return ""
    return "".join(digit.value for digit in part)


def _identity(run: Run, start: int) -> int:
    values = _values(run, start, 18)
    # A number with one slip of the pen is still somebody's: region and birthday are enough.
    if values[:17].isdigit() and (is_id_number(values) or _is_born(values[:2], values[6:14])):
        return 18
    values = _values(run, start, 15, LISTED)
    return 15 if values.isdigit() and _is_born(values[:2], f"19{values[6:12]}") else 0


def _card(run: Run, start: int) -> int:
    for length in (19, 18, 17, 16):
        values = _values(run, start, length)
        if values.isdigit() and values[0] in "34569" and _is_luhn(values):
            return length
    return 0


def _mobile(run: Run, start: int, text: Reading) -> int:
    for code in ("0086", "86", ""):
        length = len(code) + 11
        values = _values(run, start, length)
        if values.isdigit() and re.match(rf"{code}1[3-9]", values):
            # 150，2000，1500元 has the digits of a mobile number, and is three prices.
            listed = any(digit.gap > CLOSE for digit in run[start + 1 : start + length])
            return 0 if listed and _has_unit(run[start + length - 1], text) else length
    return 0


def _landline(run: Run, start: int) -> int:
    """With an area code, or 400 and 800."""
    for length in (12, 11, 10):
        values = _values(run, start, length)
        if FREE.fullmatch(values):
            return length
        if match := LANDLINE.fullmatch(values):
            sizes = _sizes(run[start : start + length])
            if sizes[0] in (len(match["area"]), length) or _is_even(sizes):
                return length
    return 0


def _local(run: Run, start: int, text: Reading) -> int:
    """Without an area code, in whatever way it is put, where a word says that it is a telephone."""
    for length in (8, 7):
        values = _values(run, start, length)
        if values.isdigit() and values[0] not in "01" and _is_told(run[start], text):
            return length if _sizes(run[start : start + length]) in LOCAL else 0
    return 0


def _is_even(sizes: Sequence[int]) -> bool:
    """Read out one by one or in pairs. Unlike 01 14:30 and the other numbers of a timetable."""
    return sizes[-1] <= sizes[0] <= 2 and set(sizes[:-1]) == {sizes[0]}


def _segment_end(run: Run, start: int) -> int:
    end = start + 1
    while end < len(run) and run[end].gap <= CLOSE and not run[end].is_like:
        end += 1
    return end


def _plain_number(part: Run, text: Reading) -> str:
    """No known shape: by length alone, for nothing else on a card needs seven digits."""
    values = "".join(digit.value for digit in part)
    groups = _groups(part)
    if len(part) < 7 or _is_span(groups) or _counts_up(part, groups):
        return ""
    if len(part) > 12:
        return "" if _is_barcode(values) else "bank_card"
    if len(groups) == 1 or _is_told(part[0], text):
        return "phone"
    local = _sizes(part) in LOCAL and values[0] not in "01" and not _has_unit(part[-1], text)
    return "phone" if local else ""


def _groups(part: Run) -> list[str]:
    groups = [part[0].value]
    for digit in part[1:]:
        if digit.gap:
            groups.append("")
        groups[-1] += digit.value
    return groups


def _sizes(part: Run) -> tuple[int, ...]:
    return tuple(len(group) for group in _groups(part))


def _is_told(first: Digit, text: Reading) -> bool:
    return CUE.search(text.letters, max(0, first.at - 8), first.at) is not None


def _has_unit(last: Digit, text: Reading) -> bool:
    return UNIT.match(text.letters, last.at + 1) is not None


def _is_span(groups: list[str]) -> bool:
    """2024-05-01, 20240501, 2024-2025; 2000-3000, which is a price."""
    if len(groups) == 2:
        if all(group.endswith("00") for group in groups):
            return groups[0] < groups[1]
        return all(re.fullmatch(r"(?:19|20)\d\d", group) for group in groups)
    parts = [groups[0][:4], groups[0][4:6], groups[0][6:]] if len(groups) == 1 else groups
    return len(parts) == 3 and _is_day(*parts)


def _counts_up(part: Run, groups: list[str]) -> bool:
    """一二三四五六七, or sizes one after another: 160 165 170 175 180."""
    if len(groups) == 1:
        return {int(b.value) - int(a.value) for a, b in pairwise(part)} == {1}
    alike = len({len(group) for group in groups}) == 1 and len(groups[0]) in (2, 3)
    return alike and len(groups) > 2 and all(a < b for a, b in pairwise(groups))


def _is_barcode(values: str) -> bool:
    """EAN-13 of goods made here or of books (ISBN)."""
    if len(values) != 13 or not values.startswith(("69", "978", "979")):
        return False
    return sum(int(value) * (3 if at % 2 else 1) for at, value in enumerate(values)) % 10 == 0


def _is_born(province: str, day: str) -> bool:
    return bool(PROVINCES.fullmatch(province)) and _is_day(day[:4], day[4:6], day[6:])


def _is_day(year: str, month: str, day: str) -> bool:
    if len(year) != 4 or len(month) > 2 or len(day) > 2:
        return False
    try:
        return 1900 <= date(int(year), int(month), int(day)).year <= 2099
    except ValueError:
        return False


def _is_luhn(values: str) -> bool:
    total = 0
    for at, value in enumerate(reversed(values)):
        total += sum(divmod(int(value) * (1 + at % 2), 10))
    return total % 10 == 0


def is_id_number(number: str) -> bool:
    """GB 11643: the last character is a check digit (ISO 7064 MOD 11-2)."""
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], WEIGHTS, strict=True))
    return CHECKS[total % 11] == number[17].upper()
