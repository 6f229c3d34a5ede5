"""One winner per wish, always: by the events, by the tables, and by what the clients were told.

And no card on the tree whose person has not agreed to it.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from proof.check import Check, verdict
from proof.history import Command, History
from proof.record import Act
from proof.walk import FREE, GONE, SHELF, Walk, walked

HOLDS: frozenset[Act] = frozenset(
    {
        "contact",
        "join",
        "join_unit",
        "leave",
        "ask_time",
        "decide_time",
        "propose",
        "visit",
        "message",
        "deliver_part",
        "deliver",
        "confirm",
        "reopen",
    }
)
"""Acts that only succeed on a claim that is in force."""
OVER = frozenset({"fulfilled", "closed", "withdrawn", "referred", FREE, SHELF})
UNDER_WAY = frozenset({"live", "contacted", "delivered"})
FOR_EVER = float("inf")


def checks(history: History) -> list[Check]:
    walks = {wish: walked(events) for wish, events in history.by_wish.items()}
    return [
        one_winner(walks, history),
        tables_as_told(walks, history),
        cards_as_agreed(walks, history),
        no_claim_on_fulfilled(history),
        never_overlapping(history),
    ]


def one_winner(walks: Mapping[str, Walk], history: History) -> Check:
    claims = history.named("WishClaimed")
    found = [f"{wish}: {wrong}" for wish, walk in walks.items() for wrong in walk.wrong]
    return verdict(
        "一个心愿，任何时候只在一个人手上",
        "One winner per wish, always, and no life goes an impossible way",
        len(claims),
        found,
    )


def tables_as_told(walks: Mapping[str, Walk], history: History) -> Check:
    """The state of every wish and of every claim is the one that its events lead to."""
    wishes = {str(row["id"]): str(row["state"]) for row in history.facts("wishes")}
    claims = {
        (str(row["wish_id"]), str(row["id"])): row["state"] for row in history.facts("claims")
    }
    states = {wish: walk.state for wish, walk in walks.items() if walk.state != GONE}
    expected: dict[tuple[str, str], str] = {}
    for wish, walk in walks.items():
        expected |= {(wish, claim): "released" for claim in walk.released}
        if walk.holder:
            expected[wish, walk.holder] = walk.claim
    found = [
        f"wish {wish}: {wishes.get(wish)} in the table, {states.get(wish)} told"
        for wish in sorted(wishes.keys() | states.keys())
        if wishes.get(wish) != states.get(wish)
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


def cards_as_agreed(walks: Mapping[str, Walk], history: History) -> Check:
    """What hangs may be shown, and the ledger of consents holds every word once, the last one last."""
    found: list[str] = []
    for row in history.facts("wishes"):
        walk = walks.get(str(row["id"]), Walk())
        if row["hanging"] and not (walk.card.may_hang and walk.card.said.get("publish")):
            found.append(f"wish {row['id']} hangs, and its person has not agreed to that")
        if row["state"] == FREE and not row["hanging"]:
            found.append(f"wish {row['id']} waits for somebody, and nobody can see it")
    ledger = {
        (str(row["wish_id"]), str(row["purpose"])): (int(row["lines"]), bool(row["given"]))
        for row in history.facts("consents")
    }
    told = {
        (wish, purpose): (walk.card.lines[purpose], given)
        for wish, walk in walks.items()
        for purpose, given in walk.card.said.items()
    }
    found += [
        f"wish {wish}, consent to {purpose}: {ledger.get((wish, purpose))} in the ledger, "
        f"{told.get((wish, purpose))} told (how often, and the last word)"
        for wish, purpose in sorted(ledger.keys() | told.keys())
        if ledger.get((wish, purpose)) != told.get((wish, purpose))
    ]
    return verdict(
        "没有同意的卡片不在树上，每次同意都记着",
        "No card hangs without its person's yes, and every consent is in the ledger once",
        len(ledger),
        found,
    )


def no_claim_on_fulfilled(history: History) -> Check:
    rows = history.facts("claims")
    found = [
        f"claim {row['id']} is {row['state']} on the {row['wish_state']} wish {row['wish_id']}"
        for row in rows
        if row["wish_state"] in OVER and row["state"] in UNDER_WAY
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
    seen: dict[str, float] = {}
    for command in history.commands.values():
        claim, called = command.first.claim, command.first.called
        if gives_back(command) and command.outcome != "refused":
            given_back[claim] = min(given_back.get(claim, FOR_EVER), called)
        elif command.act in HOLDS and command.acknowledged:
            seen[claim] = max(seen.get(claim, 0.0), command.acknowledged.called)
    for command in history.commands.values():
        if command.act == "claim" and command.acknowledged:
            claim = str(command.acknowledged.answer.get("id", command.name))
            start, end = command.acknowledged.returned, given_back.get(claim, FOR_EVER)
            if claim in history.ended_by_time:
                # Nobody was told when; for certain it was held when somebody could last act on it.
                end = min(end, max(start, seen.get(claim, start)))
            yield Hold(command.first.wish, claim, start, end)


def gives_back(command: Command) -> bool:
    """Whether it frees the wish for others. Who withdraws it frees it for nobody."""
    no = command.act == "answer_change" and command.first.asked.get("answer") == "no"
    return command.act == "release" or no
