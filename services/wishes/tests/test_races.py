"""Any two acts at once, in every state: what comes of it is what one after the other would have made.

The pairs are made from the table of states. Both acts of a pair are possible before; for most of them
one makes the other impossible, and then exactly one is done and the other is told so and changes
nothing. A new act enters by itself, and has no way to be raced until `acts.WAYS` has one.
"""

import asyncio
import itertools
import json
from collections import defaultdict
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio
from wishes.app.requests_intake import MOST_ROWS
from wishes.domain.leaf import PLACES
from wishes.domain.states import CLAIM, WISH, ClaimState, WishAct, WishState

from .acts import WAYS, Do, Life, Way, ask_no_more, claim_time_passes, say_no, ways_of
from .conftest import MINTER, OUTBOX, XIANDONG, XINYUAN, Api, service, wish_body
from .test_publication import fill

HELD = {
    WishState.CLAIMED: (ClaimState.LIVE, ClaimState.CONTACTED),
    WishState.DELIVERED: (ClaimState.DELIVERED,),
    WishState.FULFILLED: (ClaimState.DONE,),
    WishState.CLOSED: (ClaimState.DONE,),
}
"""The states of a claim in the states of its wish; in all others nobody holds it."""
Situation = tuple[WishState, ClaimState | None]
Pair = tuple[WishAct, WishAct]
SITUATIONS: list[Situation] = [
    (state, held) for state in WishState for held in HELD.get(state, (None,))
]
CROWDED = "610102007003"
"""A community whose tree has no place left."""
AT_ONCE = 2
"""Pairs in flight: the pool has ten connections."""
ALWAYS = frozenset({"due", "lead"})
"""Its moment comes, whoever claimed it leads."""
SILENT = frozenset({"change", "late"})
"""Where the day of an answer is the next moment: asked about a change, every other day has come."""
BROUGHT = {WishState.TAKEN_DOWN: frozenset({"shelved", "barred"})}
"""What is so besides where a wish is brought to this state."""
QUESTION = "one asks while nothing is asked, the other answers what is"
BY_FACT = "one deed: what it comes to depends on what is so, and only one of the two is"
OWN_WORD = "erased as what it has become: test_rights goes through it"
UNRACED: dict[frozenset[WishAct], str] = {
    frozenset({WishAct.ASK_TIME, WishAct.REFUSE_TIME}): QUESTION,
    frozenset({WishAct.PROPOSE, WishAct.AGREE}): QUESTION,
    frozenset({WishAct.PROPOSE, WishAct.DISAGREE}): QUESTION,
    frozenset(
        {WishAct.AGREE, WishAct.RELEASE}
    ): "given back while a change is asked about: disagree",
    frozenset({WishAct.AGREE, WishAct.LET_GO}): "the same",
    frozenset({WishAct.AGREE, WishAct.LAPSE}): "lapsed while a change is asked about: disagree",
    frozenset({WishAct.AGREE, WishAct.DELIVER}): "not delivered while a change is asked about",
    frozenset({WishAct.DISAGREE, WishAct.DELIVER}): "the same",
    frozenset({WishAct.LEAVE, WishAct.RELEASE}): "given back while others are in it: they go on",
    frozenset({WishAct.TAKE_DOWN, WishAct.HANG_AGAIN}): "one card hangs, the other does not",
    frozenset({WishAct.CONFIRM, WishAct.ERASE}): OWN_WORD,
    frozenset({WishAct.DISSATISFY, WishAct.ERASE}): OWN_WORD,
    frozenset({WishAct.TAKE_DOWN, WishAct.ERASE}): "who wants no service has no card that hangs",
    frozenset({WishAct.TAKE_DOWN, WishAct.LET_GO}): "let go where the card is down already",
    frozenset({WishAct.HANG_AGAIN, WishAct.RELEASE}): "given back while the card is down: let go",
    frozenset({WishAct.HANG_AGAIN, WishAct.LAPSE}): "lapsed while the card is down: let go",
    frozenset({WishAct.TAKE_BACK, WishAct.START_OVER}): BY_FACT,
    frozenset({WishAct.REMIND, WishAct.LAPSE}): BY_FACT,
    frozenset({WishAct.RELEASE, WishAct.LET_GO}): BY_FACT,
    frozenset({WishAct.LAPSE, WishAct.LET_GO}): BY_FACT,
    frozenset({WishAct.DISAGREE, WishAct.RELEASE}): BY_FACT,
    frozenset({WishAct.DISAGREE, WishAct.LAPSE}): BY_FACT,
    frozenset({WishAct.DISAGREE, WishAct.LET_GO}): BY_FACT,
    frozenset({WishAct.WAIT_FOR_PLACE, WishAct.RELEASE}): BY_FACT,
    frozenset({WishAct.WAIT_FOR_PLACE, WishAct.LAPSE}): BY_FACT,
    frozenset({WishAct.WAIT_FOR_PLACE, WishAct.LET_GO}): BY_FACT,
    frozenset({WishAct.WAIT_FOR_PLACE, WishAct.DISAGREE}): BY_FACT,
    frozenset({WishAct.WAIT_FOR_PLACE, WishAct.AGREE}): "the same as released, or lapsed",
    frozenset(
        {WishAct.WAIT_FOR_PLACE, WishAct.HANG_AGAIN}
    ): "where the card has no place, it has none",
}
"""Pairs of which both are in the table and never possible at the same moment."""
RUNG: dict[frozenset[WishAct], str] = {
    frozenset(
        {WishAct.LAPSE, WishAct.REFUSE_TIME}
    ): "nothing lapses before the day that a worker is asked for",
}
"""The same, once the claimant has spoken with the person."""
REFUSALS = frozenset(
    {
        "already-asked", "already-claimed", "already-evaluated", "already-taken-down",
        "change-unanswered", "consent-unchanged", "draft-not-found", "last-partner",
        "not-the-claimant", "nothing-asked", "referral-answered", "too-far-away", "visit-under-way",
        "wrong-state",
    }
)  # fmt: skip
"""What a loser may be told."""
LOST = (403, 404, 409, 422)
COUNTS = (530, 478, 1292, 991)
"""Pairs of the table; those that are raced; in so many ways; of which one makes the other impossible."""
KEPT = "select key, route from idempotency where status is null or status >= 300"
NOW = """
select w.id, w.state, w.version, w.queue, c.state as held
from wish w left join claim c on c.wish_id = w.id and c.state <> 'released'
"""
TREES = """
select area, category, sum(open)::int, sum(claimed)::int, sum(fulfilled)::int from (
    select area, category, open, claimed, fulfilled from tree_now
    union all
    select area, category, -(state = 'posted')::int, -(state in ('claimed', 'delivered'))::int,
        -(state in ('fulfilled', 'closed'))::int
    from wish where hanging
) as told group by area, category
having sum(open) <> 0 or sum(claimed) <> 0 or sum(fulfilled) <> 0
"""
"""Counters that are not what a count of the wishes says."""
QUEUES = "select queue, count(*) as wishes from wish where queue is not null group by queue"
TOO_LIVE = (
    "select wish_id from claim where state <> 'released' group by wish_id having count(*) > 1"
)


