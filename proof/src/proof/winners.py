"""One winner per wish, always: by the events, by the tables, and by what the clients were told."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from proof.check import Check, verdict
from proof.history import Event, History

FREE = "posted"
# Event → (states it may come from, state it leads to). Written from docs/wish-states.md.
MOVES: Mapping[str, tuple[frozenset[str], str]] = {
    "WishSubmitted": (frozenset({""}), "submitted"),
    "WishVerified": (frozenset({"submitted"}), "verified"),
    "WishReturned": (frozenset({"submitted", "verified"}), "returned"),
    "WishPosted": (frozenset({"verified"}), FREE),
    "WishWithdrawn": (frozenset({"submitted", "verified", FREE}), "withdrawn"),
    "WishClaimed": (frozenset({FREE}), "claimed"),
    "ClaimJoined": (frozenset({"claimed"}), "claimed"),
    "ClaimReleased": (frozenset({"claimed"}), FREE),
    "WishDelivered": (frozenset({"claimed"}), "delivered"),
    "WishFulfilled": (frozenset({"delivered"}), "fulfilled"),
    "WishReopened": (frozenset({"delivered", "fulfilled"}), "claimed"),
}
CLAIM_IN = {"claimed": "live", "delivered": "delivered", "fulfilled": "done"}
"""State of a wish → state of the claim that holds it."""


@dataclass(frozen=True)
class Told:
    """A wish as its events tell it."""

    state: str
    holder: str
    """The claim in force; "" while it is free."""
    released: frozenset[str]
    wrong: tuple[str, ...]


def checks(history: History) -> list[Check]:
    told = {wish: tell(events) for wish, events in history.by_wish.items()}
    return [
        one_winner(told, history),
        tables_as_told(told, history),
        no_claim_on_fulfilled(history),
        never_overlapping(history),
    ]


def tell(events: Sequence[Event]) -> Told:
    """Walk one wish's life by version."""
    state, holder = "", ""
    released: set[str] = set()
    wrong: list[str] = []
    for event in events:
        come_from, leads_to = MOVES.get(event.name, (frozenset[str](), state))
        claim = str(event.data.get("claim_id", ""))
        if state not in come_from:
            wrong.append(f"{event.name} v{event.version} while {state or 'nothing was there'}")
        if event.name == "WishClaimed":
            if holder:
                wrong.append(f"v{event.version}: {claim} wins while {holder} holds it")
            holder = claim
        elif claim and claim != holder:
            wrong.append(
                f"{event.name} v{event.version} of {claim} while {holder or 'nobody'} holds"
            )
        if event.name == "ClaimReleased":
            released.add(claim)
            holder = ""
        state = leads_to
    return Told(state, holder, frozenset(released), tuple(wrong))


def one_winner(told: Mapping[str, Told], history: History) -> Check:
    claims = history.named("WishClaimed")
    found = [f"{wish}: {wrong}" for wish, life in told.items() for wrong in life.wrong]
    return verdict(
        "一个心愿，任何时候只在一个人手上",
        "One winner per wish, always, and no life goes an impossible way",
        len(claims),
        found,
    )


def tables_as_told(told: Mapping[str, Told], history: History) -> Check:
    """The state of every wish and of every claim is the one that its events lead to."""
    wishes = {str(row["id"]): str(row["state"]) for row in history.facts("wishes")}
    claims = {
        (str(row["wish_id"]), str(row["id"])): row["state"] for row in history.facts("claims")
    }
    expected: dict[tuple[str, str], str] = {}
    for wish, life in told.items():
        expected |= {(wish, claim): "released" for claim in life.released}
        if life.holder:
            expected[wish, life.holder] = CLAIM_IN.get(life.state, f"held while {life.state}")
    found = [
        f"wish {wish}: {wishes.get(wish)} in the table, {told[wish].state if wish in told else None} told"
        for wish in sorted(wishes.keys() | told.keys())
        if wishes.get(wish) != (told[wish].state if wish in told else None)
    ]
    found += [
        f"claim {key[1]} of {key[0]}: {claims.get(key)} in the table, {expected.get(key)} told"
        for key in sorted(claims.keys() | expected.keys())
        if claims.get(key) != expected.get(key)
    ]
    return verdict(
        "表里的状态就是事件说的状态",
        "Every wish and claim is in the state that its events lead to",
        len(wishes) + len(claims),
        found,
    )


def no_claim_on_fulfilled(history: History) -> Check:
    rows = history.facts("claims")
    found = [
        f"claim {row['id']} is {row['state']} on the fulfilled wish {row['wish_id']}"
        for row in rows
        if row["wish_state"] == "fulfilled" and row["state"] in ("live", "delivered")
    ]
    held: defaultdict[str, list[str]] = defaultdict(list)
    for row in rows:
        if row["state"] != "released":
            held[str(row["wish_id"])].append(str(row["id"]))
    found += [
        f"wish {wish} is held by {', '.join(ids)}" for wish, ids in held.items() if len(ids) > 1
    ]
    return verdict(
        "已实现的心愿上没有还在办的认领",
        "No claim is live on a fulfilled wish, and no wish has two",
        len(rows),
        found,
    )


@dataclass(frozen=True)
class Hold:
    """When a claim was held for certain: from the answer to the first word of giving it back."""

    wish: str
    claim: str
    start: float
    end: float


def never_overlapping(history: History) -> Check:
    """From the clients' record alone."""
    holds = list(_holds(history))
    by_wish: defaultdict[str, list[Hold]] = defaultdict(list)
    for hold in holds:
        by_wish[hold.wish].append(hold)
    found: list[str] = []
    for wish, of_wish in by_wish.items():
        last: Hold | None = None
        for hold in sorted(of_wish, key=lambda h: h.start):
            if last and hold.start < last.end:
                found.append(f"wish {wish}: {last.claim} and {hold.claim} were both acknowledged")
            last = max((last, hold), key=lambda h: h.end) if last else hold
    return verdict(
        "按客户端的记录，两次认领从不重叠",
        "Acknowledged claims of one wish never overlap",
        len(holds),
        found,
    )


def _holds(history: History) -> Iterator[Hold]:
    given_back: dict[str, float] = {}
    for command in history.commands.values():
        if command.act == "release" and command.outcome != "refused":
            claim = command.first.claim
            given_back[claim] = min(given_back.get(claim, float("inf")), command.first.called)
    for command in history.commands.values():
        if command.act == "claim" and command.acknowledged:
            claim = str(command.acknowledged.answer.get("id", command.name))
            end = given_back.get(claim, float("inf"))
            yield Hold(command.first.wish, claim, command.acknowledged.returned, end)
