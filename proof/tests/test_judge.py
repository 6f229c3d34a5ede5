"""Each check passes over a correct history and fails over one that is spoiled in its way."""

import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from proof.card import Card
from proof.check import KEPT, verdict
from proof.evidence import Evidence, Seen
from proof.history import NOTIFICATION, POINTS, WISH, Event
from proof.judge import judge, passed
from proof.record import UNTOLD

from .town import BAO, HAI, WANG, ZHANG, a_long_year, a_town

GOOD = a_town().evidence()
YEAR = a_long_year().evidence()
Spoil = Callable[[Evidence], Evidence]


def failed(evidence: Evidence) -> set[str]:
    return {check.en for check in judge(evidence) if not check.passed}


@pytest.mark.parametrize("evidence", [GOOD, YEAR], ids=["town", "year"])
def test_a_correct_history_passes(evidence: Evidence) -> None:
    checks = judge(evidence)
    assert [(check.en, check.found) for check in checks if not check.passed] == []
    assert passed(checks)


def test_every_check_has_something_to_look_at() -> None:
    both = zip(judge(GOOD), judge(YEAR), strict=True)
    assert [one.en for one, other in both if not one.counted + other.counted] == []


def test_every_check_says_its_name_in_both_languages_once() -> None:
    checks = judge(GOOD)
    assert len({check.zh for check in checks}) == len({check.en for check in checks}) == len(checks)


def test_no_check_is_no_pass() -> None:
    assert not passed([])


def test_only_the_first_violations_are_kept_and_all_are_counted() -> None:
    check = verdict("甲", "a", 100, (f"{n}" for n in range(50)))
    assert (len(check.found), check.violations, check.passed) == (KEPT, 50, False)


# How to spoil.


def events_named(evidence: Evidence, name: str) -> list[int]:
    kind = f"wishtree.{name}.v1"
    poisons = {poison.event_id for poison in evidence.poisons}
    return [
        place
        for place, message in enumerate(evidence.messages)
        if message.headers["ce_type"] == kind and message.headers["ce_id"] not in poisons
    ]


def without(name: str, nth: int = 0) -> Spoil:
    def spoil(evidence: Evidence) -> Evidence:
        gone = evidence.messages[events_named(evidence, name)[nth]].headers["ce_id"]
        kept = [m for m in evidence.messages if m.headers["ce_id"] != gone]
        return replace(evidence, messages=kept)

    return spoil


def once_more(name: str, nth: int = 0, **headers: str) -> Spoil:
    """The same under a new id: not a repeat, but a second effect."""

    def spoil(evidence: Evidence) -> Evidence:
        message = evidence.messages[events_named(evidence, name)[nth]]
        again = replace(message, headers={**message.headers, "ce_id": "another", **headers})
        return replace(evidence, messages=[*evidence.messages, replace(again, offset=10**6)])

    return spoil


def altered(name: str, change: dict[str, Any], nth: int = 0) -> Spoil:
    def spoil(evidence: Evidence) -> Evidence:
        place = events_named(evidence, name)[nth]
        messages = list(evidence.messages)
        gone = messages[place].headers["ce_id"]
        value = json.dumps(json.loads(messages[place].value) | change).encode()
        changed = [replace(m, value=value) if m.headers["ce_id"] == gone else m for m in messages]
        return replace(evidence, messages=changed)

    return spoil


def message_changed(name: str, **change: Any) -> Spoil:
    def spoil(evidence: Evidence) -> Evidence:
        place = events_named(evidence, name)[-1]
        messages = list(evidence.messages)
        messages[place] = replace(messages[place], **change)
        return replace(evidence, messages=messages)

    return spoil


def header_changed(name: str, header: str, value: str) -> Spoil:
    def spoil(evidence: Evidence) -> Evidence:
        place = events_named(evidence, name)[-1]
        headers = {**evidence.messages[place].headers, header: value}
        return message_changed(name, headers=headers)(evidence)

    return spoil


def row_changed(table: str, nth: int = 0, **change: Any) -> Spoil:
    def spoil(evidence: Evidence) -> Evidence:
        rows = list(evidence.facts[table])
        rows[nth] = rows[nth] | change
        return replace(evidence, facts={**evidence.facts, table: rows})

    return spoil


def row_added(table: str, row: dict[str, Any] | None = None, nth: int = 0) -> Spoil:
    def spoil(evidence: Evidence) -> Evidence:
        rows = [*evidence.facts[table], row or evidence.facts[table][nth]]
        return replace(evidence, facts={**evidence.facts, table: rows})

    return spoil


def row_gone(table: str, nth: int = 0) -> Spoil:
    def spoil(evidence: Evidence) -> Evidence:
        rows = [row for place, row in enumerate(evidence.facts[table]) if place != nth]
        return replace(evidence, facts={**evidence.facts, table: rows})

    return spoil


def attempts_changed(act: str, **change: Any) -> Spoil:
    """Every attempt of the last command of this kind."""

    def spoil(evidence: Evidence) -> Evidence:
        command = [a.command for a in evidence.attempts if a.act == act][-1]
        attempts = [replace(a, **change) if a.command == command else a for a in evidence.attempts]
        return replace(evidence, attempts=attempts)

    return spoil


