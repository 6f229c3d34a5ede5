"""Who is told what, and in which words."""

import re
from datetime import datetime
from uuid import UUID, uuid4

import pytest
from contracts import volunteers, wishes
from contracts.fields import BEIJING, EventData, Giver
from contracts.registry import EVENTS
from hypothesis import given
from hypothesis import strategies as st
from notifications.domain import rules
from notifications.domain.alerts import AT_ONCE, BY_DAY, OVER
from notifications.domain.notices import Known, Recipient, notices
from notifications.domain.offices import NOT_KNOWN
from notifications.domain.partners import Partners, followed
from notifications.domain.retry import GIVE_UP_AFTER, pause_after
from notifications.domain.rules import NOT_TOLD, OF_UNITS, RULES
from notifications.domain.templates import TEMPLATES

from .conftest import claimed, credited, fulfilled, golden

RESIDENT, DESK, BRANCH, A, B, UNIT, STREET, DISTRICT, HOSPITAL = (
    UUID(int=n) for n in range(11, 20)
)
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
    desk = NOT_KNOWN["community"]
    assert Recipient("organisation", desk) in told(claimed(A), Known(desk=desk))


def test_what_is_not_known_is_left_out() -> None:
    assert set(told(claimed(A), Known())) == {Recipient("volunteer", A)}


def test_every_event_type_is_in_the_table_or_named_with_the_reason_why_not() -> None:
    registered = {spec.model for spec in EVENTS.values()}
    assert RULES.keys() | NOT_TOLD.keys() == registered
    assert not RULES.keys() & NOT_TOLD.keys()
    assert all(RULES.values())
    assert [model for model, reason in NOT_TOLD.items() if len(reason) < 10] == []
    parts = (rules.INTAKE, rules.WAITING, rules.CLAIM, rules.CLAIM_OVER, rules.DELIVERY)
    parts += (rules.AFTER, rules.PEOPLE)
    assert sum(map(len, parts)) == len(RULES), "a type stands in two parts: one would be lost"


