"""Random commands over HTTP against the table of states: the model check on the real thing."""

import random
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from wishes.adapters.postgres import PostgresWishStore
from wishes.adapters.terms import PostgresTermsBook
from wishes.app.tick import tick_wish
from wishes.domain.states import CLAIM, WISH, ClaimState, WishAct, WishState

from .conftest import XIANDONG, Api, gift, slip

CHECKS = {"identity_checked": True, "need_checked": True, "consent_checked": True}
WITNESS = {"name": "刘桂兰", "relation": "neighbour"}
BACKWARDS = (WishAct.RETURN, WishAct.WITHDRAW, WishAct.EDIT, WishAct.REFER, WishAct.CLOSE)
LAST_REFERRAL = """
select id from referral where wish_id = $1 order by referred_at desc limit 1
"""
MOMENT = "select state, version, due_at from wish where id = $1"
LAST_HELPER = """
select volunteer_id from claim_helper where claim_id = $1 order by joined_at desc limit 1
"""
ELSEWHERE = frozenset(WishAct) - {
    WishAct.HAND_IN,
    WishAct.EDIT,
    WishAct.VERIFY,
    WishAct.RETURN,
    WishAct.PUBLISH,
    WishAct.CLAIM,
    WishAct.CONTACT,
    WishAct.JOIN,
    WishAct.LEAVE,
    WishAct.RELEASE,
    WishAct.DELIVER_PART,
    WishAct.DELIVER,
    WishAct.CONFIRM,
    WishAct.DISSATISFY,
    WishAct.REOPEN,
    WishAct.WITHDRAW,
    WishAct.ESCALATE,
    WishAct.EVALUATE,
    WishAct.CALL_BACK,
    WishAct.CLOSE,
    WishAct.REFER,
    WishAct.TAKE_BACK,
}
"""Acts that tests of their own go through."""
WALKED = [what for what in WishAct if what not in ELSEWHERE]
ONCE = (WishAct.EVALUATE, WishAct.ESCALATE)
REASON = {"reason": "not_right"}
COUNTED = """
select category, count(*) filter (where state = 'posted') as open,
    count(*) filter (where state in ('claimed', 'delivered')) as claimed,
    count(*) filter (where state in ('fulfilled', 'closed')) as fulfilled
from wish where area = $1 and hanging group by category order by category
"""
COUNTERS = """
select category, open, claimed, fulfilled from tree_count
where area = $1 and open + claimed + fulfilled > 0 order by category
"""


async def act(api: Api, wish: dict[str, Any], claim: str, who: Any, what: WishAct) -> Any:
    path = f"wishes/{wish['id']}"
    told = {"method": "call", "witness": WITNESS}
    me = api.volunteer(who)
    match what:
        case WishAct.HAND_IN:
            return await api.post(f"drafts/{wish['id']}/submission", {}, api.worker)
        case WishAct.EDIT:
            return await api.post(f"{path}/change", {"words": "要一个亮一点的。"}, api.worker)
        case WishAct.VERIFY:
            body = {"method": "visit", "checklist": CHECKS}
            return await api.post(f"{path}/verification", body, api.worker)
        case WishAct.RETURN:
            return await api.post(f"{path}/return", REASON, api.worker)
        case WishAct.PUBLISH:
            return await api.publish(wish)
        case WishAct.CLAIM:
            return await api.post(f"{path}/claims", {}, me)
        case WishAct.CONTACT:
            return await api.post(f"claims/{claim}/contacted", {}, me)
        case WishAct.JOIN:
            return await api.post(
                f"claims/{claim}/helpers", {}, api.volunteer(await api.approved())
            )
        case WishAct.LEAVE:
            helper = await api.db.fetchval(LAST_HELPER, UUID(claim))
            return await api.post(f"claims/{claim}/leaving", {}, api.volunteer(helper or uuid4()))
        case WishAct.RELEASE:
            return await api.post(f"claims/{claim}/release", {}, me)
        case WishAct.DELIVER_PART:
            return await api.post(f"claims/{claim}/parts", {"gifts": [gift(who)]}, me)
        case WishAct.DELIVER:
            return await api.post(f"claims/{claim}/delivery", {"gifts": [gift(who)]}, me)
        case WishAct.CONFIRM:
            return await api.post(f"cards/{slip(wish)}/confirmation", {"answer": "satisfied"})
        case WishAct.DISSATISFY:
            body = told | {"answer": "unsatisfied"}
            return await api.post(f"{path}/confirmation", body, api.worker)
        case WishAct.REOPEN:
            return await api.post(f"{path}/reopening", REASON, api.worker)
        case WishAct.WITHDRAW:
            return await api.post(f"{path}/withdrawal", REASON, api.worker)
        case WishAct.EVALUATE:
            return await api.post(f"cards/{slip(wish)}/evaluation", {"score": 4})
        case WishAct.CALL_BACK:
            caller = api.as_role("community_worker", subject=uuid4())
            return await api.post(f"{path}/callback", {"outcome": "satisfied"}, caller)
        case WishAct.REFER:
            body = {"to": "grid", "reason": "road_broken"}
            return await api.post(f"{path}/referral", body, api.worker)
        case WishAct.TAKE_BACK:
            return await answer_referral(api, wish, "not_helped")
        case WishAct.ESCALATE:
            return await time_passes(api, wish, WishState.POSTED)
        case WishAct.CLOSE:
            done = await time_passes(api, wish, WishState.FULFILLED)
            return done if done.is_success else await answer_referral(api, wish, "helped")
        case _:
            raise NotImplementedError(what)


