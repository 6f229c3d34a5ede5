"""Who is told what, and in which words."""

import re
from datetime import datetime
from uuid import UUID, uuid4

import pytest
from contracts.fields import BEIJING, EventData
from contracts.registry import EVENTS
from notifications.domain.alerts import AT_ONCE, BY_DAY, OVER
from notifications.domain.retry import GIVE_UP_AFTER, pause_after
from notifications.domain.rules import DESK_NOT_KNOWN, OF_UNITS, RULES, Known, Recipient, notices
from notifications.domain.templates import TEMPLATES

from .conftest import claimed, credited, fulfilled

RESIDENT, DESK, BRANCH, A, B, UNIT = (UUID(int=n) for n in range(1, 7))
KNOWN = Known(RESIDENT, DESK, frozenset({BRANCH}))
FORBIDDEN = [
    "请知悉",
    "失败",
    "分配",
    "指派",
    "派发",
    "任务",
    "排名",
    "完成率",
    "先进",
    "弱势群体",
    "受助者",
    "进行",
    "予以",
    "系统提示",
    "您好",
    "!",
    "！",
]
NEVER_TOLD = {"WishVerified", "OrganisationChanged", "VolunteerRegistered", "AffiliationChanged"}


def told(data: EventData, known: Known = KNOWN) -> dict[Recipient, str]:
    return {n.recipient: n.template for n in notices(data, known)}


def test_a_fulfilled_wish_is_told_to_everybody_concerned_once() -> None:
    data = fulfilled(A, helpers=[B], services=[A, B])
    assert told(data) == {
        Recipient("resident", RESIDENT): "wish_blossoms",
        Recipient("volunteer", A): "wish_done",
        Recipient("volunteer", B): "wish_done",
        Recipient("organisation", BRANCH): "wish_done_in_branch",
        Recipient("organisation", DESK): "wish_done_in_area",
    }


def test_a_unit_is_spoken_to_as_a_unit_and_its_people_as_people() -> None:
    said = told(fulfilled(UNIT, kind="organisation", services=[A]))
    assert said[Recipient("organisation", UNIT)] == "wish_done_by_unit"
    assert said[Recipient("volunteer", A)] == "wish_done"
    claim = told(claimed(UNIT, kind="organisation"))
    assert claim[Recipient("organisation", UNIT)] == "claim_won_by_unit"


def test_units_get_no_sms() -> None:
    for data in (fulfilled(UNIT, kind="organisation"), claimed(UNIT, kind="organisation")):
        channels = {n.channel for n in notices(data, KNOWN) if n.recipient.kind == "organisation"}
        assert "sms" not in channels


def test_a_desk_not_founded_yet_is_not_forgotten() -> None:
    assert Recipient("organisation", DESK_NOT_KNOWN) in told(claimed(A), Known(desk=DESK_NOT_KNOWN))


def test_what_is_not_known_is_left_out() -> None:
    assert set(told(claimed(A), Known())) == {Recipient("volunteer", A)}


def test_every_event_is_told_or_named_as_never_told() -> None:
    others = {"NotificationDelivered", "NotificationFailed"}
    names = {spec.name for spec in EVENTS.values()} - others
    assert {model.__name__ for model in RULES} == names - NEVER_TOLD


def test_every_template_is_used_and_every_rule_has_one() -> None:
    used = {rule.template for rules in RULES.values() for rule in rules} | set(OF_UNITS.values())
    assert used | {AT_ONCE, BY_DAY, OVER} == set(TEMPLATES)


@pytest.mark.parametrize("name", sorted(TEMPLATES))
def test_words(name: str) -> None:
    template = TEMPLATES[name]
    assert not [word for word in FORBIDDEN if word in template.zh]
    assert "!" not in template.en
    assert set(re.findall(r"{(\w+)}", template.zh)) == set(re.findall(r"{(\w+)}", template.en))
    assert template.zh.endswith(("。", "？"))


def test_dates_are_said_as_people_say_them() -> None:
    friday = datetime(2026, 11, 27, 20, tzinfo=BEIJING).isoformat()
    details = {"contact_by": friday, "fulfil_by": friday}
    template = TEMPLATES["claim_won"]
    assert template.text(details) == (
        "这个心愿交到您手上了。请在 11 月 27 日（周五）晚上 8 点前给对方打个电话。"
    )
    assert template.text(details, "en") == (
        "This wish is in your hands. Please ring before 8 pm on Friday 27 November."
    )


@pytest.mark.parametrize(
    ("points", "minutes", "fen", "words"),
    [
        (2, 90, 0, "存进 2 个积分、1.5 小时。怎么算的，点开看。"),
        (3, 0, 15_000, "存进 3 个积分、估值 150 元的实物。怎么算的，点开看。"),
        (0, 0, 1_234_567, "存进估值 12345.67 元的实物。怎么算的，点开看。"),
    ],
)
def test_amounts_name_what_there_is(points: int, minutes: int, fen: int, words: str) -> None:
    (notice,) = notices(credited(uuid4(), points, minutes, fen), Known())
    assert TEMPLATES[notice.template].text(notice.details) == words


def test_the_first_tries_come_soon_and_the_last_ones_every_ten_minutes() -> None:
    waits = [pause.total_seconds() for n in range(1, 60) if (pause := pause_after(n))]
    assert waits == sorted(waits)
    assert waits[0] <= 2
    assert max(waits) == 600
    assert max(waits[:20]) <= 15, "an owner that was away for minutes is asked again at once"
    assert pause_after(GIVE_UP_AFTER) is None
