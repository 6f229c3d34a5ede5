"""What may not hang on a tree: who it is, where they live, how vulnerable they are."""

import re
import sys
from types import FrameType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wishes.domain import leak_accounts, leak_addresses, leak_names, leak_numbers, leak_text, leaks
from wishes.domain.leaks import find_leaks, is_id_number

NAME, ADDRESS = "杨玉凤", "陕建五公司家属院3号楼2单元501"
ID_NUMBER = "610102195401011232"


def kinds(text: str, name: str = NAME, address: str = ADDRESS) -> set[str]:
    return {finding.kind for finding in find_leaks(text, name, address)}


@pytest.mark.parametrize(
    "text",
    [
        "冬天想有一台取暖器",
        "一台不刺眼的电暖器，晚上能睡好",
        "想去曲江南湖看一次，要有人推轮椅",
        "想要一台收音机，听听秦腔",
        "三斤米，两袋面，一桶油",
        "教孩子写毛笔字，一周两次",
        "修一修楼道里的灯",
        "陪我去公园走走，半天就好",
        "三楼灯坏了，给三楼装一盏，五层的也暗",
        "一楼左边那家具店有卖的",
        "二楼第三家电行买的冰箱不制冷",
    ],
)
def test_a_wish_may_be_wished(text: str) -> None:
    assert find_leaks(text, NAME, ADDRESS) == []


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("请打13891234567", "phone"),
        ("请打 138 9123 4567", "phone"),
        ("请打１３８９１２３４５６７", "phone"),
        ("请打一三八九一二三四五六七", "phone"),
        ("请打幺三八-玖一二三四五六七", "phone"),
        ("请打1\u200b3\u200b891234567", "phone"),
        ("请打+8613891234567", "phone"),
        ("029-83456789找我", "phone"),
        ("座机83456789", "phone"),
        (f"证号{ID_NUMBER}", "id_number"),
        ("证号610102 19540101 1232", "id_number"),
        ("卡号6222021234567890123", "bank_card"),
        ("杨玉凤想要电视", "name"),
        ("玉凤想要电视", "name"),
        ("杨 玉 凤想要电视", "name"),
        ("杨\u200b玉凤想要电视", "name"),
        ("送到陕建五公司家属院", "address"),
        ("送到3号楼", "address"),
        ("三楼左手那家", "address"),
        ("上三楼往右第二家就是", "address"),
        ("5层东边那户", "address"),
        ("四楼第二家", "address"),
        ("送到三号楼二单元", "address"),
        ("送到３号楼", "address"),
        ("微信号: huang_1949", "wechat"),
        ("车牌陕A12345", "plate"),
        ("独居老人想要电视", "vulnerable"),
        ("残疾人想要电视", "vulnerable"),
        ("低保户想要电视", "vulnerable"),
        ("75岁想去南湖", "vulnerable"),
        ("一个人住，想有人说话", "vulnerable"),
        ("白天没人在家，放门口就行", "vulnerable"),
        ("一个人在家怕冷，想要取暖器", "vulnerable"),
        ("有糖尿病，想要血糖仪", "vulnerable"),
    ],
)
def test_what_tells_who_it_is_is_found(text: str, kind: str) -> None:
    assert kind in kinds(text)


def test_a_given_name_that_is_a_word_is_a_name_before_a_title() -> None:
    assert kinds("建国叔想要取暖器", name="黄建国") == {"name"}
    assert kinds("建国七十年的纪念章", name="黄建国") == set()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("黄家奶奶想学手机", "name"),
        ("给黄家的小孙子买书包", "name"),
        ("建国媳妇想要围巾", "name"),
        ("建国他妈想听戏", "name"),
        ("给建国家修灯", "name"),
        ("给建国家装一盏灯", "name"),
        ("建国家电视不亮了", "name"),
        ("去建国家坐坐", "name"),
        ("老黄家灯坏了", "name"),
        ("东新街附3号修灯", "address"),
        ("东新街12号附三号修灯", "address"),
        ("一起建国家园", None),
        ("建国家电城的旧冰箱", None),
        ("黄家村的老照片", None),
        ("祝国庆孩子们都回来", None),
        ("信里附3张照片", None),
    ],
)
def test_ways_in_which_neighbours_say_it(text: str, kind: str | None) -> None:
    names = ("黄建国", "吴国庆") if kind is None else ("黄建国",)
    for name in names:
        assert kinds(text, name=name) == ({kind} if kind else set())


def test_a_form_of_address_is_no_name() -> None:
    assert kinds("给黄先生一台取暖器", "黄先生") == {"name"}
    assert kinds("请先生教书法", "黄先生") == set()


def test_findings_say_where_in_the_text_as_it_was_written() -> None:
    text = "㎡㎡…请打１３８９１２３４５６７"
    (found,) = find_leaks(text, NAME, ADDRESS)
    assert text[found.start : found.end] == "１３８９１２３４５６７"
    (found,) = find_leaks("找杨 玉凤", "杨玉凤", "")
    assert (found.start, found.end) == (1, 5)


def test_one_leak_is_one_finding() -> None:
    text = "杨玉凤，陕建五公司家属院3号楼二单元501，QQ 83264417"
    said = [
        (found.kind, text[found.start : found.end]) for found in find_leaks(text, NAME, ADDRESS)
    ]
    assert said == [
        ("name", "杨玉凤"),
        ("address", "陕建五公司家属院3号楼二单元501"),
        ("qq", "QQ 83264417"),
    ]


def test_family_and_who_wrote_for_them_are_named_too() -> None:
    text = "包小红代写，联系小红或包姐"
    assert find_leaks(text, NAME, ADDRESS) == []
    found = find_leaks(text, NAME, ADDRESS, others=("包小红",))
    assert [text[one.start : one.end] for one in found] == ["包小红", "小红", "包姐"]


