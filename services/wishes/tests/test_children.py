"""A child's wish: the guardian agrees first, two go there, and staff look with a second person's yes."""

import asyncio
from datetime import date, timedelta
from io import BytesIO
from typing import Any
from uuid import uuid4
from zipfile import ZipFile

import asyncpg
import pytest
from chassis.clock import now
from chassis.http import encode_cursor
from chassis.privacy import broken_links
from wishes.domain.evidence import is_minor
from wishes.domain.working_days import today

from .conftest import XINYUAN, Api, mentions, wish_body
from .files import VOICES
from .test_attachments import opened, upload
from .test_delivery_photos import YES, send

CHECKS = {"identity_checked": True, "need_checked": True, "consent_checked": True}
VISIT = {"method": "visit", "checklist": CHECKS}
PURPOSE = {"purpose": "verify"}
GIVEN = {"kind": "voice", "given_at": "2026-02-01T09:30:00+08:00"}
MOTHER = {"name": "肖红", "relation": "parent", "phone": "13900000001", "consent": GIVEN}
HEARD = MOTHER | {
    "consent": GIVEN | {"kind": "witness", "witness": {"name": "刘桂兰", "relation": "neighbour"}}
}
CHILD = {"name": "肖小雨", "address": "咸东社区四号院", "born": f"{now().year - 9}-05"}


@pytest.mark.parametrize(
    ("born", "day", "child"),
    [
        (None, date(2026, 5, 1), False),
        ("2012-04", date(2026, 5, 1), False),
        ("2012-05", date(2026, 5, 1), True),
        ("2012-05", date(2026, 5, 31), True),
        ("2012-05", date(2026, 6, 1), False),
        ("2012-12", date(2026, 12, 31), True),
        ("2012-12", date(2027, 1, 1), False),
        ("2025-01", date(2026, 5, 1), True),
    ],
)
def test_a_child_is_below_fourteen(born: str | None, day: date, child: bool) -> None:
    assert is_minor(born, day) is child


async def approved(api: Api, wish: dict[str, Any]) -> dict[str, Any]:
    asked = await api.ok(f"wishes/{wish['id']}/access-requests", PURPOSE, api.worker)
    return await api.ok(f"access-requests/{asked['id']}/approval", {}, api.colleague)


async def test_a_guardian_agrees_before_anybody_says_that_it_is_real(
    api: Api, problem: Any
) -> None:
    wish = await api.submitted(beneficiary=CHILD)
    assert (wish["minor"], wish["two_people"]) == (True, True)
    path = f"wishes/{wish['id']}/verification"
    before = await api.snapshot()
    problem(await api.post(path, VISIT, api.worker), 409, "guardian-consent-missing")
    assert await api.snapshot() == before
    await api.ok(f"wishes/{wish['id']}/guardian", MOTHER, api.worker)
    # Said to be recorded, and no recording is there.
    problem(await api.post(path, VISIT, api.worker), 409, "guardian-consent-missing")
    await upload(api, wish, VOICES["audio/amr"], "audio/amr", purpose="guardian_consent")
    assert (await api.ok(path, VISIT, api.worker))["state"] == "verified"
    late = await api.post(f"wishes/{wish['id']}/guardian", MOTHER, api.worker)
    problem(late, 409, "wrong-state")


async def test_what_is_written_about_a_spoken_word_is_no_proof_of_it(
    api: Api, problem: Any
) -> None:
    spoken = GIVEN | {"kind": "spoken", "reference": "在家里当面说的"}
    wish = await api.submitted(beneficiary=CHILD, guardian=MOTHER | {"consent": spoken})
    path = f"wishes/{wish['id']}"
    answer = await api.post(f"{path}/verification", VISIT, api.worker)
    problem(answer, 409, "guardian-consent-missing")
    named = spoken | {"witness": {"name": "刘桂兰", "relation": "neighbour"}}
    await api.ok(f"{path}/guardian", MOTHER | {"consent": named}, api.worker)
    assert (await api.ok(f"{path}/verification", VISIT, api.worker))["state"] == "verified"


UNKNOWN = {"name": "肖小雨", "address": "咸东社区四号院"}