def possible(state: WishState, held: ClaimState | None) -> list[WishAct]:
    in_hand = state in (WishState.CLAIMED, WishState.DELIVERED)
    return [
        act for act in WishAct if (state, act) in WISH and (not in_hand or (held, act) in CLAIM)
    ]


def pairs_of(situation: Situation) -> list[Pair]:
    """All that may meet in a state, each act with itself, too."""
    return list(itertools.combinations_with_replacement(possible(*situation), 2))


class Model:
    """What the tables and the ways say of one wish."""

    def __init__(self, situation: Situation, facts: frozenset[str]) -> None:
        self.state, self.held = situation
        self.facts = ALWAYS | facts | BROUGHT.get(self.state, frozenset())
        self.events: list[str] = []

    def fits(self, way: Way) -> bool:
        return (
            (way.act is None or way.act in possible(self.state, self.held))
            and (not way.states or self.state in way.states)
            and (not way.held or self.held in way.held)
            and way.needs <= self.facts
            and not way.without & self.facts
        )

    def does(self, way: Way) -> bool:
        """Whether the deed comes to anything; if so, it is done."""
        comes_to = [one for one in WAYS if one.ready is way.ready and self.fits(one)]
        if not comes_to:
            return False
        (one,) = comes_to
        self.facts = (self.facts - one.ends) | one.makes
        if self.held in one.moves_on:
            self.facts -= {"due", "late"}
        self.events += one.events
        if one.act is None:
            return True
        self.state = WISH[self.state, one.act]
        if self.held is not None:
            self.held = CLAIM.get((self.held, one.act), self.held)
        if one.act is WishAct.CLAIM:
            self.held = ClaimState.LIVE
        return True

    @property
    def queue(self) -> str | None:
        if self.state is WishState.CLAIMED:
            if "asked" in self.facts:
                return "to_decide"
            late = f"late_to_{'contact' if self.held is ClaimState.LIVE else 'fulfil'}"
            return late if "late" in self.facts else None
        if self.state is WishState.POSTED:
            return "to_hand_over" if "up" in self.facts else None
        return {
            WishState.SUBMITTED: "to_verify",
            WishState.VERIFIED: "to_publish",
            WishState.DELIVERED: "to_confirm",
            WishState.TAKEN_DOWN: "taken_down",
            WishState.RETURNED: "returned",
            WishState.REFERRED: "to_hand_over" if "unanswered" in self.facts else None,
        }.get(self.state)


