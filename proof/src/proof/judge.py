"""The judge: what was promised, compared with the record, the topics and the tables. Pure."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from proof.books import helps_of, is_unknown, lines_of
from proof.evidence import SCHEMAS, Evidence, Seen
from proof.reader import GROUPS, TOPICS
from proof.record import Attempt

SETTLES_WITHIN = 60.0
WISHES, VOLUNTEERS, POINTS, NOTIFICATIONS = TOPICS
EFFECT = {
    "submit": "WishSubmitted",
    "follow_up": "WishSubmitted",
    "verify": "WishVerified",
    "return": "WishReturned",
    "publish": "WishPosted",
    "withdraw": "WishWithdrawn",
    "claim": "WishClaimed",
    "join": "ClaimJoined",
    "release": "ClaimReleased",
    "deliver": "WishDelivered",
    "reopen": "WishReopened",
}


@dataclass(frozen=True)
class Check:
    """One promise: how much was looked at, and every place where it does not hold."""

    key: str
    name: str
    counted: int
    violations: tuple[str, ...]

    @property
    def passed(self) -> bool:
        return not self.violations


@dataclass(frozen=True)
class Event:
    """A message with its envelope taken apart."""

    seen: Seen

    @property
    def id(self) -> str:
        return self.seen.headers.get("ce_id", "")

    @property
    def name(self) -> str:
        """`wishtree.WishPosted.v1` → `WishPosted`."""
        return (self.seen.headers.get("ce_type", "..") + "..").split(".")[1]

    @property
    def command(self) -> str:
        return self.seen.headers.get("ce_correlationid", "")

    @property
    def version(self) -> int:
        return int(self.seen.headers.get("ce_aggregateversion", "0"))

    @cached_property
    def data(self) -> dict[str, Any]:
        return json.loads(self.seen.value)


@dataclass(frozen=True)
class _Case:
    """The evidence, put in order once for all checks."""

    evidence: Evidence

    @cached_property
    def commands(self) -> dict[str, list[Attempt]]:
        found: defaultdict[str, list[Attempt]] = defaultdict(list)
        for attempt in self.evidence.attempts:
            found[attempt.command].append(attempt)
        return dict(found)

    @cached_property
    def all_events(self) -> list[Event]:
        poisoned = {poison.event_id for poison in self.evidence.poisons}
        return [event for event in map(Event, self.evidence.messages) if event.id not in poisoned]

    @cached_property
    def events(self) -> list[Event]:
        """Without exact repeats."""
        seen: set[str] = set()
        return [e for e in self.all_events if not (e.id in seen or seen.add(e.id))]

    @cached_property
    def by_wish(self) -> dict[str, list[Event]]:
        found: defaultdict[str, list[Event]] = defaultdict(list)
        for event in self.events:
            if event.seen.topic == WISHES:
                found[event.seen.key].append(event)
        return dict(found)


def judge(evidence: Evidence) -> list[Check]:
    """All checks, each with its violations."""
    case = _Case(evidence)
    return [check(case) for check in CHECKS]


def _effects(case: _Case) -> Check:
    made: defaultdict[str, list[Event]] = defaultdict(list)
    for event in case.events:
        if event.seen.topic == WISHES:
            made[event.command].append(event)
    wrong: list[str] = []
    for command, attempts in case.commands.items():
        effects = made.get(command, [])
        good = next((attempt for attempt in attempts if attempt.acknowledged), None)
        known = good is not None or not any(map(is_unknown, attempts))
        wanted = 1 if good else 0
        if len(effects) > 1 or (known and len(effects) != wanted):
            names = ", ".join(event.name for event in effects) or "nothing"
            wrong.append(f"{command} {attempts[0].act}: {wanted} effect wanted, found {names}")
        for event in effects:
            wrong += _other_effect(command, attempts[0], good, event)
    return Check(
        "effects",
        "办成的事恰好留下一次 / acknowledged effects exist once",
        len(case.commands),
        tuple(wrong),
    )


def _other_effect(
    command: str, attempt: Attempt, good: Attempt | None, event: Event
) -> Iterable[str]:
    wanted = EFFECT.get(attempt.act) or (
        "WishFulfilled" if attempt.asked.get("answer") == "satisfied" else "WishReopened"
    )
    if event.name != wanted:
        yield f"{command} {attempt.act}: {event.name} instead of {wanted}"
    if attempt.wish and event.seen.key != attempt.wish:
        yield f"{command} {attempt.act}: happened to another wish"
    if good is None:
        return
    told = str(good.answer.get("id", ""))
    field = {"submit": "wish_id", "follow_up": "wish_id", "claim": "claim_id"}.get(attempt.act)
    if field and event.data.get(field) != told:
        yield f"{command} {attempt.act}: {field} {event.data.get(field)}, but {told} was answered"


def _causes(case: _Case) -> Check:
    """No effect without a command: every event of every service names one."""
    wrong = [
        f"{event.name} {event.id} of {event.seen.topic}: nobody asked for it ({event.command})"
        for event in case.events
        if event.command not in case.commands and event.id not in case.evidence.opening
    ]
    return Check(
        "causes", "没有无因之果 / no effect without a command", len(case.events), tuple(wrong)
    )


def _answers(case: _Case) -> Check:
    wrong: list[str] = []
    for command, attempts in case.commands.items():
        answers = {json.dumps(a.answer, sort_keys=True) for a in attempts if a.acknowledged}
        if len(answers) > 1:
            wrong.append(f"{command} {attempts[0].act}: {len(answers)} different answers")
    return Check(
        "answers", "同一把钥匙同一个答复 / one key, one answer", len(case.commands), tuple(wrong)
    )


def _versions(case: _Case) -> Check:
    found: defaultdict[tuple[str, str], list[Event]] = defaultdict(list)
    for event in case.events:
        found[event.seen.topic, event.seen.key].append(event)
    wrong: list[str] = []
    for (topic, key), events in found.items():
        versions = [event.version for event in events]
        if versions != list(range(1, len(versions) + 1)):
            wrong.append(f"{topic} {key}: versions {versions}")
        if len({event.seen.partition for event in events}) > 1:
            wrong.append(f"{topic} {key}: on several partitions")
    return Check(
        "versions",
        "每个对象的版本 1、2、3…，不缺不乱 / versions 1, 2, 3, … in order",
        len(found),
        tuple(wrong),
    )


def _repeats(case: _Case) -> Check:
    first: dict[str, tuple[str, int, str, bytes]] = {}
    wrong: list[str] = []
    for event in case.all_events:
        seen = event.seen
        content = (seen.topic, seen.partition, seen.key, seen.value)
        if first.setdefault(event.id, content) != content:
            wrong.append(f"{event.name} {event.id}: the same id with other content")
    repeats = len(case.all_events) - len(first)
    return Check("repeats", "重复的消息一字不差 / repeats are exact", repeats, tuple(wrong))


def _one_winner(case: _Case) -> Check:
    wrong: list[str] = []
    claimed = 0
    for wish, events in case.by_wish.items():
        holder, over = "", False
        for event in events:
            claim = str(event.data.get("claim_id", ""))
            if event.name == "WishClaimed":
                claimed += 1
                if holder or over:
                    wrong.append(f"{wish}: claimed by {claim} while {holder or 'fulfilled'}")
                holder = claim
            elif event.name == "ClaimReleased":
                if claim != holder:
                    wrong.append(f"{wish}: {claim} released, but {holder or 'nobody'} held it")
                holder = ""
            elif event.name in ("WishDelivered", "WishFulfilled", "WishReopened"):
                if claim != holder:
                    wrong.append(
                        f"{wish}: {event.name} of {claim}, but {holder or 'nobody'} held it"
                    )
                over = event.name == "WishFulfilled"
    wins: Counter[str] = Counter()
    releases: Counter[str] = Counter()
    for attempts in case.commands.values():
        first = attempts[0]
        if first.act == "claim":
            wins[first.wish] += any(attempt.acknowledged for attempt in attempts)
        if first.act == "release":
            releases[first.wish] += 1
    wrong += [
        f"{wish}: {won} winners, {releases[wish]} releases"
        for wish, won in wins.items()
        if won > 1 + releases[wish]
    ]
    return Check("one-winner", "一个心愿一位认领人 / one winner per wish", claimed, tuple(wrong))


def _claims(case: _Case) -> Check:
    """The claims table says the same as the wishes."""
    fits = {
        "claimed": {"live"},
        "delivered": {"delivered"},
        "fulfilled": {"done"},
    }
    open_: Counter[str] = Counter()
    wrong: list[str] = []
    claims = case.evidence.facts["claims"]
    for claim in claims:
        if claim["state"] == "released":
            continue
        open_[str(claim["wish_id"])] += 1
        if claim["state"] not in fits.get(claim["wish_state"], set()):
            wrong.append(f"{claim['id']}: {claim['state']} on a {claim['wish_state']} wish")
    wrong += [f"{wish}: {count} claims at once" for wish, count in open_.items() if count > 1]
    last = {wish: events[-1].version for wish, events in case.by_wish.items()}
    wrong += [
        f"{row['id']}: version {row['version']}, but {last.get(str(row['id']), 0)} on the topic"
        for row in case.evidence.facts["wishes"]
        if last.get(str(row["id"]), 0) != row["version"]
    ]
    return Check(
        "claims", "认领与心愿状态一致 / claims fit their wishes", len(claims), tuple(wrong)
    )


def _books(case: _Case) -> Check:
    facts = case.evidence.facts
    wrong = [f"{row['book']}: sums to {row['sum']}" for row in facts["sums"] if row["sum"]]
    wrong += [f"{row['holder_id']} {row['book']}: {row['balance']}" for row in facts["negative"]]
    wrong += [
        f"{row['holder_id']} {row['book']}: balance {row['balance']}, entries {row['entries']}"
        for row in facts["differences"]
    ]
    return Check(
        "books",
        "三本账平，没有负数 / books sum to zero, none negative",
        len(facts["postings"]),
        tuple(wrong),
    )


def _credits(case: _Case) -> Check:
    """Entries against the clients' own record, for every wish whose commands were all answered."""
    helps = helps_of(case.evidence.attempts)
    certain = {wish for wish, help_ in helps.items() if help_.certain}
    wanted = Counter({line: n for line, n in lines_of(helps).items() if line[0] in certain})
    found: Counter[tuple[str, str, str]] = Counter()
    for row in case.evidence.facts["entries"]:
        line = (str(row["wish_id"]), str(row["book"]), str(row["holder_id"]))
        if line[0] in certain or line[0] not in helps:
            found[line] += row["amount"]
    wrong = [
        f"{' '.join(line)}: {found[line]} booked, {wanted[line]} earned"
        for line in sorted(wanted.keys() | found.keys())
        if found[line] != wanted[line]
    ]
    return Check(
        "credits",
        "记的账等于实现的心愿 / credits equal the fulfilled wishes",
        len(wanted),
        tuple(wrong),
    )


