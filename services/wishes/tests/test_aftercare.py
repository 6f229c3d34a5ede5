"""After the help: evaluation, callback, complaint; and nothing is closed while a question is open."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from chassis.clock import now
from wishes.domain.rule import Terms
from wishes.domain.working_days import after_working_days

from .conftest import XIANDONG, XINYUAN, Api, gift, slip
from .files import VOICES
from .test_attachments import upload
from .test_lease import Time
from .test_online import VISIT
from .test_overrules import NOTE, findings
from .test_overrules import asked as to_overrule
from .test_own_word import lives_at

TERMS = Terms()
WITNESS = {"name": "刘桂兰", "relation": "neighbour"}
STREET = XIANDONG[:9]


@pytest.fixture
def time(api: Api) -> Time:
    return Time(api)


def somebody(api: Api, role: str = "community_worker", area: str = XIANDONG) -> dict[str, str]:
    return api.as_role(role, area, subject=uuid4())


async def everyone_drawn(api: Api) -> dict[str, Any]:
    await api.terms(callback_percent=100)
    return await api.fulfilled()


async def a_day_ago(api: Api) -> None:
    """What was drawn and rung up until now was so a day earlier."""
    async with api.db.transaction() as tx:
        await tx.execute("update callback_call set at = at - interval '1 day'")
        await tx.execute("update callback set drawn_at = drawn_at - interval '1 day'")


# Evaluation


async def test_the_holder_of_the_card_evaluates_once_for_each_fulfilment(
    api: Api, problem: Any
) -> None:
    held = await api.fulfilled()
    path = f"cards/{slip(held['wish'])}/evaluation"
    body = {"score": 4, "means": "qr", "remark": "小伙子手脚麻利"}
    said = await api.ok(path, body)
    assert said == {"wish_id": held["wish"]["id"], "score": 4, "by_proxy": False, "means": "qr"}
    event = (await api.events(held["wish"]["id"]))[-1]
    assert (event["type"], event["score"], event["means"]) == ("WishEvaluated", 4, "qr")
    stored = str(await api.snapshot())
    assert "手脚" not in stored + str(event)
    before = await api.snapshot()
    problem(await api.post(path, body), 409, "already-evaluated")
    by_staff = {"score": 5, "means": "call"}
    answer = await api.post(f"wishes/{held['wish']['id']}/evaluation", by_staff, api.worker)
    problem(answer, 409, "already-evaluated")
    assert await api.snapshot() == before
    # Not right after all and fulfilled anew: that is another help, with an evaluation of its own.
    await api.ok(f"wishes/{held['wish']['id']}/reopening", {"reason": "broke"}, api.worker)
    problem(await api.post(path, body), 409, "wrong-state")
    me, delivery = api.volunteer(held["by"]), {"gifts": [gift(held["by"])]}
    await api.ok(f"claims/{held['claim']['id']}/delivery", delivery, me)
    await api.ok(f"cards/{slip(held['wish'])}/confirmation", {"answer": "satisfied"})
    await api.ok(path, body)


async def test_two_at_once_make_one_evaluation(api: Api, problem: Any) -> None:
    held = await api.fulfilled()
    path = f"cards/{slip(held['wish'])}/evaluation"
    answers = await asyncio.gather(*(api.post(path, {"score": score}) for score in (1, 5)))
    good, bad = sorted(answers, key=lambda answer: answer.status_code)
    assert good.status_code == 201
    problem(bad, 409, "already-evaluated")
    assert (await api.types(held["wish"]["id"])).count("WishEvaluated") == 1


async def test_a_worker_writes_down_what_was_said_also_by_a_proxy_and_never_by_who_helped(
    api: Api, problem: Any, time: Time
) -> None:
    held = await api.fulfilled()
    path = f"wishes/{held['wish']['id']}/evaluation"
    body = {"score": 3, "means": "visit", "by_proxy": True}
    involved = api.as_role("community_worker", subject=held["by"])
    before = await api.snapshot()
    problem(await api.post(path, body, involved), 409, "involved-person")
    proxy = body | {"proxy_id": str(held["by"])}
    problem(await api.post(path, proxy, api.worker), 409, "involved-person")
    problem(await api.post(path, body, somebody(api, area=XINYUAN)), 403, "out-of-scope")
    problem(await api.post(path, body | {"score": 6}, api.worker), 422, "invalid")
    problem(await api.post(path, body | {"means": "tap"}, api.worker), 403, "not-your-wish")
    problem(await api.post(path, body, api.volunteer(held["by"])), 403, "out-of-scope")
    assert await api.snapshot() == before
    # A closed wish is still heard.
    await time.reaches(after_working_days(now(), TERMS.close_days))
    await api.ok(path, body | {"remark": "儿子说的"}, api.worker)
    event = (await api.events(held["wish"]["id"]))[-1]
    assert (event["type"], event["by_proxy"], event["score"]) == ("WishEvaluated", True, 3)


async def test_the_person_themself_evaluates_by_a_tap(api: Api) -> None:
    held, me = await api.fulfilled(), uuid4()
    await api.own_account(held["wish"], me)
    path = f"wishes/{held['wish']['id']}/evaluation"
    said = await api.ok(path, {"score": 5, "means": "tap"}, api.as_role("applicant", subject=me))
    assert said["means"] == "tap"


# Callback


async def test_who_is_drawn_is_called_back_by_somebody_who_had_no_part(
    api: Api, problem: Any
) -> None:
    await api.terms(callback_percent=100)
    held = await api.claimed()
    helper, witness, left = await api.approved(), uuid4(), await api.approved()
    for person in (helper, left):
        await api.ok(f"claims/{held['claim']['id']}/helpers", {}, api.volunteer(person))
    await api.ok(f"claims/{held['claim']['id']}/leaving", {}, api.volunteer(left))
    delivery = {"gifts": [gift(held["by"])]}
    await api.ok(f"claims/{held['claim']['id']}/delivery", delivery, api.volunteer(held["by"]))
    confirmer, household = uuid4(), uuid4()
    told = {
        "method": "call",
        "answer": "satisfied",
        "witness": WITNESS | {"volunteer_id": str(witness)},
    }
    by = api.as_role("community_worker", subject=confirmer)
    await api.ok(f"wishes/{held['wish']['id']}/confirmation", told, by)
    await api.own_account(held["wish"], household)
    *_, fulfilled, drawn = await api.events(held["wish"]["id"])
    assert (fulfilled["type"], drawn["type"]) == ("WishFulfilled", "CallbackDrawn")
    path = f"wishes/{held['wish']['id']}/callback"
    body = {"outcome": "satisfied", "note": "说晚上睡得好"}
    before = await api.snapshot()
    for who in (api.worker, api.colleague):  # verified, published
        problem(await api.post(path, body, who), 409, "involved-person")
    for person in (held["by"], helper, left, confirmer, witness, household):
        who = api.as_role("community_worker", subject=person)
        problem(await api.post(path, body, who), 409, "involved-person")
    problem(await api.post(path, body, somebody(api, area=XINYUAN)), 403, "out-of-scope")
    assert await api.snapshot() == before
    lines = (await api.get(f"callbacks?area={XIANDONG}", somebody(api))).json()["items"]
    assert [(line["wish_id"], line["late"]) for line in lines] == [(held["wish"]["id"], False)]
    assert datetime.fromisoformat(lines[0]["due_by"]) == datetime.fromisoformat(drawn["due_by"])
    third = somebody(api)
    await api.ok(path, {"outcome": "not_reached"}, third)
    assert await api.db.fetchval("select queue from wish") == "to_call_back"
    await api.ok(path, body, third)
    assert await api.db.fetchval("select queue from wish") is None
    assert (await api.get(f"callbacks?area={XIANDONG}", third)).json()["items"] == []
    calls = [e for e in await api.events(held["wish"]["id"]) if e["type"] == "WishCalledBack"]
    assert [event["outcome"] for event in calls] == ["not_reached", "satisfied"]
    assert "睡得好" not in str(await api.snapshot())


async def test_neither_who_went_there_nor_who_changed_the_wish_nor_who_lives_with_them_rings_up(
    api: Api, problem: Any
) -> None:
    unit, wish = await api.unit(), await api.posted()
    nurse, wife, proposer = await api.approved(unit), await api.approved(), uuid4()
    contact = api.as_role("unit_contact", organisation=unit, subject=uuid4())
    mine = {"organisation_id": str(unit)}
    claim = await api.ok(f"wishes/{wish['id']}/claims", mine, contact)
    change = {
        "words": "想换一盏暗一点的台灯。",
        "title": "想有一台不刺眼的台灯",
        "effort": "one_hour",
    }
    by = api.as_role("community_worker", subject=proposer)
    await api.ok(f"wishes/{wish['id']}/change-proposals", change | {"category": "skills"}, by)
    await api.ok(f"claims/{claim['id']}/change-answer", {"answer": "yes"}, contact)
    back = (now() + timedelta(hours=1)).isoformat()
    going = {"visitors": [str(nurse)], "back_by": back} | mine
    await api.ok(f"claims/{claim['id']}/visits", going, contact)
    given = {"gifts": [gift(unit, "organisation")]}
    await api.ok(f"claims/{claim['id']}/delivery", given, contact)
    await api.ok(f"cards/{slip(wish)}/confirmation", {"answer": "satisfied"})
    await lives_at(api, uuid4(), nurse, wife)
    complaint = {"about": "manners", "words": "进门没打招呼"}
    filed = await api.ok(f"cards/{slip(wish)}/complaints", complaint)
    before = await api.snapshot()
    for person in (nurse, wife, proposer):
        who = api.as_role("community_worker", subject=person)
        called = await api.post(f"wishes/{wish['id']}/callback", {"outcome": "satisfied"}, who)
        problem(called, 409, "involved-person")
        answer = {"outcome": "explained", "words": "已经说明"}
        problem(
            await api.post(f"complaints/{filed['id']}/answer", answer, who), 409, "involved-person"
        )
    assert await api.snapshot() == before


async def test_neither_who_took_it_in_nor_who_wrote_or_spoke_for_the_person_rings_up(
    api: Api, problem: Any
) -> None:
    intake, proxy, guardian = uuid4(), uuid4(), uuid4()
    consent = {"kind": "witness", "witness": WITNESS, "given_at": "2026-01-02T10:00:00+08:00"}
    noted = {"name": "李四", "relation": "worker", "consent": consent, "account_id": str(proxy)}
    first = api.worker
    api.worker = api.as_role("community_worker", subject=intake)
    wish = await api.submitted(proxy=noted)
    api.worker = first
    author = uuid4()
    async with api.db.transaction() as tx:
        await tx.execute("update wish set author_id = $1", author)
        speaks = "insert into speaker values ($1, 'guardian', $2, $2, now())"
        await tx.execute(speaks, UUID(wish["id"]), guardian)
    await api.ok(f"wishes/{wish['id']}/verification", VISIT, api.worker)
    assert (await api.publish(wish)).status_code == 200
    by = await api.approved()
    claim = await api.ok(f"wishes/{wish['id']}/claims", {}, api.volunteer(by))
    await api.ok(f"claims/{claim['id']}/delivery", {"gifts": [gift(by)]}, api.volunteer(by))
    await api.ok(f"cards/{slip(wish)}/confirmation", {"answer": "satisfied"})
    words = {"about": "manners", "words": "登记的人态度不好"}
    filed = await api.ok(f"cards/{slip(wish)}/complaints", words)
    call = f"wishes/{wish['id']}/callback", {"outcome": "satisfied"}
    answer = f"complaints/{filed['id']}/answer", {"outcome": "explained", "words": "已经说明"}
    before = await api.snapshot()
    for person in (intake, proxy, guardian, author):
        who = api.as_role("community_worker", subject=person)
        for path, body in (call, answer):
            told = problem(await api.post(path, body, who), 409, "involved-person")
            assert "请街道的同事来办" in told["detail"]
    assert await api.snapshot() == before
    street = somebody(api, "street_officer", STREET)
    for path, body in (call, answer):
        await api.ok(path, body, street)


async def test_nobody_who_worked_on_it_at_the_desk_rings_up_or_answers_for_it(
    api: Api, problem: Any
) -> None:
    """A complaint about privacy, answered by who let the finding stand; about lateness, by who gave the
    time."""
    overruled, took_down, gave_time, refused_time, reopened, heard_it = (uuid4() for _ in range(6))

    def as_worker(person: UUID) -> dict[str, str]:
        return api.as_role("community_worker", subject=person)

    wish = await api.verified()
    path = f"wishes/{wish['id']}"
    for error in await findings(api, wish, note=NOTE):
        overrule = await api.ok(f"{path}/overrules", to_overrule(error, NOTE), api.colleague)
        answer = f"{path}/overrules/{overrule['id']}/answer"
        await api.ok(answer, {"answer": "yes"}, as_worker(overruled))
    voice = await upload(api, wish, VOICES["audio/amr"], "audio/amr", as_worker(heard_it))
    assert voice.status_code == 201, voice.text
    assert (await api.publish(wish, note=NOTE)).status_code == 200
    by = await api.approved()
    claim, me = await api.ok(f"{path}/claims", {}, api.volunteer(by)), api.volunteer(by)
    await api.ok(f"{path}/takedown", {"reason": "leak"}, as_worker(took_down))
    mine = f"claims/{claim['id']}"
    await api.ok(f"{mine}/contacted", {}, me)
    ask = {"until": (now() + timedelta(days=33)).date().isoformat(), "reason": "ill"}
    for person, said in ((refused_time, "no"), (gave_time, "yes")):
        await api.ok(f"{mine}/extension", ask, me)
        decision = {"answer": said, "reason": "fair"}
        await api.ok(f"{mine}/extension/decision", decision, as_worker(person))
    for _ in range(2):
        await api.ok(f"{mine}/delivery", {"gifts": [gift(by)]}, me)
        await api.ok(f"cards/{slip(wish)}/confirmation", {"answer": "satisfied"})
        if not await api.db.fetchval(
            "select count(*) from wish_history where event = 'WishReopened'"
        ):
            await api.ok(f"{path}/reopening", {"reason": "broke"}, as_worker(reopened))
    body = {"about": "privacy", "words": "卡片上写了我的楼号"}
    complaint = await api.ok(f"cards/{slip(wish)}/complaints", body)
    call = f"{path}/callback", {"outcome": "satisfied"}
    answer = (
        f"complaints/{complaint['id']}/answer",
        {"outcome": "not_found_true", "words": "没有写"},
    )
    before = await api.snapshot()
    for person in (overruled, took_down, gave_time, refused_time, reopened, heard_it):
        for to, body in (call, answer):
            problem(await api.post(to, body, as_worker(person)), 409, "involved-person")
    assert await api.snapshot() == before
    # Whoever only asked how it was, or was told, has no part in it.
    asks = uuid4()
    said = {"score": 2, "means": "call"}
    await api.ok(f"{path}/evaluation", said, as_worker(asks))
    await api.ok(f"{path}/complaints", {"about": "late", "words": "来晚了"}, as_worker(asks))
    await api.ok(f"{path}/contact", {"purpose": "verify"}, as_worker(asks))
    for to, body in (call, answer):
        await api.ok(to, body, as_worker(asks))


async def test_not_satisfied_at_the_callback_it_goes_on(api: Api) -> None:
    held = await everyone_drawn(api)
    caller, body = somebody(api), {"outcome": "unsatisfied", "reason": "too_bright"}
    wish = await api.ok(f"wishes/{held['wish']['id']}/callback", body, caller)
    assert wish["state"] == "claimed"
    *_, called, reopened = await api.events(wish["id"])
    assert (called["type"], reopened["type"]) == ("WishCalledBack", "WishReopened")
    assert (reopened["reason"], reopened["was"]) == ("too_bright", "fulfilled")
    assert reopened["fulfilled_event_id"]
    assert await api.db.fetchval("select outcome from callback") == "unsatisfied"
    me, delivery = api.volunteer(held["by"]), {"gifts": [gift(held["by"])]}
    await api.ok(f"claims/{held['claim']['id']}/delivery", delivery, me)
    await api.ok(f"cards/{slip(held['wish'])}/confirmation", {"answer": "satisfied"})
    # All are drawn here, so this one is, too; who has called before may call again.
    wish = await api.ok(f"wishes/{wish['id']}/callback", {"outcome": "satisfied"}, caller)
    assert wish["state"] == "fulfilled"


async def test_a_callback_that_is_late_is_marked_stays_and_keeps_the_wish_open(
    api: Api, time: Time
) -> None:
    held = await everyone_drawn(api)
    due = after_working_days(now(), TERMS.callback_days)
    await time.reaches(due)
    caller = somebody(api)
    (line,) = (await api.get(f"callbacks?area={XIANDONG}", caller)).json()["items"]
    assert line["late"]
    await time.reaches(after_working_days(now(), TERMS.close_days))
    assert "WishClosed" not in await api.types(held["wish"]["id"])
    await api.ok(f"wishes/{held['wish']['id']}/callback", {"outcome": "satisfied"}, caller)
    await time.reaches(after_working_days(now(), TERMS.close_days + 1))
    assert (await api.types(held["wish"]["id"]))[-1] == "WishClosed"


async def test_whom_nobody_reaches_on_three_days_keeps_no_wish_open(api: Api, time: Time) -> None:
    held = await everyone_drawn(api)
    path, caller = f"wishes/{held['wish']['id']}/callback", somebody(api)

    async def a_day_of_calls(times: int) -> None:
        """A new day: what was before is a day longer ago."""
        await a_day_ago(api)
        for _ in range(times):
            await api.ok(path, {"outcome": "not_reached"}, somebody(api))

    # Whoever rings five times in a row has tried once.
    for day, times, word in ((1, 5, "再有 2 天"), (2, 2, "再有 1 天")):
        await a_day_of_calls(times)
        (line,) = (await api.get(f"callbacks?area={XIANDONG}", caller)).json()["items"]
        assert (line["in_vain"], word in line["in_vain_word"]) == (day, True)
    await a_day_of_calls(1)
    assert (await api.get(f"callbacks?area={XIANDONG}", caller)).json()["items"] == []
    row = await api.db.fetchrow("select c.outcome, w.callback, w.queue from callback c, wish w")
    assert tuple(row or ()) == ("not_reached", "done", None)
    kept = await api.db.fetch("select district, wishes from callback_in_vain")
    assert [tuple(row) for row in kept] == [(XIANDONG[:6], 1)]
    await time.reaches(after_working_days(now(), TERMS.close_days))
    assert (await api.types(held["wish"]["id"]))[-1] == "WishClosed"


async def test_days_in_vain_before_the_wish_was_done_anew_do_not_count(api: Api) -> None:
    held = await everyone_drawn(api)
    path, caller = f"wishes/{held['wish']['id']}/callback", somebody(api)
    await api.ok(path, {"outcome": "not_reached"}, caller)
    await a_day_ago(api)
    await api.ok(path, {"outcome": "not_reached"}, caller)
    await api.ok(f"wishes/{held['wish']['id']}/reopening", {"reason": "broke"}, api.worker)
    delivery = {"gifts": [gift(held["by"])]}
    await api.ok(f"claims/{held['claim']['id']}/delivery", delivery, api.volunteer(held["by"]))
    await api.ok(f"cards/{slip(held['wish'])}/confirmation", {"answer": "satisfied"})
    await api.ok(path, {"outcome": "not_reached"}, caller)
    (line,) = (await api.get(f"callbacks?area={XIANDONG}", caller)).json()["items"]
    assert line["in_vain"] == 1
    assert await api.db.fetchval("select callback from wish") == "due"


async def test_a_draw_waits_while_the_wish_goes_on(api: Api, time: Time) -> None:
    """Reopened before anybody rang: nobody is late, and confirming again does not lose the draw."""
    held = await everyone_drawn(api)
    await api.ok(f"wishes/{held['wish']['id']}/reopening", {"reason": "broke"}, api.worker)
    await time.reaches(after_working_days(now(), TERMS.callback_days))
    row = await api.db.fetchrow("select late, due_at from callback")
    assert row is not None
    assert (row["late"], row["due_at"]) == (False, None)
    assert (await api.get(f"callbacks?area={XIANDONG}", api.worker)).json()["items"] == []
    delivery = {"gifts": [gift(held["by"])]}
    await api.ok(f"claims/{held['claim']['id']}/delivery", delivery, api.volunteer(held["by"]))
    await api.ok(f"cards/{slip(held['wish'])}/confirmation", {"answer": "satisfied"})
    assert len((await api.get(f"callbacks?area={XIANDONG}", api.worker)).json()["items"]) == 1
    assert await api.db.fetchval("select count(*) from callback") == 1


@pytest.mark.parametrize("when", ["drawn", "delivered", "reopened"])
async def test_who_wants_no_service_any_more_is_rung_up_by_nobody_until_they_do(
    api: Api, problem: Any, time: Time, when: str
) -> None:
    await api.terms(callback_percent=100)
    held = await (api.delivered() if when == "delivered" else api.fulfilled())
    wish, card = held["wish"], f"cards/{slip(held['wish'])}"
    service, done = {"purpose": "service", "wording": 1}, {"answer": "satisfied"}
    if when == "reopened":
        await api.ok(f"wishes/{wish['id']}/reopening", {"reason": "broke"}, api.worker)
        delivery = {"gifts": [gift(held["by"])]}
        await api.ok(f"claims/{held['claim']['id']}/delivery", delivery, api.volunteer(held["by"]))
    await api.ok(f"{card}/consents", {**service, "given": False})
    if when != "drawn":
        await api.ok(f"{card}/confirmation", done)
    look = await api.post(f"wishes/{wish['id']}/contact", {"purpose": "verify"}, api.worker)
    problem(look, 409, "consent-needed")
    # The lottery can be checked all the same.
    types = await api.types(wish["id"])
    assert types.count("CallbackDrawn") == types.count("WishFulfilled")

    async def to_ring() -> tuple[int, str | None]:
        listed = (await api.get(f"callbacks?area={XIANDONG}", api.worker)).json()["items"]
        return len(listed), await api.db.fetchval("select queue from wish")

    assert await to_ring() == (0, None)
    # A no and a yes are no way out of the sample.
    await api.ok(f"{card}/consents", {**service, "given": True})
    assert await to_ring() == (1, "to_call_back")
    await api.ok(f"{card}/consents", {**service, "given": False})
    assert await to_ring() == (0, None)
    await time.reaches(after_working_days(now(), TERMS.close_days))
    assert (await api.types(wish["id"]))[-1] == "WishClosed"
    assert await api.db.fetchval("select count(*) from callback") == 0
    await api.ok(f"{card}/consents", {**service, "given": True})
    assert await to_ring() == (0, None)


async def test_the_list_of_callbacks_has_pages(api: Api, problem: Any) -> None:
    await api.terms(callback_percent=100)
    wishes = {(await api.fulfilled())["wish"]["id"] for _ in range(3)}
    caller, seen, cursor, page = somebody(api), list[str](), "", dict[str, Any]()
    for _ in range(3):
        page = (await api.get(f"callbacks?area={XIANDONG}&limit=1{cursor}", caller)).json()
        seen += [line["wish_id"] for line in page["items"]]
        cursor = f"&cursor={page['next']}"
    assert set(seen) == wishes
    assert page["next"] is None
    problem(await api.get(f"callbacks?area={XINYUAN}", caller), 403, "out-of-scope")
    problem(await api.get(f"callbacks?area={XIANDONG}&cursor=abcd", caller), 400, "bad-cursor")


# Complaint


async def test_a_complaint_is_answered_by_somebody_who_had_no_part(api: Api, problem: Any) -> None:
    held = await api.fulfilled()
    path = f"cards/{slip(held['wish'])}/complaints"
    body = {"about": "not_as_agreed", "words": "说好三点来，五点才来"}
    filed = await api.ok(path, body)
    assert (filed["level"], filed["answered_at"]) == ("community", None)
    event = (await api.events(held["wish"]["id"]))[-1]
    assert (event["type"], event["about"]) == ("ComplaintFiled", "not_as_agreed")
    due = after_working_days(now(), TERMS.complaint_days)
    assert datetime.fromisoformat(event["due_by"]) == due
    problem(await api.post(path, body), 409, "complaint-open")
    await api.ok(path, body | {"about": "manners"})
    answer = {"outcome": "explained", "words": "已经说明，路上堵车"}
    to = f"complaints/{filed['id']}/answer"
    for who in (api.worker, api.colleague):
        problem(await api.post(to, answer, who), 409, "involved-person")
    problem(await api.post(to, answer, somebody(api, area=XINYUAN)), 403, "out-of-scope")
    problem(
        await api.post(f"complaints/{uuid4()}/answer", answer, api.worker),
        404,
        "complaint-not-found",
    )
    third = somebody(api)
    done = await api.ok(to, answer, third)
    assert done["answered_at"]
    problem(await api.post(to, answer, third), 409, "complaint-answered")
    event = (await api.events(held["wish"]["id"]))[-1]
    assert (event["type"], event["outcome"]) == ("ComplaintAnswered", "explained")
    shown = (await api.get(path)).json()["items"]
    assert [(line["about"], line["answer"]) for line in shown] == [
        ("not_as_agreed", "已经说明，路上堵车"),
        ("manners", None),
    ]
    stored = str(await api.snapshot())
    assert "三点" not in stored
    assert "堵车" not in stored


async def test_the_person_or_a_worker_complains_and_nobody_else(api: Api, problem: Any) -> None:
    held, me = await api.fulfilled(), uuid4()
    await api.own_account(held["wish"], me)
    path = f"wishes/{held['wish']['id']}/complaints"
    body = {"about": "privacy", "words": "把我家的事说出去了"}
    before = await api.snapshot()
    for who in (api.volunteer(held["by"]), somebody(api, area=XINYUAN)):
        problem(await api.post(path, body, who), 403, "out-of-scope")
    problem(await api.post(path, body | {"about": "weather"}, api.worker), 422, "invalid")
    assert await api.snapshot() == before
    await api.ok(path, body, api.volunteer(me))
    await api.ok(path, body | {"about": "safety"}, api.worker)
    assert await api.db.fetchval("select open_complaints from wish") == 2


async def test_what_nobody_answers_goes_to_the_street_then_to_the_district_and_stays(
    api: Api, time: Time, problem: Any
) -> None:
    held = await api.fulfilled()
    body = {"about": "money_asked", "words": "问我要了油钱"}
    filed = await api.ok(f"cards/{slip(held['wish'])}/complaints", body)
    answer = {"outcome": "put_right", "words": "已经退还"}
    to = f"complaints/{filed['id']}/answer"
    at = datetime.fromisoformat(filed["due_by"])
    await time.reaches(at)
    event = (await api.events(held["wish"]["id"]))[-1]
    assert (event["type"], event["level"]) == ("ComplaintEscalated", "street")
    # The street answers now, not the community that let it lie.
    problem(await api.post(to, answer, somebody(api)), 403, "out-of-scope")
    officer = somebody(api, "street_officer", STREET)
    # What the community has still time for is not the street's yet.
    young = await api.ok(f"cards/{slip(held['wish'])}/complaints", body | {"about": "late"})
    path = f"complaints?area={STREET}&level=street"
    (line,) = (await api.get(path, officer)).json()["items"]
    await api.ok(f"complaints/{young['id']}/answer", answer, somebody(api))
    assert (line["id"], line["level"]) == (filed["id"], "street")
    await time.reaches(datetime.fromisoformat(line["due_by"]))
    for days in (30, 90):
        await time.reaches(after_working_days(at, days))
    types = await api.types(held["wish"]["id"])
    assert types.count("ComplaintEscalated") == 2
    assert "WishClosed" not in types
    operator = somebody(api, "district_operator", XIANDONG[:6])
    path = f"complaints?area={XIANDONG[:6]}"
    (line,) = (await api.get(path, operator)).json()["items"]
    assert line["level"] == "district"
    problem(await api.post(to, answer, officer), 403, "out-of-scope")
    await api.ok(to, answer, operator)
    assert (await api.get(f"complaints?area={XIANDONG[:6]}", operator)).json()["items"] == []
    await time.reaches(after_working_days(at, 200))
    assert (await api.types(held["wish"]["id"]))[-1] == "WishClosed"


async def test_complaints_of_an_area_are_those_of_its_communities_page_by_page(api: Api) -> None:
    here = [(await api.fulfilled())["wish"] for _ in range(2)]
    for wish in here:
        for about in ("late", "other"):
            body = {"about": about, "words": "来晚了"}
            await api.ok(f"wishes/{wish['id']}/complaints", body, api.worker)
    officer, seen, cursor = somebody(api, "street_officer", STREET), list[str](), ""
    while cursor is not None:
        page = (await api.get(f"complaints?area={STREET}&limit=3{cursor}", officer)).json()
        seen += [line["id"] for line in page["items"]]
        cursor = page["next"] and f"&cursor={page['next']}"
    assert len(seen) == len(set(seen)) == 4
    other = somebody(api, "street_officer", "610102008")
    assert (await api.get("complaints?area=610102008", other)).json()["items"] == []


# The look of staff


async def test_staff_read_what_was_said_and_the_person_sees_that_they_did(
    api: Api, problem: Any
) -> None:
    held = await everyone_drawn(api)
    wish, code = held["wish"], slip(held["wish"])
    await api.ok(f"cards/{code}/evaluation", {"score": 2, "remark": "灯太亮"})
    await api.ok(f"cards/{code}/complaints", {"about": "other", "words": "没人回电话"})
    body = {"outcome": "not_reached", "note": "响了三声"}
    await api.ok(f"wishes/{wish['id']}/callback", body, somebody(api))
    path, asked = f"wishes/{wish['id']}/aftercare", {"purpose": "after_care"}
    problem(await api.post(path, asked, somebody(api, area=XINYUAN)), 403, "out-of-scope")
    problem(await api.post(path, {"purpose": "curious"}, api.worker), 422, "invalid")
    read = await api.ok(path, asked, api.worker)
    assert [line["remark"] for line in read["evaluations"]] == ["灯太亮"]
    assert [line["note"] for line in read["calls"]] == ["响了三声"]
    assert [line["words"] for line in read["complaints"]] == ["没人回电话"]
    looks = (await api.get(f"wishes/{wish['id']}/reveals", api.worker)).json()["items"]
    assert [look["fields"] for look in looks] == [["complaint", "note", "remark"]]


@pytest.mark.fresh_database
async def test_what_cannot_be_is_refused_by_the_database(api: Api) -> None:
    held = await everyone_drawn(api)
    await api.ok(f"cards/{slip(held['wish'])}/complaints", {"about": "late", "words": "来晚了"})
    for sql, refused in (
        ("update callback set outcome = 'satisfied'", "an_answered_callback"),
        ("update complaint set answered_at = now()", "an_answer"),
        ("update complaint set level = 3", "complaint_level_check"),
        ("update callback_seed set month = '2020-01'", "never changed"),
        ("delete from callback_seed", "never changed"),
    ):
        with pytest.raises(asyncpg.PostgresError, match=refused):
            await api.db.fetch(sql)
    assert await api.db.fetchval("select open_complaints from wish") == 1
    async with api.db.transaction() as tx:
        await tx.execute("set local enable_seqscan = off")
        await tx.execute("set local enable_sort = off")
        for index, sql in (
            (
                "callback_open",
                "select id from callback where area = '1' and outcome is null"
                " order by due_by, id limit 20",
            ),
            (
                "complaint_open",
                "select id from complaint where area between '1' and '2'"
                " and answered_at is null order by area, due_by, id limit 20",
            ),
            ("callback_due", "select id from callback where due_at <= now() order by due_at"),
            ("complaint_due", "select id from complaint where due_at <= now() order by due_at"),
        ):
            plan = "\n".join(row[0] for row in await tx.fetch(f"explain (costs off) {sql}"))
            assert index in plan, plan
            assert "Sort" not in plan, plan