async def test_whoever_checks_sees_a_child_and_it_is_one_from_then_on(
    api: Api, problem: Any
) -> None:
    wish = await api.submitted(beneficiary=UNKNOWN)
    path = f"wishes/{wish['id']}"
    mother = HEARD
    before = await api.snapshot()
    # Nobody has said that the person is fourteen: nobody is told so.
    told = problem(
        await api.post(f"{path}/guardian", mother, api.worker), 409, "birth-month-unknown"
    )
    assert "出生年月" in told["detail"]
    seen = VISIT | {"born": CHILD["born"]}
    refused = await api.post(f"{path}/verification", seen, api.worker)
    problem(refused, 409, "guardian-consent-missing")
    assert await api.snapshot() == before
    changed = await api.ok(f"{path}/change", {"born": CHILD["born"]}, api.worker)
    assert (changed["minor"], changed["two_people"]) == (True, True)
    assert CHILD["born"] not in str(await api.snapshot())
    refused = await api.post(f"{path}/verification", VISIT, api.worker)
    problem(refused, 409, "guardian-consent-missing")
    await api.ok(f"{path}/guardian", mother, api.worker)
    # What protects a child is not talked away.
    grown = VISIT | {"born": "1950-05"}
    done = await api.ok(f"{path}/verification", grown, api.worker)
    assert (done["state"], done["minor"], done["two_people"]) == ("verified", True, True)
    problem(await api.post(f"{path}/contact", PURPOSE, api.colleague), 403, "approval-needed")


async def test_who_was_taken_for_a_grown_up_comes_to_a_guardian_by_what_each_refusal_says(
    api: Api, problem: Any
) -> None:
    wish = await api.submitted(beneficiary=UNKNOWN | {"born": "1980-03"})
    path = f"wishes/{wish['id']}"
    seen = VISIT | {"born": CHILD["born"]}
    refused = await api.post(f"{path}/verification", seen, api.worker)
    assert "登记监护人" in problem(refused, 409, "guardian-consent-missing")["detail"]
    refused = await api.post(f"{path}/guardian", HEARD, api.worker)
    told = problem(refused, 409, "not-a-minor")["detail"]
    assert "已满十四岁" not in told
    assert "先改心愿里的出生年月" in told
    await api.ok(f"{path}/change", {"born": CHILD["born"]}, api.worker)
    await api.ok(f"{path}/guardian", HEARD, api.worker)
    done = await api.ok(f"{path}/verification", seen, api.worker)
    assert (done["state"], done["minor"]) == ("verified", True)


async def test_a_guardian_who_came_with_it_is_enough_when_the_age_is_learned(api: Api) -> None:
    wish = await api.submitted(beneficiary=UNKNOWN, guardian=HEARD)
    assert not wish["minor"]
    seen = VISIT | {"born": CHILD["born"]}
    done = await api.ok(f"wishes/{wish['id']}/verification", seen, api.worker)
    assert (done["minor"], done["two_people"]) == (True, True)
    await approved(api, wish)
    look = await api.ok(f"wishes/{wish['id']}/contact", PURPOSE, api.worker)
    assert look["born"] == CHILD["born"]


async def test_a_childs_own_yes_to_the_card_is_none_however_the_age_is_learned(
    api: Api, problem: Any
) -> None:
    yes = {"purpose": "publish", "given": True, "wording": 1, "witness": "吴红正"}
    born = {"born": CHILD["born"]}

    def unknown() -> dict[str, Any]:
        """Another child each time: of one that is known there is nothing to learn."""
        return {"beneficiary": UNKNOWN | {"address": f"{uuid4()}"}, "guardian": HEARD}

    for how in ("change", "verification"):
        wish = await api.posted(**unknown())
        path = f"wishes/{wish['id']}"
        said = {"words": "要一个亮一点的。"} | (born if how == "change" else {})
        await api.ok(f"{path}/change", said, api.worker)
        seen = VISIT | (born if how == "verification" else {})
        done = await api.ok(f"{path}/verification", seen, api.worker)
        assert (done["state"], done["minor"]) == ("verified", True)
        # The guardian was heard about the wish, and nobody has asked about the card.
        before = await api.snapshot()
        problem(await api.publish(wish), 409, "no-consent")
        assert await api.snapshot() == before
        refused = await api.post(f"{path}/consents", yes, api.worker)
        problem(refused, 409, "guardian-speaks")
        await api.ok(f"{path}/consents", yes | {"by": "guardian"}, api.worker)
        assert (await api.publish(wish)).status_code == 200
    # Asked on the spot, the guardian says it there.
    asked = VISIT | born | {"checklist": CHECKS | {"publish_agreed": True}}
    wish = await api.posted(**unknown())
    await api.ok(f"wishes/{wish['id']}/change", {"words": "要一个亮一点的。"}, api.worker)
    await api.ok(f"wishes/{wish['id']}/verification", asked, api.worker)
    assert (await api.publish(wish)).status_code == 200
    # Where nobody had said anything before, the first check holds what the guardian says to both.
    wish = await api.submitted(**unknown())
    await api.ok(f"wishes/{wish['id']}/verification", VISIT | born, api.worker)
    assert (await api.publish(wish)).status_code == 200
    assert await api.types(wish["id"]) == ["WishSubmitted", "WishVerified", "WishPosted"]


