"""A finding of the detector goes, or a second person says with a reason that it may stay."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from .conftest import XIANDONG, Api, wish_body
from .town import AROUND, NAMED

NOTE = "想听防癌讲座，就在8号楼的活动室"
"""The thing itself that is wished, and a public place: what a detector can't know."""


async def findings(api: Api, wish: dict[str, Any], **card: Any) -> list[dict[str, Any]]:
    """As the publisher is told them."""
    answer = await api.publish(wish, **card)
    assert answer.status_code == 422, answer.text
    return answer.json()["errors"]


def asked(error: dict[str, Any], text: str, **more: Any) -> dict[str, Any]:
    """The request for one finding: the place is in the sentence."""
    numbers = [int(part) for part in error["detail"].split(" ") if part.isdigit()]
    body = {"field": error["pointer"][1:], "text": text, "kind": error["code"]}
    return body | {"first": numbers[0], "last": numbers[1], "reason": "public_place"} | more


async def overruled(api: Api, wish: dict[str, Any], error: dict[str, Any], text: str) -> None:
    path = f"wishes/{wish['id']}/overrules"
    overrule = await api.ok(path, asked(error, text), api.colleague)
    third = api.as_role("street_officer", "610102007", subject=uuid4())
    await api.ok(f"{path}/{overrule['id']}/answer", {"answer": "yes"}, third)


async def test_what_two_people_overrule_hangs_and_only_that_in_that_very_text(
    api: Api, problem: Any
) -> None:
    wish = await api.verified()
    found = await findings(api, wish, note=NOTE)
    assert {error["code"] for error in found} == {"vulnerable", "address"}
    for number, error in enumerate(found, start=1):
        await overruled(api, wish, error, NOTE)
        if number < len(found):
            left = await findings(api, wish, note=NOTE)
            assert [one["code"] for one in left] == [one["code"] for one in found[number:]]
    # Another text, another field, another width of a digit: nobody has agreed to that.
    for card in (
        {"note": f"{NOTE}。"},
        {"note": NOTE.replace("8", "８")},
        {"title": NOTE},
    ):
        problem(await api.publish(wish, **card), 422, "card-leaks")
    answer = await api.publish(wish, note=NOTE)
    assert answer.status_code == 200, answer.text
    other = await api.verified()
    problem(await api.publish(other, note=NOTE), 422, "card-leaks")


async def test_neither_who_asked_nor_who_verified_agrees(api: Api, problem: Any) -> None:
    wish = await api.verified()
    (*_, error) = await findings(api, wish, note=NOTE)
    path = f"wishes/{wish['id']}/overrules"
    overrule = await api.ok(path, asked(error, NOTE), api.colleague)
    before = await api.snapshot()
    for who in (api.colleague, api.worker):
        answer = await api.post(f"{path}/{overrule['id']}/answer", {"answer": "yes"}, who)
        problem(answer, 409, "second-person-needed")
    assert await api.snapshot() == before
    with pytest.raises(asyncpg.CheckViolationError, match="two_people_overrule"):
        await api.db.fetch(
            "update overrule set answer = 'yes', answered_by = asked_by, answered_at = now()"
        )


async def test_who_agreed_and_verifies_the_wish_anew_was_no_second_person(
    api: Api, problem: Any
) -> None:
    wish = await api.verified()
    for error in await findings(api, wish, note=NOTE):
        await overruled(api, wish, error, NOTE)
    sql = "update wish set verified_by = (select answered_by from overrule limit 1) where id = $1"
    await api.db.fetch(sql, UUID(wish["id"]))
    problem(await api.publish(wish, note=NOTE), 422, "card-leaks")


async def test_a_no_is_kept_and_may_be_asked_again(api: Api, problem: Any) -> None:
    wish = await api.verified()
    error, *_ = await findings(api, wish, note=NOTE)
    path, third = f"wishes/{wish['id']}/overrules", api.as_role("community_worker")
    first = await api.ok(path, asked(error, NOTE), api.colleague)
    problem(await api.post(path, asked(error, NOTE), api.colleague), 409, "already-asked")
    answer = f"{path}/{first['id']}/answer"
    assert (await api.ok(answer, {"answer": "no"}, third))["answer"] == "no"
    problem(await api.post(answer, {"answer": "yes"}, third), 409, "already-decided")
    found = await findings(api, wish, note=NOTE)
    assert error in found
    again = await api.ok(path, asked(error, NOTE), api.colleague)
    await api.ok(f"{path}/{again['id']}/answer", {"answer": "yes"}, third)
    problem(await api.post(path, asked(error, NOTE), api.colleague), 409, "already-decided")
    lines = (await api.get(path, api.worker)).json()["items"]
    assert [(line["id"], line["answer"]) for line in lines] == [
        (again["id"], "yes"),
        (first["id"], "no"),
    ]
    assert NOTE not in str(lines)


async def test_a_yes_and_a_no_at_once_are_one_answer(api: Api, problem: Any) -> None:
    wish = await api.verified()
    error, *_ = await findings(api, wish, note=NOTE)
    path = f"wishes/{wish['id']}/overrules"
    asking = [api.post(path, asked(error, NOTE), api.colleague) for _ in range(3)]
    answers = await asyncio.gather(*asking)
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    (line,) = (await api.get(path, api.worker)).json()["items"]
    people = [api.as_role("community_worker", XIANDONG, subject=uuid4()) for _ in range(4)]
    both = [
        api.post(f"{path}/{line['id']}/answer", {"answer": answer}, who)
        for answer, who in zip(("yes", "no") * 2, people, strict=True)
    ]
    said = await asyncio.gather(*both)
    (won,) = [answer.json()["answer"] for answer in said if answer.status_code == 200]
    for answer in said:
        if answer.status_code != 200:
            problem(answer, 409, "already-decided")
    (line,) = (await api.get(path, api.worker)).json()["items"]
    assert line["answer"] == won


