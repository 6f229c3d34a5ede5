"""Commands beside the events they caused: exactly once, at most once, never, never without one."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from proof.check import Check, verdict
from proof.history import Command, Event, History
from proof.record import Attempt

PASSING = frozenset({401, 408, 425, 429})
"""Refusals by the door: they say nothing of the command."""
AT_WORK = "same-request-at-work"


def checks(history: History) -> list[Check]:
    return [
        was_loaded(history),
        acknowledged_once(history),
        unanswered_at_most_once(history),
        refused_never(history),
        never_without_command(history),
        says_what_was_asked(history),
        one_answer(history),
    ]


def was_loaded(history: History) -> Check:
    """Silence keeps every other promise: a campaign in which nothing happened proves nothing."""
    done = [c for c in history.commands.values() if c.outcome == "done"]
    fulfilled = [c for c in done if c.causes == "WishFulfilled"]
    found = [] if fulfilled else ["not one wish was confirmed: there is nothing to judge"]
    return verdict("确实有人办了事", "The load was real", len(done), found)


def acknowledged_once(history: History) -> Check:
    commands = [c for c in history.commands.values() if c.outcome == "done"]
    found = [_wrong(c, history) for c in commands if _caused(c, history) != [c.causes]]
    return verdict(
        "答应了的，每件恰好发生一次",
        "Every acknowledged command's effect exists exactly once",
        len(commands),
        found,
    )


def unanswered_at_most_once(history: History) -> Check:
    commands = [c for c in history.commands.values() if c.outcome == "unknown"]
    found = [_wrong(c, history) for c in commands if _caused(c, history) not in ([], [c.causes])]
    return verdict(
        "没听到回答的，至多发生一次",
        "A command without an answer had its effect once or not at all",
        len(commands),
        found,
    )


def refused_never(history: History) -> Check:
    commands = [c for c in history.commands.values() if c.outcome == "refused"]
    found = [_wrong(c, history) for c in commands if _caused(c, history)]
    return verdict(
        "被拒绝的，什么都没有发生", "A refused command changed nothing", len(commands), found
    )


def never_without_command(history: History) -> Check:
    """What is on any topic follows from a command of the record, or from before the load."""
    before, known = history.evidence.opening, history.opening_correlations
    found = [
        f"{event.name} {event.id} of {event.key}: nobody asked for it ({event.correlation})"
        for event in history.events
        if event.id not in before
        and event.correlation not in history.commands
        and event.correlation not in known
    ]
    return verdict("没有无中生有的事", "No effect without a command", len(history.events), found)


def says_what_was_asked(history: History) -> Check:
    """The event is about the wish, the claim and the person of its command, with what they gave."""
    pairs = [(c, history.effect_of(c)) for c in history.commands.values()]
    known = [(command, event) for command, event in pairs if event is not None]
    found = [
        f"{command.name} {command.act}: {difference}"
        for command, event in known
        for difference in _differences(command, event)
    ]
    return verdict("说的就是办的", "An event says what its command asked", len(known), found)


def one_answer(history: History) -> Check:
    """One key, one answer: a repeat is told the same, and after a good answer nothing else."""
    repeated = [c for c in history.commands.values() if len(c.attempts) > 1]
    found = [said for command in repeated for said in _contradictions(command)]
    return verdict(
        "同一个编号，同一个答复",
        "Every answer under one idempotency key is the same",
        len(repeated),
        found,
    )


def _caused(command: Command, history: History) -> list[str]:
    return [event.name for event in history.caused_by(command.name)]


def _wrong(command: Command, history: History) -> str:
    caused = Counter(_caused(command, history))
    there = ", ".join(f"{times} x {name}" for name, times in sorted(caused.items())) or "nothing"
    return f"{command.name} {command.act} ({command.outcome}): {command.causes} x 1, found {there}"


def _differences(command: Command, event: Event) -> Iterator[str]:
    asked, data = command.first.asked, event.data
    for name, wanted, got in _pairs(command, event):
        if wanted and wanted != got:
            yield f"{name} {got}, asked {wanted}"
    if command.act == "deliver":
        if _services(asked) != _services(data):
            yield f"services {data.get('services')}, asked {asked.get('services')}"
        if _gifts(asked) != _gifts(data):
            yield f"gifts {data.get('gifts')}, asked {asked.get('gifts')}"


def _pairs(command: Command, event: Event) -> Iterator[tuple[str, str, str]]:
    """(what, as the client knows it, as the event has it); "" where the client can't know."""
    first, answer = command.first, command.acknowledged.answer if command.acknowledged else {}
    data: dict[str, Any] = event.data
    own_id = str(answer.get("id", ""))
    made_wish = command.act in ("submit", "follow_up")
    yield "wish", own_id if made_wish else first.wish, event.key
    yield "wish", event.key, str(data.get("wish_id", ""))
    if "claim_id" in data:
        claim = own_id if command.act == "claim" else first.claim
        yield "claim", claim, str(data["claim_id"])
    for name in ("verified_by", "posted_by", "returned_by", "claimed_by", "volunteer_id"):
        if name in data:
            yield name, first.client, str(data[name])
    if command.act == "submit":
        yield "category", str(first.asked.get("category", "")), str(data.get("category", ""))
    if command.act == "follow_up":
        yield "follows", str(first.asked.get("follows", "")), str(data.get("follows_wish_id", ""))
    if command.causes == "WishReopened":
        was = "delivered" if command.act == "confirm" else "fulfilled"
        yield "was", was, str(data.get("was", ""))


def _services(data: dict[str, Any]) -> Counter[str]:
    minutes: Counter[str] = Counter()
    for service in data.get("services") or ():
        minutes[str(service["volunteer_id"])] += int(service["minutes"])
    return minutes


def _gifts(data: dict[str, Any]) -> Counter[tuple[str, int]]:
    return Counter(
        (str(gift["giver"]["id"]), int(gift["value_fen"])) for gift in data.get("gifts") or ()
    )


def _contradictions(command: Command) -> Iterator[str]:
    first = command.acknowledged
    if first is None:
        return
    for attempt in command.attempts:
        if attempt.acknowledged and attempt.answer != first.answer:
            yield f"{command.name} {command.act}: {first.answer}, then {attempt.answer}"
        elif attempt.called > first.returned and _refused_by_the_domain(attempt):
            yield f"{command.name} {command.act}: done, then {attempt.status} {attempt.problem}"


def _refused_by_the_domain(attempt: Attempt) -> bool:
    status = attempt.status
    return (
        status is not None
        and 400 <= status < 500
        and status not in PASSING
        and attempt.problem != AT_WORK
    )