def cases() -> list[tuple[EventData, dict[str, str]]]:
    """An event, and who (by the names below) is told what."""
    lead = {"claimant": {"kind": "volunteer", "id": A}}
    both = lead | {"helpers": [B]}
    by_unit = {"claimant": {"kind": "organisation", "id": UNIT}}
    return [
        (golden(wishes.WishChanged, claim_id=None), {"desk": "wish_to_verify_again"}),
        (
            golden(wishes.WishChanged),
            {"resident": "change_agreed", **each("change_goes_on")},
        ),
        (golden(wishes.ConsentChanged, given=True), {}),
        (golden(wishes.ConsentChanged, given=False), {"desk": "consent_taken_back"}),
        (
            golden(wishes.WishTakenDown),
            {
                "resident": "wish_off_tree",
                "desk": "card_off_in_area",
                **each("card_off_help_goes_on"),
            },
        ),
        (
            golden(wishes.WishOffered, offered_to={"kind": "organisation", "id": UNIT}),
            {"unit": "unit_asked_first"},
        ),
        *(
            (
                golden(wishes.WishOverdue, waits_for=waits_for, level=level),
                {"desk": f"{what}_is_late", level: f"{what}_is_late_below"},
            )
            for waits_for, what in (
                ("verification", "check"),
                ("publication", "card"),
                ("correction", "correction"),
                ("decision", "decision"),
                ("confirmation", "confirmation"),
                ("answer", "answer"),
            )
            for level in ("street", "district")
        ),
        (
            golden(wishes.WishEscalated, level="resident_units"),
            {
                "resident": "wish_still_waits",
                "desk": "wish_to_hand_over",
                "hospital": "units_asked",
            },
        ),
        (
            golden(wishes.WishEscalated, level="street"),
            {
                "resident": "wish_still_waits",
                "desk": "wish_to_hand_over",
                "street": "office_asked",
            },
        ),
        (
            golden(wishes.WishEscalated, level="district"),
            {
                "resident": "wish_still_waits",
                "desk": "wish_to_hand_over",
                "district": "office_asked",
            },
        ),
        (
            golden(wishes.ClaimJoined, volunteer_id=B),
            {"b": "claim_joined", "a": "one_more_helps"},
        ),
        (
            golden(wishes.ClaimUnitJoined, organisation_id=UNIT),
            {"unit": "claim_joined_by_unit", "a": "one_more_helps"},
        ),
        (
            golden(wishes.ClaimLeft, left={"kind": "volunteer", "id": A}, **by_unit),
            {"a": "claim_left", "unit": "your_unit_leads_on"},
        ),
        (
            golden(wishes.ClaimContacted, **lead),
            {"resident": "somebody_rang", "b": "contact_made", "unit": "contact_made"},
        ),
        *(
            (
                golden(wishes.ClaimReminded, about=about, late=late, **both),
                each(f"{about}_{'late' if late else 'soon'}")
                | ({"desk": "late_in_area"} if late else {}),
            )
            for about in ("contact", "fulfil")
            for late in (False, True)
        ),
        (golden(wishes.ClaimExtensionAsked, **lead), {"desk": "time_to_decide"}),
        (
            golden(wishes.ClaimExtended, **both),
            {"resident": "wish_takes_longer", **each("time_given")},
        ),
        (golden(wishes.ClaimExtensionRefused, **lead), {"a": "time_stays"}),
        (
            golden(wishes.ClaimLapsed, **both),
            {
                "resident": "wish_back_on_tree",
                "desk": "wish_free_in_area",
                **each("day_has_passed"),
            },
        ),
        (
            golden(wishes.ClaimReleased, **both),
            {"resident": "wish_back_on_tree", **each("claim_released")},
        ),
        (golden(wishes.ClaimEnded, reason="wish_withdrawn", **both), each("claim_not_needed")),
        (
            golden(wishes.ClaimEnded, reason="change_not_accepted", **both),
            {"resident": "wish_hung_anew_soon", **each("claim_not_needed")},
        ),
        (golden(wishes.ClaimEnded, reason="from_the_future", **both), each("claim_not_needed")),
        (golden(wishes.ClaimEnded, reason="not_confirmed", **both), each("given_not_confirmed")),
        (
            golden(wishes.ChangeProposed, **both),
            {"a": "change_asked", "b": "change_asked_of_lead", "unit": "change_asked_of_lead"},
        ),
        (
            golden(wishes.WishMessageSent, sender="claimant", **lead),
            {"resident": "word_for_resident"},
        ),
        (golden(wishes.WishMessageSent, sender="resident", **lead), each("word_for_partner")),
        (golden(wishes.VisitStarted), {"resident": "visit_begins"}),
        (
            golden(wishes.VisitOverdue, visitors=[A, B]),
            {"desk": "visit_overdue_in_area", "a": "visit_overdue", "b": "visit_overdue"},
        ),
        (
            golden(wishes.WishPartlyDelivered, services=[], **lead),
            {"resident": "part_arrived", **each("part_noted")},
        ),
        (golden(wishes.WishEvaluated, score=5), each("thanked")),
        (golden(wishes.WishEvaluated, score=4), each("thanked")),
        (golden(wishes.WishEvaluated, score=3), {}),
        (golden(wishes.WishEvaluated, score=2), {"desk": "not_quite_happy"}),
        (golden(wishes.CallbackDrawn), {"desk": "callback_due"}),
        (
            golden(wishes.ComplaintFiled),
            {"desk": "complaint_filed", "street": "complaint_filed"},
        ),
        *(
            (
                golden(wishes.ComplaintEscalated, level=level),
                {"resident": "complaint_takes_longer", level: "complaint_to_you"},
            )
            for level in ("street", "district")
        ),
        (golden(wishes.ComplaintAnswered), {"resident": "complaint_answered"}),
        (golden(wishes.WishReferred), {"resident": "wish_referred"}),
        (golden(wishes.ReferralAnswered), {"resident": "referral_answered"}),
        (
            golden(wishes.DataRequestFiled),
            {"resident": "data_request_received", "desk": "data_request_filed"},
        ),
        (golden(wishes.DataRequestAnswered), {"resident": "data_request_answered"}),
        (golden(volunteers.QualificationChanged, volunteer_id=A, active=True), {"a": "qualified"}),
        (
            golden(volunteers.QualificationChanged, volunteer_id=A, active=False),
            {"a": "not_qualified_now"},
        ),
    ]


def each(template: str) -> dict[str, str]:
    """Everybody who helps with the wish."""
    return dict.fromkeys(("a", "b", "unit"), template)


EVERYBODY = {
    "resident": Recipient("resident", RESIDENT),
    "desk": Recipient("organisation", DESK),
    "branch": Recipient("organisation", BRANCH),
    "street": Recipient("organisation", STREET),
    "district": Recipient("organisation", DISTRICT),
    "hospital": Recipient("organisation", HOSPITAL),
    "unit": Recipient("organisation", UNIT),
    "a": Recipient("volunteer", A),
    "b": Recipient("volunteer", B),
}
FULL = Known(
    RESIDENT,
    DESK,
    frozenset({BRANCH}),
    STREET,
    DISTRICT,
    partners=(
        Giver(kind="volunteer", id=A),
        Giver(kind="volunteer", id=B),
        Giver(kind="organisation", id=UNIT),
    ),
    units_nearby=frozenset({HOSPITAL}),
)


