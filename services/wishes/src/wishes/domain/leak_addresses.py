"""Where somebody lives: a building, a unit, a room, a number in a street, and the person's own address.

Floors, schools and shops are no addresses: 六楼没电梯 helps whoever carries the bed.
"""

import re
from collections.abc import Iterator

from wishes.domain.leak_text import JOINTS, Finding, Reading, fold, seen

NUMBER = r"(?:[\d十百]{1,5}|[甲乙丙丁])"
SIDE = r"[东西南北中左右前后]"
BUILDING = (
    rf"(?:{NUMBER}|[A-Z])\#?(?:号楼|栋|幢|号院|号大院|号公寓)|\d{{1,3}}\#楼?|[甲乙丙丁]\d{{0,2}}楼"
)
UNIT = rf"(?:{NUMBER}|{SIDE})单元"
ROOM = rf"附?{NUMBER}(?:号房|室|户|号(?![线楼院]))|(?:\d{{1,2}}-)?\d{{3,4}}(?!\d)"
DOOR = rf"{NUMBER}门|[东西中南北左右对](?:户|门|手|头)|{SIDE}侧"
FLOOR = rf"{NUMBER}[层楼]"
PART = rf"(?:{BUILDING}|{UNIT}|{FLOOR}|{DOOR}|{ROOM})"
STREET = r"(?:[路街巷弄坊里道村庄寨堡]|胡同|家属[院区楼]|宿舍|小区|新村|大院|福利区|生活区|花园)"
WHERE = re.compile(
    rf"""(?:
        第?{BUILDING}
        | 第?{UNIT}
        | {NUMBER}街坊
        | {STREET}(?:[东西南北中]?[区院])?[第附]?{NUMBER}号(?![线楼院]|电池)
        | 第?{NUMBER}[排组队栋](?:{NUMBER}[号院户]|[东西南北]头(?:第{NUMBER}[家户])?)
        | {NUMBER}楼(?:{NUMBER}|[东西])(?:门|单元|[号室户])
        | [排巷头边侧]第{NUMBER}[家户]
        | {NUMBER}[层楼](?:往?[东西中南北左右](?:手|边|侧|面|头)?(?:第?{NUMBER}|[这那])?|第{NUMBER})(?:户|家(?![具电里乡长庭属装]))
        | {NUMBER}门(?:{NUMBER}[层楼])?{NUMBER}[号室户]
        | (?<!\d)\d{{3,4}}室(?![内外])
        | (?:\d{{1,2}}|[A-Z])座\d{{2,4}}(?!\d)
        | (?<![\d.-])\d{{1,2}}-\d-(?!(?:19|20)\d\d)\d{{3,4}}(?![\d-])
        | (?<=[区园庄院苑城寨村里坊])\d{{1,2}}-\d{{3,4}}(?!\d)
    )(?:[,，、的-]?{PART}){{0,5}}""",
    re.VERBOSE | re.IGNORECASE,
)
LESSON = re.compile(r"课|册|语文|数学|英语|物理|化学|单词|题|卷|教材|练习|复习|考")
SEAT = re.compile(r"票|座位|剧|影|戏")
THING = re.compile(r"[一两](?:栋|幢)(?:的|小|木|老|新|房|楼|别墅|积木|玩具)")
REGION = re.compile(
    r"^(?:[^省]{2,3}省)?(?:[^市]{2,3}市(?=..[区县]))?(?:[^小院厂东西南北]{2}[区县])?(?:.{2,5}街道)?(?:.{2,5}社区)?"
)
"""Down to the community whose tree it is: everybody may know."""
SHORT_PART = re.compile(r"[^\d路街巷院区楼]{2,3}(?:[路街巷坊村弄]|胡同)|\d{1,3}(?:街坊|[排组队])")
SHORTEST = 4
"""Letters in a row shared with the person's own address that are taken as a part of it."""
ROOMS = re.compile(r"(?<![\dA-Za-z.])\d{3,4}(?!\d)")
NOT_A_ROOM = re.compile(
    r"胶|[元块毛年月日号厘毫米瓦伏安克公升个只本页张次斤路kmcgwv.%-]", re.IGNORECASE
)


def addresses(text: Reading, address: str) -> Iterator[Finding]:
    """Building, unit and room patterns, and whatever the text shares with `address`."""
    counted = text.counted()
    for match in WHERE.finditer(counted.letters):
        if not _is_something_else(match, text.letters):
            yield counted.finding("address", *match.span())
    yield from _own(counted.without(JOINTS), address)


def _is_something_else(match: re.Match[str], letters: str) -> bool:
    start, end = match.span()
    found, around = match.group(), letters[max(0, start - 8) : end + 8]
    if re.fullmatch(rf"第?{NUMBER}单元", found):
        return LESSON.search(around) is not None
    if re.fullmatch(rf"{NUMBER}排{NUMBER}号", found):
        return SEAT.search(around) is not None
    return THING.match(letters, start) is not None


def _own(text: Reading, address: str) -> Iterator[Finding]:
    """Linear in both: every piece of the address is looked up, none is searched for."""
    whole = REGION.sub("", seen(fold(address)).letters)
    own = seen(whole).counted().without(JOINTS).letters
    pieces = {own[at : at + SHORTEST] for at in range(len(own) - SHORTEST + 1)}
    pieces |= {part for part in SHORT_PART.findall(own) if len(part) < SHORTEST}
    for at in range(len(text.letters)):
        for length in range(2, SHORTEST + 1):
            piece = text.letters[at : at + length]
            if piece in pieces:
                yield text.finding("address", at, at + len(piece))
    rooms = set(ROOMS.findall(own))
    for match in ROOMS.finditer(text.letters):
        if match.group() in rooms and not NOT_A_ROOM.match(text.letters, match.end()):
            yield text.finding("address", *match.span())