async def answer_referral(api: Api, wish: dict[str, Any], outcome: str) -> httpx.Response:
    """Of the last one, whether it waits for an answer or not."""
    referral = await api.db.fetchval(LAST_REFERRAL, UUID(wish["id"]))
    path = f"referrals/{referral or uuid4()}/answer"
    return await api.post(path, {"outcome": outcome}, api.worker)


async def time_passes(api: Api, wish: dict[str, Any], state: WishState) -> httpx.Response:
    """Up to the next moment of a wish in this state: 200 if something came of it, else 409."""
    wish_id = UUID(wish["id"])
    row = await api.db.fetchrow(MOMENT, wish_id)
    if row is None or row["state"] != state or row["due_at"] is None:
        return httpx.Response(409)
    store, book = PostgresWishStore(), PostgresTermsBook(api.db)
    await tick_wish(api.db, store, book, wish_id, row["due_at"])
    after = await api.db.fetchrow(MOMENT, wish_id)
    return httpx.Response(200 if after and after["version"] > row["version"] else 409)


async def counted_alike(api: Api) -> int:
    """The counters say what a count of the wishes says; how many they show as helped."""
    counted = [tuple(row) for row in await api.db.fetch(COUNTED, XIANDONG)]
    assert [tuple(row) for row in await api.db.fetch(COUNTERS, XIANDONG)] == counted
    return sum(row[3] for row in counted)


async def walk(api: Api, dice: random.Random, who: Any) -> int:
    """One wish, forty acts; most of them possible, some not. How often it was fulfilled."""
    category = dice.choice(["goods", "service"])
    begun = await api.drafted(category=category)
    wish = await api.ok(f"drafts/{begun['id']}/submission", {}, api.worker)
    assert wish["id"] == begun["id"]
    state, version, claim = WishState.SUBMITTED, 2, wish["id"]
    held, fulfilled = ClaimState.RELEASED, 0
    for _ in range(40):
        possible = [what for at, what in WISH if at is state and what not in ELSEWHERE]
        if not possible or state is WishState.CLOSED:
            break
        onwards = [what for what in possible if what not in BACKWARDS] or possible
        what = dice.choice(onwards) if dice.random() < 0.7 else dice.choice(WALKED)
        answer = await act(api, wish, claim, who, what)
        expected = WISH.get((state, what))
        if state in (WishState.CLAIMED, WishState.DELIVERED) and (held, what) not in CLAIM:
            expected = None  # spoken with already
        if what is WishAct.LEAVE and answer.status_code == 422:
            expected = None  # nobody else is there who could go on
        elif what in ONCE and answer.status_code == 409:
            expected = None  # said already, nobody of the tree has helped, or no level is left
        elif expected is None:
            assert answer.status_code in (403, 404, 409), (state, what, answer.text)
        else:
            assert answer.status_code < 300, (state, what, answer.text)
            # Taken back while somebody had it: their claim is ended by an event of its own.
            ended = what is WishAct.WITHDRAW and state is WishState.CLAIMED
            # Helped elsewhere: the answer, and that nothing is open any more.
            ended += what is WishAct.CLOSE and state is WishState.REFERRED
            state, version = expected, version + 1 + ended
            held = ClaimState.LIVE if what is WishAct.CLAIM else CLAIM.get((held, what), held)
        if what is WishAct.CONFIRM and expected:
            assert await counted_alike(api) > 0
            fulfilled += 1
        if what is WishAct.CLAIM and expected:
            claim = answer.json()["id"]
        shown = (await api.get(f"wishes/{wish['id']}", api.worker)).json()
        assert (shown["state"], shown["version"]) == (state, version)
    events = await api.events(wish["id"])
    assert [event["version"] for event in events] == list(range(1, version + 1))
    return fulfilled


@pytest.mark.parametrize("seed", range(2))
async def test_random_walks_follow_the_table_and_the_counters_follow_the_wishes(
    api: Api, seed: int
) -> None:
    dice = random.Random(seed)
    who = await api.approved()
    fulfilled = 0
    for _ in range(4):
        fulfilled += await walk(api, dice, who)
        await counted_alike(api)
    assert fulfilled