async def test_nobody_is_born_in_a_month_to_come_wherever_it_is_written(
    api: Api, problem: Any
) -> None:
    """2062 for 1962: else an old lady is a child for ever."""
    wish = await api.submitted()
    person = f"beneficiaries/{wish['beneficiary_id']}/requests"
    before = await api.snapshot()
    for born in ("2062-05", f"{now() + timedelta(days=40):%Y-%m}"):
        whole = wish_body(beneficiary=UNKNOWN | {"born": born})
        own = {name: value for name, value in whole.items() if name != "channel"}
        content = {"beneficiary": whole["beneficiary"]}
        draft = {"area": whole["area"], "channel": "desk", "content": content}
        correction = {"kind": "correction", "correction": {"born": born}}
        for path, body, slug, place in (
            ("wishes", whole, "invalid", "/beneficiary/born"),
            ("own-wishes", own, "invalid", "/beneficiary/born"),
            (
                "wishes/batch",
                {"rows": [wish_body(), whole]},
                "bad-rows",
                "/rows/1/beneficiary/born",
            ),
            ("drafts", draft, "draft-wrong", "/content/beneficiary/born"),
            (f"wishes/{wish['id']}/verification", VISIT | {"born": born}, "invalid", "/born"),
            (f"wishes/{wish['id']}/change", {"born": born}, "invalid", "/born"),
            (person, correction, "invalid", "/correction/born"),
        ):
            who = api.volunteer(uuid4()) if path == "own-wishes" else api.worker
            (wrong,) = problem(await api.post(path, body, who), 422, slug)["errors"]
            assert wrong["pointer"] == place
            assert "还没到" in wrong["detail"]
    assert await api.snapshot() == before
    this_month = UNKNOWN | {"born": f"{today(now()):%Y-%m}"}
    assert (await api.submitted(beneficiary=this_month))["minor"]


async def test_whoever_is_grown_up_is_so_on_the_paper_too(api: Api, problem: Any) -> None:
    wish = await api.submitted()
    born = f"{now().year - 15}-12"
    for body in ({"born": "2015"}, {"born": "2015-13"}, {"born": "1815-03"}):
        answer = await api.post(f"wishes/{wish['id']}/verification", VISIT | body, api.worker)
        assert problem(answer, 422, "invalid")["errors"][0]["pointer"] == "/born"
        answer = await api.post(f"wishes/{wish['id']}/change", body, api.worker)
        problem(answer, 422, "invalid")
    done = await api.ok(f"wishes/{wish['id']}/change", {"born": born}, api.worker)
    assert (done["minor"], done["two_people"]) == (False, False)
    problem(await api.post(f"wishes/{wish['id']}/guardian", MOTHER, api.worker), 409, "not-a-minor")
    look = await api.ok(f"wishes/{wish['id']}/contact", PURPOSE, api.worker)
    assert look["born"] == born


async def test_a_guardian_may_come_with_the_wish_and_two_people_go(api: Api) -> None:
    held = await api.claimed(beneficiary=CHILD, guardian=HEARD)
    shown = (await api.get(f"wishes/{held['wish']['id']}", api.volunteer(held["by"]))).json()
    assert (shown["state"], shown["minor"], shown["two_people"]) == ("claimed", True, True)
    # Whoever comes needs to know where; the second person of the desk is for the desk.
    path = f"wishes/{held['wish']['id']}/contact"
    seen = await api.ok(path, {"purpose": "arrange"}, api.volunteer(held["by"]))
    assert (seen["address"], seen["born"]) == (CHILD["address"], None)


