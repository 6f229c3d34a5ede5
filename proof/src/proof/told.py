"""Who was told what: everybody concerned, once per fact, and nobody of what never happened."""

from collections import Counter, defaultdict
from collections.abc import Mapping

from proof.check import Check, verdict
from proof.history import Event, History

RESIDENT = frozenset(
    {
        "WishSubmitted",
        "WishReturned",
        "WishPosted",
        "WishClaimed",
        "ClaimReleased",
        "WishDelivered",
        "WishFulfilled",
        "WishReopened",
        "WishWithdrawn",
    }
)
CLAIMANT = frozenset(
    {"WishClaimed", "ClaimReleased", "WishDelivered", "WishFulfilled", "WishReopened"}
)
HELPERS = frozenset({"ClaimReleased", "WishFulfilled", "WishReopened"})
DESK = frozenset({"WishSubmitted", "WishClaimed", "WishDelivered", "WishFulfilled", "WishReopened"})
HOLDER = frozenset({"PointsCredited", "PointsReversed"})
VOLUNTEER = frozenset({"ClaimJoined", "VolunteerApproved"})
PERSONS = ("resident", "volunteer")


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
    messages: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
    for row in history.facts("messages"):
        messages[str(row["source_event_id"])].add((row["recipient_kind"], str(row["recipient_id"])))
    counted = 0
    found: list[str] = []
    for event in history.events:
        wanted = concerned(event, beneficiaries)
        told = {person for person in messages[event.id] if person[0] in PERSONS}
        counted += len(wanted)
        name = f"{event.name} {event.id}"
        found += [f"{name}: {kind} {who} was not told" for kind, who in sorted(wanted - told)]
        found += [f"{name}: {kind} {who} is not concerned" for kind, who in sorted(told - wanted)]
        if event.name in DESK and len(messages[event.id]) == len(told):
            found.append(f"{name}: the desk was not told")
    return verdict("该知道的人都知道了", "Everybody concerned was told", counted, found)


def concerned(event: Event, beneficiaries: Mapping[str, str]) -> set[tuple[str, str]]:
    """(kind, id) of the people; units are left out, for membership is not in the event."""
    data, found = event.data, set[tuple[str, str]]()
    if event.name in RESIDENT and event.key in beneficiaries:
        found.add(("resident", beneficiaries[event.key]))
    if event.name in CLAIMANT:
        found.add((data["claimant"]["kind"], str(data["claimant"]["id"])))
    if event.name in HELPERS:
        found |= {("volunteer", str(helper)) for helper in data.get("helpers") or ()}
        services = data.get("services") or ()
        found |= {("volunteer", str(service["volunteer_id"])) for service in services}
    if event.name in VOLUNTEER:
        found.add(("volunteer", str(data["volunteer_id"])))
    if event.name in HOLDER:
        found.add((data["holder_kind"], str(data["holder_id"])))
    return {(kind, who) for kind, who in found if kind in PERSONS}


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
