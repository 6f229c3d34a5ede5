"""What a district asks and allows, version after version; a wish keeps the terms of its own day."""

import asyncio
import json
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from chassis.clock import now
from jsonschema import Draft202012Validator
from wishes.adapters.terms import PostgresTermsBook
from wishes.app.wrong_places import SENTENCES
from wishes.domain.errors import CategoryNotOpen
from wishes.domain.questions import FORM, wrong_answers, wrong_questions
from wishes.domain.rule import Rule, Terms, rule_at
from wishes.domain.working_days import after_working_days, today

from .conftest import XIANDONG, Api, wish_body

DISTRICT = "610102"
ADD_RULE = """
insert into category_rule (id, district, category, version, valid_from, valid_until, terms, set_at)
values ($1, $2, $3, $4, $5, $6, $7::jsonb, now())
"""


def asks(**questions: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "properties": questions}


SIZE = {"type": "integer", "title": "多大码", "minimum": 30, "maximum": 50}
COLOUR = {"type": "string", "title": "颜色", "enum": ["红", "蓝"]}
DAYS = {
    "type": "array",
    "title": "哪天方便",
    "items": {"type": "string", "enum": ["周六", "周日"]},
    "minItems": 1,
    "uniqueItems": True,
}
LIFT = {"type": "boolean", "title": "有没有电梯"}
NOTE = {"type": "string", "title": "还有什么", "description": "两三个字", "maxLength": 10}
QUESTIONS = asks(size=SIZE, colour=COLOUR, days=DAYS, lift=LIFT, note=NOTE) | {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "required": ["size", "lift"],
}


def tomorrow(more: int = 1) -> str:
    return (today(now()) + timedelta(days=more)).isoformat()


def rule_body(**more: Any) -> dict[str, Any]:
    return {"district": DISTRICT, "category": "goods", "valid_from": tomorrow(), "terms": {}} | more


def operator(api: Api, area: str = DISTRICT) -> dict[str, str]:
    return api.as_role("district_operator", area)


def test_the_form_of_questions_is_itself_a_schema() -> None:
    Draft202012Validator.check_schema(FORM)
    assert wrong_questions(QUESTIONS) == []
    assert wrong_questions(asks(note=NOTE)) == []


BAD = [
    ({}, ("",)),
    ({"type": "object"}, ("additionalProperties", "properties")),
    (asks(), ("properties",)),
    (asks(size=SIZE) | {"additionalProperties": True}, ("additionalProperties",)),
    (asks(size=SIZE) | {"patternProperties": {}}, ("patternProperties",)),
    (asks(size={"type": "integer"}), ("properties/size/title",)),
    (asks(size={"title": "多大"}), ("properties/size/type",)),
    (asks(size={"type": "object", "title": "多大"}), ("properties/size/type",)),
    (asks(size=SIZE | {"$ref": "http://example.test"}), ("properties/size/$ref",)),
    (asks(size=SIZE | {"pattern": "(a+)+$"}), ("properties/size/pattern",)),
    (asks(size=SIZE | {"minimum": "30"}), ("properties/size/minimum",)),
    (asks(colour=COLOUR | {"enum": []}), ("properties/colour/enum",)),
    (asks(colour=COLOUR | {"enum": [1]}), ("properties/colour/enum/0",)),
    (asks(days=DAYS | {"items": {"type": "string"}}), ("properties/days/items/enum",)),
    (asks(Size=SIZE), ("properties",)),
    (asks(**{"size\n": SIZE}), ("properties",)),
    (asks(size=SIZE | {"title": "多大\u202e"}), ("properties/size/title",)),
    (asks(size=SIZE | {"title": "多大\ud800"}), ("properties/size/title",)),
    (asks(size=SIZE | {"description": "\x00"}), ("properties/size/description",)),
    (asks(**{f"q{n}": LIFT for n in range(21)}), ("properties",)),
    (asks(size=SIZE) | {"required": ["colour"]}, ("required",)),
]