OWN = [
    ("title", "打13891234567找我", "phone"),
    ("note", "证号610102195401011232", "id_number"),
    ("note", "卡号6222021234567890123", "bank_card"),
    ("title", "黄建国想要取暖器", "name"),
    ("note", "送到3号楼2单元", "address"),
    ("note", "送到三号楼", "address"),
]
"""The address is the person's own: 3号楼2单元501."""


async def test_some_things_nobody_can_overrule(api: Api, problem: Any) -> None:
    wish = await api.verified()
    path = f"wishes/{wish['id']}/overrules"
    before = await api.snapshot()
    for field, text, kind in OWN:
        found = await findings(api, wish, **{field: text})
        errors = [one for one in found if one["code"] == kind]
        assert errors
        for error in errors:
            answer = await api.post(path, asked(error, text), api.colleague)
            assert text not in str(problem(answer, 409, "not-to-be-overruled"))
    assert await api.snapshot() == before


async def test_nobody_overrules_the_name_of_who_is_around_the_person(
    api: Api, problem: Any
) -> None:
    wish = await api.verified(**AROUND)
    for name in NAMED:
        title = f"想和{name}一起看戏"
        (error,) = await findings(api, wish, title=title)
        path = f"wishes/{wish['id']}/overrules"
        answer = await api.post(path, asked(error, title), api.colleague)
        problem(answer, 409, "not-to-be-overruled")


async def test_what_was_not_found_can_not_be_overruled(api: Api, problem: Any) -> None:
    wish, posted = await api.verified(), await api.posted()
    path = f"wishes/{wish['id']}/overrules"
    error, *_ = await findings(api, wish, note=NOTE)
    good = asked(error, NOTE)
    before = await api.snapshot()
    for change in (
        {"text": "冬天想有一台取暖器"},
        {"kind": "plate"},
        {"first": good["first"] + 1},
        {"last": good["last"] + 1},
    ):
        answer = await api.post(path, good | change, api.colleague)
        problem(answer, 422, "nothing-to-overrule")
    answer = await api.post(f"wishes/{posted['id']}/overrules", good, api.colleague)
    problem(answer, 409, "wrong-state")
    for change in ({"field": "words"}, {"first": 0}, {"kind": "微信"}, {"text": "长" * 61}):
        answer = await api.post(path, good | change, api.colleague)
        problem(answer, 422, "invalid")
    missing = f"{path}/{uuid4()}/answer"
    answer = await api.post(missing, {"answer": "yes"}, api.colleague)
    problem(answer, 404, "overrule-not-found")
    assert await api.snapshot() == before


async def test_the_second_person_reads_what_it_is_about_and_that_is_written_down(
    api: Api, capsys: Any
) -> None:
    wish = await api.verified()
    error, *_ = await findings(api, wish, note=NOTE)
    path = f"wishes/{wish['id']}/overrules"
    remark = "他说的是社区的活动室"
    overrule = await api.ok(path, asked(error, NOTE, remark=remark), api.colleague)
    third = api.as_role("community_worker", XIANDONG)
    text = f"{path}/{overrule['id']}/text"
    assert await api.ok(text, {"purpose": "verify"}, third) == {"text": NOTE, "remark": remark}
    line = (await api.get(f"wishes/{wish['id']}/reveals", api.worker)).json()["items"][0]
    assert (line["purpose"], line["fields"]) == ("verify", ["card_text", "remark"])
    stored = str(await api.snapshot()) + capsys.readouterr().out
    for needle in (NOTE, remark):
        assert needle not in stored
        assert needle.encode().hex() not in stored


CHECKS = {"identity_checked": True, "need_checked": True, "consent_checked": True}


async def test_a_check_is_kept_call_by_call_and_visit_by_visit(api: Api, problem: Any) -> None:
    wish = await api.submitted()
    rang = {
        "method": "phone",
        "done_at": "2026-02-02T09:30:00+08:00",
        "spoke_with": "nobody",
    }
    went = {
        "method": "visit",
        "done_at": "2026-02-03T15:00:00+08:00",
        "spoke_with": "person",
        "seen": ["person", "home", "need"],
    }
    body = {"method": "visit", "checklist": CHECKS, "steps": [rang, went]}
    path = f"wishes/{wish['id']}/verification"
    late = body | {"steps": [rang | {"done_at": "2999-01-01T00:00:00+08:00"}]}
    found = problem(await api.post(path, late, api.worker), 422, "invalid")
    assert found["errors"][0]["pointer"] == "/steps/0/done_at"
    assert "还没到" in found["errors"][0]["detail"]
    before = await api.snapshot()
    # Nobody was there, or only the other way has reached somebody: the check rests on nothing.
    for steps in ([rang], [went | {"spoke_with": "nobody"}], [rang | {"spoke_with": "person"}]):
        answer = await api.post(path, body | {"steps": steps}, api.worker)
        problem(answer, 422, "nobody-reached")
    assert await api.snapshot() == before
    await api.ok(path, body, api.worker)
    (line,) = (await api.get(f"wishes/{wish['id']}/verifications", api.worker)).json()["items"]
    assert line["method"] == "visit"
    assert [(s["method"], s["spoke_with"], s["seen"]) for s in line["steps"]] == [
        ("phone", "nobody", []),
        ("visit", "person", ["person", "home", "need"]),
    ]
    plain = await api.verified(**{k: wish_body()[k] for k in ("words",)})
    (line,) = (await api.get(f"wishes/{plain['id']}/verifications", api.worker)).json()["items"]
    assert (line["method"], line["steps"]) == ("visit", [])