@dataclass
class Race:
    """Two deeds that meet, and what came of it."""

    situation: Situation
    ways: tuple[Way, Way]
    facts: frozenset[str]
    before: list[str] = field(default_factory=list)
    """Events that led there."""
    answers: list[httpx.Response] = field(default_factory=list)
    wish_id: str = ""

    def __str__(self) -> str:
        one, two = (f"{way.act} ({way.ready.__name__})" for way in self.ways)
        told = [f"{a.status_code} {a.text[:200]}" for a in self.answers]
        return (
            f"{'/'.join(filter(None, self.situation))}: {one} + {two} {sorted(self.facts)} {told}"
        )

    def serial(self) -> Iterator[tuple[Model, list[bool]]]:
        """Either order: how the wish is then, and which of the two (as they stand here) was done."""
        for order in ((0, 1), (1, 0)):
            model, done = Model(self.situation, self.facts), [False, False]
            for n in order:
                done[n] = model.does(self.ways[n])
            yield model, done


def races_of(situation: Situation, pair: Pair) -> list[Race]:
    """Every two ways of the pair that are possible at the same moment."""
    one, two = (ways_of(act, situation[0]) for act in pair)
    meetings = (
        itertools.combinations_with_replacement(one, 2)
        if pair[0] is pair[1]
        else itertools.product(one, two)
    )
    found: list[Race] = []
    for first, second in meetings:
        ways = (first, second)
        facts = (ways[0].needs | ways[1].needs) - ALWAYS
        facts |= SILENT if "silent" in facts else frozenset()
        model = Model(situation, facts)
        if model.fits(ways[0]) and model.fits(ways[1]):
            race, turned = Race(situation, ways, facts), Race(situation, (second, first), facts)
            # Whichever stands first in line wins, so each is once.
            found += [race, turned] if incompatible(race) and ways[0] is not ways[1] else [race]
    return found


def incompatible(race: Race) -> bool:
    return any(not all(done) for _, done in race.serial())


RACES = {
    (situation, pair): races_of(situation, pair)
    for situation in SITUATIONS
    for pair in pairs_of(situation)
}