def _postings(case: _Case) -> Check:
    """One posting per WishFulfilled, one reversal per reopened one, an event for each holder."""
    facts = case.evidence.facts
    fulfilled = {e.id for e in case.events if e.name == "WishFulfilled"}
    undone = {
        e.id for e in case.events if e.name == "WishReopened" and e.data.get("fulfilled_event_id")
    }
    booked = Counter(str(row["source_event_id"]) for row in facts["postings"])
    wrong = [
        f"{source}: {booked[source]} postings"
        for source in fulfilled | undone
        if booked[source] != 1
    ]
    wrong += [f"{source}: a posting for no event" for source in booked.keys() - fulfilled - undone]
    said = Counter(
        (str(e.data["posting_id"]), str(e.data["holder_id"]))
        for e in case.events
        if e.seen.topic == POINTS
    )
    wrong += [
        f"{posting} {holder}: told {n} times" for (posting, holder), n in said.items() if n > 1
    ]
    told = {posting for posting, _ in said}
    wrong += [
        f"{row['id']}: nobody was told" for row in facts["postings"] if str(row["id"]) not in told
    ]
    return Check(
        "postings", "每次实现记一笔 / one posting per fulfilled wish", len(booked), tuple(wrong)
    )


def _records(case: _Case) -> Check:
    """Volunteers' activity cards against the stream's own WishFulfilled, less what was reopened."""
    stands: dict[str, dict[str, int]] = {}
    for events in case.by_wish.values():
        for event in events:
            if event.name == "WishFulfilled":
                stands[event.id] = _minutes(event.data)
            elif event.name == "WishReopened":
                stands.pop(str(event.data.get("fulfilled_event_id")), None)
    wanted = {(e, v): m for e, people in stands.items() for v, m in people.items()}
    found = {
        (str(row["source_event_id"]), str(row["volunteer_id"])): row["minutes"]
        for row in case.evidence.facts["records"]
    }
    wrong = [
        f"{event} {who}: {found.get((event, who))} minutes on the card, {wanted.get((event, who))} given"
        for event, who in sorted(wanted.keys() | found.keys())
        if found.get((event, who)) != wanted.get((event, who))
    ]
    return Check(
        "records", "活动记录与心愿一致 / activity cards equal the wishes", len(wanted), tuple(wrong)
    )


