"""Delivered by the giver, fulfilled only when the person helped says so."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from wishes.domain.fulfilling import MOST_FEN, MOST_MINUTES
from wishes.domain.working_days import after_working_days

from .conftest import XIANDONG, Api, Time, gift, mentions, slip
from .test_changes import propose
from .test_programmes import join, opened

WITNESS = {"name": "刘桂兰", "relation": "neighbour"}


def told(answer: str = "satisfied", **more: Any) -> dict[str, Any]:
    return {"method": "call", "answer": answer, "witness": WITNESS} | more


async def test_a_delivery_lists_what_was_given(api: Api) -> None:
    held = await api.claimed()
    body = {
        "gifts": [gift(held["by"]), gift(held["by"], item="daily", quantity=2, value_fen=100)],
        "services": [{"volunteer_id": str(held["by"]), "minutes": minutes} for minutes in (20, 10)],
    }
    claim = await api.ok(f"claims/{held['claim']['id']}/delivery", body, api.volunteer(held["by"]))
    assert claim["state"] == "delivered"
    assert [line["item"] for line in claim["gifts"]] == ["heater", "daily"]
    assert claim["services"] == [{"volunteer_id": str(held["by"]), "minutes": 30}]
    event = (await api.events(held["wish"]["id"]))[-1]
    assert (event["type"], event["version"]) == ("WishDelivered", 5)
    assert (event["gifts"], event["services"]) == (claim["gifts"], claim["services"])
    assert "小太阳" not in str(event)
    assert "小太阳" not in str(await api.snapshot())


async def test_a_delivery_is_said_by_the_claimant_with_something_in_it(
    api: Api, problem: Any
) -> None:
    held = await api.claimed()
    path = f"claims/{held['claim']['id']}/delivery"
    body = {"gifts": [gift(held["by"])], "services": []}
    before = await api.snapshot()
    problem(
        await api.post(path, body, api.volunteer(await api.approved())), 403, "not-the-claimant"
    )
    problem(await api.post(path, {}, api.volunteer(held["by"])), 422, "nothing-delivered")
    strange = {"gifts": [gift(uuid4())], "services": []}
    problem(await api.post(path, strange, api.volunteer(held["by"])), 422, "not-a-partner")
    after = await api.snapshot()
    assert {name for name in after if after[name] != before[name]} == {"giver"}


async def test_more_time_than_can_be_true_is_refused_however_it_adds_up(
    api: Api, problem: Any
) -> None:
    held = await api.claimed()
    path, me = f"claims/{held['claim']['id']}", api.volunteer(held["by"])

    def time(*minutes: int) -> dict[str, Any]:
        return {"services": [{"volunteer_id": str(held["by"]), "minutes": n} for n in minutes]}

    for where in ("parts", "delivery"):
        answer = await api.post(f"{path}/{where}", time(MOST_MINUTES, 1), me)
        assert "1000 小时" in problem(answer, 422, "too-much-time")["detail"]
    await api.ok(f"{path}/parts", time(MOST_MINUTES), me)
    before = await api.snapshot()
    for where in ("parts", "delivery"):
        problem(await api.post(f"{path}/{where}", time(1), me), 422, "too-much-time")
    assert await api.snapshot() == before
    done = await api.ok(f"{path}/delivery", {}, me)
    assert done["services"] == [{"volunteer_id": str(held["by"]), "minutes": MOST_MINUTES}]


async def test_neither_time_nor_gifts_come_to_more_over_several_claims(
    api: Api, problem: Any
) -> None:
    """No event can credit more to one of them: it would stick after the last word."""
    wish, me = await api.posted(), await api.approved()
    assert (await join(api, wish, await opened(api))).status_code == 200
    path, volunteer = f"wishes/{wish['id']}/claims", api.volunteer(me)

    def given(fen: int, minutes: int) -> dict[str, Any]:
        gifts = [gift(me, value_fen=fen)] if fen else []
        return {"gifts": gifts, "services": [{"volunteer_id": str(me), "minutes": minutes}]}

    claim = f"claims/{(await api.ok(path, {}, volunteer))['id']}"
    two = [gift(me, value_fen=MOST_FEN), gift(me, value_fen=1)]
    for where in ("parts", "delivery"):
        answer = await api.post(f"{claim}/{where}", {"gifts": two}, volunteer)
        assert "1000000 元" in problem(answer, 422, "too-much-given")["detail"]
    await api.ok(f"{claim}/parts", given(MOST_FEN - 1, MOST_MINUTES - 1), volunteer)
    await api.ok(f"{claim}/release", {}, volunteer)
    claim = f"claims/{(await api.ok(path, {}, volunteer))['id']}"
    before = await api.snapshot()
    for where in ("parts", "delivery"):
        for more, slug in ((given(2, 1), "too-much-given"), (given(0, 2), "too-much-time")):
            problem(await api.post(f"{claim}/{where}", more, volunteer), 422, slug)
    assert await api.snapshot() == before
    await api.ok(f"{claim}/delivery", given(1, 1), volunteer)
    await api.ok(f"cards/{slip(wish)}/confirmation", {"answer": "satisfied"})
    fulfilled = (await api.events(wish["id"]))[-1]
    assert [line["value_fen"] for line in fulfilled["gifts"]] == [MOST_FEN - 1, 1]
    assert fulfilled["services"] == [{"volunteer_id": str(me), "minutes": MOST_MINUTES}]


@pytest.mark.parametrize("ended", ["given back", "lapsed", "change not accepted"])
async def test_what_was_given_under_a_claim_that_is_over_is_theirs_when_the_wish_comes_true(
    api: Api, time: Time, ended: str
) -> None:
    """Time actually given is time given, however the claim ended (民政部令67 Art. 7, 11)."""
    held, other = await api.claimed(), await api.approved()
    wish, first = held["wish"], held["by"]

    def served(who: UUID, minutes: int) -> dict[str, Any]:
        return {"services": [{"volunteer_id": str(who), "minutes": minutes}]}

    async def claimed(who: UUID) -> str:
        claim = await api.ok(f"wishes/{wish['id']}/claims", {}, api.volunteer(who))
        return f"claims/{claim['id']}"

    async def fulfilled() -> tuple[list[tuple[str, int]], dict[str, int], str]:
        await api.ok(f"cards/{slip(wish)}/confirmation", {"answer": "satisfied"})
        event = (await api.events(wish["id"]))[-1]
        gifts = [(line["giver"]["id"], line["value_fen"]) for line in event["gifts"]]
        time = {line["volunteer_id"]: line["minutes"] for line in event["services"]}
        assert len(time) == len(event["services"]), "one line a volunteer"
        return gifts, time, event["claimant"]["id"]

    path = f"claims/{held['claim']['id']}"
    part = served(first, 180) | {"gifts": [gift(first, value_fen=500)]}
    await api.ok(f"{path}/parts", part, api.volunteer(first))
    if ended == "given back":
        await api.ok(f"{path}/release", {}, api.volunteer(first))
    elif ended == "lapsed":
        by = datetime.fromisoformat(held["claim"]["fulfil_by"])
        for days in range(3):
            await time.reaches(after_working_days(by, days))
        assert "ClaimLapsed" in await api.types(wish["id"])
    else:
        await propose(api, held)
        await api.ok(f"{path}/change-answer", {"answer": "no"}, api.volunteer(first))
        body = {"title": "台灯", "effort": "one_hour"}
        await api.ok(f"wishes/{wish['id']}/publication", body, api.worker)
    path = await claimed(other)
    rest = served(other, 120) | {"gifts": [gift(other, value_fen=700)]}
    await api.ok(f"{path}/delivery", rest, api.volunteer(other))
    delivered = (await api.events(wish["id"]))[-1]
    assert delivered["services"] == rest["services"], "a delivery is of its own claim"
    both = [(str(first), 500), (str(other), 700)]
    assert await fulfilled() == (both, {str(first): 180, str(other): 120}, str(other))
    # What was not right is brought anew; the parts that arrived before have arrived. Who comes again
    # has one line.
    await api.ok(f"wishes/{wish['id']}/reopening", {"reason": "broke"}, api.worker)
    await api.ok(f"{path}/release", {}, api.volunteer(other))
    path = await claimed(first)
    await api.ok(f"{path}/delivery", served(first, 20), api.volunteer(first))
    assert await fulfilled() == ([(str(first), 500)], {str(first): 200}, str(first))


async def test_a_delivery_comes_with_what_its_category_asks_for(api: Api, problem: Any) -> None:
    await api.rule("goods", evidence=["receipt", "signed_note", "own_form"])
    held = await api.claimed()
    path, me = f"claims/{held['claim']['id']}", api.volunteer(held["by"])
    brought = {"gifts": [gift(held["by"])]}
    before = await api.snapshot()
    found = problem(
        await api.post(f"{path}/delivery", brought | {"evidence": ["receipt", "other"]}, me),
        422,
        "delivery-evidence-missing",
    )
    assert "要留：本人签收单、own_form。" in found["detail"]
    for wrong in (["一张"], ["a", "b", "c", "d", "e", "f"]):
        answer = await api.post(f"{path}/delivery", brought | {"evidence": wrong}, me)
        problem(answer, 422, "invalid")
    assert await api.snapshot() == before
    # What came with a part counts, and what nobody asks for is not kept.
    part = await api.ok(f"{path}/parts", brought | {"evidence": ["own_form", "other"]}, me)
    assert part["evidence"] == ["own_form"]
    rest = {"evidence": ["signed_note", "receipt"]}
    done = await api.ok(f"{path}/delivery", rest, me)
    assert done["evidence"] == ["receipt", "signed_note", "own_form"]
    # Not right: what is brought then has papers of its own.
    answer = {"answer": "unsatisfied", "reason": "wrong_size"}
    await api.ok(f"cards/{slip(held['wish'])}/confirmation", answer)
    again = await api.post(f"{path}/delivery", brought, me)
    problem(again, 422, "delivery-evidence-missing")
    await api.ok(f"{path}/delivery", brought | {"evidence": done["evidence"]}, me)


async def test_the_code_on_the_card_fulfils(api: Api) -> None:
    held = await api.delivered()
    answer = await api.post(f"cards/{slip(held['wish'])}/confirmation", {"answer": "satisfied"})
    assert answer.json() == {"card_no": held["wish"]["card_no"], "state": "fulfilled"}
    event = (await api.events(held["wish"]["id"]))[-1]
    assert (event["type"], event["version"]) == ("WishFulfilled", 6)
    assert (event["method"], event["counts_as"]) == ("code", "first")
    assert event["gifts"][0]["value_fen"] == 15_000
    steps = (await api.get(f"cards/{slip(held['wish'])}")).json()["steps"]
    assert [step["step"] for step in steps if step["at"]] == [
        "submitted",
        "posted",
        "claimed",
        "delivered",
        "fulfilled",
    ]


async def test_the_same_confirmation_twice_counts_once(api: Api) -> None:
    held = await api.delivered()
    path = f"cards/{slip(held['wish'])}/confirmation"
    first = await api.post(path, {"answer": "satisfied"}, key="tap")
    again = await api.post(path, {"answer": "satisfied"}, key="tap")
    assert first.json() == again.json()
    assert (await api.types(held["wish"]["id"])).count("WishFulfilled") == 1
    kept = str(await api.db.fetch("select principal, key, route from idempotency"))
    assert not mentions(kept, held["wish"]["code"])


@pytest.mark.parametrize("method", ["call", "visit"])
async def test_a_worker_logs_a_call_or_visit_with_a_witness(api: Api, method: str) -> None:
    held = await api.delivered()
    path = f"wishes/{held['wish']['id']}/confirmation"
    wish = await api.ok(path, told(method=method, note="说晚上睡得好"), api.worker)
    assert wish["state"] == "fulfilled"
    assert (await api.events(wish["id"]))[-1]["method"] == method
    stored = str(await api.snapshot())
    assert "刘桂兰" not in stored
    assert "睡得好" not in stored


async def test_a_call_without_a_witness_is_not_logged(api: Api, problem: Any) -> None:
    held = await api.delivered()
    path = f"wishes/{held['wish']['id']}/confirmation"
    before = await api.snapshot()
    body = problem(
        await api.post(path, {"method": "call", "answer": "satisfied"}, api.worker), 422, "invalid"
    )
    assert [error["pointer"] for error in body["errors"]] == ["/witness"]
    assert await api.snapshot() == before


async def test_whoever_took_part_neither_confirms_nor_witnesses(api: Api, problem: Any) -> None:
    held = await api.claimed()
    helper = await api.approved()
    await api.ok(f"claims/{held['claim']['id']}/helpers", {}, api.volunteer(helper))
    delivery = {"gifts": [gift(held["by"])]}
    await api.ok(f"claims/{held['claim']['id']}/delivery", delivery, api.volunteer(held["by"]))
    path = f"wishes/{held['wish']['id']}/confirmation"
    before = await api.snapshot()
    for person in (held["by"], helper):
        also_worker = api.as_role("community_worker", subject=person)
        problem(await api.post(path, told(), also_worker), 409, "involved-person")
        witness = WITNESS | {"volunteer_id": str(person)}
        answer = await api.post(path, told(witness=witness), api.worker)
        problem(answer, 409, "witness-involved")
    assert await api.snapshot() == before


async def test_not_satisfied_it_goes_on_with_the_same_people(api: Api) -> None:
    held = await api.delivered()
    path = f"cards/{slip(held['wish'])}/confirmation"
    answer = await api.ok(path, {"answer": "unsatisfied", "reason": "too_bright"})
    assert answer["state"] == "claimed"
    event = (await api.events(held["wish"]["id"]))[-1]
    assert (event["type"], event["was"], event["reason"]) == (
        "WishReopened",
        "delivered",
        "too_bright",
    )
    assert "fulfilled_event_id" not in event
    body = {"gifts": [gift(held["by"], value_fen=40_000)]}
    await api.ok(f"claims/{held['claim']['id']}/delivery", body, api.volunteer(held["by"]))
    assert (await api.ok(path, {"answer": "satisfied"}))["state"] == "fulfilled"
    fulfilled = (await api.events(held["wish"]["id"]))[-1]
    assert [line["value_fen"] for line in fulfilled["gifts"]] == [40_000]
    assert fulfilled["version"] == 8


async def test_not_sure_yet_changes_nothing_and_is_noted(api: Api) -> None:
    held = await api.delivered()
    number = len(await api.events(held["wish"]["id"]))
    path = f"cards/{slip(held['wish'])}/confirmation"
    assert (await api.ok(path, {"answer": "unsure"}))["state"] == "delivered"
    assert len(await api.events(held["wish"]["id"])) == number
    assert await api.db.fetchval("select answer from confirmation") == "unsure"
    assert (await api.ok(path, {"answer": "satisfied"}))["state"] == "fulfilled"


async def test_a_worker_reopens_what_was_not_right_after_all(api: Api, problem: Any) -> None:
    held = await api.fulfilled()
    path = f"wishes/{held['wish']['id']}/reopening"
    fulfilled = (await api.events(held["wish"]["id"]))[-1]
    wish = await api.ok(path, {"reason": "does_not_work"}, api.worker)
    assert (wish["state"], wish["version"]) == ("claimed", 7)
    event = (await api.events(wish["id"]))[-1]
    assert (event["type"], event["was"]) == ("WishReopened", "fulfilled")
    assert event["fulfilled_event_id"] == str(fulfilled["id"])
    problem(await api.post(path, {"reason": "does_not_work"}, api.worker), 409, "wrong-state")


async def test_nobody_confirms_what_was_not_delivered(api: Api, problem: Any) -> None:
    held = await api.claimed()
    before = await api.snapshot()
    for answer in ("satisfied", "unsatisfied", "unsure"):
        path = f"cards/{slip(held['wish'])}/confirmation"
        problem(await api.post(path, {"answer": answer}), 409, "wrong-state")
        path = f"wishes/{held['wish']['id']}/confirmation"
        problem(await api.post(path, told(answer), api.worker), 409, "wrong-state")
    assert await api.snapshot() == before


async def test_only_help_of_the_tree_is_followed_up(api: Api, problem: Any) -> None:
    """Closed by somebody else's help: the first neighbour who helps there is no second try."""
    wish = await api.posted()
    path = f"wishes/{wish['id']}"
    to = {"to": "grid", "reason": "road_broken"}
    referral = await api.ok(f"{path}/referral", to, api.worker)
    await api.ok(f"referrals/{referral['id']}/answer", {"outcome": "helped"}, api.worker)
    assert (await api.types(wish["id"]))[-1] == "WishClosed"
    body = {"reason": "too_bright", "channel": "paper", "words": "灯太亮，睡不着。"}
    before = await api.snapshot()
    problem(await api.post(f"{path}/follow-ups", body, api.worker), 409, "helped-elsewhere")
    assert await api.snapshot() == before


