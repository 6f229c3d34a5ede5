"""What time brings about: each moment once, in its order, never early, and none of them missed.

Reminders, lapses, promises that go up a level, visits that nobody came back from, complaints without
an answer, wishes that are done with. Nobody asks for any of them, so nothing but the events before
says whether they may be. Days are working days; without the calendar a moment can only be too early.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from proof.check import Check, verdict
from proof.history import Event, History
from proof.walk import Walk

LEVELS = ("resident_units", "street", "district")
PROMISED = (timedelta(days=4), timedelta(days=9), timedelta(days=14))
"""5, 10, 15 working days are never over earlier than this."""
DESK_LEVELS = ("street", "district")
DESK: Mapping[str, tuple[str, timedelta]] = {
    "submitted": ("verification", timedelta(days=2)),
    "verified": ("publication", timedelta(days=1)),
    "returned": ("correction", timedelta(days=4)),
    "taken_down": ("decision", timedelta(days=2)),
    "delivered": ("confirmation", timedelta(days=2)),
    "referred": ("answer", timedelta(days=1)),
}
"""State → what the wish waits for, and for how long at least: 3, 2, 5, 3, 3 and 2 working days for each
level; those it is handed to have more, by the rule."""
COMES_TO_THE_DESK: Mapping[str, str] = {
    "WishSubmitted": "submitted_at",
    "WishVerified": "verified_at",
    "WishChanged": "changed_at",
    "ConsentChanged": "changed_at",
    "ReferralAnswered": "answered_at",
    "WishReturned": "returned_at",
    "WishTakenDown": "taken_down_at",
    "ClaimReleased": "released_at",
    "ClaimLapsed": "lapsed_at",
    "WishDelivered": "delivered_at",
    "WishReferred": "referred_at",
}
CLOSED_AFTER = timedelta(days=14)
"""15 working days."""
COMPLAINT_LEVELS = ("street", "district")
REMINDED, LATE = 1, 2
ASKED, ANSWERED = "asked", "answered"


def checks(history: History) -> list[Check]:
    return [in_their_time(history), known_by_tables(history), none_missed(history)]


def in_their_time(history: History) -> Check:
    found: list[str] = []
    for wish, events in history.by_wish.items():
        for follow in (_leases, _desk, _promise, _closing, _visits, _complaints, _questions):
            found += [f"{wish}: {wrong}" for wrong in follow(events)]
    return verdict(
        "时间到了才办，每个时刻只办一次",
        "Time does each thing once, in order, and never early",
        sum(event.by_time for event in history.events),
        found,
    )


def known_by_tables(history: History) -> Check:
    """How often somebody was reminded, and who looks after a wish that nobody takes."""
    found: list[str] = []
    levels = {str(row["id"]): row["level"] for row in history.facts("wishes")}
    warned = {str(row["id"]): row["warned"] for row in history.facts("claims")}
    for wish, events in history.by_wish.items():
        told = sum(event.name == "WishEscalated" for event in events)
        if levels.get(wish, told) != told:
            found.append(f"wish {wish}: level {levels[wish]} in the table, {told} told")
        for claim, lease in _leased(events)[0].items():
            if lease.over or warned.get(claim, lease.warned) == lease.warned:
                continue
            found.append(f"claim {claim}: warned {warned[claim]}, by its events {lease.warned}")
    return verdict(
        "表里记得时间走到了哪一步",
        "Tables know how far time has come",
        len(levels) + len(warned),
        found,
    )


def none_missed(history: History) -> Check:
    """What was due by the database's own clock has been seen to, and an invitation that is over is gone."""
    found = [
        f"{row['what']} {row['id']} waits since {row['since']}" for row in history.facts("due")
    ]
    found += [
        f"invitation {row['id']} stands, though its wish is {row['wish_state']}"
        for row in history.facts("invitations")
        if row["wish_state"] != "posted"
    ]
    return verdict("没有错过的时刻", "No moment is missed", 1, found)


@dataclass
class _Lease:
    """What the events of one claim say of its time."""

    contact_by: datetime
    fulfil_by: datetime | None
    contacted: bool = False
    warned: int = 0
    over: bool = False

    @property
    def about(self) -> str:
        return "fulfil" if self.contacted else "contact"

    @property
    def deadline(self) -> datetime | None:
        """None after a reopening: no event says the new day."""
        return self.fulfil_by if self.contacted else self.contact_by


def _leases(events: Sequence[Event]) -> Iterable[str]:
    return _leased(events)[1]