def forgotten(act: str) -> Spoil:
    """As if none of these had ever been asked."""

    def spoil(evidence: Evidence) -> Evidence:
        return replace(evidence, attempts=[a for a in evidence.attempts if a.act != act])

    return spoil


def asked_again_after_erasure(evidence: Evidence) -> Evidence:
    erased = evidence.messages[events_named(evidence, "PersonErased")[0]]
    nth = next(
        n
        for n, place in enumerate(events_named(evidence, "DataRequestFiled"))
        if evidence.messages[place].key == erased.key
    )
    return once_more("DataRequestFiled", nth)(evidence)


def tried_again(act: str, **change: Any) -> Spoil:
    """One more attempt of an acknowledged command, after everything."""

    def spoil(evidence: Evidence) -> Evidence:
        last = [a for a in evidence.attempts if a.act == act and a.acknowledged][-1]
        again = replace(last, called=10_000.0, returned=10_001.0, **change)
        return replace(evidence, attempts=[*evidence.attempts, again])

    return spoil


def nothing_done(evidence: Evidence) -> Evidence:
    attempts = [replace(a, status=None) for a in evidence.attempts]
    return replace(evidence, attempts=attempts)


def never_asked(evidence: Evidence) -> Evidence:
    command = evidence.attempts[3].command
    kept = [a for a in evidence.attempts if a.command != command]
    return replace(evidence, attempts=kept)


def swapped(evidence: Evidence) -> Evidence:
    messages = list(evidence.messages)
    first = events_named(evidence, "WishVerified")[0]
    key = messages[first].key
    second = next(n for n in events_named(evidence, "WishPosted") if messages[n].key == key)
    one, other = messages[first], messages[second]
    messages[first] = replace(other, offset=one.offset)
    messages[second] = replace(one, offset=other.offset)
    return replace(evidence, messages=messages)


def other_bytes_in_a_repeat(evidence: Evidence) -> Evidence:
    message = evidence.messages[0]
    again = replace(message, offset=10**6, value=message.value + b" ")
    return replace(evidence, messages=[*evidence.messages, again])


def both_claims_held(evidence: Evidence) -> Evidence:
    """The one who gave it back did so only after the next one had it."""
    attempts = [
        replace(a, called=9_000.0, returned=9_001.0) if a.act == "release" else a
        for a in evidence.attempts
    ]
    return replace(evidence, attempts=attempts)


def taken_back_twice(evidence: Evidence) -> Evidence:
    reversal = next(row for row in evidence.facts["postings"] if row["reverses"])
    return row_added("postings", {**reversal, "source_event_id": "x"})(evidence)


def poison_in_a_foreign_letter(evidence: Evidence) -> Evidence:
    letter = (evidence.letters or ())[0]
    extra = replace(letter, key="somebody", headers={"dlq-place": "elsewhere"})
    return replace(evidence, letters=[*(evidence.letters or ()), extra])


def no_letter(evidence: Evidence) -> Evidence:
    return replace(evidence, letters=list(evidence.letters or ())[1:])


def lapsing(late: bool) -> Callable[[Evidence], int]:
    """Of the reminders, one of the claim that lapsed after it was contacted."""

    def nth(evidence: Evidence) -> int:
        data = [
            json.loads(evidence.messages[place].value)
            for place in events_named(evidence, "ClaimReminded")
        ]
        return next(n for n, d in enumerate(data) if d["late"] == late and d["about"] == "fulfil")

    return nth


def caused_by(act: str, name: str) -> Callable[[Evidence], int]:
    """The first such event of a command of this kind; of time itself where no act is given."""

    def nth(evidence: Evidence) -> int:
        commands = {attempt.command for attempt in evidence.attempts if attempt.act == act}
        headers = [evidence.messages[place].headers for place in events_named(evidence, name)]
        return next(
            n
            for n, h in enumerate(headers)
            if h["ce_correlationid"] in (commands if act else {h["ce_id"]})
        )

    return nth


def late_with(waits_for: str) -> Callable[[Evidence], int]:
    """The first time that the desk was late with it."""

    def nth(evidence: Evidence) -> int:
        places = events_named(evidence, "WishOverdue")
        data = [json.loads(evidence.messages[place].value) for place in places]
        return next(n for n, d in enumerate(data) if d["waits_for"] == waits_for)

    return nth


def yes_to_a_late_card(evidence: Evidence) -> int:
    """After which the desk may be late with hanging it up."""
    said = [evidence.messages[place] for place in events_named(evidence, "ConsentChanged")]
    late = {
        evidence.messages[place].key
        for place in events_named(evidence, "WishOverdue")
        if json.loads(evidence.messages[place].value)["waits_for"] == "publication"
    }
    return max(n for n, message in enumerate(said) if message.key in late)


def at(nth: Callable[[Evidence], int], how: Callable[[int], Spoil]) -> Spoil:
    return lambda evidence: how(nth(evidence))(evidence)


