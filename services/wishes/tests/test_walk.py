"""Random commands over HTTP against the table of states: the model check on the real thing."""

import random
from uuid import UUID

import httpx
import pytest
from wishes.domain.rule import Terms
from wishes.domain.states import CLAIM, WISH, ClaimState, WishAct, WishState

from .acts import PAST, Life, all_give_back, claim_time_passes, ways_of, worker_gives_time
from .conftest import XIANDONG, Api

BACKWARDS = (WishAct.RETURN, WishAct.WITHDRAW, WishAct.EDIT, WishAct.REFER, WishAct.CLOSE)
FORWARD = (WishAct.PUBLISH, WishAct.CLAIM, WishAct.DELIVER, WishAct.CONFIRM)
ON_THE_TREE = (WishState.POSTED, WishState.CLAIMED, WishState.DELIVERED, WishState.FULFILLED)
ONCE = (WishAct.EVALUATE, WishAct.ESCALATE)
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
    WishAct.HAND_IN,
    WishAct.EDIT,
    WishAct.ESCALATE,
    WishAct.EVALUATE,
    WishAct.CALL_BACK,
    WishAct.CLOSE,
    WishAct.REFER,
    WishAct.TAKE_BACK,
    WishAct.START_OVER,
    WishAct.REMIND,
    WishAct.ASK_TIME,
    WishAct.EXTEND,
    WishAct.REFUSE_TIME,
    WishAct.LAPSE,
    WishAct.LET_GO,
    WishAct.PROPOSE,
    WishAct.AGREE,
    WishAct.DISAGREE,
    WishAct.VISIT,
    WishAct.TAKE_DOWN,
    WishAct.HANG_AGAIN,
}
"""Only where a tree is full: test_races goes through it; or where somebody is erased: test_rights does."""
WALKED = [what for what in WishAct if what not in ELSEWHERE]
ENOUGH = Terms().extensions
"""So often the rule itself gives more time."""
GIVES_BACK = (WishAct.RELEASE, WishAct.LET_GO)
QUESTION = (WishAct.PROPOSE, WishAct.AGREE, WishAct.DISAGREE)
DUE = "select due_at from claim where id = $1"
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
    count(*) filter (where state in ('fulfilled', 'closed')) as fulfilled