async def test_what_is_written_for_a_grown_up_needs_no_guardian(api: Api, problem: Any) -> None:
    grown = await api.submitted(beneficiary=CHILD | {"born": f"{now().year - 15}-12"})
    assert not grown["minor"]
    problem(
        await api.post(f"wishes/{grown['id']}/guardian", MOTHER, api.worker), 409, "not-a-minor"
    )
    asked = await api.post(f"wishes/{grown['id']}/access-requests", PURPOSE, api.worker)
    problem(asked, 409, "approval-not-needed")
    witness = {"name": " 肖 红", "relation": "family"}
    own = MOTHER | {"consent": GIVEN | {"kind": "witness", "witness": witness}}
    answer = await api.post("wishes", wish_body(beneficiary=CHILD, guardian=own), api.worker)
    problem(answer, 422, "witness-is-the-author")


async def test_one_asks_another_agrees_and_then_it_is_one_look(api: Api, problem: Any) -> None:
    wish = await api.submitted(beneficiary=CHILD, guardian=MOTHER)
    contact, asking = f"wishes/{wish['id']}/contact", f"wishes/{wish['id']}/access-requests"
    before = await api.snapshot()
    problem(await api.post(contact, PURPOSE, api.worker), 403, "approval-needed")
    assert await api.snapshot() == before
    asked = await api.ok(asking, PURPOSE, api.worker)
    problem(await api.post(asking, PURPOSE, api.worker), 409, "already-asked")
    problem(await api.post(contact, PURPOSE, api.worker), 403, "approval-needed")
    approval = f"access-requests/{asked['id']}/approval"
    stranger = api.as_role("community_worker", XINYUAN)
    problem(await api.post(approval, {}, api.worker), 409, "second-person-needed")
    with pytest.raises(asyncpg.CheckViolationError, match="a_second_person_approves"):
        await api.db.fetch("update access_request set approved_by = asked_by, approved_at = now()")
    problem(await api.post(approval, {}, stranger), 403, "out-of-scope")
    nowhere = await api.post(f"access-requests/{uuid4()}/approval", {}, api.colleague)
    problem(nowhere, 404, "access-request-not-found")
    waiting = await api.get(f"access-requests?area={wish['area']}", api.colleague)
    assert [one["id"] for one in waiting.json()["items"]] == [asked["id"]]
    yes = await api.ok(approval, {}, api.colleague)
    assert (yes["state"], yes["asked_by"]) == ("approved", asked["asked_by"])
    problem(await api.post(approval, {}, api.colleague), 409, "access-request-over")
    # For what was asked for, and by whom.
    problem(await api.post(contact, {"purpose": "notify"}, api.worker), 403, "approval-needed")
    problem(await api.post(contact, PURPOSE, api.colleague), 403, "approval-needed")
    seen = await api.post(contact, PURPOSE, api.worker, key="look")
    assert (seen.json()["name"], seen.json()["born"]) == (CHILD["name"], CHILD["born"])
    problem(await api.post(contact, PURPOSE, api.worker), 403, "approval-needed")
    assert (await api.post(contact, PURPOSE, api.worker, key="look")).json() == seen.json()
    lines = (await api.get(f"wishes/{wish['id']}/reveals", api.worker)).json()["items"]
    assert [(line["purpose"], line["fields"]) for line in lines] == [
        ("verify", ["address", "born", "name", "phone", "words"]),
        ("approve_access", []),
        ("ask_access", []),
    ]
    assert await broken_links(api.db) == []
    assert (await api.get(f"access-requests?area={wish['area']}", api.worker)).json()["items"] == []


async def test_a_yes_is_good_for_a_day_and_a_question_for_three(api: Api, problem: Any) -> None:
    wish = await api.submitted(beneficiary=CHILD)
    contact = f"wishes/{wish['id']}/contact"
    await approved(api, wish)
    await api.post(contact, PURPOSE, api.worker, key="look")
    back = "update access_request set until = until - $1::interval"
    await api.db.fetch(back, timedelta(days=1))
    # The stored answer as well: else the look would last as long as answers are kept.
    problem(await api.post(contact, PURPOSE, api.worker, key="look"), 403, "approval-needed")
    await approved(api, wish)
    await api.db.fetch(back, timedelta(days=1))
    problem(await api.post(contact, PURPOSE, api.worker), 403, "approval-needed")
    asked = await api.ok(f"wishes/{wish['id']}/access-requests", PURPOSE, api.worker)
    await api.db.fetch(back, timedelta(days=3))
    late = await api.post(f"access-requests/{asked['id']}/approval", {}, api.colleague)
    problem(late, 409, "access-request-over")
    # What nobody answered stands in the list no more, from whatever place it is read.
    path = f"access-requests?area={wish['area']}"
    assert (await api.get(path, api.colleague)).json()["items"] == []
    anew = await api.ok(f"wishes/{wish['id']}/access-requests", PURPOSE, api.worker)
    for place in ("", f"&cursor={encode_cursor(asked['asked_at'], asked['id'])}"):
        (line,) = (await api.get(f"{path}{place}", api.colleague)).json()["items"]
        assert line["id"] == anew["id"]