def _leased(events: Sequence[Event]) -> tuple[dict[str, _Lease], list[str]]:
    """Claim → its lease; and what is wrong with them."""
    leases: dict[str, _Lease] = {}
    wrong: list[str] = []
    for event in events:
        claim = str(event.data.get("claim_id") or "")
        if event.name == "WishClaimed":
            leases[claim] = _Lease(event.at("contact_by"), event.at("fulfil_by"))
        elif claim in leases:
            wrong += [
                f"{event.name} v{event.version}: {why}" for why in _go_on(leases[claim], event)
            ]
    return leases, wrong


def _go_on(lease: _Lease, event: Event) -> Iterator[str]:
    match event.name:
        case "ClaimContacted":
            lease.contacted, lease.warned = True, 0
        case "WishPartlyDelivered":
            # Whoever brings a part has spoken with the person.
            lease.warned = lease.warned if lease.contacted else 0
            lease.contacted = True
        case "ClaimExtended":
            lease.fulfil_by = event.at("fulfil_by")
            lease.warned = 0 if lease.contacted else lease.warned
        case "WishReopened":
            lease.contacted, lease.warned, lease.fulfil_by = True, 0, None
        case "ClaimReminded":
            yield from _reminded(lease, event)
            lease.warned += 1
        case "ClaimLapsed":
            yield from _lapsed(lease, event)
            lease.over = True
        case "WishDelivered" | "ClaimReleased" | "ClaimEnded":
            lease.over = True
        case _:
            return
    if event.name == "WishReopened":
        lease.over = False


def _reminded(lease: _Lease, event: Event) -> Iterator[str]:
    wanted = LATE if event.data["late"] else REMINDED
    if lease.warned + 1 != wanted:
        yield f"reminder {wanted} after {lease.warned}"
    if event.data["about"] != lease.about:
        yield f"about {event.data['about']}, must be {lease.about}"
    if lease.deadline is not None and event.at("due_at") != lease.deadline:
        yield f"due at {event.data['due_at']}, must be {lease.deadline}"
    if event.data["late"] and event.at("reminded_at") < event.at("due_at"):
        yield f"late at {event.data['reminded_at']}, before {event.data['due_at']}"


def _lapsed(lease: _Lease, event: Event) -> Iterator[str]:
    if lease.warned != LATE:
        yield f"lapsed after {lease.warned} reminders"
    if event.data["missed"] != lease.about:
        yield f"missed {event.data['missed']}, must be {lease.about}"
    if lease.deadline is not None and event.at("lapsed_at") < lease.deadline:
        yield f"lapsed at {event.data['lapsed_at']}, before {lease.deadline}"


def _desk(events: Sequence[Event]) -> Iterator[str]:
    """Street, then district, each once for as long as it waits for one thing at the desk; nobody is late
    with a card that its person does not want to be hung up."""
    walk, level, since = Walk(), 0, None
    for event in events:
        if event.name == "WishOverdue" and walk.state in DESK:
            waits_for, least = DESK[walk.state]
            wanted = dict(enumerate(DESK_LEVELS)).get(level)
            told = (event.data["waits_for"], event.data["level"])
            if told != (waits_for, wanted):
                yield f"v{event.version}: {told} is said, must be {waits_for}, {wanted}"
            at = event.at("overdue_at")
            if at < event.at("due_by") or (since is not None and at < since + least):
                yield f"v{event.version}: overdue at {event.data['overdue_at']}, too early"
            if _refused(walk):
                yield f"v{event.version}: {waits_for} is late, and its person has said no"
            level, since = level + 1, at
        before = walk.state, _refused(walk)
        walk.step(event)
        if (walk.state, _refused(walk)) != before:
            begun = COMES_TO_THE_DESK.get(event.name)
            level, since = 0, event.at(begun) if begun else None


def _refused(walk: Walk) -> bool:
    return walk.state == "verified" and not walk.card.may_hang


def _promise(events: Sequence[Event]) -> Iterator[str]:
    """Community, units, street, district: each once, whatever becomes of the wish in between."""
    level, posted = 0, None
    for event in events:
        if event.name == "WishPosted":
            posted = posted or event.at("posted_at")
        elif event.name == "WishEscalated":
            wanted = LEVELS[level] if level < len(LEVELS) else "nobody"
            if event.data["level"] != wanted:
                yield f"v{event.version}: {event.data['level']} is asked, must be {wanted}"
            elif posted is None or event.at("escalated_at") < posted + PROMISED[level]:
                yield f"v{event.version}: {wanted} is asked at {event.data['escalated_at']}, too early"
            level += 1