def altered_by(act: str, change: dict[str, Any]) -> Spoil:
    """The event of the first command of this kind."""

    def spoil(evidence: Evidence) -> Evidence:
        command = next(a.command for a in evidence.attempts if a.act == act)
        messages = list(evidence.messages)
        nth = next(
            n
            for n, m in enumerate(messages)
            if m.topic == WISH and m.headers.get("ce_correlationid") == command
        )
        value = json.dumps(json.loads(messages[nth].value) | change).encode()
        messages[nth] = replace(messages[nth], value=value)
        return replace(evidence, messages=messages)

    return spoil


def altered_name(name: str, other: str) -> Spoil:
    """The last of them is said to be something else."""
    return header_changed(name, "ce_type", f"wishtree.{other}.v1")


def asked_for(name: str) -> Spoil:
    """As if the last command had caused it."""

    def spoil(evidence: Evidence) -> Evidence:
        command = evidence.attempts[-1].command
        return header_changed(name, "ce_correlationid", command)(evidence)

    return spoil


def caused(name: str) -> Spoil:
    """As if another event had caused what only time may do."""
    return header_changed(name, "ce_causationid", "another")


def traced(evidence: Evidence) -> Evidence:
    command = next(a.command for a in evidence.attempts if a.act == "decline")
    return header_changed("WishEscalated", "ce_correlationid", command)(evidence)


def claim_in(found: str, **change: Any) -> Spoil:
    """The first claim in this state."""

    def spoil(evidence: Evidence) -> Evidence:
        rows = evidence.facts["claims"]
        nth = next(n for n, row in enumerate(rows) if row["state"] == found)
        return row_changed("claims", nth, **change)(evidence)

    return spoil


def wish_in(found: str, **change: Any) -> Spoil:
    """The first wish in this state."""

    def spoil(evidence: Evidence) -> Evidence:
        rows = evidence.facts["wishes"]
        nth = next(n for n, row in enumerate(rows) if row["state"] == found)
        return row_changed("wishes", nth, **change)(evidence)

    return spoil


def level_changed(evidence: Evidence) -> Evidence:
    rows = evidence.facts["wishes"]
    nth = next(n for n, row in enumerate(rows) if row["level"] == 3)
    return row_changed("wishes", nth, level=2)(evidence)


def message_gone(name: str, kind: str = "volunteer") -> Spoil:
    """What somebody of this kind was told of the first such event."""

    def spoil(evidence: Evidence) -> Evidence:
        return row_gone("messages", _message_of(evidence, name, kind))(evidence)

    return spoil


def told_instead(name: str) -> Spoil:
    def spoil(evidence: Evidence) -> Evidence:
        nth = _message_of(evidence, name, "volunteer")
        return row_changed("messages", nth, recipient_id="x")(evidence)

    return spoil


def _message_of(evidence: Evidence, name: str, kind: str) -> int:
    event = evidence.messages[events_named(evidence, name)[0]].headers["ce_id"]
    return next(
        n
        for n, row in enumerate(evidence.facts["messages"])
        if row["source_event_id"] == event and row["recipient_kind"] == kind
    )


MISTAKE = {"reason": "mistake"}
NOT_REACHED = {"outcome": "not_reached"}
DRAFT = {"id": "x", "state": "draft", "level": 0, "hanging": False}
DRAFTED = {"stream": "wish", "id": "x", "version": 1}
OVERDUE = {"what": "claim", "id": "x", "since": "2026-11-24"}
INVITED = {"id": "x", "wish_state": "claimed"}

ONCE = "Every acknowledged command's effect exists exactly once"
UNKNOWN = "A command without an answer had its effect once or not at all"
REFUSED = "A refused command changed nothing"
UNASKED = "No effect without a command"
ASKED = "An event says what its command asked"
ANSWER = "Every answer under one idempotency key is the same"
READABLE = "Every message can be read, and its key is its subject"
ORDER = "Per aggregate the versions are 1, 2, 3, … in order and without a gap"
PARTITION = "A key is always on one partition"
BYTES = "A repeat is the same, byte for byte"
TABLES = "Tables and topics are at the same version"
READ = "Every group has handled every event once"
WINNER = "One winner per wish, always, and no life goes an impossible way"
STATES = "Every wish and claim is in the state that its events lead to"
LIVE = "No claim is live on a fulfilled wish, and no wish has two"
AGREED = "No card hangs without its person's yes, and every consent is in the ledger once"
OVERLAP = "Acknowledged claims of one wish never overlap"
SUMS = "Every book sums to zero"
NEGATIVE = "No account is negative"
BALANCE = "Balances equal entries"
CREDITS = "Credits and reversals are those recomputed from the clients' record"
ENTRIES = "Books and savings cards hold exactly what the record is worth"
POSTED = "One posting for each fulfilment and for each one taken back"
RECORDS = "Activity cards hold exactly who gave how many minutes"
TOLD = "Each person is told once per fact, and nothing that never happened"
CONCERNED = "Everybody concerned was told"
DELIVERED = "Every message delivered is announced once"
SETTLED = "Everything settles within 60 s after the faults"
EMPTY = "Outboxes are empty and lag is zero"
POISON = "No dead letter besides the injected ones"
LOADED = "The load was real"
TIME = "Time does each thing once, in order, and never early"
KNOWN = "Tables know how far time has come"
MISSED = "No moment is missed"
REQUESTS = "Every request about one's own data stands as its events say"
BY_TWO = "Nobody is erased by one alone"
LEFT = "Nothing is left of whoever was erased"