@pytest.mark.parametrize(("questions", "places"), BAD)
def test_questions_that_may_not_be_asked(
    questions: dict[str, Any], places: tuple[str, ...]
) -> None:
    found = wrong_questions(questions)
    where = {"/".join(str(part) for part in one.path) for one in found}
    assert found
    assert set(places) <= where or places == ("",)
    assert {one.rule for one in found} <= SENTENCES.keys()


@pytest.mark.parametrize(
    ("answers", "places"),
    [
        ({"size": 42, "lift": True}, []),
        ({"size": 42, "lift": False, "colour": "红", "days": ["周六"], "note": "软的"}, []),
        ({}, ["lift", "size"]),
        ({"size": "42", "lift": True}, ["size"]),
        ({"size": True, "lift": True}, ["size"]),
        ({"size": 29, "lift": 1}, ["lift", "size"]),
        ({"size": 42, "lift": True, "colour": "绿"}, ["colour"]),
        ({"size": 42, "lift": True, "days": []}, ["days"]),
        ({"size": 42, "lift": True, "days": ["周六", "周六"]}, ["days"]),
        ({"size": 42, "lift": True, "days": ["周一"]}, ["days/0"]),
        ({"size": 42, "lift": True, "note": "长" * 11}, ["note"]),
        ({"size": 42, "lift": True, "weight": 3}, ["weight"]),
    ],
)
def test_answers_are_as_the_category_asks(answers: dict[str, Any], places: list[str]) -> None:
    found = wrong_answers(QUESTIONS, answers)
    assert ["/".join(str(part) for part in one.path) for one in found] == places
    assert {one.rule for one in found} <= SENTENCES.keys()


async def test_answers_are_checked_at_intake_and_kept_sealed(api: Api, problem: Any) -> None:
    terms = {"questions": QUESTIONS}
    await api.ok("rules", rule_body(terms=terms), operator(api))
    # As if it had been set long ago.
    sql = "insert into category_rule select $1, district, category, 2, '2001-01-01', null, terms,"
    await api.db.fetch(f"{sql} null, now() from category_rule where district <> ''", uuid4())
    before = await api.snapshot()
    answer = await api.post("wishes", wish_body(answers={"size": 7, "colour": "绿"}), api.worker)
    found = problem(answer, 422, "answers-missing")
    assert [(error["pointer"], error["code"]) for error in found["errors"]] == [
        ("/answers/colour", "enum"),
        ("/answers/lift", "required"),
        ("/answers/size", "minimum"),
    ]
    assert all(error["detail"] for error in found["errors"])
    assert "绿" not in answer.text
    problem(await api.post("wishes", wish_body(), api.worker), 422, "answers-missing")
    for strange in (1.5, 10**30, "a" * 201, "\u202e", "\ud800", ["a", 1], {"a": 1}, None):
        body = json.dumps(wish_body(answers={"size": strange})).encode()
        headers = {**api.worker, "Idempotency-Key": "s", "Content-Type": "application/json"}
        answer = await api.client.post("/v1/wishes", content=body, headers=headers)
        found = problem(answer, 422, "invalid")
        assert [error["pointer"] for error in found["errors"]] == ["/answers/size"]
    assert await api.snapshot() == before
    wish = await api.submitted(answers={"size": 42, "lift": True, "note": "软一点的底"})
    assert "软一点的底" not in str(await api.snapshot())
    seen = await api.ok(f"wishes/{wish['id']}/contact", {"purpose": "verify"}, api.worker)
    assert seen["answers"] == {"size": 42, "lift": True, "note": "软一点的底"}
    first = {"reason": "wrong_size", "channel": "desk", "words": "小了。"}
    done = await api.fulfilled(answers={"size": 42, "lift": True})
    path = f"wishes/{done['wish']['id']}/follow-ups"
    problem(await api.post(path, first, api.worker), 422, "answers-missing")
    await api.ok(path, first | {"answers": {"size": 43, "lift": True}}, api.worker)