def _minutes(data: dict[str, Any]) -> dict[str, int]:
    people: dict[str, int] = {}
    if data["claimant"]["kind"] == "volunteer":
        people[str(data["claimant"]["id"])] = 0
    people |= {str(helper): 0 for helper in data["helpers"]}
    people |= {str(s["volunteer_id"]): int(s["minutes"]) for s in data["services"]}
    return people


def _told(case: _Case) -> Check:
    messages = case.evidence.facts["messages"]
    ids = {event.id for event in case.events}
    facts = Counter(
        (str(m["source_event_id"]), str(m["recipient_id"]), str(m["template"])) for m in messages
    )
    wrong = [f"{' '.join(fact)}: told {count} times" for fact, count in facts.items() if count > 1]
    wrong += [
        f"{m['id']}: about no event" for m in messages if str(m["source_event_id"]) not in ids
    ]
    delivered = Counter(
        str(e.data["message_id"]) for e in case.events if e.name == "NotificationDelivered"
    )
    wrong += [f"{message}: delivered {n} times" for message, n in delivered.items() if n > 1]
    for m in messages:
        count = delivered[str(m["id"])]
        if (m["state"] == "delivered") != (count == 1):
            wrong.append(f"{m['id']}: {m['state']}, but {count} events say delivered")
    about = {str(m["source_event_id"]) for m in messages}
    wrong += [
        f"{event.name} {event.id}: nobody was told"
        for event in case.events
        if event.name in TELLING and event.id not in about
    ]
    return Check(
        "told", "每人每事告知一次 / each person told once per fact", len(messages), tuple(wrong)
    )


