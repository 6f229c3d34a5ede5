"""Work 5: many want one wish, and many want many wishes, beside a plain `select … for update`."""

import json
import time
from uuid import UUID, uuid4

from chassis.ids import uuid7

from bench.load import Ask, Load, Plan
from bench.outcome import Contestant, Figure, Goal, Outcome, Setting
from bench.place import Place, place

CONNECTIONS = 32
THROUGHPUT, LOSERS_P99 = 1.0, 50.0
COUNTED = 50
COUNTING = 60.0
"""Seconds."""
WON, LOST = 201, 409
COMMUNITIES = 100
CATEGORIES = ("goods", "service", "companionship", "skills")
REASON = "both fill one core of Python; ours checks a token, a key and the rules and tells an event in it"
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
# Wishes as they are after publication, beneficiaries without anything in them: nobody reads them here.
SEED = """
with wishes as (
    select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::smallint[])
        as w (id, card_no, area, category, leaf)
), people as (
    insert into wishes.beneficiary (id, area, name, address, created_at, index_rule)
    select id, area, '', '', now(), 2 from wishes
), told as (
    insert into wishes.wish_history (wish_id, version, event_id, event, at)
    select id, 3, id, 'WishPosted', now() from wishes
), bare as (
    insert into bare.wish (id, card_no, code_hash, area, category, channel, state, version, words,
        effort, hanging, leaf, title, submitted_at, posted_at)
    select id, card_no, '', area, category, 'desk', 'posted', 3, '', 'one_hour', true, leaf, '',
        now(), now() from wishes
)
insert into wishes.wish (id, card_no, code_hash, area, category, channel, state, version,
    beneficiary_id, words, effort, hanging, leaf, title, submitted_at, posted_at, rule_id)
select w.id, card_no, '', area, w.category, 'desk', 'posted', 3, w.id, '', 'one_hour', true, leaf, '',
    now(), now(), r.id from wishes w join wishes.category_rule r
    on r.category = w.category and r.district = '610102'
"""
# A flood gives some people more at once than the three that the terms allow by themselves.
RULES = """
insert into wishes.category_rule (id, district, category, version, valid_from, terms, set_at)
select gen_random_uuid(), '610102', category, 1, '2000-01-01', '{"live_claims": 12}', now()
from unnest($1::text[]) as c (category)
"""
# What was claimed before is done: nobody's hands are full.
SETTLE = """
with bare as (update bare.claim set state = 'done' where state = 'live')
update wishes.claim set state = 'done' where state = 'live'
"""
UNCOUNTED = "select from wishes.wish_step union all select from wishes.standing_due limit $1"
GIVERS = """
with added as (
    insert into bare.giver (id, kind, active) select id, 'volunteer', true from unnest($1::uuid[]) as g (id)
)
insert into wishes.giver (id, kind, active) select id, 'volunteer', true from unnest($1::uuid[]) as g (id)
"""