async def test_a_new_version_never_changes_what_came_before(api: Api, problem: Any) -> None:
    held = await api.claimed(by=await api.approved())
    waiting = await api.posted()
    kept = await api.db.fetch("select id, rule_id, two_people, asks from wish order by id")
    terms = {
        "two_people": True,
        "contact_days": 9,
        "asks": ["skill:sewing"],
        "questions": QUESTIONS,
    }
    made = await api.ok("rules", rule_body(terms=terms), operator(api))
    assert (made["version"], made["district"], made["contact_days"]) == (1, DISTRICT, 9)
    # What was not named is as it was.
    assert made["fulfil_days"] == 10
    assert await api.db.fetch("select id, rule_id, two_people, asks from wish order by id") == kept
    book = PostgresTermsBook(api.db)
    day = date.fromisoformat(tomorrow())
    assert (await book.at(XIANDONG, "goods", day)).terms.contact_days == 9
    assert (await book.at(XIANDONG, "goods", day - timedelta(days=1))).terms.contact_days == 3
    assert (await book.at("610103007001", "goods", day)).terms.contact_days == 3
    async with api.db.transaction() as tx:
        for row in kept:
            assert (await book.of(tx, row["rule_id"])).contact_days == 3
    claim = await api.ok(f"wishes/{waiting['id']}/claims", {}, api.volunteer(await api.approved()))
    assert claim["contact_by"] == after_working_days(now(), 3).isoformat().replace(
        "+08:00", "+08:00"
    )
    assert claim["contact_by"] == held["claim"]["contact_by"]


async def test_what_everybody_may_know_and_what_came_before(api: Api, problem: Any) -> None:
    shown = (await api.get(f"rules?area={XIANDONG}")).json()["items"]
    assert [one["category"] for one in shown] == ["goods", "service", "companionship", "skills"]
    assert all(one["questions"] == {} for one in shown)
    assert "set_by" not in str(shown)
    problem(await api.get("rules?area=61"), 422, "invalid")
    for days in (2, 3):
        body = rule_body(valid_from=tomorrow(days), terms={"contact_days": days})
        await api.ok("rules", body, operator(api))
    await api.ok("rules", rule_body(district="610103"), operator(api, "610103"))
    path = f"rules/history?area={XIANDONG}&category=goods&limit=3"
    page = (await api.get(path, api.worker)).json()
    rest = (await api.get(f"{path}&cursor={page['next']}", api.worker)).json()
    found = page["items"] + rest["items"]
    assert sorted((one["district"], one["version"]) for one in found) == [
        ("", 1),
        ("", 2),
        (DISTRICT, 1),
        (DISTRICT, 2),
    ]
    assert rest["next"] is None


async def test_a_category_is_closed_from_a_day_on(api: Api, problem: Any) -> None:
    body = rule_body(category="skills", valid_until=tomorrow())
    await api.ok("rules", body, operator(api))
    book, last = PostgresTermsBook(api.db), date.fromisoformat(tomorrow())
    assert (await book.at(XIANDONG, "skills", last)).valid_until == last
    with pytest.raises(CategoryNotOpen):
        await book.at(XIANDONG, "skills", last + timedelta(days=1))
    assert len(await book.open_on(XIANDONG, last + timedelta(days=1))) == 3
    # Of a rule that ended yesterday: nobody can hand such a wish in today.
    await api.db.fetch(
        ADD_RULE, uuid4(), DISTRICT, "service", 1, date(2001, 1, 1), date(2001, 2, 1), "{}"
    )
    before = await api.snapshot()
    problem(
        await api.post("wishes", wish_body(category="service"), api.worker),
        409,
        "category-not-open",
    )
    problem(
        await api.post("wishes", wish_body(category="rainbow"), api.worker), 422, "category-unknown"
    )
    assert await api.snapshot() == before
    shown = (await api.get(f"rules?area={XIANDONG}")).json()["items"]
    assert [one["category"] for one in shown] == ["goods", "companionship", "skills"]


