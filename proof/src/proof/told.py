"""Who was told what: everybody concerned, once per fact, and nobody of what never happened."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from proof.check import Check, verdict
from proof.history import Event, History

RESIDENT = frozenset(
    {
        "WishSubmitted",
        "WishReturned",
        "WishPosted",
        "WishWithdrawn",
        "WishTakenDown",
        "WishReferred",
        "ReferralAnswered",
        "WishEscalated",
        "WishClaimed",
        "ClaimContacted",
        "ClaimExtended",
        "ClaimReleased",
        "ClaimLapsed",
        "VisitStarted",
        "WishPartlyDelivered",
        "WishDelivered",
        "WishFulfilled",
        "WishReopened",
        "ComplaintEscalated",
        "ComplaintAnswered",
        "DataRequestFiled",
        "DataRequestAnswered",
    }
)
CLAIMANT = frozenset(
    {
        "WishClaimed",
        "ClaimJoined",
        "ClaimUnitJoined",
        "ClaimLeft",
        "ClaimExtensionRefused",
        "WishDelivered",
    }
)
PARTNERS = frozenset(
    {
        "WishTakenDown",
        "ClaimReminded",
        "ClaimExtended",
        "ChangeProposed",
        "ClaimReleased",
        "ClaimLapsed",
        "ClaimEnded",
        "WishPartlyDelivered",
        "WishFulfilled",
        "WishReopened",
    }
)
"""Everybody who helps with the wish at that moment."""
DESK = frozenset(
    {
        "WishSubmitted",
        "WishTakenDown",
        "WishOverdue",
        "WishEscalated",
        "WishClaimed",
        "ClaimExtensionAsked",
        "ClaimLapsed",
        "VisitOverdue",
        "WishDelivered",
        "WishFulfilled",
        "WishReopened",
        "CallbackDrawn",
        "ComplaintFiled",
        "ComplaintEscalated",
        "DataRequestFiled",
    }
)
HOLDER = frozenset({"PointsCredited", "PointsReversed"})
VOLUNTEER = frozenset({"ClaimJoined", "VolunteerApproved", "QualificationChanged"})
PERSONS = ("resident", "volunteer")
GOOD, POOR = 4, 2
Person = tuple[str, str]
"""(kind, id)."""


def checks(history: History) -> list[Check]:
    return [told_once(history), everybody_was_told(history), delivered_once(history)]


def told_once(history: History) -> Check:
    rows = history.facts("messages")
    times = Counter(
        (str(r["source_event_id"]), r["recipient_kind"], str(r["recipient_id"])) for r in rows
    )
    found = [
        f"{kind} {who} was told {n} times of {event}"
        for (event, kind, who), n in times.items()
        if n > 1
    ]
    found += [
        f"message {row['id']} tells of {row['source_event_id']}, which never happened"
        for row in rows
        if str(row["source_event_id"]) not in history.by_id
    ]
    return verdict(
        "每件事对每个人只说一次，没有的事不说",
        "Each person is told once per fact, and nothing that never happened",
        len(rows),
        found,
    )


def everybody_was_told(history: History) -> Check:
    """Every person concerned has their message, and nobody else; the desk has one where it must."""
    beneficiaries = {
        event.key: str(event.data["beneficiary_id"]) for event in history.named("WishSubmitted")
    }
    messages: defaultdict[str, set[Person]] = defaultdict(set)
    for row in history.facts("messages"):
        messages[str(row["source_event_id"])].add((row["recipient_kind"], str(row["recipient_id"])))
    partners: defaultdict[str, list[Person]] = defaultdict(list)
    counted = 0
    found: list[str] = []
    # A wish's events are all in one partition, and so in order.
    for event in history.events:
        helping = partners[event.key]
        wanted = {p for p in concerned(event, beneficiaries, helping) if p[0] in PERSONS}
        told = {person for person in messages[event.id] if person[0] in PERSONS}
        counted += len(wanted)
        name = f"{event.name} {event.id}"
        found += [f"{name}: {kind} {who} was not told" for kind, who in sorted(wanted - told)]
        found += [f"{name}: {kind} {who} is not concerned" for kind, who in sorted(told - wanted)]
        if desk_hears(event) and len(messages[event.id]) == len(told):
            found.append(f"{name}: the desk was not told")
        if event.name == "InvitationSent":
            asked = ("invitation", str(event.data["invitation_id"]))
            found += [] if messages[event.id] == {asked} else [f"{name}: nobody was asked"]
        partners[event.key] = after(event, helping)
    return verdict("该知道的人都知道了", "Everybody concerned was told", counted, found)


def concerned(
    event: Event, beneficiaries: Mapping[str, str], helping: Sequence[Person]
) -> set[Person]:
    """Those whom the event concerns, as (kind, id). Of units only those that the events name: which
    branch somebody belongs to is not in them."""
    data, found = event.data, set[Person]()
    if _resident_hears(event):
        resident = beneficiaries.get(event.key) or data.get("beneficiary_id")
        found |= {("resident", str(resident))} if resident else set()
    lead = _giver(data["claimant"]) if "claimant" in data else next(iter(helping), None)
    others = {("volunteer", str(helper)) for helper in data.get("helpers") or ()}
    others |= {("volunteer", str(s["volunteer_id"])) for s in data.get("services") or ()}
    others |= set(helping)
    everybody = others | ({lead} if lead else set())
    if event.name in CLAIMANT and lead:
        found.add(lead)
    if event.name in PARTNERS or _partners_hear(event):
        found |= everybody
    if event.name == "ClaimContacted":
        found |= everybody - {lead}
    if event.name in VOLUNTEER:
        found.add(("volunteer", str(data["volunteer_id"])))
    if event.name in HOLDER:
        found.add((data["holder_kind"], str(data["holder_id"])))
    for name in ("left", "offered_to"):
        found |= {_giver(data[name])} if name in data else set()
    if event.name == "VisitOverdue":
        found |= {("volunteer", str(visitor)) for visitor in data["visitors"]}
    return found


def after(event: Event, helping: Sequence[Person]) -> list[Person]:
    """Who helps after the event, the lead first."""
    data = event.data
    match event.name:
        case "WishClaimed":
            return [_giver(data["claimant"])]
        case "ClaimJoined":
            return [*dict.fromkeys([*helping, ("volunteer", str(data["volunteer_id"]))])]
        case "ClaimUnitJoined":
            return [*dict.fromkeys([*helping, ("organisation", str(data["organisation_id"]))])]
        case "ClaimLeft":
            lead, left = _giver(data["claimant"]), _giver(data["left"])
            return [lead, *(person for person in helping if person not in (lead, left))]
        case "ClaimReleased" | "ClaimLapsed" | "ClaimEnded" | "WishClosed":
            return []
        case _:
            return list(helping)


def _resident_hears(event: Event) -> bool:
    match event.name:
        case "WishChanged":
            return event.data.get("claim_id") is not None
        case "ClaimEnded":
            return event.data["reason"] == "change_not_accepted"
        case "WishMessageSent":
            return event.data["sender"] == "claimant"
        case name:
            return name in RESIDENT


def _partners_hear(event: Event) -> bool:
    """What concerns them in one case and not in another."""
    match event.name:
        case "WishChanged":
            return event.data.get("claim_id") is not None
        case "WishMessageSent":
            return event.data["sender"] == "resident"
        case "WishEvaluated":
            return event.data["score"] >= GOOD
        case _:
            return False


def desk_hears(event: Event) -> bool:
    match event.name:
        case "WishChanged":
            return event.data.get("claim_id") is None
        case "ConsentChanged":
            return not event.data["given"]
        case "ClaimReminded":
            return bool(event.data["late"])
        case "WishEvaluated":
            return event.data["score"] <= POOR
        case name:
            return name in DESK


def _giver(giver: Mapping[str, object]) -> Person:
    return str(giver["kind"]), str(giver["id"])


def delivered_once(history: History) -> Check:
    """One NotificationDelivered for each message that is, and for none that is not."""
    rows = {str(row["id"]): row for row in history.facts("messages")}
    events = history.named("NotificationDelivered")
    times = Counter(event.key for event in events)
    found = [f"message {name}: delivered {n} times" for name, n in times.items() if n > 1]
    for name, row in rows.items():
        if row["state"] == "delivered" and not times[name]:
            found.append(f"message {name} is delivered, and nobody was told that")
        if row["state"] == "pending":
            found.append(f"message {name} was never sent")
        if row["state"] == "failed":
            found.append(f"message {name} failed")
    for event in events:
        row = rows.get(event.key)
        if row is None:
            found.append(f"NotificationDelivered {event.id}: there is no message {event.key}")
        elif row["state"] != "delivered" or _about(event) != _source(row):
            found.append(f"NotificationDelivered {event.id} is not what message {event.key} says")
    return verdict(
        "送到的消息，各报一次", "Every message delivered is announced once", len(rows), found
    )


def _about(event: Event) -> tuple[str, str]:
    return str(event.data.get("source_event_id")), str(event.data.get("recipient_id"))


def _source(row: Mapping[str, object]) -> tuple[str, str]:
    return str(row["source_event_id"]), str(row["recipient_id"])