@pytest.mark.parametrize(("data", "expected"), cases(), ids=lambda one: type(one).__name__)
def test_who_hears_of_a_whole_life(data: EventData, expected: dict[str, str]) -> None:
    assert told(data, FULL) == {EVERYBODY[who]: what for who, what in expected.items()}


def test_an_invitation_is_told_to_whoever_it_asks_and_says_nothing_of_them() -> None:
    data = golden(wishes.InvitationSent)
    (notice,) = notices(data, FULL)
    assert notice.recipient == Recipient("invitation", data.invitation_id)
    assert notice.details == {"until": data.until.isoformat()}


def test_only_what_cannot_wait_is_urgent() -> None:
    urgent = {model for model, found in RULES.items() if any(rule.urgent for rule in found)}
    assert urgent == {wishes.VisitOverdue}


@pytest.mark.parametrize("name", sorted(spec.model.__name__ for spec in EVENTS.values()))
def test_every_sentence_can_be_said_with_what_its_event_has(name: str) -> None:
    model = next(spec.model for spec in EVENTS.values() if spec.name == name)
    data = golden(model)
    for rule in RULES.get(model, ()):
        for template in (rule.template, OF_UNITS.get(rule.template, rule.template)):
            for language in ("zh", "en"):
                said = TEMPLATES[template].text(rule.details(data), language)
                assert not {"{", "}", "None"} & set(said.split()), said
                assert not re.search(r"[0-9a-f]{8}-", said), "an id is nobody's word"


def test_a_code_from_the_future_is_said_as_what_it_is_for() -> None:
    template = TEMPLATES["wish_referred"]
    details = {
        "to": "some_new_office",
        "due_by": datetime(2026, 12, 4, 20, tzinfo=BEIJING).isoformat(),
    }
    assert template.text(details).startswith("您的这件事转给了专门管这件事的单位，12 月 4 日")
    assert "12345 热线" in template.text(details | {"to": "hotline_12345"})


@pytest.mark.parametrize(
    ("hour", "minute", "zh", "en"),
    [
        (20, 0, "晚上 8 点", "8 pm"),
        (15, 30, "下午 3 点半", "3:30 pm"),
        (9, 5, "早上 9 点 5 分", "9:05 am"),
    ],
)
def test_times_are_said_to_the_minute_where_they_have_minutes(
    hour: int, minute: int, zh: str, en: str
) -> None:
    at = datetime(2026, 11, 27, hour, minute, tzinfo=BEIJING).isoformat()
    template = TEMPLATES["visit_overdue_in_area"]
    assert f"（周五）{zh}前出来" in template.text({"back_by": at})
    assert f"by {en} on Friday" in template.text({"back_by": at}, "en")


GIVERS = st.sampled_from(FULL.partners)


@given(st.lists(st.tuples(st.sampled_from(["claim", "join", "leave", "end", "other"]), GIVERS)))
def test_partners_are_followed_through_any_life(acts: list[tuple[str, Giver]]) -> None:
    """Against a plain list of who is in it."""
    partners: Partners = ()
    inside: list[Giver] = []
    for act, who in acts:
        if act == "claim" and not inside:
            inside = [who]
            data: EventData = claimed(who.id, kind=who.kind)
        elif act == "join" and inside and who not in inside:
            inside.append(who)
            data = (
                golden(wishes.ClaimJoined, volunteer_id=who.id)
                if who.kind == "volunteer"
                else golden(wishes.ClaimUnitJoined, organisation_id=who.id)
            )
        elif act == "leave" and who in inside and len(inside) > 1:
            inside.remove(who)
            data = golden(wishes.ClaimLeft).model_copy(update={"left": who, "claimant": inside[0]})
        elif act == "end" and inside:
            inside = []
            data = golden(wishes.ClaimLapsed)
        else:
            data = golden(wishes.WishEvaluated)
        partners = followed(partners, data)
        assert partners[:1] == tuple(inside[:1])
        assert set(partners) == set(inside)
        assert len(partners) == len(inside)


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
    assert not re.search(r"[\u4e00-\u9fff]{(?!amounts|since|description|to|kind)", template.zh), (
        "a date after a character is set off by a space"
    )


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