def test_an_overruling_lasts_while_the_words_and_what_touches_them_stay() -> None:
    def keys(text: str) -> set[str]:
        return {found.key(text) for found in find_leaks(text, "王桂兰", "")}

    text = "请给小王家的牛奶送两袋"
    (found,) = find_leaks(text, "王桂兰", "")
    assert "王" not in repr(found)
    assert keys(text) == {"name|请给|小王|家的"}
    assert keys("冬天，请 给　小王 家的牛奶送三袋") == keys(text)
    assert not (keys("请给小王送牛奶") | keys("请给老王家的牛奶送两袋")) & keys(text)


def test_the_check_digit_of_an_id_number() -> None:
    assert is_id_number(ID_NUMBER)
    assert is_id_number("11010519491231002X")
    assert not is_id_number(ID_NUMBER[:-1] + "8")


WRITTEN = [
    *zip(
        "0123456789",
        "０１２３４５６７８９",
        "零一二三四五六七八九",
        "〇幺两叁肆伍陆拐捌玖",
        strict=True,
    )
]
BETWEEN = st.sampled_from(["", "", " ", "-", ".", "　", "\u200b", "，", "、", "再", " 然后 ", "·"])


def dressed(digits: str, data: st.DataObject) -> str:
    """Each digit in one of its scripts, with one of the things people put behind it."""
    letters = [data.draw(st.sampled_from(WRITTEN[int(digit)])) for digit in digits]
    return "".join(letter + data.draw(BETWEEN) for letter in letters)


@given(st.integers(13_000_000_000, 19_999_999_999), st.data())
def test_no_mobile_number_passes(number: int, data: st.DataObject) -> None:
    text = f"想要一台取暖器，请打{dressed(str(number), data)}找我"
    (found,) = find_leaks(text, NAME, ADDRESS)
    assert found.kind == "phone"
    assert text[: found.start] == "想要一台取暖器，请打"
    assert not re.search(r"\w", text[found.end : -2].replace("再", "").replace("然后", ""))


@given(
    st.integers(1930, 2015), st.integers(1, 12), st.integers(1, 28), st.integers(0, 999), st.data()
)
def test_no_id_number_passes(
    year: int, month: int, day: int, order: int, data: st.DataObject
) -> None:
    first = f"610102{year}{month:02}{day:02}{order:03}"
    check = next(last for last in "0123456789X" if is_id_number(first + last))
    last = check if check == "X" else dressed(check, data)
    text = f"想要一台取暖器，证号{dressed(first, data)}{last}"
    assert "id_number" in kinds(text)


@given(st.integers(13_000_000_000, 19_999_999_999), st.text("想要一台取暖器，。", max_size=10))
def test_digits_beside_a_number_do_not_hide_it(number: int, words: str) -> None:
    # 一 beside it is a digit, too: then it is found as a longer number.
    assert kinds(f"{words[:5]}打{number}{words[5:]}找我") & {"phone", "bank_card"}


@given(st.text(max_size=80), st.text(max_size=12), st.text(max_size=40))
def test_any_text_gets_an_answer_inside_its_bounds(text: str, name: str, address: str) -> None:
    for finding in find_leaks(text, name, address, others=(address,)):
        assert 0 <= finding.start < finding.end <= len(text)
        assert finding.key(text)


@given(st.text("一幺0138陕A王小老号楼单元室栋微信vxq@.点-，、再 \u200b岁我叫", max_size=60))
def test_what_looks_like_leaks_gets_an_answer_inside_its_bounds(text: str) -> None:
    for finding in find_leaks(text, "王小王", "老楼小区3号楼1单元138", others=("小陕",)):
        assert 0 <= finding.start < finding.end <= len(text)


HOSTILE = [
    *(
        "1",
        "1 ",
        "1，",
        "1再",
        "一",
        "l",
        "0",
        "138 ",
        "160 165 ",
        "1.5 ",
        "\u200b",
        "1\u200b" * 40,
    ),
    *("a", "a@", "a.", "_-", "微信", "微信a", "Q是", "加我", "V信:", "陕A", "陕A1", "陕A·"),
    *(
        "十",
        "3号楼",
        "路十",
        "路十号",
        "3-1-",
        "排3",
        "单元",
        "501",
        "王",
        "小王",
        "老",
        "岁",
        "我叫王",
    ),
]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_twice_the_text_is_at_most_twice_the_work(hostile: str) -> None:
    small, large = (steps(hostile * (size // len(hostile))) for size in (2_000, 4_000))
    assert large <= 2.1 * small
    assert large <= 4_000 * 600


def steps(text: str) -> int:
    """Lines of the detector that run for a text: counted, for a clock would depend on the day."""
    count = 0

    def trace(frame: FrameType, event: str, arg: object) -> Any:
        nonlocal count
        count += event == "line"
        return trace if "/wishes/domain/leak" in frame.f_code.co_filename else None

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        find_leaks(text, "王小王", "老楼小区3号楼1单元501")
    finally:
        sys.settrace(before)
    return count


def test_no_pattern_can_run_away() -> None:
    # A step of the interpreter may hide a search of any length: nothing may repeat without bound.
    modules = (leak_accounts, leak_addresses, leak_names, leak_numbers, leak_text, leaks)
    patterns = [
        value.pattern
        for module in modules
        for value in vars(module).values()
        if isinstance(value, re.Pattern)
    ]
    assert len(patterns) > 20
    for pattern in patterns:
        bare = re.sub(r"\\.|\[\^?\]?(?:\\.|[^\]])*\]", "", pattern)
        assert not re.search(r"[*+]|\{\d*,\}", bare), pattern