def _closing(events: Sequence[Event]) -> Iterator[str]:
    fulfilled: datetime | None = None
    answered: set[str] = set()
    complaints: set[str] = set()
    drawn = False
    for event in events:
        match event.name:
            case "WishFulfilled":
                fulfilled = event.at("fulfilled_at")
            case "CallbackDrawn":
                drawn = True
            case "WishCalledBack" if event.data["outcome"] != "not_reached":
                drawn = False
            case "ComplaintFiled":
                complaints.add(str(event.data["complaint_id"]))
            case "ComplaintAnswered":
                answered.add(str(event.data["complaint_id"]))
            case "WishClosed" if fulfilled is not None:
                # Whoever is erased is rung up no more, and does not wait for the day either.
                early = event.at("closed_at") < fulfilled + CLOSED_AFTER
                if early and event.by_time:
                    yield f"v{event.version}: closed at {event.data['closed_at']}, too early"
                if (drawn and event.by_time) or complaints - answered:
                    yield f"v{event.version}: closed while something was still asked about it"
            case _:
                pass


def _visits(events: Sequence[Event]) -> Iterator[str]:
    back_by: dict[str, datetime] = {}
    ended: set[str] = set()
    overdue: set[str] = set()
    for event in events:
        visit = str(event.data.get("visit_id", ""))
        match event.name:
            case "VisitStarted":
                back_by[visit] = event.at("back_by")
            case "VisitEnded":
                if visit not in back_by or visit in ended:
                    yield f"v{event.version}: visit {visit} ends, and is not under way"
                ended.add(visit)
            case "VisitOverdue":
                if visit not in back_by or visit in ended | overdue:
                    yield f"v{event.version}: visit {visit} is overdue, and nobody waits for it"
                elif event.at("overdue_at") < back_by[visit]:
                    yield f"v{event.version}: visit {visit} is overdue before {back_by[visit]}"
                overdue.add(visit)
            case _:
                pass


def _complaints(events: Sequence[Event]) -> Iterator[str]:
    due: dict[str, datetime] = {}
    level: defaultdict[str, int] = defaultdict(int)
    for event in events:
        complaint = str(event.data.get("complaint_id", ""))
        match event.name:
            case "ComplaintFiled":
                due[complaint] = event.at("due_by")
            case "ComplaintAnswered":
                if due.pop(complaint, None) is None:
                    yield f"v{event.version}: complaint {complaint} is answered, and does not wait"
            case "ComplaintEscalated":
                wanted = dict(enumerate(COMPLAINT_LEVELS)).get(level[complaint])
                if complaint not in due or event.data["level"] != wanted:
                    yield f"v{event.version}: complaint {complaint} goes to {event.data['level']}"
                elif event.at("escalated_at") < due[complaint]:
                    yield f"v{event.version}: complaint {complaint} goes on before {due[complaint]}"
                level[complaint] += 1
                due[complaint] = event.at("due_by")
            case _:
                pass


QUESTIONS: Mapping[str, tuple[str, str]] = {
    "ClaimExtensionAsked": ("time", ASKED),
    "ClaimExtensionRefused": ("time", ANSWERED),
    "ChangeProposed": ("change", ASKED),
    "ReferralAnswered": ("referral", ANSWERED),
    "WishReferred": ("referral", ASKED),
}


OVER_WITH: Mapping[str, frozenset[str]] = {
    "WishDelivered": frozenset({"time"}),
    **dict.fromkeys(("ClaimReleased", "ClaimLapsed", "ClaimEnded"), frozenset({"time", "change"})),
}
"""What is asked of a claimant is over with the claim; more time, with the delivery, too."""


def _questions(events: Sequence[Event]) -> Iterator[str]:
    """Nothing is answered that nobody asked, nothing is asked twice at once, and nothing is delivered over
    a change that waits for its answer."""
    open_: set[str] = set()
    for event in events:
        about, says = QUESTIONS.get(event.name, ("", ""))
        match event.name:
            case "ClaimExtended" if event.data.get("decided_by"):
                about, says = "time", ANSWERED
            case "WishChanged" if event.data.get("claim_id"):
                about, says = "change", ANSWERED
            case "ClaimEnded" if event.data["reason"] == "change_not_accepted":
                about, says = "change", ANSWERED
            case _:
                pass
        if about and (says == ASKED) == (about in open_):
            yield f"{event.name} v{event.version}: {about} was {'' if about in open_ else 'not '}asked"
        if event.name == "WishDelivered" and "change" in open_:
            yield f"v{event.version}: delivered while a change waits for its answer"
        if says == ASKED:
            open_.add(about)
        open_ -= {about} if says == ANSWERED else OVER_WITH.get(event.name, frozenset())