def test_every_pair_of_the_table_is_raced_or_says_why_not() -> None:
    for (situation, pair), races in RACES.items():
        why = UNRACED.get(frozenset(pair))
        if situation[1] is ClaimState.CONTACTED:
            why = why or RUNG.get(frozenset(pair))
        assert bool(races) is (why is None), (situation, pair, why)
    met = {frozenset(pair) for _, pair in RACES}
    assert UNRACED.keys() | RUNG.keys() <= met, "no pair of the table"
    raced = [key for key, races in RACES.items() if races]
    runs = [race for races in RACES.values() for race in races]
    assert len(RACES) == sum(n * (n + 1) // 2 for n in (len(possible(*one)) for one in SITUATIONS))
    counts = (len(RACES), len(raced), len(runs), sum(map(incompatible, runs)))
    assert all(n >= least for n, least in zip(counts, COUNTS, strict=True)), counts


def test_every_act_has_a_way() -> None:
    assert {way.act for way in WAYS if way.act} == set(WishAct)


class Stage:
    """A service on which many wishes are brought to many states."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self._areas = itertools.cycle((XIANDONG, XINYUAN))

    async def submitted(self, count: int) -> list[dict[str, Any]]:
        # Each is another person: whoever is erased is erased alone.
        person = wish_body()["beneficiary"]
        people = [person | {"phone": f"138{number:08}"} for number in range(count)]
        rows = [wish_body(area=next(self._areas), beneficiary=one) for one in people]
        found: list[dict[str, Any]] = []
        for first in range(0, count, MOST_ROWS):
            some = {"rows": rows[first : first + MOST_ROWS]}
            answer = await self.api.ok("wishes/batch", some, self.api.worker)
            found += answer["items"]
        return found

    async def bring(self, race: Race, wish: dict[str, Any]) -> Life:
        """The wish in the state of the race, with what must be so beside it."""
        life = Life(self.api, wish, await self.api.approved())
        state, held = race.situation
        if state is WishState.DRAFT:
            content = wish_body()
            outer = {name: content.pop(name) for name in ("area", "channel")}
            body = outer | {"content": content}
            life.wish = await self.api.ok("drafts", body, self.api.worker)
            return life
        path = PATHS[state]
        if "verified" in race.facts and WishAct.VERIFY not in path:
            path = (WishAct.VERIFY, *path)
        for act in path:
            await self.do(life, act)
            if act is WishAct.CLAIM and held is ClaimState.CONTACTED:
                await self.do(life, WishAct.CONTACT)
        if "crowded" in race.facts:
            await self.lose_its_place(life)
        for fact, act in (
            ("helper", WishAct.JOIN),
            ("change", WishAct.PROPOSE),
            ("asked", WishAct.ASK_TIME),
        ):
            if fact in race.facts:
                await self.do(life, act)
        if "late" in race.facts:
            for _ in range(2):
                await (await claim_time_passes(life))()
        if "shelved" in race.facts and state is not WishState.TAKEN_DOWN:
            answer = await (await say_no(life))()
            assert answer.is_success, answer.text
        if "unasked" in race.facts:
            await ask_no_more(life)
        return life

    async def lose_its_place(self, life: Life) -> None:
        """As where the yes comes while the tree is full: for the tree that is, and not on it."""
        for change in ("hanging = false", f"area = '{CROWDED}'"):
            # One by one: it is counted on the tree where it hung.
            async with self.api.db.transaction() as tx:
                await tx.execute(f"update wish set {change} where id = $1", UUID(life.wish["id"]))
        life.wish = life.wish | {"area": CROWDED}

    async def do(self, life: Life, act: WishAct) -> None:
        answer = await (await ways_of(act)[0].ready(life))()
        assert answer.is_success, (act, answer.text)
        if act is WishAct.CLAIM:
            life.claim = answer.json()["id"]

    async def run(self, race: Race, wish: dict[str, Any]) -> None:
        life = await self.bring(race, wish)
        race.wish_id = life.wish["id"]
        race.before = await self.types(race.wish_id)
        deeds = [await way.ready(life) for way in race.ways]
        table = "draft" if race.situation[0] is WishState.DRAFT else "wish"
        async with self.api.db.transaction() as tx:
            # Both have read what they read before they have a lock, and stand in line for it.
            gate = await tx.fetchval(GATE.format(table=table), UUID(race.wish_id))
            tasks: list[asyncio.Task[httpx.Response]] = []
            for deed in deeds:
                tasks.append(asyncio.create_task(patiently(deed)))
                await self.stands_in_line(gate, tasks)
        race.answers = list(await asyncio.gather(*tasks))

    async def stands_in_line(self, gate: int, tasks: list[asyncio.Task[httpx.Response]]) -> None:
        while not tasks[-1].done() and await self.api.db.fetchval(IN_LINE, gate) < len(tasks):
            pass

    async def types(self, wish_id: str) -> list[str]:
        rows = await self.api.db.fetch(TYPES, wish_id)
        return [type_of(row) for row in rows]


GATE = "select pg_backend_pid() from {table} where id = $1 for update"
IN_LINE = """
with recursive line (pid) as (
    select $1::int
    union
    select a.pid from line join pg_stat_activity a
        on a.datname = current_database() and line.pid = any(pg_blocking_pids(a.pid))
)
select count(*) - 1 from line
"""
"""Who waits for whom the one waits who holds the lock."""
TYPES = "select headers from outbox where key = $1 order by shard, id"
_A = WishAct
POSTED = (_A.VERIFY, _A.PUBLISH)
DELIVERED = (*POSTED, _A.CLAIM, _A.DELIVER)
PATHS: dict[WishState, tuple[WishAct, ...]] = {
    WishState.SUBMITTED: (),
    WishState.VERIFIED: (_A.VERIFY,),
    WishState.POSTED: POSTED,
    WishState.CLAIMED: (*POSTED, _A.CLAIM),
    WishState.DELIVERED: DELIVERED,
    WishState.FULFILLED: (*DELIVERED, _A.CONFIRM),
    WishState.CLOSED: (*DELIVERED, _A.CONFIRM, _A.CLOSE),
    WishState.RETURNED: (_A.RETURN,),
    WishState.TAKEN_DOWN: (*POSTED, _A.TAKE_DOWN),
    WishState.REFERRED: (_A.REFER,),
}
TRIES = 3


async def patiently(do: Do) -> httpx.Response:
    """As a client does: what is told to try again is tried again, under the same key."""
    for _ in range(TRIES - 1):
        answer = await do()
        if answer.status_code != 503:
            return answer
    return await do()


def type_of(row: Any) -> str:
    return dict(json.loads(row["headers"]))["ce_type"].split(".")[1]


class Crowd(httpx.ASGITransport):
    """Everybody comes from an address of their own: slips are read at many doors."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.client = (str(ip_address(uuid4().int % 2**32)), 1)
        return await super().handle_async_request(request)


@asynccontextmanager
async def crowd(api: Api) -> AsyncGenerator[Api]:
    """The same service, asked from many addresses."""
    app = service(api.db, api.clock)
    transport = Crowd(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://wishes") as client:
        yield Api(client, app.state.service, api.clock)


@pytest_asyncio.fixture(loop_scope="session")
async def stage(api: Api) -> AsyncGenerator[Stage]:
    # A question that stays open over every other moment of a claim.
    await api.terms(answer_days=60, callback_percent=0)
    await fill(api, "posted", 0, PLACES, CROWDED)
    async with crowd(api) as everybody:
        # One desk for all trees.
        everybody.worker = MINTER.header("district_operator", XIANDONG[:6], subject=uuid4())
        everybody.colleague = MINTER.header("district_operator", XIANDONG[:6], subject=uuid4())
        yield Stage(everybody)


@pytest.mark.parametrize(
    "situation",
    [one for one in SITUATIONS if any(RACES[one, pair] for pair in pairs_of(one))],
    ids=lambda one: "-".join(filter(None, one)),
)
async def test_two_at_once_are_as_one_after_the_other(stage: Stage, situation: Situation) -> None:
    races = [deepcopy(race) for pair in pairs_of(situation) for race in RACES[situation, pair]]
    wishes = await stage.submitted(len(races))
    room = asyncio.Semaphore(AT_ONCE)

    async def run(race: Race, wish: dict[str, Any]) -> None:
        async with room:
            await stage.run(race, wish)

    await asyncio.gather(*map(run, races, wishes))
    found = await look(stage.api)
    wrong = [f"{race}: {why}" for race in races if (why := judge(race, found))]
    assert not wrong, "\n".join(wrong)
    await counters_agree(stage.api)


@dataclass
class Found:
    """What the database says of all wishes afterwards."""

    wishes: dict[str, Any]
    events: dict[str, list[tuple[int, str]]]


async def look(api: Api) -> Found:
    events = defaultdict[str, list[tuple[int, str]]](list)
    for row in await api.db.fetch(OUTBOX):
        version = int(dict(json.loads(row["headers"]))["ce_aggregateversion"])
        events[row["key"]].append((version, type_of(row)))
    return Found({str(row["id"]): row for row in await api.db.fetch(NOW)}, events)


def judge(race: Race, found: Found) -> str | None:
    """Why it is none of the two orders; None: it is one of them."""
    told = found.events[race.wish_id]
    if [version for version, _ in told] != list(range(1, len(told) + 1)):
        return f"versions {told}"
    for answer in race.answers:
        if answer.is_error:
            slug = answer.json()["type"].removeprefix("/problems/")
            if answer.status_code not in LOST or slug not in REFUSALS:
                return f"refused by {answer.status_code} {slug}"
    types = [type_ for _, type_ in told][len(race.before) :]
    row = found.wishes.get(race.wish_id)
    seen = (row["state"], row["held"], row["queue"], row["version"]) if row else None
    expected: list[Any] = []
    for model, done in race.serial():
        held = None if model.held is ClaimState.RELEASED else model.held
        after = (model.state, held, model.queue, len(told))
        if not row and model.state is WishState.WITHDRAWN and race.situation[0] is WishState.DRAFT:
            after = None
        # Nobody is told what time has brought about.
        answered = [
            is_done or answer.status_code == 204
            for is_done, answer in zip(done, race.answers, strict=True)
        ]
        expected.append((model.events, after, [answer.is_success for answer in race.answers]))
        if (types, seen, [a.is_success for a in race.answers]) == (model.events, after, answered):
            return None
    return f"{types} {seen}, not {expected}"


async def counters_agree(api: Api) -> None:
    assert await api.db.fetch(TREES) == []
    assert await api.db.fetch(TOO_LIVE) == []
    assert await api.db.fetch(KEPT) == [], "refusals that were stored"
    counts = (await api.get(f"queue/counts?area={XIANDONG[:6]}", api.worker)).json()["queues"]
    counted = {row["queue"]: row["wishes"] for row in await api.db.fetch(QUEUES)}
    assert {name: number for name, number in counts.items() if number} == counted