async def test_a_category_that_opens_again_asks_what_it_asked(api: Api) -> None:
    vetted = {"asks": ["training:first_aid"], "live_claims": 1}
    await api.rule("skills", contact_days=2)
    for number, (terms, begin, last) in enumerate(
        [({}, 1, 3), (vetted, 4, 5), ({"visit_hours": 2}, 9, None)], start=1
    ):
        body = rule_body(category="skills", terms=terms, valid_from=tomorrow(begin))
        body |= {"valid_until": tomorrow(last)} if last else {}
        made = await api.ok("rules", body, operator(api))
        assert (made["version"], made["contact_days"]) == (number, 2)
    assert (made["asks"], made["live_claims"], made["visit_hours"]) == (vetted["asks"], 1, 2)


async def test_a_rule_that_cannot_be_set(api: Api, problem: Any) -> None:
    before = await api.snapshot()
    wrong: list[tuple[dict[str, Any], int, str]] = [
        (rule_body(valid_from=today(now()).isoformat()), 422, "rule-too-early"),
        (rule_body(category="rainbow"), 422, "category-unknown"),
        (rule_body(terms={"questions": {"type": "array"}}), 422, "bad-questions"),
        (rule_body(terms={"evidence": ["photo_of_person"]}), 422, "invalid"),
        (rule_body(terms={"promise_days": [5, 5, 10]}), 422, "invalid"),
        (rule_body(terms={"contact_days": 0}), 422, "invalid"),
        (rule_body(terms={"contact_daze": 3}), 422, "invalid"),
        (rule_body(valid_until="2001-01-01"), 422, "invalid"),
        (rule_body(district=""), 422, "invalid"),
        (rule_body(district="610103"), 403, "out-of-scope"),
    ]
    for body, status, slug in wrong:
        problem(await api.post("rules", body, operator(api)), status, slug)
    found = problem(
        await api.post(
            "rules", rule_body(terms={"questions": asks(size={"type": "file"})}), operator(api)
        ),
        422,
        "bad-questions",
    )
    assert found["errors"][0]["pointer"] == "/terms/questions/properties/size/type"
    for role in ("community_worker", "street_officer"):
        problem(
            await api.post("rules", rule_body(), api.as_role(role, DISTRICT)), 403, "not-permitted"
        )
    assert await api.snapshot() == before


async def test_a_district_says_how_long_a_visit_is_and_who_goes_first(
    api: Api, problem: Any
) -> None:
    terms = {"two_at_first": True, "visit_hours": 2}
    made = await api.ok("rules", rule_body(terms=terms), operator(api))
    assert {name: made[name] for name in terms} == terms
    for hours in (0, 13):
        body = rule_body(terms={"visit_hours": hours})
        problem(await api.post("rules", body, operator(api)), 422, "invalid")


def version(number: int, begin: str, end: str | None = None, district: str = DISTRICT) -> Rule:
    ends = date.fromisoformat(end) if end else None
    return Rule(uuid4(), district, "goods", number, date.fromisoformat(begin), Terms(), ends)


@pytest.mark.parametrize(
    ("day", "number"),
    [
        ("2026-11-30", 1),
        ("2026-12-01", 4),
        ("2026-12-31", 4),
        ("2027-01-01", 3),
        ("2027-02-01", None),
        ("2027-03-01", 6),
    ],
)
def test_on_each_day_the_version_that_began_last_is_in_force(day: str, number: int | None) -> None:
    """Whichever was set first; of one day the last one; after a last day nothing comes back."""
    rules = [
        version(1, "2026-01-01"),
        version(2, "2027-01-01"),
        version(3, "2027-01-01", "2027-01-31"),
        version(4, "2026-12-01"),
        version(5, "2026-12-15", district=""),
        version(6, "2027-03-01"),
    ]
    found = rule_at(rules, XIANDONG, "goods", date.fromisoformat(day))
    assert (found and found.version) == number


async def test_two_who_set_at_once_set_two_versions(api: Api) -> None:
    bodies = [rule_body(terms={"contact_days": days}) for days in (2, 3, 4)]
    made = await asyncio.gather(*(api.ok("rules", body, operator(api)) for body in bodies))
    assert sorted(rule["version"] for rule in made) == [1, 2, 3]
