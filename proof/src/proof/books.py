"""What everybody must have been credited, worked out again from the clients' record.

Written from docs/decisions/0003 and 0009, not from the service: a wish is worth its category's base
points, shared two to one between who claimed and who helped (largest remainder; then the heavier,
then the smaller id), one point for each whole hour that somebody gave, their minutes, and the value
of the gifts they brought. A reopened fulfilment is taken back whole.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from proof.check import Check, verdict
from proof.history import Command, Event, History

BASE = {"goods": 3, "service": 2, "companionship": 2, "skills": 2}
LEAD, HELPER = 2, 1
MINUTES_PER_POINT = 60
BOOKS = ("points", "hours", "gifts")
Share = tuple[int, int, int]
"""Points, minutes, fen."""
Shares = Mapping[str, Share]
"""Holder → what they get of one fulfilment."""


@dataclass(frozen=True)
class Movement:
    """One fulfilment, or one taken back (`sign` -1)."""

    sign: int
    shares: Shares


@dataclass(frozen=True)
class Life:
    """What the record says of one wish."""

    movements: tuple[Movement, ...]
    minutes: Mapping[str, int]
    """Volunteer → minutes of the fulfilment in force; empty when there is none."""


def checks(history: History) -> list[Check]:
    lives = lives_of(history)
    return [
        sums_to_zero(history),
        nobody_below_zero(history),
        balances_equal_entries(history),
        credits_are_told(lives, history),
        entries_as_recomputed(lives, history),
        posted_once(lives, history),
        records_as_recomputed(lives, history),
    ]


def split(total: int, weights: Mapping[str, int]) -> dict[str, int]:
    """Largest remainder."""
    whole = sum(weights.values())
    if not whole:
        return {}
    exact = {person: Fraction(total * weight, whole) for person, weight in weights.items()}
    shares = {person: int(share) for person, share in exact.items()}
    left = total - sum(shares.values())

    def turn(person: str) -> tuple[Fraction, int, str]:
        return shares[person] - exact[person], -weights[person], person

    for person in sorted(weights, key=turn)[:left]:
        shares[person] += 1
    return shares


def worth(
    category: str, claimant: str, helpers: Iterable[str], delivery: Mapping[str, Any]
) -> dict[str, Share]:
    """What one fulfilment gives to whom; who gets nothing is left out."""
    found: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    weights = dict.fromkeys(helpers, HELPER) | {claimant: LEAD}
    for person, points in split(BASE[category], weights).items():
        found[person][0] += points
    for person, minutes in _minutes(delivery).items():
        found[person][0] += minutes // MINUTES_PER_POINT
        found[person][1] += minutes
    for gift in delivery.get("gifts") or ():
        found[str(gift["giver"]["id"])][2] += int(gift["value_fen"])
    return {
        person: (points, minutes, fen)
        for person, (points, minutes, fen) in found.items()
        if points or minutes or fen
    }


def lives_of(history: History) -> dict[str, Life]:
    """Every wish of the record. Only where a client was told nothing, the topic says if it happened."""
    done = [command for command in history.commands.values() if history.took_effect(command)]
    categories = _categories(done, history)
    claimants = {history.claim_of(c): c.first.client for c in done if c.act == "claim"}
    helpers: defaultdict[str, list[Command]] = defaultdict(list)
    of_wish: defaultdict[str, list[Command]] = defaultdict(list)
    for command in sorted(done, key=lambda command: command.first.called):
        if command.act == "join":
            helpers[command.first.claim].append(command)
        elif command.act in ("deliver", "confirm", "reopen"):
            of_wish[command.first.wish].append(command)
    return {
        wish: _life(of_wish[wish], category, claimants, helpers)
        for wish, category in categories.items()
    }


def _life(
    commands: Iterable[Command],
    category: str,
    claimants: Mapping[str, str],
    helpers: Mapping[str, list[Command]],
) -> Life:
    movements: list[Movement] = []
    delivery: Mapping[str, Any] = {}
    minutes: dict[str, int] = {}
    for command in commands:
        claim = command.first.claim
        claimant = claimants.get(claim, "")
        team = [c.first.client for c in helpers.get(claim, ()) if _before(c, command)]
        if command.act == "deliver":
            delivery = command.first.asked
        elif command.causes == "WishFulfilled":
            shares = worth(category, claimant, team, delivery)
            movements.append(Movement(1, shares))
            minutes = dict.fromkeys([claimant, *team], 0) | _minutes(delivery)
        elif command.act == "reopen" and movements:
            movements.append(Movement(-1, movements[-1].shares))
            minutes = {}
    return Life(tuple(m for m in movements if m.shares), minutes)


def _before(first: Command, second: Command) -> bool:
    return first.first.called < second.first.called


def _minutes(delivery: Mapping[str, Any]) -> dict[str, int]:
    minutes: Counter[str] = Counter()
    for service in delivery.get("services") or ():
        minutes[str(service["volunteer_id"])] += int(service["minutes"])
    return dict(minutes)


def _categories(done: Iterable[Command], history: History) -> dict[str, str]:
    """Wish → category; a follow-up has that of the wish it follows."""
    own: dict[str, str] = {}
    follows: dict[str, str] = {}
    for command in done:
        if command.act == "submit":
            own[history.wish_of(command)] = str(command.first.asked["category"])
        elif command.act == "follow_up":
            follows[history.wish_of(command)] = str(command.first.asked["follows"])
    found = dict(own)
    for wish in follows:
        first, seen = wish, {wish}
        while first in follows and follows[first] not in seen:
            first = follows[first]
            seen.add(first)
        if first in own:
            found[wish] = own[first]
    return found


def sums_to_zero(history: History) -> Check:
    rows = history.facts("sums")
    found = [f"the {row['book']} book sums to {row['sum']}" for row in rows if row["sum"] != 0]
    return verdict("每本账的合计都是零", "Every book sums to zero", len(rows), found)


def nobody_below_zero(history: History) -> Check:
    rows = history.facts("negative")
    found = [f"{row['holder_id']} has {row['balance']} in {row['book']}" for row in rows]
    return verdict("谁的账都不为负", "No account is negative", _accounts(history), found)


def balances_equal_entries(history: History) -> Check:
    found = [
        f"{row['holder_id']}, {row['book']}: balance {row['balance']}, entries {row['entries']}"
        for row in history.facts("differences")
    ]
    return verdict("余额等于分录之和", "Balances equal entries", _accounts(history), found)


def _accounts(history: History) -> int:
    return len({(row["holder_id"], row["book"]) for row in history.facts("entries")})


Said = tuple[str, str, str, Share]
"""Wish, event name, holder, amounts."""


def credits_are_told(lives: Mapping[str, Life], history: History) -> Check:
    """PointsCredited and PointsReversed are exactly those that the record's fulfilments make."""
    expected: Counter[Said] = Counter()
    for wish, life in lives.items():
        for movement in life.movements:
            name = "PointsCredited" if movement.sign > 0 else "PointsReversed"
            expected.update((wish, name, who, share) for who, share in movement.shares.items())
    events = [
        event
        for event in history.named("PointsCredited", "PointsReversed")
        if event.data.get("wish_id") not in history.opening_wishes
    ]
    got = Counter(_said(event) for event in events)
    found = [*_compared(expected, got), *_without_source(events, history)]
    return verdict(
        "积分正好是按客户端记录算出来的",
        "Credits and reversals are those recomputed from the clients' record",
        sum(expected.values()),
        found,
    )