FORGED = {"ce_correlationid": "proof-forged", "ce_aggregateversion": "9"}
TWO_GIFTS = [{"giver": {"kind": "volunteer", "id": BAO}, "value_fen": 1}]

SPOILED: list[tuple[str, Spoil, str]] = [
    ("nothing happened", nothing_done, LOADED),
    ("an acknowledged effect is lost", without("WishPosted"), ONCE),
    ("an acknowledged effect exists twice", once_more("WishSubmitted"), ONCE),
    (
        "another event than the one asked for",
        header_changed("WishWithdrawn", "ce_type", "wishtree.WishPosted.v1"),
        ONCE,
    ),
    ("an unanswered command took effect twice", once_more("WishClaimed", 0), UNKNOWN),
    ("a refused command took effect", attempts_changed("withdraw", status=409), REFUSED),
    ("an effect that nobody asked for", never_asked, UNASKED),
    ("a forged event", once_more("WishPosted", **FORGED), UNASKED),
    (
        "credits that follow from no command",
        header_changed("PointsCredited", "ce_correlationid", "x"),
        UNASKED,
    ),
    ("another wish than asked", attempts_changed("withdraw", wish="other"), ASKED),
    ("another claim than was answered", altered("WishClaimed", {"claim_id": "other"}, 1), ASKED),
    ("somebody else claimed", altered("WishClaimed", {"claimed_by": ZHANG}), ASKED),
    ("other minutes than were told", altered("WishDelivered", {"services": []}), ASKED),
    ("other gifts than were told", altered("WishDelivered", {"gifts": TWO_GIFTS}), ASKED),
    ("another category", altered("WishSubmitted", {"category": "skills"}, 1), ASKED),
    ("a repeat with another answer", tried_again("submit", answer={"id": "other"}), ANSWER),
    (
        "a repeat that is refused",
        tried_again("claim", status=409, problem="already-claimed"),
        ANSWER,
    ),
    ("bytes that are no JSON", message_changed("WishWithdrawn", value=b"{"), READABLE),
    (
        "a message without its id",
        header_changed("WishWithdrawn", "ce_aggregateversion", "x"),
        READABLE,
    ),
    ("a key that is not the subject", header_changed("WishWithdrawn", "ce_subject", "x"), READABLE),
    ("two versions swapped", swapped, ORDER),
    ("a gap", without("WishVerified"), ORDER),
    ("a version twice", once_more("WishVerified"), ORDER),
    ("a key on two partitions", message_changed("WishWithdrawn", partition=99), PARTITION),
    ("a repeat with other bytes", other_bytes_in_a_repeat, BYTES),
    ("the last event never came", without("WishWithdrawn"), TABLES),
    (
        "a row that has no event",
        row_added("versions", {"stream": "wish", "id": "x", "version": 1}),
        TABLES,
    ),
    ("a row that is gone", row_gone("versions"), TABLES),
    ("a group that skipped an event", row_gone("inbox points"), READ),
    ("a group that saw a ghost", row_added("inbox points", {"event_id": "x"}), READ),
    ("two winners on the topic", once_more("WishClaimed", ce_aggregateversion="5"), WINNER),
    ("a release that is not there", without("ClaimReleased"), WINNER),
    ("delivered by one who does not hold it", altered("WishDelivered", {"claim_id": "x"}), WINNER),
    ("a wish in another state", row_changed("wishes", state="posted"), STATES),
    (
        "a wish without events",
        row_added("wishes", {"id": "x", "state": "posted", "level": 0, "hanging": True}),
        STATES,
    ),
    ("a claim in another state", row_changed("claims", state="released"), STATES),
    ("a claim live on a fulfilled wish", row_changed("claims", state="live"), LIVE),
    ("two claims in force", row_changed("claims", 1, state="live"), LIVE),
    ("two acknowledged claims at once", both_claims_held, OVERLAP),
    ("a book that does not balance", row_changed("sums", sum=1), SUMS),
    (
        "an account below zero",
        row_added("negative", {"holder_id": BAO, "book": "points", "balance": -1}),
        NEGATIVE,
    ),
    (
        "a balance that is not its entries",
        row_added("differences", {"holder_id": BAO, "book": "points", "balance": 2, "entries": 1}),
        BALANCE,
    ),
    ("a credit is lost", without("PointsCredited"), CREDITS),
    ("a credit twice", once_more("PointsCredited"), CREDITS),
    ("a credit of another amount", altered("PointsCredited", {"points": 99}), CREDITS),
    ("a credit to somebody else", altered("PointsCredited", {"holder_id": "x"}), CREDITS),
    ("a reversal is lost", without("PointsReversed"), CREDITS),
    (
        "a credit of an event that is not there",
        altered("PointsCredited", {"source_event_id": "x"}),
        CREDITS,
    ),
    ("an entry is lost", row_gone("entries"), ENTRIES),
    ("an entry too much", row_added("entries"), ENTRIES),
    ("an entry of another amount", row_changed("entries", amount=1), ENTRIES),
    ("a savings line twice", row_changed("savings", points=6), ENTRIES),
    ("a posting twice", row_added("postings"), POSTED),
    ("a posting is lost", row_gone("postings"), POSTED),
    ("a posting of nothing", row_changed("postings", source_event_id="x"), POSTED),
    ("taken back twice", taken_back_twice, POSTED),
    ("an activity line twice", row_added("records"), RECORDS),
    ("an activity line is lost", row_gone("records"), RECORDS),
    ("other minutes on the card", row_changed("records", minutes=1), RECORDS),
    ("a line of a fulfilment taken back", row_changed("records", source_event_id="x"), RECORDS),
    ("told twice", row_added("messages"), TOLD),
    ("told of nothing", row_changed("messages", source_event_id="x"), TOLD),
    ("somebody was not told", row_gone("messages", 2), CONCERNED),
    ("somebody else was told", row_changed("messages", 2, recipient_id="x"), CONCERNED),
    ("the desk was not told", row_gone("messages", 3), CONCERNED),
    ("a message never sent", row_changed("messages", state="pending"), DELIVERED),
    ("a message failed", row_changed("messages", state="failed"), DELIVERED),
    ("announced twice", once_more("NotificationDelivered"), DELIVERED),
    ("announced never", without("NotificationDelivered"), DELIVERED),
    (
        "announced to somebody else",
        altered("NotificationDelivered", {"recipient_id": "x"}),
        DELIVERED,
    ),
    ("late", lambda evidence: replace(evidence, settled_after=61.0), SETTLED),
    ("never at rest", lambda evidence: replace(evidence, settled_after=None), SETTLED),
    ("rows that wait", row_changed("outbox points", count=3), EMPTY),
    (
        "a row that can't be sent",
        row_added("outbox_dead wishes", {"key": "x", "reason": "too large"}),
        EMPTY,
    ),
    (
        "a group behind",
        lambda evidence: replace(evidence, lag={**evidence.lag, "points": 1}),
        EMPTY,
    ),
    ("a group nobody asked", lambda evidence: replace(evidence, lag={}), EMPTY),
    (
        "an honest event set aside",
        row_added(
            "dead_letter points", {"key": "x", "culprit": True, "reason": "no", "topic": WISH}
        ),
        POISON,
    ),
    (
        "an honest key parked",
        row_added(
            "dead_letter points", {"key": "x", "culprit": False, "reason": "parked", "topic": WISH}
        ),
        POISON,
    ),
    ("poison that somebody swallowed", row_gone("dead_letter points"), POISON),
    ("poison set aside twice", row_added("dead_letter points"), POISON),
    ("a letter of an honest event", poison_in_a_foreign_letter, POISON),
    ("no letter of the poison", no_letter, POISON),
]


