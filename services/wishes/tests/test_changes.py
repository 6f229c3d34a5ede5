"""The need changes while somebody has the wish in hand: they go along, or they are free."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from chassis.clock import now
from wishes.domain.rule import Terms
from wishes.domain.working_days import after_working_days, evening_of, today

from .conftest import XIANDONG, XINYUAN, Api, Time, gift
from .test_children import CHILD
from .test_overrules import overruled
from .town import NOTE, to_overrule

WORDS = "灯太亮，想换一盏暗一点的。"
CHANGE = {"words": WORDS, "title": "想有一盏不刺眼的台灯", "effort": "one_hour"}


async def propose(api: Api, held: dict[str, Any], **more: Any) -> dict[str, Any]:
    path = f"wishes/{held['wish']['id']}/change-proposals"
    return await api.ok(path, CHANGE | more, api.colleague)


async def words_of(api: Api, wish: dict[str, Any]) -> str:
    path = f"wishes/{wish['id']}/contact"
    return (await api.ok(path, {"purpose": "verify"}, api.worker))["words"]


async def test_with_a_yes_the_wish_is_the_new_one_in_the_same_hands(api: Api) -> None:
    held = await api.claimed()
    wish, me = held["wish"], api.volunteer(held["by"])
    claim = await propose(api, held, category="service", note="晚上看书用")
    assert claim["answer_by"] is not None
    for text in (WORDS, CHANGE["title"], "晚上看书用"):
        assert text not in str(await api.snapshot()), "sealed until it is what the wish is"
    shown = (await api.get(f"wishes/{wish['id']}/change-proposal", me)).json()
    assert (shown["title"], shown["category"], shown["note"]) == (
        CHANGE["title"],
        "service",
        "晚上看书用",
    )
    assert "words" not in shown
    agreed = await api.ok(f"claims/{claim['id']}/change-answer", {"answer": "yes"}, me)
    assert (agreed["state"], agreed["answer_by"]) == ("live", None)
    card = (await api.get(f"trees/cards/{wish['card_no']}")).json()
    assert (card["title"], card["category"], card["effort"]) == (
        CHANGE["title"],
        "service",
        "one_hour",
    )
    assert card["leaf"] == wish["leaf"]
    assert await words_of(api, wish) == WORDS
    proposed, changed = (await api.events(wish["id"]))[-2:]
    assert (proposed["type"], changed["type"]) == ("ChangeProposed", "WishChanged")
    assert (changed["claim_id"], changed["category"]) == (claim["id"], "service")
    counts = (await api.get(f"trees/{XIANDONG}")).json()["counts"]
    assert counts == {"open": 0, "claimed": 1, "fulfilled": 0, "by_category": counts["by_category"]}
    assert await api.db.fetchval("select count(*) from change_proposal") == 0
    counted = await api.db.fetch("select category, claimed from tree_now order by 1")
    assert [tuple(row) for row in counted] == [("goods", 0), ("service", 1)]


@pytest.mark.parametrize("how", ["no", "given back", "silence"])
async def test_without_it_the_claimant_is_free_and_the_wish_is_published_anew(
    api: Api, time: Time, problem: Any, how: str
) -> None:
    held = await api.claimed()
    wish, claim, me = held["wish"], held["claim"], api.volunteer(held["by"])
    asked = await propose(api, held, category="service")
    if how == "no":
        await api.ok(f"claims/{claim['id']}/change-answer", {"answer": "no"}, me)
    elif how == "given back":
        await api.ok(f"claims/{claim['id']}/release", {}, me)
    else:
        await time.reaches(datetime.fromisoformat(asked["answer_by"]))
    ended, changed = (await api.events(wish["id"]))[-2:]
    assert (ended["type"], ended["reason"]) == ("ClaimEnded", "change_not_accepted")
    assert (changed["type"], changed["category"]) == ("WishChanged", "service")
    assert "claim_id" not in changed
    now = (await api.get(f"wishes/{wish['id']}", api.worker)).json()
    assert (now["state"], now["hanging"], now["title"]) == ("verified", False, CHANGE["title"])
    assert await words_of(api, wish) == WORDS
    assert await api.db.fetchval("select count(*) from change_proposal") == 0
    # Who looked at the new need does not publish it, too.
    answer = await api.publish(wish)
    problem(answer, 409, "same-person")
    body = {"title": CHANGE["title"], "effort": "one_hour"}
    again = await api.ok(f"wishes/{wish['id']}/publication", body, api.worker)
    assert again["leaf"] == wish["leaf"]
    # Without blame: they may take it as it is now.
    await api.ok(f"wishes/{wish['id']}/claims", {}, me)
    assert (await api.get(f"trees/cards/{wish['card_no']}")).json()["category"] == "service"


async def test_nobody_delivers_the_old_thing_over_a_question(api: Api, problem: Any) -> None:
    held = await api.claimed()
    wish, me = held["wish"], api.volunteer(held["by"])
    path, given = f"claims/{held['claim']['id']}", {"gifts": [gift(held["by"])]}
    await propose(api, held)
    # A part that has arrived has arrived; the question stays.
    await api.ok(f"{path}/parts", given, me)
    before = await api.snapshot()
    told = problem(await api.post(f"{path}/delivery", given, me), 409, "change-unanswered")
    assert "先答复改动" in told["detail"]
    assert await api.snapshot() == before
    await api.ok(f"{path}/change-answer", {"answer": "yes"}, me)
    await api.ok(f"{path}/delivery", given, me)
    assert await words_of(api, wish) == WORDS
    answer = await api.post(f"{path}/change-answer", {"answer": "yes"}, me)
    problem(answer, 409, "nothing-asked")
    problem(await api.get(f"wishes/{wish['id']}/change-proposal", me), 409, "nothing-asked")


async def test_who_proposes_and_who_answers(api: Api, problem: Any) -> None:
    held, posted = await api.claimed(), await api.posted()
    wish, claim, me = held["wish"], held["claim"], api.volunteer(held["by"])
    path = f"wishes/{wish['id']}/change-proposals"
    leak = CHANGE | {"title": "黄建国想换台灯"}
    refused = [
        (path, CHANGE, api.worker, 409, "same-person"),
        (path, CHANGE, api.as_role("community_worker", XINYUAN), 403, "out-of-scope"),
        (path, leak, api.colleague, 422, "card-leaks"),
        (path, CHANGE | {"category": "ponies"}, api.colleague, 422, "category-unknown"),
        (path, {"words": WORDS}, api.colleague, 422, "invalid"),
        (f"wishes/{posted['id']}/change-proposals", CHANGE, api.colleague, 409, "wrong-state"),
        (f"claims/{claim['id']}/change-answer", {"answer": "yes"}, me, 409, "nothing-asked"),
    ]
    before = await api.snapshot()
    for where, body, who, status, slug in refused:
        problem(await api.post(where, body, who), status, slug)
    assert await api.snapshot() == before
    await propose(api, held)
    before = await api.snapshot()
    stranger = api.volunteer(uuid4())
    problem(await api.post(path, CHANGE, api.colleague), 409, "already-asked")
    answer = await api.post(f"claims/{claim['id']}/change-answer", {"answer": "no"}, stranger)
    problem(answer, 403, "not-the-claimant")
    shown = await api.get(f"wishes/{wish['id']}/change-proposal", stranger)
    problem(shown, 403, "not-the-claimant")
    assert await api.snapshot() == before


@pytest.mark.parametrize("other", ["no", "release", "delivery", "time"])
async def test_a_yes_and_another_end_of_the_question_at_once(
    api: Api, time: Time, other: str
) -> None:
    """Whichever comes first counts, and the one that comes second finds nothing asked."""
    held = await api.claimed()
    path, me = f"claims/{held['claim']['id']}", api.volunteer(held["by"])
    asked = await propose(api, held)
    ends: dict[str, Any] = {
        "no": lambda: api.post(f"{path}/change-answer", {"answer": "no"}, me),
        "release": lambda: api.post(f"{path}/release", {}, me),
        "delivery": lambda: api.post(f"{path}/delivery", {"gifts": [gift(held["by"])]}, me),
        "time": lambda: time.reaches(datetime.fromisoformat(asked["answer_by"])),
    }
    yes = api.post(f"{path}/change-answer", {"answer": "yes"}, me)
    agreed, _ = await asyncio.gather(yes, ends[other]())
    types = (await api.types(held["wish"]["id"]))[5:]
    assert types.count("WishChanged") <= 1
    assert ("WishChanged" in types and "ClaimEnded" not in types) == (agreed.status_code == 200)
    assert await api.db.fetchval("select count(*) from change_proposal") == 0
    shown = (await api.get(f"wishes/{held['wish']['id']}", api.worker)).json()
    changed = "WishChanged" in types
    assert shown["title"] == (CHANGE["title"] if changed else "冬天想有一台取暖器")


async def test_a_yes_to_what_one_cannot_do_is_none(api: Api, problem: Any) -> None:
    await api.rule("companionship", asks=["vetting:child"], two_people=True)
    held = await api.claimed()
    path = f"claims/{held['claim']['id']}/change-answer"
    await propose(api, held, category="companionship")
    me = api.volunteer(held["by"])
    problem(await api.post(path, {"answer": "yes"}, me), 409, "unqualified")
    await api.ok(path, {"answer": "no"}, me)
    sql = "select category, asks, two_people from wish where id = $1"
    row = await api.db.fetchrow(sql, UUID(held["wish"]["id"]))
    assert tuple(row) == ("companionship", ["vetting:child"], True)


@pytest.mark.parametrize("answer", ["yes", "no"])
async def test_two_go_to_a_child_though_the_change_was_proposed_for_a_grown_up(
    api: Api, answer: str
) -> None:
    held = await api.claimed()
    wish, me = held["wish"], api.volunteer(held["by"])
    await propose(api, held)
    body = {"kind": "correction", "correction": {"born": CHILD["born"]}}
    request = await api.ok(f"beneficiaries/{wish['beneficiary_id']}/requests", body, api.worker)
    decision = {"answer": "yes", "reason": "asked"}
    await api.ok(f"data-requests/{request['id']}/decision", decision, api.worker)
    await api.ok(f"claims/{held['claim']['id']}/change-answer", {"answer": answer}, me)
    shown = (await api.get(f"wishes/{wish['id']}", api.worker)).json()
    assert (shown["title"], shown["minor"], shown["two_people"]) == (CHANGE["title"], True, True)


SIZE = {"type": "integer", "title": "鞋码", "minimum": 20}


def asks(**questions: Any) -> dict[str, Any]:
    form = {"type": "object", "properties": questions, "required": [*questions]}
    return form | {"additionalProperties": False}


async def answers_of(api: Api, wish: dict[str, Any]) -> Any:
    path = f"wishes/{wish['id']}/contact"
    return (await api.ok(path, {"purpose": "verify"}, api.worker))["answers"]


@pytest.mark.parametrize("answer", ["yes", "no"])
async def test_another_category_asks_its_own_questions(api: Api, problem: Any, answer: str) -> None:
    await api.rule("goods", questions=asks(size=SIZE))
    await api.rule("service", questions=asks(lamps=SIZE))
    held = await api.claimed(answers={"size": 43})
    wish, me = held["wish"], api.volunteer(held["by"])
    path = f"wishes/{wish['id']}/change-proposals"
    for more in ({}, {"answers": {"size": 43}}, {"answers": {"lamps": 3}}):
        body = CHANGE | {"category": "service"} | more
        problem(await api.post(path, body, api.colleague), 422, "answers-missing")
    await propose(api, held, category="service", answers={"lamps": 22})
    assert '"lamps":22' not in str(await api.snapshot()), "sealed as the words are"
    assert await answers_of(api, wish) == {"size": 43}
    await api.ok(f"claims/{held['claim']['id']}/change-answer", {"answer": answer}, me)
    assert await answers_of(api, wish) == {"lamps": 22}


@pytest.mark.parametrize(
    ("category", "more", "found"),
    [
        ("goods", {}, {"size": 43}),
        ("goods", {"answers": {"size": 40}}, {"size": 40}),
        ("skills", {}, None),
    ],
)
async def test_answers_stay_where_they_still_answer_something(
    api: Api, problem: Any, category: str, more: dict[str, Any], found: Any
) -> None:
    await api.rule("goods", questions=asks(size=SIZE))
    held = await api.claimed(answers={"size": 43})
    path = f"wishes/{held['wish']['id']}/change-proposals"
    wrong = CHANGE | {"answers": {"size": 3}}
    problem(await api.post(path, wrong, api.colleague), 422, "answers-missing")
    await propose(api, held, category=category, **more)
    me = api.volunteer(held["by"])
    await api.ok(f"claims/{held['claim']['id']}/change-answer", {"answer": "yes"}, me)
    assert await answers_of(api, held["wish"]) == found


async def test_a_yes_takes_everybody_who_is_in_it(api: Api, problem: Any) -> None:
    """Whoever helps goes there too, and leads when the lead goes."""
    await api.rule("companionship", asks=["vetting:child"])
    held, helper = await api.claimed(), await api.approved()
    path, me = f"claims/{held['claim']['id']}", api.volunteer(held["by"])
    await api.ok(f"{path}/helpers", {}, api.volunteer(helper))
    sql = "insert into qualification (volunteer_id, ask) values ($1, 'vetting:child')"
    async with api.db.transaction() as tx:
        await tx.execute(sql, held["by"])
    await propose(api, held, category="companionship")
    problem(await api.post(f"{path}/change-answer", {"answer": "yes"}, me), 409, "unqualified")
    async with api.db.transaction() as tx:
        await tx.execute(sql, helper)
    await api.ok(f"{path}/change-answer", {"answer": "yes"}, me)


YES_TO_CARD = {"purpose": "publish", "given": True, "wording": 1, "how": "paper"}


async def corrected(api: Api, wish: dict[str, Any], **right: Any) -> None:
    body = {"kind": "correction", "correction": right}
    request = await api.ok(f"beneficiaries/{wish['beneficiary_id']}/requests", body, api.worker)
    answer = {"answer": "yes", "reason": "asked"}
    await api.ok(f"data-requests/{request['id']}/decision", answer, api.worker)


async def hangs(api: Api, wish: dict[str, Any]) -> tuple[Any, ...]:
    shown = (await api.get(f"wishes/{wish['id']}", api.worker)).json()
    return shown["state"], shown["hanging"]


@pytest.mark.parametrize(
    ("title", "right"),
    [
        ("想请黄河清老师教唱歌", {"name": "黄河清"}),
        ("想去长乐坊看花灯", {"address": "长乐坊12号"}),
    ],
)
async def test_a_new_card_is_read_again_with_the_yes(
    api: Api, title: str, right: dict[str, str]
) -> None:
    """Harmless when it was proposed; by a correction it says who it is for, or where they live."""
    held = await api.claimed()
    wish, path = held["wish"], f"claims/{held['claim']['id']}/change-answer"
    me = api.volunteer(held["by"])
    await propose(api, held, title=title)
    await corrected(api, wish, **right)
    assert await hangs(api, wish) == ("claimed", True), "the old card says nothing of it"
    agreed = await api.ok(path, {"answer": "yes"}, me)
    assert (agreed["state"], agreed["answer_by"]) == ("live", None), "the help goes on"
    changed, down = (await api.events(wish["id"]))[-2:]
    assert (changed["type"], changed["claim_id"]) == ("WishChanged", agreed["id"])
    assert (down["type"], down["reason"]) == ("WishTakenDown", "leak")
    assert title not in (await api.get(f"trees/cards/{wish['card_no']}")).text
    # The person's yes is not to this card; to the next, which says nothing, it is.
    consents = f"wishes/{wish['id']}/consents"
    await api.ok(consents, YES_TO_CARD, api.worker)
    assert await hangs(api, wish) == ("claimed", False)
    await propose(api, held)
    await api.ok(path, {"answer": "yes"}, me)
    assert await hangs(api, wish) == ("claimed", False)
    await api.ok(consents, YES_TO_CARD, api.worker)
    assert await hangs(api, wish) == ("claimed", True)
    card = await api.get(f"trees/cards/{wish['card_no']}")
    assert card.json()["title"] == CHANGE["title"]


async def test_a_card_written_anew_by_a_change_hangs_with_the_persons_yes(api: Api) -> None:
    held = await api.claimed()
    wish, me = held["wish"], api.volunteer(held["by"])
    await api.ok(f"wishes/{wish['id']}/takedown", {"reason": "complaint"}, api.worker)
    await propose(api, held)
    await api.ok(f"claims/{held['claim']['id']}/change-answer", {"answer": "yes"}, me)
    assert await hangs(api, wish) == ("claimed", False), "nobody has asked the person"
    await api.ok(f"wishes/{wish['id']}/consents", YES_TO_CARD, api.worker)
    assert await hangs(api, wish) == ("claimed", True)


@pytest.mark.parametrize("address", ["咸东社区6号院", "咸东社区8号楼"])
async def test_what_two_people_overrule_on_a_new_card_hangs_unless_it_is_their_own(
    api: Api, problem: Any, address: str
) -> None:
    held = await api.claimed()
    wish, me = held["wish"], api.volunteer(held["by"])
    path, card = f"wishes/{wish['id']}/change-proposals", CHANGE | {"note": NOTE}
    refused = problem(await api.post(path, card, api.colleague), 422, "card-leaks")
    (error,) = refused["errors"]
    await overruled(api, wish, error, NOTE)
    await propose(api, held, note=NOTE)
    # Their own house number is theirs, whoever let it stand before that was known.
    await corrected(api, wish, address=address)
    await api.ok(f"claims/{held['claim']['id']}/change-answer", {"answer": "yes"}, me)
    assert await hangs(api, wish) == ("claimed", "8" not in address)
    asked = await api.post(f"wishes/{wish['id']}/overrules", to_overrule(), api.colleague)
    problem(asked, 409, "not-to-be-overruled" if "8" in address else "already-decided")


@pytest.mark.parametrize("rang", [True, False])
@pytest.mark.parametrize("answer", ["yes", "silence"])
async def test_an_answer_has_the_days_that_were_promised_for_it(
    api: Api, time: Time, answer: str, rang: bool
) -> None:
    """Who is late is asked about a change until a day, and is not let go before it."""
    held = await api.claimed()
    wish, claim, me = held["wish"], held["claim"], api.volunteer(held["by"])
    if rang:
        await api.ok(f"claims/{claim['id']}/contacted", {}, me)
    # The day was yesterday: reminded, late, and today the desk has rung up about a change.
    by = evening_of(today(now()) - timedelta(days=1))
    sql = f"update claim set {'fulfil_by' if rang else 'contact_by'} = $1, warned = 2, due_at = $2"
    async with api.db.transaction() as tx:
        await tx.execute(sql, by, after_working_days(by, 1))
    answer_by = datetime.fromisoformat((await propose(api, held))["answer_by"])
    over = after_working_days(by, 1)
    assert over < answer_by
    async with api.db.transaction() as tx:
        # As a program from before has left it.
        await tx.execute("update claim set due_at = $1", over)
    before = await api.types(wish["id"])
    await time.reaches(over)
    assert await api.types(wish["id"]) == before
    if answer == "silence":
        await time.reaches(answer_by - timedelta(minutes=2))
        assert await api.types(wish["id"]) == before
        await time.reaches(answer_by)
        (ended,) = [e for e in await api.events(wish["id"]) if e["type"] == "ClaimEnded"]
        assert ended["reason"] == "change_not_accepted"
        return
    async with api.db.transaction() as tx:
        # They answer when every other day is over.
        sql = f"update claim set {'fulfil_by' if rang else 'contact_by'} = $1"
        await tx.execute(sql, by - timedelta(days=20))
    await api.ok(f"claims/{claim['id']}/change-answer", {"answer": "yes"}, me)
    # Not with that word: what they said yes to has a day of its own.
    await time.reaches(after_working_days(now(), Terms().grace_days) - timedelta(minutes=2))
    assert "ClaimLapsed" not in await api.types(wish["id"])
    await time.reaches(after_working_days(now(), Terms().grace_days))
    assert "ClaimLapsed" in await api.types(wish["id"])


@pytest.mark.parametrize("ends", ["delivered", "silence", "later"])
async def test_nobody_loses_the_wish_at_the_door_over_a_question(
    api: Api, time: Time, ends: str
) -> None:
    held = await api.claimed()
    wish, me = held["wish"], api.volunteer(held["by"])
    path = f"claims/{held['claim']['id']}"
    await api.ok(f"{path}/contacted", {}, me)
    by = datetime.fromisoformat((await propose(api, held))["answer_by"])
    back_by = (now() + timedelta(hours=1)).isoformat()
    await api.ok(f"{path}/visits", {"visitors": [str(held["by"])], "back_by": back_by}, me)
    began, back = by - timedelta(hours=1), by + timedelta(hours=1)
    if ends == "later":
        # Else one visit after another would put off the answer for ever.
        began = by + timedelta(seconds=1)
    async with api.db.transaction() as tx:
        sql = "update visit set started_at = $1, back_by = $2, due_at = $2"
        await tx.execute(sql, began, back)
    await time.reaches(by)
    row = await api.db.fetchrow("select state, due_at from claim")
    assert row is not None
    assert tuple(row) == (("released", None) if ends == "later" else ("contacted", back))
    if ends == "delivered":
        await api.ok(f"{path}/change-answer", {"answer": "yes"}, me)
        await api.ok(f"{path}/delivery", {"gifts": [gift(held["by"])]}, me)
    await time.reaches(back)
    told = [e["reason"] for e in await api.events(wish["id"]) if e["type"] == "ClaimEnded"]
    assert told == ([] if ends == "delivered" else ["change_not_accepted"])
