"""Random commands over HTTP against the table of states: the model check on the real thing."""

import random
from typing import Any
from uuid import UUID, uuid4

import pytest
from wishes.domain.states import CLAIM, WISH, ClaimState, WishAct, WishState

from .conftest import XIANDONG, Api, gift, slip

CHECKS = {"identity_checked": True, "need_checked": True, "consent_checked": True}
WITNESS = {"name": "刘桂兰", "relation": "neighbour"}
ENDING = (WishAct.RETURN, WishAct.WITHDRAW)
LAST_HELPER = """
select volunteer_id from claim_helper where claim_id = $1 order by joined_at desc limit 1
"""
ELSEWHERE = frozenset(WishAct) - {
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
    WishAct.TAKE_DOWN,
    WishAct.HANG_AGAIN,
}
"""Acts that tests of their own go through."""
WALKED = [what for what in WishAct if what not in ELSEWHERE]
REASON = {"reason": "not_right"}
COUNTED = """
select category, count(*) filter (where state = 'posted') as open,
    count(*) filter (where state in ('claimed', 'delivered')) as claimed,
    count(*) filter (where state = 'fulfilled') as fulfilled
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
        case WishAct.TAKE_DOWN:
            return await api.post(f"{path}/takedown", {"reason": "leak"}, api.worker)
        case WishAct.HANG_AGAIN:
            body = {"purpose": "publish", "given": True, "how": "paper", "wording": 1}
            return await api.post(f"{path}/consents", body, api.worker)
        case _:
            raise NotImplementedError(what)


async def walk(api: Api, dice: random.Random, who: Any) -> None:
    """One wish, forty acts; most of them possible, some not."""
    wish = await api.submitted(category=dice.choice(["goods", "service"]))
    state, version, claim = WishState.SUBMITTED, 1, wish["id"]
    held, down = ClaimState.RELEASED, False
    for _ in range(40):
        possible = [what for at, what in WISH if at is state and what not in ELSEWHERE]
        if not possible:
            break
        onwards = [what for what in possible if what not in ENDING]
        what = dice.choice(onwards) if dice.random() < 0.7 else dice.choice(WALKED)
        if what is WishAct.HANG_AGAIN and (state, what) not in WISH:
            continue  # a yes to the card is noted in any state
        answer = await act(api, wish, claim, who, what)
        expected = WISH.get((state, what))
        if state in (WishState.CLAIMED, WishState.DELIVERED) and (held, what) not in CLAIM:
            expected = None  # spoken with already
        if what in (WishAct.TAKE_DOWN, WishAct.HANG_AGAIN) and down is (what is WishAct.TAKE_DOWN):
            expected = None  # it is so already
        if what is WishAct.RELEASE and expected and down:
            expected = WISH[state, WishAct.LET_GO]
        if what is WishAct.LEAVE and answer.status_code == 422:
            expected = None  # nobody else is there who could go on
        elif expected is None:
            assert answer.status_code in (403, 404, 409), (state, what, answer.text)
        else:
            assert answer.status_code < 300, (state, what, answer.text)
            # Taken back while somebody had it: their claim is ended by an event of its own.
            ended = what is WishAct.WITHDRAW and state is WishState.CLAIMED
            state, version = expected, version + 1 + ended
            down = what is WishAct.TAKE_DOWN or (down and state is not WishState.VERIFIED)
            held = ClaimState.LIVE if what is WishAct.CLAIM else CLAIM.get((held, what), held)
        if what is WishAct.CLAIM and expected:
            claim = answer.json()["id"]
        shown = (await api.get(f"wishes/{wish['id']}", api.worker)).json()
        assert (shown["state"], shown["version"]) == (state, version)
    events = await api.events(wish["id"])
    assert [event["version"] for event in events] == list(range(1, version + 1))


@pytest.mark.parametrize("seed", range(2))
async def test_random_walks_follow_the_table_and_the_counters_follow_the_wishes(
    api: Api, seed: int
) -> None:
    dice = random.Random(seed)
    who = await api.approved()
    for _ in range(4):
        await walk(api, dice, who)
        counted = [tuple(row) for row in await api.db.fetch(COUNTED, XIANDONG)]
        assert [tuple(row) for row in await api.db.fetch(COUNTERS, XIANDONG)] == counted
    assert await api.db.fetchval("select sum(fulfilled + claimed) from tree_count") > 0