@pytest.mark.parametrize(("name", "spoil", "by"), SPOILED, ids=[name for name, _, _ in SPOILED])
def test_the_judge_sees(name: str, spoil: Spoil, by: str) -> None:
    assert by in failed(spoil(GOOD))


EARLY = "2026-11-24T12:00:00+08:00"
TODAY = "2026-12-01T12:00:00+08:00"
NOBODY = {"kind": "volunteer", "id": "x"}

TAKEN_DOWN = caused_by("consent", "WishTakenDown")

YEAR_SPOILED: list[tuple[str, Spoil, str]] = [
    # Several events of one act.
    ("a follow-up that is kept for nobody", without("WishOffered"), ONCE),
    ("withdrawn, and the claimant is not told", without("ClaimEnded", 1), WINNER),
    ("not accepted, and the wish stays as it was", without("WishChanged", 3), ONCE),
    (
        "helped by others, and still open",
        at(caused_by("answer_referral", "WishClosed"), partial(without, "WishClosed")),
        ONCE,
    ),
    ("not satisfied, and closed all the same", without("WishReopened", 1), ONCE),
    ("one of two is not invited", without("InvitationSent"), ONCE),
    ("drawn twice", once_more("CallbackDrawn"), ONCE),
    ("an event of what leaves no trace", traced, ONCE),
    # What was asked.
    ("another score", altered("WishEvaluated", {"score": 3}), ASKED),
    ("another outcome", altered("WishCalledBack", {"outcome": "satisfied"}), ASKED),
    ("somebody else rang up", altered("WishCalledBack", {"called_by": BAO}), ASKED),
    ("a worker gave what the rule gives", altered("ClaimExtended", {"decided_by": BAO}), ASKED),
    (
        "another unit joined",
        altered("ClaimUnitJoined", {"organisation_id": "x"}),
        ASKED,
    ),
    ("a unit that joined twice", once_more("ClaimUnitJoined"), WINNER),
    ("somebody else has left", altered("ClaimLeft", {"left": NOBODY}), ASKED),
    ("a part by somebody else", altered("WishPartlyDelivered", {"delivered_by": NOBODY}), ASKED),
    ("a part is forgotten", altered("WishDelivered", {"services": []}), ASKED),
    ("a yes to another invitation", altered("InvitationAnswered", {"invitation_id": "x"}), ASKED),
    ("another visit ends", altered("VisitEnded", {"visit_id": "x"}), ASKED),
    ("another complaint is answered", altered("ComplaintAnswered", {"complaint_id": "x"}), ASKED),
    ("another programme is closed", header_changed("ProgrammeClosed", "ce_subject", "x"), READABLE),
    ("another category than wished", altered_by("edit", {"category": "service"}), ASKED),
    ("another change than proposed", altered_by("answer_change", {"category": "service"}), ASKED),
    ("more time by nobody", altered_by("decide_time", {"decided_by": None}), ASKED),
    # States, who holds it, who is in it.
    ("a draft comes twice", once_more("WishDrafted"), WINNER),
    ("hung, and nobody verified it", without("WishVerified"), WINNER),
    ("a closing that nobody answered", without("ReferralAnswered"), WINNER),
    ("contacted after that is done", altered_name("WishPartlyDelivered", "ClaimContacted"), WINNER),
    ("a yes that is no claim", altered_name("ClaimExtended", "InvitationAnswered"), WINNER),
    ("a stranger leads", altered("ClaimLeft", {"claimant": NOBODY}), WINNER),
    ("another helper than joined", altered("ClaimExtended", {"helpers": [BAO]}), WINNER),
    ("joins twice", altered("ClaimJoined", {"volunteer_id": HAI}), WINNER),
    ("nobody joined", without("ClaimJoined"), WINNER),
    ("a claim that is not contacted", claim_in("done", state="live"), STATES),
    ("a draft that is still there", row_added("wishes", DRAFT), STATES),
    ("a draft without an event", row_added("versions", DRAFTED), TABLES),
    ("the end of a programme never came", without("ProgrammeClosed"), TABLES),
    # What hangs, and what its person has said.
    ("off the tree, and nobody says so", at(TAKEN_DOWN, partial(without, "WishTakenDown")), ONCE),
    ("a no, and the card still hangs", at(TAKEN_DOWN, partial(without, "WishTakenDown")), WINNER),
    ("a no is not heard", without("ConsentChanged"), WINNER),
    ("hung again without a yes", without("ConsentChanged", 3), WINNER),
    ("off the tree twice", once_more("WishTakenDown"), WINNER),
    (
        "a worker's reason for a person's no",
        at(TAKEN_DOWN, partial(altered, "WishTakenDown", MISTAKE)),
        WINNER,
    ),
    ("no yes where the verifier has asked again", without("ConsentChanged", 1), ONCE),
    ("another consent than was said", altered("ConsentChanged", {"purpose": "photo"}), ASKED),
    ("said what was said already", altered("ConsentChanged", {"given": True}), WINNER),
    ("back on the tree, which nobody may see", wish_in("taken_down", state="posted"), STATES),
    ("a card that nobody agreed to", wish_in("taken_down", hanging=True), AGREED),
    ("a wish that nobody can see", wish_in("posted", hanging=False), AGREED),
    ("a consent that nobody wrote down", row_gone("consents"), AGREED),
    ("a consent written down twice", row_changed("consents", lines=7), AGREED),
    ("another last word", row_changed("consents", given=False), AGREED),
    # What time does.
    ("reminded twice", once_more("ClaimReminded"), TIME),
    ("late before a reminder", at(lapsing(late=False), partial(without, "ClaimReminded")), TIME),
    (
        "late too early",
        at(lapsing(late=True), partial(altered, "ClaimReminded", {"reminded_at": EARLY})),
        TIME,
    ),
    ("about another day", altered("ClaimReminded", {"due_at": EARLY}), TIME),
    ("about the wrong promise", altered("ClaimReminded", {"about": "fulfil"}), TIME),
    ("lapsed without a word", at(lapsing(late=True), partial(without, "ClaimReminded")), TIME),
    ("lapsed too early", altered("ClaimLapsed", {"lapsed_at": EARLY}), TIME),
    ("lapsed for another promise", altered("ClaimLapsed", {"missed": "fulfil"}), TIME),
    ("lapsed twice", once_more("ClaimLapsed"), WINNER),
    ("lapsed by somebody's command", asked_for("ClaimLapsed"), ONCE),
    ("lapsed because of another event", caused("ClaimLapsed"), UNASKED),
    (
        "the street is left out",
        at(late_with("verification"), partial(without, "WishOverdue")),
        TIME,
    ),
    ("the desk is late twice", once_more("WishOverdue", -1), TIME),
    ("the desk is late too early", altered("WishOverdue", {"overdue_at": EARLY}), TIME),
    (
        "late with another thing",
        at(
            late_with("verification"), partial(altered, "WishOverdue", {"waits_for": "publication"})
        ),
        TIME,
    ),
    (
        "what was sent back is said to be unchecked",
        at(late_with("correction"), partial(altered, "WishOverdue", {"waits_for": "verification"})),
        TIME,
    ),
    (
        "what was taken down is late too early",
        at(late_with("decision"), partial(altered, "WishOverdue", {"overdue_at": EARLY})),
        TIME,
    ),
    (
        "what was delivered is said to be late with another thing",
        at(late_with("confirmation"), partial(altered, "WishOverdue", {"waits_for": "answer"})),
        TIME,
    ),
    (
        "what was delivered is late too early",
        at(late_with("confirmation"), partial(altered, "WishOverdue", {"overdue_at": EARLY})),
        TIME,
    ),
    (
        "the street is left out where nobody answers",
        at(late_with("answer"), partial(without, "WishOverdue")),
        TIME,
    ),
    (
        "an answer is late too early",
        at(late_with("answer"), partial(altered, "WishOverdue", {"overdue_at": EARLY})),
        TIME,
    ),
    (
        "late with what its person has refused",
        at(yes_to_a_late_card, partial(altered, "ConsentChanged", {"given": False})),
        TIME,
    ),
    ("late with what hangs", altered_name("WishEscalated", "WishOverdue"), WINNER),
    (
        "the desk was not told that it is late",
        message_gone("WishOverdue", "organisation"),
        CONCERNED,
    ),
    ("a level left out", without("WishEscalated"), TIME),
    ("a level twice", once_more("WishEscalated"), TIME),
    ("a level too early", altered("WishEscalated", {"escalated_at": EARLY}), TIME),
    ("overdue twice", once_more("VisitOverdue"), TIME),
    ("overdue before", altered("VisitOverdue", {"overdue_at": EARLY}), TIME),
    ("a visit ends twice", once_more("VisitEnded"), TIME),
    ("a complaint goes up twice", once_more("ComplaintEscalated"), TIME),
    ("a complaint goes up early", altered("ComplaintEscalated", {"escalated_at": EARLY}), TIME),
    ("a complaint is answered twice", once_more("ComplaintAnswered"), TIME),
    (
        "closed too early",
        at(caused_by("", "WishClosed"), partial(altered, "WishClosed", {"closed_at": TODAY})),
        TIME,
    ),
    ("closed while somebody complains", without("ComplaintAnswered"), TIME),
    ("closed while somebody should ring up", altered("WishCalledBack", NOT_REACHED, 1), TIME),
    ("a yes to what nobody proposed", without("ChangeProposed"), TIME),
    (
        "delivered while a change waits",
        at(caused_by("answer_change", "WishChanged"), partial(without, "WishChanged")),
        TIME,
    ),
    ("an answer to what nobody asked", without("ClaimExtensionAsked"), TIME),
    ("proposed twice", once_more("ChangeProposed"), TIME),
    ("another level in the table", level_changed, KNOWN),
    ("a reminder too much in the table", claim_in("live", warned=2), KNOWN),
    ("a moment that nobody saw to", row_added("due", OVERDUE), MISSED),
    ("an invitation that outlives its wish", row_added("invitations", INVITED), MISSED),
    # What people ask about their own data.
    ("a request that nobody filed", without("DataRequestFiled"), REQUESTS),
    ("a request answered twice", once_more("DataRequestAnswered"), REQUESTS),
    ("another request is answered", altered("DataRequestAnswered", {"request_id": "x"}), ASKED),
    ("corrected, and the table says refused", row_changed("requests", state="refused"), REQUESTS),
    ("erased by whoever had looked", attempts_changed("erase", client=WANG), BY_TWO),
    ("erased, and nobody had looked", forgotten("look_at_erasure"), BY_TWO),
    ("erased, and nobody says so", without("PersonErased"), LEFT),
    ("erased in words alone", row_gone("erased"), LEFT),
    ("the key is still there", row_changed("erased", key=True), LEFT),
    ("a wish of somebody erased goes on", row_changed("erased", wishes=1), LEFT),
    ("a message that nobody has forgotten", row_changed("erased", messages=1), LEFT),
    ("a key that is still on the disk", row_added("key_pages", {"id": 1}), LEFT),
    ("a word after an erasure", asked_again_after_erasure, LEFT),
    ("handed to somebody else", altered("WishHandedOver", {"handed_to": "x"}), ASKED),
    ("handed over, and nobody looks after it", without("WishHandedOver"), ONCE),
    # What others make of it.
    ("somebody was not told of a lapse", message_gone("ClaimLapsed"), CONCERNED),
    ("the desk was not told of a lapse", message_gone("ClaimLapsed", "organisation"), CONCERNED),
    ("the desk was not told of a no", message_gone("ConsentChanged", "organisation"), CONCERNED),
    ("nobody is told that it is off", message_gone("WishTakenDown", "resident"), CONCERNED),
    ("nobody was asked", message_gone("InvitationSent", "invitation"), CONCERNED),
    ("who led is told, not who leads", told_instead("ClaimLeft"), CONCERNED),
    ("parts are not credited", altered("PointsCredited", {"minutes": 65}), CREDITS),
]