TELLING = frozenset(
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
        "PointsCredited",
    }
)


def _quiet(case: _Case) -> Check:
    evidence = case.evidence
    wrong: list[str] = []
    if evidence.settled_after is None:
        wrong.append("it did not become quiet at all")
    elif evidence.settled_after > SETTLES_WITHIN:
        wrong.append(f"quiet only after {evidence.settled_after:.0f} s")
    wrong += [f"{group}: {lag} events behind" for group, lag in evidence.lag.items() if lag]
    for schema in SCHEMAS:
        waiting = evidence.facts[f"outbox {schema}"][0]["count"]
        if waiting:
            wrong.append(f"{schema}: {waiting} events not sent")
        wrong += [
            f"{schema}: {row['key']} can never be sent: {row['reason']}"
            for row in evidence.facts[f"outbox_dead {schema}"]
        ]
    return Check("quiet", "60 秒内安静下来 / settles within 60 s", len(evidence.lag), tuple(wrong))


def _dead_letters(case: _Case) -> Check:
    wrong: list[str] = []
    counted = 0
    for schema in SCHEMAS:
        found = Counter(str(row["key"]) for row in case.evidence.facts[f"dead_letter {schema}"])
        wanted = Counter(
            poison.key for poison in case.evidence.poisons if poison.topic in GROUPS[schema]
        )
        counted += found.total()
        reasons = {
            str(row["key"]): row["reason"] for row in case.evidence.facts[f"dead_letter {schema}"]
        }
        wrong += [
            f"{schema}: {key}: {found[key]} set aside, {wanted[key]} injected ({reasons.get(key)})"
            for key in sorted(found.keys() | wanted.keys())
            if found[key] != wanted[key]
        ]
    return Check(
        "dead-letters", "除了投毒没有死信 / no dead letter but the injected", counted, tuple(wrong)
    )


CHECKS: Sequence[Callable[[_Case], Check]] = (
    _effects,
    _causes,
    _answers,
    _versions,
    _repeats,
    _one_winner,
    _claims,
    _books,
    _credits,
    _postings,
    _records,
    _told,
    _quiet,
    _dead_letters,
)
