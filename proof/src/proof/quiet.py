"""After the faults: everything has arrived, and only what was poisoned lies aside."""

from collections import Counter, defaultdict

from proof.check import Check, verdict
from proof.evidence import SCHEMAS
from proof.history import READERS, History

WITHIN = 60.0
"""Seconds from the end of the faults."""


def checks(history: History) -> list[Check]:
    return [settled(history), empty(history), only_poison_aside(history)]


def settled(history: History) -> Check:
    after = history.evidence.settled_after
    found: list[str] = []
    if after is None:
        found.append("it never came to rest")
    elif after > WITHIN:
        found.append(f"it came to rest after {after:.0f} s")
    return verdict(
        "故障结束后 60 秒内一切到位", "Everything settles within 60 s after the faults", 1, found
    )


def empty(history: History) -> Check:
    """Outboxes, their dead rows, and the groups' lag."""
    found: list[str] = []
    for schema in SCHEMAS:
        rows = sum(int(row["count"]) for row in history.facts(f"outbox {schema}"))
        if rows:
            found.append(f"{schema}: {rows} rows wait in the outbox")
        dead = history.facts(f"outbox_dead {schema}")
        found += [f"{schema}: {row['key']} can't be sent: {row['reason']}" for row in dead]
    groups = sorted({group for readers in READERS.values() for group in readers})
    for group in groups:
        behind = history.evidence.lag.get(group)
        if behind is None or behind < 0:
            found.append(f"{group}: nobody knows its lag")
        elif behind:
            found.append(f"{group}: {behind} events behind the end")
    return verdict(
        "没有还在等的：发件箱空，消费者跟上了",
        "Outboxes are empty and lag is zero",
        len(SCHEMAS) + len(groups),
        found,
    )


def only_poison_aside(history: History) -> Check:
    """Each injected event is set aside once by each group that reads its topic; nothing else is."""
    evidence = history.evidence
    there = {message.headers.get("ce_id") for message in evidence.messages}
    poisons = [poison for poison in evidence.poisons if poison.event_id in there]
    wanted = {(group, p.key) for p in poisons for group in READERS[p.topic]}
    culprits: Counter[tuple[str, str]] = Counter()
    found: list[str] = []
    for schema in SCHEMAS:
        for row in history.facts(f"dead_letter {schema}"):
            place = (schema, str(row["key"]))
            culprits[place] += bool(row["culprit"])
            if place not in wanted:
                what = "set aside" if row["culprit"] else "parked"
                found.append(f"{schema}: {row['key']} was {what}: {row['reason']}")
    for place in sorted(wanted):
        if culprits[place] != 1:
            found.append(f"{place[0]}: poison {place[1]} was set aside {culprits[place]} times")
    return verdict(
        "除了放进去的毒消息，没有搁置的",
        "No dead letter besides the injected ones",
        len(wanted),
        [*found, *_letters(history, wanted)],
    )


def _letters(history: History, wanted: set[tuple[str, str]]) -> list[str]:
    """The same by the dead-letter topics, where somebody has read them."""
    letters = history.evidence.letters
    if letters is None:
        return []
    got: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for letter in letters:
        group = letter.topic.removesuffix(".dlq").rsplit(".", 1)[-1]
        # An exact repeat has the same place: the topic is written at least once, like any other.
        got[group, letter.key].add(letter.headers.get("dlq-place", ""))
    found = [f"{p[0]}: {p[1]} is on the dead-letter topic" for p in sorted(got) if p not in wanted]
    return found + [
        f"{place[0]}: poison {place[1]} has {len(got[place])} letters on the dead-letter topic"
        for place in sorted(wanted)
        if len(got[place]) != 1
    ]