async def test_a_follow_up_is_linked_and_counts_as_fit(api: Api, problem: Any) -> None:
    held = await api.delivered()
    path = f"wishes/{held['wish']['id']}/follow-ups"
    body = {"reason": "too_bright", "channel": "paper", "words": "灯太亮，睡不着。"}
    problem(await api.post(path, body, api.worker), 409, "wrong-state")
    await api.ok(f"cards/{slip(held['wish'])}/confirmation", {"answer": "satisfied"})
    answer = await api.post(path, body, api.worker)
    second = answer.json()
    assert answer.status_code == 201
    assert second["follows_wish_id"] == held["wish"]["id"]
    assert (second["follow_up_reason"], second["category"]) == ("too_bright", "goods")
    assert second["beneficiary_id"] == held["wish"]["beneficiary_id"]
    (event,) = await api.events(second["id"])
    assert (event["follows_wish_id"], event["follow_up_reason"]) == (
        held["wish"]["id"],
        "too_bright",
    )
    checks = {"identity_checked": True, "need_checked": True, "consent_checked": True}
    await api.ok(
        f"wishes/{second['id']}/verification", {"method": "phone", "checklist": checks}, api.worker
    )
    await api.publish(second, title="一台不刺眼的电暖器，晚上能睡好")
    card = (await api.get(f"trees/cards/{second['card_no']}")).json()
    assert card["follows"] == held["wish"]["card_no"]
    path, stranger = f"wishes/{second['id']}/claims", api.volunteer(await api.approved())
    problem(await api.post(path, {}, stranger), 409, "kept-for-another")
    person = held["by"]  # who helped first is asked first
    claim = await api.ok(path, {}, api.volunteer(person))
    body = {"gifts": [gift(person)]}
    await api.ok(f"claims/{claim['id']}/delivery", body, api.volunteer(person))
    await api.ok(f"cards/{slip(second)}/confirmation", {"answer": "satisfied"})
    event = (await api.events(second["id"]))[-1]
    assert (event["type"], event["counts_as"]) == ("WishFulfilled", "fit")
    first = await api.get(f"wishes/{held['wish']['id']}", api.worker)
    assert first.json()["state"] == "fulfilled"


async def test_the_three_counts_equal_a_count_of_the_wishes(api: Api) -> None:
    await api.posted()
    await api.claimed()
    await api.delivered()
    await api.fulfilled()
    tree = (await api.get(f"trees/{XIANDONG}")).json()
    assert tree["counts"]["open"] == 1
    assert tree["counts"]["claimed"] == 2
    assert tree["counts"]["fulfilled"] == 1
    assert sorted(leaf["state"] for leaf in tree["leaves"]) == [
        "claimed",
        "claimed",
        "fulfilled",
        "open",
    ]


async def test_a_stale_version_is_refused(api: Api, problem: Any) -> None:
    wish = await api.verified()
    headers = {**api.worker, "Idempotency-Key": "stale", "If-Match": '"1"'}
    path = f"/v1/wishes/{wish['id']}/withdrawal"
    answer = await api.client.post(path, json={"reason": "not_needed"}, headers=headers)
    problem(answer, 412, "changed-meanwhile")
    answer = await api.client.post(
        path, json={"reason": "not_needed"}, headers=headers | {"If-Match": '"2"'}
    )
    assert answer.headers["etag"] == '"3"'
    assert UUID(answer.json()["id"]) == UUID(wish["id"])