async def test_a_file_that_broke_off_is_opened_again_on_its_day_and_nothing_else_is(
    api: Api, problem: Any
) -> None:
    wish = await api.submitted(beneficiary=CHILD, guardian=MOTHER)
    said, other = [
        (await upload(api, wish, VOICES[kind], kind, purpose="guardian_consent")).json()["id"]
        for kind in ("audio/wav", "audio/ogg")
    ]
    await approved(api, wish)
    first, again = [await opened(api, wish, said) for _ in range(2)]
    assert (first.status_code, again.content) == (200, first.content)
    problem(await opened(api, wish, other), 403, "approval-needed")
    contact = f"wishes/{wish['id']}/contact"
    problem(await api.post(contact, PURPOSE, api.worker), 403, "approval-needed")
    looks = await api.get(f"wishes/{wish['id']}/reveals", api.worker)
    assert [line["fields"] for line in looks.json()["items"]].count(["attachment"]) == 2
    await api.db.fetch("update access_request set until = now() - interval '1 second'")
    problem(await opened(api, wish, said), 403, "approval-needed")


async def test_one_yes_is_one_look_however_many_ask_at_once(api: Api) -> None:
    wish = await api.submitted(beneficiary=CHILD, guardian=MOTHER)
    one = (
        await upload(api, wish, VOICES["audio/wav"], "audio/wav", purpose="guardian_consent")
    ).json()
    assert (await opened(api, wish, one["id"])).json()["type"] == "/problems/approval-needed"
    await approved(api, wish)
    ways = ("contact", "origin")
    answers = await asyncio.gather(
        *(api.post(f"wishes/{wish['id']}/{way}", PURPOSE, api.worker) for way in ways * 2),
        opened(api, wish, one["id"]),
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [403] * 4
    await approved(api, wish)
    assert (await opened(api, wish, one["id"])).content == VOICES["audio/wav"]
    await approved(api, wish)
    origin = await api.ok(f"wishes/{wish['id']}/origin", PURPOSE, api.worker)
    assert origin["proxy"] is None
    assert (origin["guardian"]["name"], origin["guardian"]["phone"]) == ("肖红", "+8613900000001")


async def test_everything_of_a_child_is_for_the_family_and_for_two_at_the_desk(
    api: Api, problem: Any
) -> None:
    wishes = [await api.submitted(beneficiary=CHILD, guardian=MOTHER) for _ in range(2)]
    me, person = uuid4(), f"beneficiaries/{wishes[0]['beneficiary_id']}"
    await api.own_account(wishes[0], me)
    # Whoever has the card and the name, or the account that it is linked with.
    code = f"{wishes[0]['card_no']}-{wishes[0]['code']}"
    await api.ok(f"cards/{code}/copy", {"who": CHILD["name"]})
    await api.ok(f"{person}/copy", {}, api.volunteer(me))
    correction = {"kind": "correction", "correction": {"name": "肖小雪"}}
    request = await api.ok(f"{person}/requests", correction, api.worker)
    details = f"data-requests/{request['id']}/details"
    for path, purpose in ((f"{person}/copy", "own_copy"), (details, "correct")):
        body = {} if purpose == "own_copy" else {"purpose": purpose}
        problem(await api.post(path, body, api.worker), 403, "approval-needed")
        # For any of their wishes; the copy is of both.
        asking = f"wishes/{wishes[1]['id']}/access-requests"
        asked = await api.ok(asking, {"purpose": purpose}, api.worker)
        problem(await api.post(path, body, api.worker), 403, "approval-needed")
        await api.ok(f"access-requests/{asked['id']}/approval", {}, api.colleague)
        problem(await api.post(path, body, api.colleague), 403, "approval-needed")
        answers = await asyncio.gather(*(api.post(path, body, api.worker) for _ in range(3)))
        assert sorted(answer.status_code for answer in answers) == [200, 403, 403]


async def test_a_slip_shows_of_a_child_what_was_written_with_it_and_no_more(
    api: Api, problem: Any
) -> None:
    first = (await api.fulfilled(beneficiary=CHILD, guardian=HEARD))["wish"]
    body = {"reason": "wrong_size", "channel": "desk", "words": "小了一号。"}
    followed = await api.ok(f"wishes/{first['id']}/follow-ups", body, api.worker)
    # One worker alone, who has heard the name and the number, and says nothing of the age.
    grown = {name: value for name, value in CHILD.items() if name != "born"}
    again = await api.submitted(beneficiary=grown, words="想要一本画册。")
    assert not again["minor"]
    desk = f"beneficiaries/{first['beneficiary_id']}/copy"
    problem(await api.post(desk, {}, api.worker), 403, "approval-needed")
    copies: dict[str, Any] = {}
    for wish in (first, followed, again):
        path = f"cards/{wish['card_no']}-{wish['code']}/copy"
        copies[wish["id"]] = copy = await api.ok(path, {"who": CHILD["name"]})
        assert copy["of_card"]
        assert {row["card_no"] for row in copy["data"]["wishes"]} == {wish["card_no"]}
        others = {one["card_no"] for one in (first, followed, again)} - {wish["card_no"]}
        assert not any(mentions(str(copy["data"]), number) for number in others)
        assert "凭一张卡片只看得到这张卡片的事" in copy["page"]
        file = await api.post(f"{path}/file", {"who": CHILD["name"]})
        with ZipFile(BytesIO(file.content)) as archive:
            kept = archive.read("data.json").decode()
        assert not any(mentions(kept, number) for number in others)
    # The slip of the first still opens all of its own.
    data = copies[first["id"]]["data"]
    (person,) = data["person"]
    assert (person["address"], person["born"]) == (CHILD["address"], CHILD["born"])
    assert data["guardians"][0]["name"] == HEARD["name"]
    assert data["confirmations"]
    assert data["reveals"]
    # Whoever wrote the follow-up down was told neither where the child lives nor who the mother is.
    for secret in (CHILD["address"], CHILD["born"], str(HEARD["name"]), "13900000001"):
        assert secret not in str(copies[followed["id"]]), secret
    assert copies[followed["id"]]["data"]["wishes"][0]["words"] == "小了一号。"
    assert copies[again["id"]]["data"]["wishes"][0]["words"] == "想要一本画册。"
    assert CHILD["born"] not in str(copies[again["id"]])
    # The family sees by every slip who has asked.
    looks = await api.get(f"cards/{first['card_no']}-{first['code']}/reveals")
    assert sum(line["purpose"] == "own_copy" for line in looks.json()["items"]) == 6
    # With two at the desk, or the account of their own, it is all of them.
    asked = await api.ok(
        f"wishes/{first['id']}/access-requests", {"purpose": "own_copy"}, api.worker
    )
    await api.ok(f"access-requests/{asked['id']}/approval", {}, api.colleague)
    whole = await api.ok(desk, {}, api.worker)
    assert not whole["of_card"]
    assert len(whole["data"]["wishes"]) == 3
    me = uuid4()
    await api.own_account(first, me)
    assert len((await api.ok(desk, {}, api.volunteer(me)))["data"]["wishes"]) == 3


async def test_the_next_wish_of_a_child_is_a_childs(api: Api, problem: Any) -> None:
    first = await api.fulfilled(beneficiary=CHILD, guardian=HEARD)
    body = {"reason": "wrong_size", "channel": "desk", "words": "小了一号。"}
    second = await api.ok(f"wishes/{first['wish']['id']}/follow-ups", body, api.worker)
    assert (second["minor"], second["two_people"]) == (True, True)
    path = f"wishes/{second['id']}/verification"
    problem(await api.post(path, VISIT, api.worker), 409, "guardian-consent-missing")


async def test_a_child_known_by_one_wish_is_one_in_all_of_the_same_person(
    api: Api, problem: Any
) -> None:
    first = (await api.fulfilled(beneficiary=UNKNOWN))["wish"]
    body = {"reason": "wrong_size", "channel": "desk", "words": "小了一号。"}
    follow_ups = f"wishes/{first['id']}/follow-ups"
    second = await api.ok(follow_ups, body, api.worker)
    other = await api.submitted(beneficiary=UNKNOWN)
    contact = f"wishes/{first['id']}/contact"
    await api.post(contact, PURPOSE, api.worker, key="before")
    await api.ok(f"wishes/{second['id']}/change", {"born": CHILD["born"]}, api.worker)
    for wish in (first, other):
        path = f"wishes/{wish['id']}"
        problem(await api.post(f"{path}/contact", PURPOSE, api.worker), 403, "approval-needed")
        problem(await api.post(f"{path}/origin", PURPOSE, api.worker), 403, "approval-needed")
        await approved(api, wish)
        assert (await api.ok(f"{path}/contact", PURPOSE, api.worker))["name"] == UNKNOWN["name"]
    # What was answered before is kept, and is shown no more than it would be anew.
    await api.db.fetch("update access_request set until = now() - interval '1 second'")
    problem(await api.post(contact, PURPOSE, api.worker, key="before"), 403, "approval-needed")
    third = await api.ok(follow_ups, body, api.worker)
    assert (third["minor"], third["two_people"]) == (True, True)


async def test_a_child_is_a_child_in_the_next_wish_too(api: Api, problem: Any) -> None:
    """The second card does not say the year again."""
    await api.submitted(beneficiary=CHILD, guardian=HEARD)
    second = await api.submitted(beneficiary=UNKNOWN)
    assert not second["minor"], "it comes in by writes alone"
    path = f"wishes/{second['id']}"
    before = await api.snapshot()
    by_phone = {"method": "phone", "checklist": CHECKS}
    refused = await api.post(f"{path}/verification", by_phone, api.worker)
    problem(refused, 409, "guardian-consent-missing")
    assert await api.snapshot() == before
    await api.ok(f"{path}/guardian", HEARD, api.worker)
    done = await api.ok(f"{path}/verification", by_phone, api.worker)
    assert (done["minor"], done["two_people"]) == (True, True)
    assert (await api.publish(second)).status_code == 200


@pytest.mark.parametrize("how", ["change", "verification"])
async def test_what_is_learned_of_a_child_reaches_its_other_wishes(api: Api, how: str) -> None:
    hanging, held = await api.posted(), await api.claimed()
    wish = await api.submitted(guardian=HEARD)
    body = {"born": CHILD["born"]} | (VISIT if how == "verification" else {})
    await api.ok(f"wishes/{wish['id']}/{how}", body, api.worker)
    for other, state in ((hanging, "submitted"), (held["wish"], "claimed")):
        shown = (await api.get(f"wishes/{other['id']}", api.worker)).json()
        seen = (shown["state"], shown["minor"], shown["two_people"], shown["hanging"])
        assert seen == (state, True, True, False)
    assert (await api.types(hanging["id"]))[-1] == "WishChanged"
    assert (await api.types(held["wish"]["id"]))[-1] == "WishTakenDown"


async def test_a_child_that_is_learned_of_at_several_wishes_at_once_is_one_in_all(api: Api) -> None:
    wishes = [await api.verified(guardian=HEARD) for _ in range(4)]
    born = {"born": CHILD["born"]}
    await asyncio.gather(
        *(api.ok(f"wishes/{one['id']}/change", born, api.worker) for one in reversed(wishes))
    )
    assert await api.db.fetchval("select bool_and(minor and two_people) from wish")


async def test_what_a_stranger_writes_of_somebody_makes_no_child_of_them(api: Api) -> None:
    """Online, under the name and number of a lady whose wish hangs; nobody has seen them yet."""
    hers, me = await api.posted(), uuid4()
    account = api.as_role("applicant", subject=me)
    body = wish_body()
    del body["channel"]
    lie = body["beneficiary"] | {"born": CHILD["born"]}
    for person in (lie, body["beneficiary"]):
        wish = await api.ok("own-wishes", body | {"beneficiary": person}, account)
        await api.ok(f"wishes/{wish['id']}/change", {"born": CHILD["born"]}, account)
    assert (await api.get(f"wishes/{hers['id']}", api.worker)).json()["hanging"]
    assert not (await api.verified())["minor"]


async def test_whoever_has_grown_up_since_speaks_for_themself(api: Api) -> None:
    born = {"born": f"{now().year - 15}-01"}
    await api.submitted(beneficiary=UNKNOWN | born)
    async with api.db.transaction() as tx:
        # At twelve; a wish of then stays a child's.
        sql = "update wish set minor = true, two_people = true, submitted_at = $1"
        await tx.execute(sql, now() - timedelta(days=3 * 365))
    assert not (await api.verified(beneficiary=UNKNOWN))["minor"]
    # A month by which they never were a child says nothing: one alone may have written it.
    async with api.db.transaction() as tx:
        await tx.execute("update wish set submitted_at = $1 where minor", now())
    second = await api.submitted(beneficiary=UNKNOWN, guardian=HEARD)
    assert (await api.ok(f"wishes/{second['id']}/verification", VISIT, api.worker))["minor"]


async def test_no_card_hangs_as_a_grown_ups_once_another_wish_says_that_it_is_a_childs(
    api: Api, problem: Any
) -> None:
    second = await api.verified(beneficiary=UNKNOWN)
    await api.submitted(beneficiary=CHILD)
    path = f"wishes/{second['id']}"
    before = await api.snapshot()
    problem(await api.publish(second), 409, "no-consent")
    assert await api.snapshot() == before
    yes = {"purpose": "publish", "given": True, "wording": 1, "how": "paper", "by": "guardian"}
    await api.ok(f"{path}/consents", yes, api.worker)
    problem(await api.publish(second), 409, "guardian-consent-missing")
    await api.ok(f"{path}/guardian", HEARD, api.worker)
    hung = await api.publish(second)
    assert (hung.status_code, hung.json()["minor"], hung.json()["two_people"]) == (200, True, True)


async def test_a_childs_own_yes_to_photos_is_none_and_the_mother_may_say_it(
    api: Api, problem: Any
) -> None:
    wish = await api.submitted()
    path = f"wishes/{wish['id']}"
    await api.ok(f"{path}/consents", YES, api.worker)
    await api.ok(f"{path}/change", {"born": CHILD["born"]}, api.worker)
    await api.ok(f"{path}/guardian", HEARD, api.worker)
    steps = [{"method": "visit", "done_at": now().isoformat(), "spoke_with": "guardian"}]
    await api.ok(f"{path}/verification", VISIT | {"steps": steps}, api.worker)
    assert (await api.publish(wish)).status_code == 200
    by = await api.approved()
    claim = await api.ok(f"{path}/claims", {}, api.volunteer(by))
    held = {"wish": wish, "claim": claim, "by": by}
    problem(await send(api, held, shows_person=True), 409, "no-photo-consent")
    shown = (await api.get(f"{path}/consents", api.worker)).json()
    assert (shown["in_force"]["photo"], shown["in_force"]["publish"]) == (None, True)
    said = YES | {"by": "guardian"}
    await api.ok(f"{path}/consents", said, api.worker)
    problem(await api.post(f"{path}/consents", said, api.worker), 409, "consent-unchanged")
    assert (await send(api, held, shows_person=True)).status_code == 201


async def test_the_fathers_paper_is_no_proof_that_the_grandmother_agreed(
    api: Api, problem: Any
) -> None:
    paper = {"kind": "paper_photo", "given_at": GIVEN["given_at"]}
    wish = await api.submitted(beneficiary=CHILD)
    path = f"wishes/{wish['id']}"
    # Scanned before it is written down whose it is: nobody else was noted.
    await upload(api, wish, VOICES["audio/amr"], "audio/amr", purpose="guardian_consent")
    mother = MOTHER | {"consent": paper}
    await api.ok(f"{path}/guardian", mother, api.worker)
    await api.ok(f"{path}/guardian", mother | {"name": "肖 红", "phone": None}, api.worker)
    proofs = "select answers_since from guardian_consent"
    assert await api.db.fetchval(proofs) is None, "the same one, completed"
    other = {"name": "王桂香", "relation": "grandparent", "consent": paper}
    for phone in (None, "13900000009"):
        await api.ok(f"{path}/guardian", other | {"phone": phone}, api.worker)
        refused = await api.post(f"{path}/verification", VISIT, api.worker)
        problem(refused, 409, "guardian-consent-missing")
    await upload(api, wish, VOICES["audio/amr"], "audio/amr", purpose="guardian_consent")
    assert (await api.ok(f"{path}/verification", VISIT, api.worker))["state"] == "verified"
