"""Random commands over HTTP against the table of states: the model check on the real thing."""

import random
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from chassis.clock import now
from wishes.bootstrap import dials_of
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
    WishAct.REMIND,
    WishAct.LAPSE,
    WishAct.PROPOSE,
    WishAct.AGREE,
    WishAct.DISAGREE,
    WishAct.VISIT,
}
"""Acts that tests of their own go through."""
WALKED = [what for what in WishAct if what not in ELSEWHERE]
REASON = {"reason": "not_right"}
QUESTION = (WishAct.PROPOSE, WishAct.AGREE, WishAct.DISAGREE)
CHANGE = {
    "words": "灯太亮，想换一盏暗一点的台灯。",
    "category": "skills",
    "title": "想有一盏不刺眼的台灯",
    "effort": "one_hour",
}
LAST_EVENT = "select max(event_id::text) from wish_history"
EVENTS_OF = """
select event from wish_history h join claim c on c.wish_id = h.wish_id
where c.id = $1 and event = any('{ClaimReminded,ClaimLapsed,ClaimEnded}') order by version desc limit 1
"""
BY_TIME = {
    "ClaimReminded": WishAct.REMIND,
    "ClaimLapsed": WishAct.LAPSE,
    "ClaimEnded": WishAct.DISAGREE,
}
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
        case WishAct.PROPOSE:
            # Never by who verified it, which whoever proposed a change before has done.
            other = api.as_role("community_worker", XIANDONG, subject=uuid4())
            return await api.post(f"{path}/change-proposals", CHANGE, other)
        case WishAct.AGREE:
            return await api.post(f"claims/{claim}/change-answer", {"answer": "yes"}, me)
        case WishAct.DISAGREE:
            return await api.post(f"claims/{claim}/change-answer", {"answer": "no"}, me)
        case WishAct.VISIT:
            body = {"visitors": [str(who)], "back_by": (now() + timedelta(hours=1)).isoformat()}
            answer = await api.post(f"claims/{claim}/visits", body, me)
            if answer.status_code == 201:
                await api.ok(f"visits/{answer.json()['id']}/left", {}, me)
            return answer
        case _:
            raise NotImplementedError(what)


class Model:
    """What the table says of one wish and its claim."""

    def __init__(self) -> None:
        self.state, self.version = WishState.SUBMITTED, 1
        self.held = ClaimState.RELEASED
        self.asked = False
        """About a change."""
        self.helpers = 0

    def comes_to(self, what: WishAct) -> WishAct | None:
        """The act that a command is; None: it is refused."""
        if what is WishAct.RELEASE and self.asked:
            what = WishAct.DISAGREE  # given back instead of an answer
        if (self.state, what) not in WISH:
            return None
        claimed = self.state in (WishState.CLAIMED, WishState.DELIVERED)
        if claimed and (self.held, what) not in CLAIM:
            return None  # spoken with already
        if self.asked is (what is WishAct.PROPOSE) and what in QUESTION:
            return None
        return None if what is WishAct.LEAVE and not self.helpers else what

    def follow(self, what: WishAct) -> None:
        # Taken back while somebody had it, their claim is ended by an event of its own; what is changed
        # then is said as well; and whoever goes to a visit comes back.
        two = what in (WishAct.DISAGREE, WishAct.VISIT)
        two |= what is WishAct.WITHDRAW and self.state is WishState.CLAIMED
        self.version += 1 + two
        self.state = WISH[self.state, what]
        self.held = CLAIM.get((self.held, what), self.held)
        if what is WishAct.CLAIM:
            self.held, self.helpers, self.asked = ClaimState.LIVE, 0, False
        self.helpers += (what is WishAct.JOIN) - (what is WishAct.LEAVE)
        self.asked = self.asked or what is WishAct.PROPOSE
        if what in (WishAct.AGREE, WishAct.DELIVER, WishAct.DISAGREE, WishAct.WITHDRAW):
            self.asked = False


async def time_passes(api: Api, claim: str) -> WishAct | None:
    """The next moment of the claim comes; what it brought about."""
    due = await api.db.fetchval("select due_at from claim where id = $1", UUID(claim))
    if due is None:
        return None
    before = await api.db.fetchval(LAST_EVENT)
    (tick,) = (dial.tick for dial in dials_of(api.parts) if dial.name == "claim")
    await tick(UUID(claim), due)
    assert await api.db.fetchval(LAST_EVENT) != before, "a moment that brings about nothing"
    row = await api.db.fetchrow(EVENTS_OF, UUID(claim))
    return BY_TIME[row["event"]]


def choose(model: Model, dice: random.Random) -> WishAct:
    """Mostly what is possible, now and then anything at all."""
    possible = [what for at, what in WISH if at is model.state and what not in ELSEWHERE]
    onwards = [what for what in possible if what not in ENDING]
    if model.asked and model.state is WishState.CLAIMED:
        onwards += [WishAct.AGREE, WishAct.DISAGREE] * 3
    return dice.choice(onwards) if dice.random() < 0.7 else dice.choice(WALKED)


async def walk(api: Api, dice: random.Random, who: Any) -> set[WishAct]:
    """One wish, fifty acts; most of them possible, some not. What was done."""
    wish = await api.submitted(category=dice.choice(["goods", "service"]))
    model, claim, done = Model(), wish["id"], set[WishAct]()
    for _ in range(50):
        if not any(at is model.state for at, what in WISH if what not in ELSEWHERE):
            break
        what = choose(model, dice)
        if what in (WishAct.REMIND, WishAct.LAPSE):
            expected = await time_passes(api, claim)
            assert (expected is None) == (model.state is not WishState.CLAIMED)
        else:
            answer = await act(api, wish, claim, who, what)
            expected = model.comes_to(what)
            if expected is None:
                assert answer.status_code in (403, 404, 409), (model.state, what, answer.text)
            else:
                assert answer.status_code < 300, (model.state, what, answer.text)
            if expected is WishAct.CLAIM:
                claim = answer.json()["id"]
        if expected is not None:
            model.follow(expected)
            done.add(expected)
        shown = (await api.get(f"wishes/{wish['id']}", api.worker)).json()
        assert (shown["state"], shown["version"]) == (model.state, model.version), (what, expected)
    events = await api.events(wish["id"])
    assert [event["version"] for event in events] == list(range(1, model.version + 1))
    return done


@pytest.mark.parametrize("seed", range(2))
async def test_random_walks_follow_the_table_and_the_counters_follow_the_wishes(
    api: Api, seed: int
) -> None:
    dice = random.Random(seed)
    done: set[WishAct] = set()
    for _ in range(10):
        done |= await walk(api, dice, await api.approved())
        counted = [tuple(row) for row in await api.db.fetch(COUNTED, XIANDONG)]
        assert [tuple(row) for row in await api.db.fetch(COUNTERS, XIANDONG)] == counted
    assert await api.db.fetchval("select sum(fulfilled + claimed) from tree_count") > 0
    # An end that comes at the start would leave nothing to walk, so it is seldom.
    assert set(WALKED) - done <= set(ENDING), "acts that no walk came to"
