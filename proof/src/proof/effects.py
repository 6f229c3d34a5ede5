"""Commands beside the events they caused: exactly once, at most once, never, never without one."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from proof.check import Check, verdict
from proof.helping import Given, given_of, stories_of
from proof.history import MAKES_A_KEY, OWN, Command, Event, History
from proof.record import UNSEEN, Attempt

PASSING = frozenset({401, 408, 425, 429})
"""Refusals by the door: they say nothing of the command."""
AT_WORK = "same-request-at-work"
ACTORS = (
    "verified_by",
    "posted_by",
    "returned_by",
    "referred_by",
    "sent_by",
    "opened_by",
    "closed_by",
    "claimed_by",
    "volunteer_id",
    "decided_by",
    "called_by",
    "answered_by",
    "joined_by",
)
"""Fields of an event that name who acted."""


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
    fulfilled = [c for c in done if c.effect.main == "WishFulfilled"]
    found = [] if fulfilled else ["not one wish was confirmed: there is nothing to judge"]
    return verdict("确实有人办了事", "The load was real", len(done), found)


def acknowledged_once(history: History) -> Check:
    commands = [c for c in history.commands.values() if c.outcome == "done"]
    found = [_wrong(c, history) for c in commands if not _as_it_must(c, history)]
    return verdict(
        "答应了的，每件恰好发生一次",
        "Every acknowledged command's effect exists exactly once",
        len(commands),
        found,
    )


def unanswered_at_most_once(history: History) -> Check:
    commands = [c for c in history.commands.values() if c.outcome == "unknown"]
    found = [
        _wrong(c, history) for c in commands if _caused(c, history) and not _as_it_must(c, history)
    ]
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
    """What is on any topic follows from a command of the record, from before the load, or from time."""
    before = history.evidence.opening
    known = history.opening_correlations | {e.correlation for e in history.events if e.by_time}
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
    given = {
        name: total
        for story in stories_of(history).values()
        for name, total in story.delivered.items()
    }
    found = [
        f"{command.name} {command.act}: {difference}"
        for command, event in known
        for difference in _differences(command, event, given, history)
    ]
    return verdict("说的就是办的", "An event says what its command asked", len(known), found)


def one_answer(history: History) -> Check:
    """One key, one answer: a repeat is told the same, and after a good answer nothing else."""
    commands = (c for c in history.commands.values() if c.act not in UNSEEN)
    repeated = [c for c in commands if len(c.attempts) > 1]
    found = [said for command in repeated for said in _contradictions(command)]
    return verdict(
        "同一个编号，同一个答复",
        "Every answer under one idempotency key is the same",
        len(repeated),
        found,
    )


def _caused(command: Command, history: History) -> list[str]:
    return [event.name for event in history.caused_by(command.name)]


def _as_it_must(command: Command, history: History) -> bool:
    return command.effect.is_exactly(_caused(command, history))


def _wrong(command: Command, history: History) -> str:
    caused = Counter(_caused(command, history))
    there = ", ".join(f"{times} x {name}" for name, times in sorted(caused.items())) or "nothing"
    return f"{command.name} {command.act} ({command.outcome}): {command.effect}, found {there}"


def _differences(
    command: Command, event: Event, given: Mapping[str, Given], history: History
) -> Iterator[str]:
    first, data = command.first, event.data
    for name, wanted, got in _pairs(command, event):
        if wanted and wanted != got:
            yield f"{name} {got}, asked {wanted}"
    for name, wanted in first.asked.get("says", {}).items():
        if data.get(name) != wanted:
            yield f"{name} {data.get(name)}, asked {wanted}"
    for name in ACTORS:
        if data.get(name) and str(data[name]) != first.client:
            yield f"{name} {data[name]}, asked by {first.client}"
    if command.act in ("deliver", "deliver_part"):
        # What arrived in parts before counts.
        wanted = given.get(command.name) or given_of(first.asked)
        yield from _of_gifts(wanted, given_of(data))
    if command.act in ("claim", "invite"):
        yield from _of_invitations(command, history)


def _pairs(command: Command, event: Event) -> Iterator[tuple[str, str, str]]:
    """(what, as the client knows it, as the event has it); "" where the client can't know."""
    first, answer = command.first, command.acknowledged.answer if command.acknowledged else {}
    data: dict[str, Any] = event.data
    own_id = str(answer.get("id", ""))
    yield "key", own_id if command.act in MAKES_A_KEY else first.wish, event.key
    if "wish_id" in data:
        yield "wish", event.key, str(data["wish_id"])
    if command.act in OWN:
        yield "id", own_id, str(data.get(OWN[command.act], ""))
    if command.act != "claim" and "claim_id" in data:
        yield "claim", first.claim, str(data["claim_id"] or "")
    if command.act in ("submit", "hand_in", "edit"):
        yield "category", str(first.asked.get("category", "")), str(data.get("category", ""))
    if command.act == "follow_up":
        yield "follows", str(first.asked.get("follows", "")), str(data.get("follows_wish_id", ""))
    for name in ("left", "delivered_by"):
        if name in data:
            yield name, str(first.asked.get("giver", first.client)), str(data[name]["id"])
    if event.name == "WishReopened":
        was = "delivered" if command.act == "confirm" else "fulfilled"
        yield "was", was, str(data.get("was", ""))


def _of_gifts(wanted: Given, got: Given) -> Iterator[str]:
    if Counter(wanted.minutes) != Counter(got.minutes):
        yield f"minutes {got.minutes}, asked {wanted.minutes}"
    if Counter(wanted.gifts) != Counter(got.gifts):
        yield f"gifts {got.gifts}, asked {wanted.gifts}"


def _of_invitations(command: Command, history: History) -> Iterator[str]:
    """Each that was asked for; a yes to the one that the claim named, and to this claim."""
    asked = command.first.asked
    for event in history.caused_by(command.name):
        data = event.data
        if event.name == "InvitationAnswered" and (data["invitation_id"], data["claim_id"]) != (
            asked.get("invitation"),
            history.claim_of(command),
        ):
            yield f"a yes to {data['invitation_id']}, asked {asked.get('invitation')}"
    if command.act == "invite":
        sent = [e.data["invitation_id"] for e in history.caused_by(command.name)]
        if len(set(sent)) != len(sent):
            yield "one invitation twice"


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
