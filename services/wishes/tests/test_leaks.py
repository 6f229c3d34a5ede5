"""What may not hang on a tree: who it is, where they live, how vulnerable they are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
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
        ("送到三号楼二单元", "address"),
        ("送到３号楼", "address"),
        ("微信号: huang_1949", "wechat"),
        ("车牌陕A12345", "plate"),
        ("独居老人想要电视", "vulnerable"),
        ("残疾人想要电视", "vulnerable"),
        ("低保户想要电视", "vulnerable"),
        ("75岁想去南湖", "vulnerable"),
        ("一个人住，想有人说话", "vulnerable"),
    ],
)
def test_what_tells_who_it_is_is_found(text: str, kind: str) -> None:
    assert kind in kinds(text)


def test_a_form_of_address_is_no_name() -> None:
    assert kinds("给黄先生一台取暖器", "黄先生") == {"name"}
    assert kinds("请先生教书法", "黄先生") == set()


def test_findings_say_where_in_the_text_as_it_was_written() -> None:
    text = "㎡㎡…请打１３８９１２３４５６７"
    (found,) = find_leaks(text, NAME, ADDRESS)
    assert text[found.start : found.end] == "１３８９１２３４５６７"
    found, _ = find_leaks("找杨 玉凤", "杨玉凤", "")
    assert (found.start, found.end) == (1, 5)


def test_the_check_digit_of_an_id_number() -> None:
    assert is_id_number(ID_NUMBER)
    assert is_id_number("11010519491231002X")
    assert not is_id_number(ID_NUMBER[:-1] + "8")


@given(st.integers(13_000_000_000, 19_999_999_999), st.text("想要一台取暖器，。", max_size=10))
def test_no_mobile_number_passes(number: int, words: str) -> None:
    # 一 beside it is a digit, too: then it is found as a longer number.
    assert kinds(f"{words[:5]}打{number}{words[5:]}找我") & {"phone", "bank_card"}


@given(st.text(max_size=80), st.text(max_size=12), st.text(max_size=40))
def test_any_text_gets_an_answer_inside_its_bounds(text: str, name: str, address: str) -> None:
    for finding in find_leaks(text, name, address):
        assert 0 <= finding.start < finding.end <= len(text)