from wish where area = $1 and hanging group by category order by category
"""
COUNTERS = """
select category, open, claimed, fulfilled from tree_now
where area = $1 and open + claimed + fulfilled > 0 order by category
"""


async def counted_alike(api: Api) -> int:
    """The counters say what a count of the wishes says; how many they show as helped."""
    counted = [tuple(row) for row in await api.db.fetch(COUNTED, XIANDONG)]
    assert [tuple(row) for row in await api.db.fetch(COUNTERS, XIANDONG)] == counted
    return sum(row[3] for row in counted)


class Model:
    """What the table says of one wish and its claim."""

    def __init__(self) -> None:
        self.state, self.version = WishState.SUBMITTED, 2
        self.held = ClaimState.RELEASED
        self.asked = False
        """About a change."""
        self.time_asked = False
        """For more days, and a worker has not answered."""
        self.longer = 0
        """So often there were more days."""
        self.helpers = 0
        self.verified = False
        self.down = False
        """Its card may not be shown."""

    @property
    def hanging(self) -> bool | None:
        """Blossoms are too young to fall, and the tree has room. None: a blossom, or done elsewhere."""
        if self.state is WishState.CLOSED:
            return None
        return self.state in ON_THE_TREE and not self.down

    def comes_to(self, what: WishAct) -> WishAct | None:
        """The act that a command is; None: it is refused."""
        if what in GIVES_BACK and self.asked:
            what = WishAct.DISAGREE  # given back instead of an answer
        elif what in (*GIVES_BACK, WishAct.LAPSE):
            # Where the card is down nobody could find it on the tree.
            given_back = WishAct.LAPSE if what is WishAct.LAPSE else WishAct.RELEASE
            what = WishAct.LET_GO if self.down else given_back
        if what is WishAct.EXTEND and not self.time_asked and self.longer >= ENOUGH:
            what = WishAct.ASK_TIME  # the rule has given what it gives
        if what in (WishAct.TAKE_BACK, WishAct.START_OVER):
            what = WishAct.TAKE_BACK if self.verified else WishAct.START_OVER
        if (self.state, what) not in WISH:
            return None
        claimed = self.state in (WishState.CLAIMED, WishState.DELIVERED)
        if claimed and (self.held, what) not in CLAIM:
            return None  # spoken with already
        if what in (WishAct.TAKE_DOWN, WishAct.HANG_AGAIN) and self.down is (
            what is WishAct.TAKE_DOWN
        ):
            return None  # it is so already
        if what is WishAct.PUBLISH and self.down:
            return None
        if self.asked is (what is WishAct.PROPOSE) and what in QUESTION:
            return None
        if what is WishAct.DELIVER and self.asked:
            return None
        if what in (WishAct.ASK_TIME, WishAct.REFUSE_TIME) and self.time_asked is (
            what is WishAct.ASK_TIME
        ):
            return None
        return None if what is WishAct.LEAVE and not self.helpers else what

    def follow(self, what: WishAct) -> None:
        # Taken back while somebody had it, their claim is ended by an event of its own; what is changed
        # then is said as well; and whoever goes to a visit comes back.
        two = what in (WishAct.DISAGREE, WishAct.VISIT)
        two |= what is WishAct.VERIFY and self.down  # and the yes to the card, after a no
        two |= what is WishAct.WITHDRAW and self.state is WishState.CLAIMED
        # Helped elsewhere: the answer, and that nothing is open any more.
        two |= what is WishAct.CLOSE and self.state is WishState.REFERRED
        self.version += 1 + two
        # Of a card that a worker took down a yes is noted, and it stays down until it is written anew.
        again = what is WishAct.HANG_AGAIN and self.state is WishState.TAKEN_DOWN
        self.down = what is WishAct.TAKE_DOWN or (
            self.down and not again and what is not WishAct.VERIFY
        )
        self.verified = what is WishAct.VERIFY or (self.verified and what is not WishAct.EDIT)
        self.state = WISH[self.state, what]
        self.held = CLAIM.get((self.held, what), self.held)
        if what is WishAct.CLAIM:
            self.held, self.helpers, self.asked = ClaimState.LIVE, 0, False
            self.time_asked, self.longer = False, 0
        self.helpers += (what is WishAct.JOIN) - (what is WishAct.LEAVE)
        self.longer += what is WishAct.EXTEND
        if what in (WishAct.EXTEND, WishAct.REFUSE_TIME, WishAct.DELIVER):
            self.time_asked = False
        self.time_asked = self.time_asked or what is WishAct.ASK_TIME
        self.asked = self.asked or what is WishAct.PROPOSE
        if what in (WishAct.AGREE, WishAct.DISAGREE, WishAct.WITHDRAW):
            self.asked = False


async def act(life: Life, what: WishAct, model: Model) -> httpx.Response:
    """409 where time has brought about nothing."""
    state = model.state
    if (state, what) not in WISH and what is WishAct.ESCALATE:
        return httpx.Response(409)
    way = (ways_of(what, state) or ways_of(what)[-1:])[0]
    before = await life.api.db.fetchval(LAST_EVENT)
    ready = way.ready
    if what in GIVES_BACK:
        ready = all_give_back  # who walks here leads to the end
    elif what is WishAct.EXTEND and model.time_asked:
        ready = worker_gives_time
    answer = await (await ready(life))()
    if answer is PAST and await life.api.db.fetchval(LAST_EVENT) == before:
        return httpx.Response(409)
    if what is WishAct.VISIT and answer.status_code == 201:
        await life.api.ok(f"visits/{answer.json()['id']}/left", {}, life.me)
    return answer


async def time_passes(life: Life, model: Model) -> WishAct | None:
    """The next moment of the claim comes; what it brought about. None: nothing, as where a worker has
    not said yet whether there are more days."""
    due = life.claim and await life.api.db.fetchval(DUE, UUID(life.claim))
    if not due:
        return None
    before = await life.api.db.fetchval(LAST_EVENT)
    await (await claim_time_passes(life))()
    if await life.api.db.fetchval(LAST_EVENT) == before:
        assert model.time_asked, "a moment that brings about nothing"
        assert await life.api.db.fetchval(DUE, UUID(life.claim)) > due, "and comes no more"
        return None
    row = await life.api.db.fetchrow(EVENTS_OF, UUID(life.claim))
    return BY_TIME[row["event"]]


def choose(model: Model, dice: random.Random, done: set[WishAct]) -> WishAct:
    """Mostly what is possible, best of all what no walk has done yet; now and then anything at all."""
    possible = [
        what
        for at, what in WISH
        if at is model.state and what not in ELSEWHERE and model.comes_to(what)
    ]
    onwards = [what for what in possible if what not in BACKWARDS] or possible
    if model.asked and model.state is WishState.CLAIMED:
        onwards += [WishAct.AGREE, WishAct.DISAGREE] * 3
    onwards += [what for what in onwards if what not in done] * 4
    onwards += [what for what in onwards if what in FORWARD] * 2
    what = dice.choice(onwards) if dice.random() < 0.7 else dice.choice(WALKED)
    # A yes to the card is noted in any state.
    unasked = what is WishAct.HANG_AGAIN and (model.state, what) not in WISH
    return WishAct.CONFIRM if unasked else what


async def walk(api: Api, dice: random.Random, who: UUID, before: set[WishAct]) -> set[WishAct]:
    """One wish, fifty acts; most of them possible, some not. What was done."""
    begun = await api.drafted(category=dice.choice(["goods", "service"]))
    wish = await api.ok(f"drafts/{begun['id']}/submission", {}, api.worker)
    assert wish["id"] == begun["id"]
    model, life, done = Model(), Life(api, wish, who), set[WishAct]()
    for _ in range(50):
        if model.state in (WishState.CLOSED, WishState.WITHDRAWN):
            break
        what = choose(model, dice, before | done)
        if what in (WishAct.REMIND, WishAct.LAPSE):
            passed = await time_passes(life, model)
            expected = model.comes_to(passed) if passed else None
            waits = model.time_asked and model.held is ClaimState.CONTACTED
            idle = model.state is not WishState.CLAIMED
            assert (expected is None) == idle or (expected is None and waits)
        else:
            answer = await act(life, what, model)
            expected = model.comes_to(what)
            if what in ONCE and answer.status_code == 409:
                expected = None  # said already, nobody of the tree has helped, or no level is left
            elif expected is None:
                assert answer.status_code in (403, 404, 409), (model.state, what, answer.text)
            else:
                assert answer.status_code < 300, (model.state, what, answer.text)
            if expected is WishAct.CLAIM:
                life.claim = answer.json()["id"]
        if expected is not None:
            model.follow(expected)
            done.add(expected)
        shown = (await api.get(f"wishes/{wish['id']}", api.worker)).json()
        assert (shown["state"], shown["version"]) == (model.state, model.version), (what, expected)
        assert model.hanging in (None, shown["hanging"]), (what, expected)
    events = await api.events(wish["id"])
    assert [event["version"] for event in events] == list(range(1, model.version + 1))
    return done


@pytest.mark.parametrize("seed", range(2))
async def test_random_walks_follow_the_table_and_the_counters_follow_the_wishes(
    api: Api, seed: int
) -> None:
    dice = random.Random(seed)
    done: set[WishAct] = set()
    for _ in range(20):
        done |= await walk(api, dice, await api.approved(), done)
        await counted_alike(api)
    assert await api.db.fetchval("select sum(fulfilled + claimed) from tree_now") > 0
    # An end that comes at the start would leave nothing to walk, so it is seldom.
    assert set(WALKED) - done <= {
        *BACKWARDS,
        WishAct.HAND_IN,
        WishAct.TAKE_BACK,
        WishAct.START_OVER,
    }, "acts that no walk came to"
