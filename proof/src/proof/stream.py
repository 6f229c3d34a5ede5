"""The topics by themselves: versions, order, partitions, repeats, and that the tables know no more."""

from collections import defaultdict
from collections.abc import Iterator

from proof.check import Check, verdict
from proof.history import READERS, WISH, Event, History

DISCARDED = ["WishDrafted", "WishWithdrawn"]
"""A draft that nobody handed in: no table keeps it."""


def checks(history: History) -> list[Check]:
    return [
        readable(history),
        in_order(history),
        one_partition(history),
        repeats_are_exact(history),
        tables_agree(history),
        each_read_once(history),
    ]


def readable(history: History) -> Check:
    count = len(history.events) + len(history.unreadable)
    foreign = [f"{e.name} {e.id}: key {e.key}" for e in history.events if e.key != e.subject]
    return verdict(
        "每条消息都读得懂",
        "Every message can be read, and its key is its subject",
        count,
        [*history.unreadable, *foreign],
    )


def in_order(history: History) -> Check:
    """Per aggregate 1, 2, 3, … as they lie in the partition, exact repeats removed."""
    streams = _streams(history.events)
    found = [
        f"{topic} {key}: versions {_short([e.version for e in events])}"
        for (topic, key), events in streams.items()
        if [event.version for event in events] != list(range(1, len(events) + 1))
    ]
    return verdict(
        "每件事的版本 1、2、3……不缺，也不乱",
        "Per aggregate the versions are 1, 2, 3, … in order and without a gap",
        len(streams),
        found,
    )


def one_partition(history: History) -> Check:
    places: defaultdict[tuple[str, str], set[int]] = defaultdict(set)
    for message in history.evidence.messages:
        places[message.topic, message.key].add(message.partition)
    found = [
        f"{topic} {key}: partitions {sorted(partitions)}"
        for (topic, key), partitions in places.items()
        if len(partitions) > 1
    ]
    return verdict("同一个键总在同一个分区", "A key is always on one partition", len(places), found)


def repeats_are_exact(history: History) -> Check:
    """At least once on the wire: the same `ce_id` must be the same bytes."""
    first: dict[str, tuple[object, ...]] = {}
    found: list[str] = []
    for message in history.evidence.messages:
        name = message.headers.get("ce_id", "")
        text = (message.topic, message.key, message.value, sorted(message.headers.items()))
        if first.setdefault(name, text) != text:
            place = f"{message.topic}/{message.partition}/{message.offset}"
            found.append(f"{place}: {name} is not what it was before")
    return verdict("重发的一字不差", "A repeat is the same, byte for byte", history.repeats, found)


def tables_agree(history: History) -> Check:
    """Nothing was committed without its event, and no event is of something that is not there."""
    rows = {
        (f"wishtree.{row['stream']}.events.v1", str(row["id"])): int(row["version"])
        for row in history.facts("versions")
    }
    last: dict[tuple[str, str], int] = {}
    for event in history.events:
        place = event.topic, event.key
        last[place] = max(last.get(place, 0), event.version)
    for wish, events in history.by_wish.items():
        if [event.name for event in events] == DISCARDED:
            del last[WISH, wish]
    found = [
        f"{place[0]} {place[1]}: version {rows.get(place, 'nowhere')} in the table, "
        f"{last.get(place, 'none')} on the topic"
        for place in sorted(rows.keys() | last.keys())
        if rows.get(place) != last.get(place)
    ]
    return verdict(
        "表里的和流上的一样新",
        "Tables and topics are at the same version",
        len(rows),
        found,
    )


def each_read_once(history: History) -> Check:
    """Every group has noted every event of its topics, and nothing else."""
    counted = 0
    found: list[str] = []
    for group in sorted({group for groups in READERS.values() for group in groups}):
        noted = {str(row["event_id"]) for row in history.facts(f"inbox {group}")}
        sent = {event.id for event in history.events if group in READERS.get(event.topic, ())}
        counted += len(sent)
        found += [
            f"{group}: never handled {_named(history, name)}" for name in sorted(sent - noted)
        ]
        found += [f"{group}: handled {name}, which is on no topic" for name in sorted(noted - sent)]
    return verdict(
        "每个服务把该看的都看了", "Every group has handled every event once", counted, found
    )


def _named(history: History, name: str) -> str:
    event = history.by_id[name]
    return f"{event.name} {name} of {event.key}"


def _streams(events: tuple[Event, ...]) -> dict[tuple[str, str], list[Event]]:
    found: defaultdict[tuple[str, str], list[Event]] = defaultdict(list)
    for event in events:
        found[event.topic, event.key].append(event)
    # Where a key is on two partitions there is no order between them: one_partition says so.
    return {
        place: sorted(stream, key=lambda e: (e.partition, e.offset))
        for place, stream in found.items()
    }


def _short(versions: list[int]) -> str:
    def around() -> Iterator[int]:
        wrong = next(n for n, version in enumerate(versions, start=1) if version != n)
        yield from versions[max(0, wrong - 4) : wrong + 6]

    return f"… {' '.join(map(str, around()))} …"