@pytest.mark.parametrize(
    ("name", "spoil", "by"), YEAR_SPOILED, ids=[name for name, _, _ in YEAR_SPOILED]
)
def test_the_judge_sees_in_a_long_year(name: str, spoil: Spoil, by: str) -> None:
    assert by in failed(spoil(YEAR))


def test_every_check_is_seen_to_fail() -> None:
    seen = {by for _, _, by in (*SPOILED, *YEAR_SPOILED)}
    assert seen == {check.en for check in judge(GOOD)}


# And whatever else chance thinks of: the judge must see it, by any check.


def ordinary(evidence: Evidence) -> list[int]:
    """Messages that are neither poison nor a repeat."""
    poisons = {poison.event_id for poison in evidence.poisons}
    return [
        place
        for place, message in enumerate(evidence.messages)
        if message.headers["ce_id"] not in poisons
        and not any(message.headers == other.headers for other in evidence.messages[:place])
    ]


def tables_with_rows(evidence: Evidence) -> list[str]:
    names = evidence.facts.items()
    return [n for n, rows in names if rows and not n.startswith(("outbox", "sums", "savings"))]


BOTH = (GOOD, YEAR)
PLACES = [(evidence, place) for evidence in BOTH for place in ordinary(evidence)]
AFTER_THE_OPENING = [
    (evidence, place)
    for evidence, place in PLACES
    if evidence.messages[place].headers["ce_id"] not in evidence.opening
]
ROWS = [
    (evidence, name, nth)
    for evidence in BOTH
    for name in tables_with_rows(evidence)
    for nth in range(len(evidence.facts[name]))
]
ACKNOWLEDGED = [
    (evidence, attempt.command)
    for evidence in BOTH
    for attempt in evidence.attempts
    if attempt.acknowledged and attempt.act not in UNTOLD
]
Change = Callable[[list[Seen], int], None]


