"""What people asked about their own data: each request answered once, and nothing left of the erased."""

from collections.abc import Iterator

from proof.check import Check, verdict
from proof.history import Event, History

DONE = frozenset({"given", "corrected", "erased"})
LEFT = {
    "key": "the key is still there",
    "words": "words are left",
    "wishes": "a wish goes on",
    "messages": "somebody has not forgotten what was sent to them",
}
"""Column of the facts → what is wrong when it holds anything."""


def checks(history: History) -> list[Check]:
    return [requests_as_told(history), by_two(history), nothing_left(history)]


def requests_as_told(history: History) -> Check:
    """Every request in the table is in the state that its events lead to, and answered once."""
    states: dict[str, str] = {}
    found: list[str] = []
    # A person's events are all in one partition, and so in order.
    for event in history.named("DataRequestFiled", "DataRequestAnswered"):
        request = str(event.data["request_id"])
        if (event.name == "DataRequestFiled") != (request not in states):
            found.append(f"{event.name} {event.id}: request {request} is {states.get(request)}")
        elif states.get(request, "open") != "open":
            found.append(f"{event.name} {event.id}: request {request} was answered before")
        states[request] = _state(event)
    table = {str(row["id"]): _open(str(row["state"])) for row in history.facts("requests")}
    found += [
        f"request {request}: {table.get(request)} in the table, {states.get(request)} told"
        for request in sorted(table.keys() | states.keys())
        if table.get(request) != states.get(request)
    ]
    return verdict(
        "关于自己数据的每个请求，都有一个答复",
        "Every request about one's own data stands as its events say",
        len(table),
        found,
    )


def by_two(history: History) -> Check:
    """Whoever erased had another one's look before it, and had not asked for it."""
    hands: dict[str, dict[str, str]] = {}
    erasures = 0
    found: list[str] = []
    for command in sorted(history.commands.values(), key=lambda c: c.first.called):
        request = str(command.first.asked.get("request", "")) or _made(history, command.name)
        before = hands.setdefault(request, {})
        if command.act == "erase" and history.took_effect(command):
            erasures += 1
            if "look_at_erasure" not in before:
                found.append(f"{command.name}: nobody has looked at request {request}")
            if command.first.client in before.values():
                found.append(f"{command.name}: {command.first.client} had it in hand before")
        elif command.act in ("file_request", "look_at_erasure") and command.outcome != "refused":
            before[command.act] = command.first.client
    return verdict("抹去一个人要过两个人的手", "Nobody is erased by one alone", erasures, found)


def nothing_left(history: History) -> Check:
    told = {event.key for event in history.named("PersonErased")}
    rows = {str(row["id"]): row for row in history.facts("erased")}
    found = [
        f"person {person}: erased in the {'table' if person in rows else 'events'} alone"
        for person in sorted(told ^ rows.keys())
    ]
    found += [
        f"person {person}: {why}"
        for person, row in rows.items()
        for column, why in LEFT.items()
        if row[column]
    ]
    found += [f"the bytes of key {row['id']} are on the disk" for row in history.facts("key_pages")]
    found += _afterwards(history)
    return verdict(
        "抹去了的人，什么都不剩", "Nothing is left of whoever was erased", len(rows), found
    )


def _afterwards(history: History) -> Iterator[str]:
    erased: set[str] = set()
    for event in history.events:
        if event.key in erased:
            yield f"{event.name} {event.id}: person {event.key} was erased before"
        if event.name == "PersonErased":
            erased.add(event.key)


def _made(history: History, command: str) -> str:
    """The request that a command filed."""
    filed = (e for e in history.caused_by(command) if e.name == "DataRequestFiled")
    return next((str(event.data["request_id"]) for event in filed), "")


def _state(event: Event) -> str:
    outcome = str(event.data.get("outcome", ""))
    return "done" if outcome in DONE else outcome or "open"


def _open(state: str) -> str:
    """The look of the first of two is told to nobody."""
    return "open" if state in ("filed", "checked") else state