def _said(event: Event) -> Said:
    data = event.data
    share = (int(data["points"]), int(data["minutes"]), int(data["gift_value_fen"]))
    return str(data["wish_id"]), event.name, str(data["holder_id"]), share


def _compared(expected: Counter[Said], got: Counter[Said]) -> Iterator[str]:
    for said in sorted(expected.keys() | got.keys()):
        if expected[said] != got[said]:
            wish, name, holder, (points, minutes, fen) = said
            amounts = f"{points} points, {minutes} minutes, {fen} fen"
            times = f"{got[said]} times, must be {expected[said]}"
            yield f"{name} of {wish} to {holder} ({amounts}): {times}"


def _without_source(events: Iterable[Event], history: History) -> Iterator[str]:
    for event in events:
        source = history.by_id.get(str(event.data.get("source_event_id")))
        wanted = "WishFulfilled" if event.name == "PointsCredited" else "WishReopened"
        if source is None or source.name != wanted or source.key != event.data.get("wish_id"):
            yield f"{event.name} {event.id}: no {wanted} of its wish made it"


def entries_as_recomputed(lives: Mapping[str, Life], history: History) -> Check:
    """What is left in the books of every wish, and what the savings cards say of it."""
    expected = {(wish, who): share for wish, life in lives.items() for who, share in _net(life)}
    got: defaultdict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for row in history.facts("entries"):
        amounts = got[str(row["wish_id"]), str(row["holder_id"])]
        amounts[BOOKS.index(row["book"])] += int(row["amount"])
    saved = {
        (str(row["wish_id"]), str(row["volunteer_id"])): (row["points"], row["minutes"], row["fen"])
        for row in history.facts("savings")
    }
    books = {place: (amounts[0], amounts[1], amounts[2]) for place, amounts in got.items()}
    found = [
        f"wish {wish}, {who}: {source} say {there.get((wish, who), nothing)}, "
        f"must be {expected.get((wish, who), nothing)}"
        for source, there in (("the books", books), ("the savings cards", saved))
        for nothing in [(0, 0, 0)]
        for wish, who in sorted(expected.keys() | there.keys())
        if wish not in history.opening_wishes
        and there.get((wish, who), nothing) != expected.get((wish, who), nothing)
    ]
    return verdict(
        "账上的、积分卡上的，都等于重新算出来的",
        "Books and savings cards hold exactly what the record is worth",
        len(expected),
        found,
    )