def run(setting: Setting) -> Outcome:
    """Each claimer has an account and a token of their own, and is known as somebody who may claim."""
    claimers, distinct = (40, 60) if setting.quick else (1_000, 10_000)
    with place(setting.folder) as at:
        scene = _Scene(at, claimers)
        rushes: dict[str, list[Load]] = {"ours": [], "bare": []}
        floods: dict[str, list[Load]] = {"ours": [], "bare": []}
        for name in rushes:
            _all(WON, scene.send(name, scene.each(name, claimers // 2)))
        for turn in range(setting.rounds):
            for name in ("ours", "bare") if turn % 2 == 0 else ("bare", "ours"):
                rush = scene.send(name, scene.rush(name))
                scene.settle()
                flood = scene.send(name, scene.each(name, distinct // setting.rounds))
                _all(WON, flood)
                rushes[name].append(rush)
                floods[name].append(flood)
                setting.say(
                    f"{name}: one wish {rush.statuses.count(WON)} of {len(rush.statuses)} won,"
                    f" losers p99 {rush.percentile(0.99, LOST):.1f} ms,"
                    f" {flood.per_second:,.0f} distinct claims/s"
                )
        burst = {name: scene.send(name, scene.rush(name), connections=claimers) for name in rushes}
        counts = {name: scene.count(name) for name in rushes}
    return _outcome(rushes, floods, burst, counts)


class _Scene:
    """Wishes on the trees and people who want to help."""

    def __init__(self, at: Place, claimers: int) -> None:
        self._at = at
        self._people = [uuid4() for _ in range(claimers)]
        self._hung = 0
        self._tokens = {
            who: at.minter.token("volunteer", [{"role": "volunteer", "area": _area(0)}], who)
            for who in self._people
        }
        at.sql(GIVERS, self._people)
        at.sql(RULES, CATEGORIES)

    def rush(self, name: str) -> list[Ask]:
        """Everybody wants the same wish."""
        wish = self._seed(1)[0]
        return [self._ask(name, wish, who) for who in self._people]

    def each(self, name: str, count: int) -> list[Ask]:
        """So many wishes, one claim for each."""
        people = self._people
        return [
            self._ask(name, wish, people[number % len(people)])
            for number, wish in enumerate(self._seed(count))
        ]

    def settle(self) -> None:
        """Everybody may claim again."""
        self._at.sql(SETTLE)

    def send(self, name: str, asks: list[Ask], *, connections: int = CONNECTIONS) -> Load:
        port = self._at.wishes_port if name == "ours" else self._at.bare_port
        return self._at.send(Plan(port, connections, asks))

    def count(self, name: str) -> dict[str, float]:
        """Statements and round trips of a claim that wins and of one that comes too late."""
        self.settle()
        with self._at.counted("wishes" if name == "ours" else "bare") as (port, wire):
            self._at.send(Plan(port, CONNECTIONS, self.each(name, 10 * CONNECTIONS)))
            taken = self.each(name, 1)
            self._at.send(Plan(port, 1, taken))
            wish = UUID(taken[0].path.split("/")[3])
            found: dict[str, float] = {}
            for what in ("win", "late"):
                asks = self.each(name, COUNTED)
                if what == "late":
                    asks = [self._ask(name, wish, who) for who in self._people[:COUNTED]]
                before = wire.statements, wire.round_trips
                self._at.send(Plan(port, 4, asks))
                found[f"{what}: statements"] = (wire.statements - before[0]) / len(asks)
                found[f"{what}: round trips"] = (wire.round_trips - before[1]) / len(asks)
            return found

    def _ask(self, name: str, wish: UUID, who: UUID) -> Ask:
        path = f"/v1/wishes/{wish}/claims"
        if name == "bare":
            return Ask(path, json.dumps({"volunteer_id": str(who)}))
        return Ask(path, "{}", self._tokens[who], str(uuid4()))

    def _seed(self, count: int) -> list[UUID]:
        """Spread over the communities: on one tree there is room for 320."""
        ids = [uuid7() for _ in range(count)]
        numbers = range(self._hung, self._hung + count)
        self._hung += count
        places = [_area(number) for number in numbers]
        leaves = [number // COMMUNITIES for number in numbers]
        kinds = [CATEGORIES[leaf % len(CATEGORIES)] for leaf in leaves]
        self._at.sql(SEED, ids, [_card_no(number) for number in numbers], places, kinds, leaves)
        # Cards hang for days before they are claimed: who they belong to has been counted by then.
        until = time.monotonic() + COUNTING
        while self._at.sql(UNCOUNTED, 1):
            if time.monotonic() > until:
                raise RuntimeError("the people of the wishes are not counted")
            time.sleep(0.1)
        return ids


def _area(number: int) -> str:
    return f"6101020{10 + number % COMMUNITIES // 10:02}{1 + number % 10:03}"


def _card_no(number: int) -> str:
    text = ""
    for _ in range(4):
        number, digit = divmod(number, 31)
        text += ALPHABET[digit]
    return text


def _all(status: int, load: Load) -> None:
    if set(load.statuses) != {status}:
        raise RuntimeError(f"not all {status}: {sorted(set(load.statuses))}")


def _outcome(
    rushes: dict[str, list[Load]],
    floods: dict[str, list[Load]],
    burst: dict[str, Load],
    counts: dict[str, dict[str, float]],
) -> Outcome:
    names = {"ours": "wishes", "bare": "plain select … for update"}
    found = {
        name: Contestant(
            names[name],
            "ours" if name == "ours" else "peer",
            (
                Figure(
                    "winners",
                    "of one wish",
                    tuple(float(r.statuses.count(WON)) for r in rushes[name]),
                ),
                Figure("one wish", "answers/s", tuple(r.per_second for r in rushes[name])),
                Figure("losers p50", "ms", tuple(r.percentile(0.5, LOST) for r in rushes[name])),
                Figure("losers p99", "ms", tuple(r.percentile(0.99, LOST) for r in rushes[name])),
                Figure("distinct claims", "/s", tuple(f.per_second for f in floods[name])),
                Figure("distinct p99", "ms", tuple(f.percentile(0.99) for f in floods[name])),
                Figure("all at once: last answer", "ms", (max(burst[name].latencies),)),
                *(Figure(what, "per claim", (value,)) for what, value in counts[name].items()),
            ),
        )
        for name in rushes
    }
    ours, bare = found["ours"], found["bare"]
    winners = max(r.statuses.count(WON) for r in (*rushes["ours"], burst["ours"]))
    share = ours.figure("distinct claims").value / bare.figure("distinct claims").value
    return Outcome(
        "claims",
        "claims: 1,000 claimers of one wish; 10,000 distinct",
        (ours, bare),
        (
            Goal("winners of one wish", winners, "<=", 1),
            Goal("distinct claims beside select … for update", share, ">=", THROUGHPUT, REASON),
            Goal("losers answered, p99 in ms", ours.figure("losers p99").value, "<=", LOSERS_P99),
        ),
        (
            f"{CONNECTIONS} connections, closed loop, each request another claimer with a token of"
            " their own.",
            "All at once: as many connections as claimers, all sent in the same moment; the last"
            " answer comes when all have been worked through.",
        ),
    )
