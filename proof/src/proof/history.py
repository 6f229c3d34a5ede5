"""The evidence put in order: commands with all their attempts, events without exact repeats.

Nothing of the project's own code reads the events here: headers and JSON, as they lie there.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Literal

from proof.causes import Effect, effect
from proof.evidence import Evidence, Row, Seen
from proof.record import Act, Attempt

WISH = "wishtree.wish.events.v1"
VOLUNTEER = "wishtree.volunteer.events.v1"
POINTS = "wishtree.points.events.v1"
NOTIFICATION = "wishtree.notification.events.v1"
READERS: dict[str, tuple[str, ...]] = {
    WISH: ("volunteers", "points", "notifications"),
    VOLUNTEER: ("wishes", "notifications"),
    POINTS: ("volunteers", "notifications"),
    NOTIFICATION: (),
}
"""Topic → the groups that read it."""
SERVER_ERROR = 500

TIMELY = frozenset(
    {
        "ClaimReminded",
        "ClaimLapsed",
        "ClaimEnded",
        "WishChanged",
        "WishEscalated",
        "WishOverdue",
        "WishClosed",
        "WishWithdrawn",
        "VisitOverdue",
        "ComplaintEscalated",
    }
)
"""What time alone may bring about: nobody asked for it, and it is the first of its correlation."""
OWN: dict[Act, str] = {
    "draft": "wish_id",
    "submit": "wish_id",
    "follow_up": "wish_id",
    "open_programme": "programme_id",
    "refer": "referral_id",
    "claim": "claim_id",
    "message": "message_id",
    "visit": "visit_id",
    "complain": "complaint_id",
    "file_request": "request_id",
}
"""Acts that make something of their own, whose id is in the answer, and its name in the event."""
MAKES_A_KEY: frozenset[Act] = frozenset({"draft", "submit", "follow_up", "open_programme"})

Outcome = Literal["done", "refused", "unknown"]


@dataclass(frozen=True)
class Event:
    """One message, read; `data` is its JSON."""

    id: str
    name: str
    topic: str
    partition: int
    offset: int
    key: str
    subject: str
    version: int
    correlation: str
    causation: str
    data: dict[str, Any]

    @property
    def by_time(self) -> bool:
        """Whether nobody asked for it: it began its own correlation, and time may do such a thing."""
        return self.name in TIMELY and self.correlation == self.id and not self.causation

    def at(self, name: str) -> datetime:
        """A time that the event tells. KeyError, ValueError."""
        return datetime.fromisoformat(self.data[name])


@dataclass(frozen=True)
class Command:
    """One idempotency key with everything that was tried under it, by the time of the call."""

    name: str
    attempts: tuple[Attempt, ...]

    @property
    def first(self) -> Attempt:
        return self.attempts[0]

    @property
    def act(self) -> Act:
        return self.first.act

    @cached_property
    def acknowledged(self) -> Attempt | None:
        """The earliest good answer."""
        good = [attempt for attempt in self.attempts if attempt.acknowledged]
        return min(good, key=lambda attempt: attempt.returned, default=None)

    @cached_property
    def outcome(self) -> Outcome:
        """Refused means 4xx every time: after a 5xx or no answer at all the effect may exist."""
        if self.acknowledged:
            return "done"
        sure = all(a.status is not None and a.status < SERVER_ERROR for a in self.attempts)
        return "refused" if sure else "unknown"

    @cached_property
    def effect(self) -> Effect:
        """The events that it must have caused."""
        return effect(self.act, self.first.asked)


@dataclass(frozen=True)
class History:
    """Built once from the evidence; every check reads it."""

    evidence: Evidence
    commands: dict[str, Command]
    events: tuple[Event, ...]
    """Without exact repeats and without injected poison; each partition in order."""
    repeats: int
    unreadable: tuple[str, ...]
    _by_correlation: dict[str, list[Event]] = field(default_factory=dict)

    def facts(self, name: str) -> list[Row]:
        """A missing answer is no empty answer: KeyError names it."""
        return self.evidence.facts[name]

    def named(self, *names: str) -> list[Event]:
        wanted = set(names)
        return [event for event in self.events if event.name in wanted]

    def caused_by(self, command: str) -> list[Event]:
        """What the command did itself, in the service that answered it."""
        found = self._by_correlation.get(command, [])
        return [event for event in found if event.topic in (WISH, VOLUNTEER)]

    @cached_property
    def by_id(self) -> dict[str, Event]:
        return {event.id: event for event in self.events}

    @cached_property
    def by_wish(self) -> dict[str, list[Event]]:
        """The events of each wish's own stream, by version."""
        found: defaultdict[str, list[Event]] = defaultdict(list)
        for event in self.events:
            # Programmes and people have streams on this topic, too.
            if event.topic == WISH and "wish_id" in event.data:
                found[event.key].append(event)
        return {wish: sorted(events, key=lambda e: e.version) for wish, events in found.items()}

    @cached_property
    def opening_wishes(self) -> frozenset[str]:
        """Wishes from before the load: no record of ours knows their story."""
        before = self.evidence.opening
        return frozenset(e.key for e in self.events if e.topic == WISH and e.id in before)

    @cached_property
    def ended_by_time(self) -> frozenset[str]:
        """Claims that no command ended."""
        return frozenset(
            str(event.data["claim_id"])
            for event in self.named("ClaimLapsed", "ClaimEnded")
            if event.by_time
        )

    @cached_property
    def opening_correlations(self) -> frozenset[str]:
        before = self.evidence.opening
        return frozenset(event.correlation for event in self.events if event.id in before)

    def effect_of(self, command: Command) -> Event | None:
        """Its event, if it is on the topic; of several the one that says what was asked."""
        caused = self.caused_by(command.name)
        return next((e for e in caused if e.name == command.effect.main), None)

    def took_effect(self, command: Command) -> bool:
        """As the client was told; where nobody told it, as the topic says."""
        if command.outcome == "unknown":
            return self.effect_of(command) is not None
        return command.outcome == "done"

    def wish_of(self, command: Command) -> str:
        """The wish it is about; "" when nobody was told which."""
        if command.first.wish:
            return command.first.wish
        if command.acknowledged:
            return str(command.acknowledged.answer.get("id", ""))
        effect = self.effect_of(command)
        return effect.key if effect else ""

    def claim_of(self, command: Command) -> str:
        """The claim it made or is about."""
        if command.act != "claim":
            return command.first.claim
        if command.acknowledged:
            return str(command.acknowledged.answer.get("id", ""))
        effect = self.effect_of(command)
        return str(effect.data.get("claim_id", "")) if effect else ""