def lose(messages: list[Seen], place: int) -> None:
    gone = messages[place].headers["ce_id"]
    messages[:] = [m for m in messages if m.headers["ce_id"] != gone]


def invent(messages: list[Seen], place: int) -> None:
    headers = {**messages[place].headers, "ce_id": "invented"}
    messages.append(replace(messages[place], headers=headers, offset=10**6))


def hand_on(messages: list[Seen], place: int) -> None:
    messages[place] = replace(messages[place], partition=messages[place].partition + 1, key="x")


def renumber(messages: list[Seen], place: int) -> None:
    headers = dict(messages[place].headers)
    headers["ce_aggregateversion"] = str(int(headers["ce_aggregateversion"]) + 1)
    messages[place] = replace(messages[place], headers=headers)


def forge(messages: list[Seen], place: int) -> None:
    headers = {**messages[place].headers, "ce_correlationid": "proof-forged"}
    messages[place] = replace(messages[place], headers=headers)


@pytest.mark.parametrize(
    ("reason", "hangs"), [("consent_needed", True), ("mistake", False)], ids=["age", "worker"]
)
def test_a_yes_hangs_again_what_only_the_wrong_one_had_agreed_to(reason: str, hangs: bool) -> None:
    card = Card(said={"service": True, "publish": True})
    yes = {"purpose": "publish", "given": True}
    for version, (name, data) in enumerate(
        [("WishTakenDown", {"reason": reason}), ("ConsentChanged", yes)], start=5
    ):
        event = Event("e", name, WISH, 0, version, "w", "w", version, "c", "", data)
        assert list(card.step(event, "claimed", "ClaimContacted")) == []
    assert card.may_hang is hangs


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(PLACES), st.sampled_from([lose, invent, hand_on, renumber]))
def test_no_message_can_be_spoiled_unseen(which: tuple[Evidence, int], change: Change) -> None:
    evidence, place = which
    messages = list(evidence.messages)
    change(messages, place)
    assert failed(replace(evidence, messages=messages))


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(AFTER_THE_OPENING))
def test_no_message_after_the_opening_can_be_forged(which: tuple[Evidence, int]) -> None:
    evidence, place = which
    messages = list(evidence.messages)
    forge(messages, place)
    assert UNASKED in failed(replace(evidence, messages=messages))


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(ROWS), st.booleans())
def test_no_row_can_be_lost_or_doubled_unseen(which: tuple[Evidence, str, int], lost: bool) -> None:
    evidence, table, nth = which
    same = ("inbox", "versions", "wishes", "claims", "consents", "requests", "erased")
    if not lost and table.startswith(same):
        return  # these tables' own keys forbid a double
    spoil = row_gone(table, nth) if lost else row_added(table, nth=nth)
    assert failed(spoil(evidence))


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(ACKNOWLEDGED))
def test_no_acknowledged_command_can_be_forgotten(which: tuple[Evidence, str]) -> None:
    evidence, command = which
    kept = [a for a in evidence.attempts if a.command != command]
    assert UNASKED in failed(replace(evidence, attempts=kept))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 40), max_size=6))
def test_exact_repeats_at_any_place_are_no_violation(repeats: list[int]) -> None:
    assert failed(a_town(repeats).evidence()) == set()


def test_topics_of_the_story_are_all_there() -> None:
    assert {WISH, POINTS, NOTIFICATION} <= {message.topic for message in GOOD.messages}
