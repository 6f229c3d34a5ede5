"""What everybody must have been credited, worked out again from the clients' record.

Written from docs/decisions/0003 and 0009, not from the service: a wish is worth the base points of
the category that it has when it is fulfilled, shared two to one between who leads and who helps then
(largest remainder; then the heavier, then the smaller id), one point for each whole hour that
somebody gave, their minutes, and the value of the gifts they brought, also of those who left or gave
the wish back. A reopened fulfilment is taken back whole.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from proof.check import Check, verdict
from proof.helping import Fulfilment, Story, stories_of
from proof.history import Event, History

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


def worth(fulfilment: Fulfilment) -> dict[str, Share]:
    """What one fulfilment gives to whom; who gets nothing is left out."""
    found: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    weights = dict.fromkeys(fulfilment.helpers, HELPER) | {fulfilment.lead: LEAD}
    for person, points in split(BASE[fulfilment.category], weights).items():
        found[person][0] += points
    for person, minutes in fulfilment.given.minutes.items():
        found[person][0] += minutes // MINUTES_PER_POINT
        found[person][1] += minutes
    for giver, fen in fulfilment.given.gifts:
        found[giver][2] += fen
    return {
        person: (points, minutes, fen)
        for person, (points, minutes, fen) in found.items()
        if points or minutes or fen
    }


def lives_of(history: History) -> dict[str, Life]:
    """Every wish of the record."""
    return {wish: _life(story) for wish, story in stories_of(history).items()}


def _life(story: Story) -> Life:
    movements: list[Movement] = []
    minutes: dict[str, int] = {}
    for turn in story.turns:
        if turn is not None:
            movements.append(Movement(1, worth(turn)))
            # Also who gave a part and has left, or given it back, since.
            minutes = dict.fromkeys([turn.lead, *turn.helpers], 0) | dict(turn.given.minutes)
        elif movements:
            movements.append(Movement(-1, movements[-1].shares))
            minutes = {}
    return Life(tuple(m for m in movements if m.shares), minutes)


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