def history_of(evidence: Evidence) -> History:
    poison = {poison.event_id for poison in evidence.poisons}
    events: list[Event] = []
    unreadable: list[str] = []
    seen: set[str] = set()
    repeats = 0
    for message in evidence.messages:
        name = message.headers.get("ce_id", "")
        if name in poison:
            continue
        if name in seen:
            repeats += 1
            continue
        seen.add(name)
        try:
            events.append(_event(message))
        except (KeyError, ValueError, IndexError) as error:
            place = f"{message.topic}/{message.partition}/{message.offset}"
            unreadable.append(f"{place}: {type(error).__name__}: {error}")
    by_correlation: defaultdict[str, list[Event]] = defaultdict(list)
    for event in events:
        by_correlation[event.correlation].append(event)
    return History(
        evidence,
        commands_of(evidence.attempts),
        tuple(events),
        repeats,
        tuple(unreadable),
        dict(by_correlation),
    )


def commands_of(attempts: Sequence[Attempt]) -> dict[str, Command]:
    found: defaultdict[str, list[Attempt]] = defaultdict(list)
    for attempt in attempts:
        found[attempt.command].append(attempt)
    return {name: Command(name, _by_call(tries)) for name, tries in found.items()}


def _by_call(attempts: Iterable[Attempt]) -> tuple[Attempt, ...]:
    return tuple(sorted(attempts, key=lambda attempt: (attempt.called, attempt.returned)))


def _event(message: Seen) -> Event:
    """Raises KeyError, ValueError or IndexError for what no producer of ours may write."""
    headers = message.headers
    data = json.loads(message.value)
    if not isinstance(data, dict):
        raise ValueError("the data is no object")
    return Event(
        id=headers["ce_id"],
        name=headers["ce_type"].split(".")[1],
        topic=message.topic,
        partition=message.partition,
        offset=message.offset,
        key=message.key,
        subject=headers["ce_subject"],
        version=int(headers["ce_aggregateversion"]),
        correlation=headers["ce_correlationid"],
        causation=headers.get("ce_causationid", ""),
        data=data,
    )