def _net(life: Life) -> Iterator[tuple[str, Share]]:
    total: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for movement in life.movements:
        for who, share in movement.shares.items():
            total[who] = [a + movement.sign * b for a, b in zip(total[who], share, strict=True)]
    for who, (points, minutes, fen) in total.items():
        if points or minutes or fen:
            yield who, (points, minutes, fen)


def posted_once(lives: Mapping[str, Life], history: History) -> Check:
    """One posting for each fulfilment and one for each that was taken back, each made by its event."""
    rows = [r for r in history.facts("postings") if str(r["wish_id"]) not in history.opening_wishes]
    sources = Counter(str(row["source_event_id"]) for row in rows)
    taken_back = Counter(str(row["reverses"]) for row in rows if row["reverses"])
    found = [f"{source} was posted {n} times" for source, n in sources.items() if n > 1]
    found += [f"{name} was reversed {n} times" for name, n in taken_back.items() if n > 1]
    found += [f"{source}: no such event" for source in sources if source not in history.by_id]
    expected = {wish: len(life.movements) for wish, life in lives.items()}
    got = Counter(str(row["wish_id"]) for row in rows)
    found += [
        f"wish {wish}: {got[wish]} postings, must be {expected.get(wish, 0)}"
        for wish in sorted(expected.keys() | got.keys())
        if got[wish] != expected.get(wish, 0)
    ]
    return verdict(
        "每次实现、每次取回，各记账一次",
        "One posting for each fulfilment and for each one taken back",
        sum(expected.values()),
        found,
    )


def records_as_recomputed(lives: Mapping[str, Life], history: History) -> Check:
    """The activity cards: who took part in a fulfilled wish, with their minutes, once."""
    expected = Counter(
        (wish, who, minutes)
        for wish, life in lives.items()
        for who, minutes in life.minutes.items()
    )
    rows = [r for r in history.facts("records") if str(r["wish_id"]) not in history.opening_wishes]
    got = Counter((str(r["wish_id"]), str(r["volunteer_id"]), int(r["minutes"])) for r in rows)
    found = [
        f"wish {wish}, {who}, {minutes} minutes: {got[wish, who, minutes]} lines, "
        f"must be {expected[wish, who, minutes]}"
        for wish, who, minutes in sorted(expected.keys() | got.keys())
        if got[wish, who, minutes] != expected[wish, who, minutes]
    ]
    for row in rows:
        source = history.by_id.get(str(row["source_event_id"]))
        if source is None or source.name != "WishFulfilled" or source.key != str(row["wish_id"]):
            found.append(
                f"wish {row['wish_id']}: a line of no fulfilment ({row['source_event_id']})"
            )
    return verdict(
        "志愿者的活动卡等于重新算出来的",
        "Activity cards hold exactly who gave how many minutes",
        sum(expected.values()),
        found,
    )
