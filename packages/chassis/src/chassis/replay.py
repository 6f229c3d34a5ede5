"""Replay: events of the event log go back into the outbox, with the ids they had.

For what Kafka lost, and for a reader that needs more than a topic still holds. Guarantees: each key's
events are put back in the order of their versions, which was the order of their outbox ids; whoever
has an event in its inbox passes over it; live events wait behind ROOM rows and a page at the most.
A key that changes meanwhile has its new event before its old ones: readers that drop repeats by id
do not notice, readers that have none of the old ones do.
"""

import argparse
import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from orjson import loads

from chassis.clock import BEIJING, now
from chassis.db import Database
from chassis.errors import Transient

KEYS_AT_ONCE = 200
ROOM = 5_000
"""Rows in the outbox, above which a replay waits for the relay."""
COUNTED = 100_000
"""More waiting rows than that are not counted: that they become fewer would not be seen."""
LOOK_EVERY = 0.2
PATIENCE = 60.0
"""Seconds without any row leaving the outbox, after which a replay gives up."""
REMEMBERED = timedelta(days=90)
"""Inboxes keep ids for 100 days; see housekeeping. What is older might be handled a second time."""

# By key, not by time: one key's events must stay together, and two clocks may have timed them.
KEYS = """
select distinct key from event_log
where key > $1 and created_at >= $2 and created_at < $3
    and ($4::text is null or topic = $4) and ($5::text is null or key = $5)
    and topic not like '%.dlq'
order by key limit $6
"""
# What was replayed before stands in the log twice.
ROWS = """
select distinct on (event_id) event_id, topic, key, headers, payload from event_log
where key = any($1) and created_at >= $2 and created_at < $3
    and ($4::text is null or topic = $4) and topic not like '%.dlq'
order by event_id
"""
WAITING = "select count(*) from (select from outbox limit $1) as waiting"


@dataclass(frozen=True)
class Wanted:
    """Which events: committed from `since` until before `until`, of one topic or key or of all."""

    since: datetime
    until: datetime
    topic: str | None = None
    key: str | None = None


class NotDrained(Transient):
    """The outbox stays full: no relay takes what is put back."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """--key is an option of other commands, too, and stands there."""
    parser.add_argument("--since", type=moment, help="replay: events committed from this time on")
    parser.add_argument("--until", type=moment, help="replay: and before this time (default: now)")
    parser.add_argument("--topic", help="replay: of this topic only")
    parser.add_argument(
        "--older", action="store_true", help="replay: even what inboxes may have forgotten"
    )
    parser.add_argument(
        "--really", action="store_true", help="replay, rebuild: do it, don't only count"
    )


def moment(text: str) -> datetime:
    """ISO 8601; a time without a zone is Beijing's. Raises ValueError."""
    time = datetime.fromisoformat(text)
    return time if time.tzinfo else time.replace(tzinfo=BEIJING)


def complaint(asked: argparse.Namespace) -> str | None:
    """What is wrong with the options of a replay."""
    if asked.since is None:
        return "replay needs --since: from when on events are put back"
    if asked.until is not None and asked.until <= asked.since:
        return "--until is not after --since"
    if asked.since < now() - REMEMBERED and not asked.older:
        return (
            f"--since is more than {REMEMBERED.days} days ago: consumers may have forgotten such "
            "events and would handle them again; --older if that is what is needed"
        )
    return None


def wanted(asked: argparse.Namespace) -> Wanted:
    """Never beyond this moment: else a replay would meet what it has put back itself."""
    at = now()
    return Wanted(asked.since, min(asked.until or at, at), asked.topic, asked.key)


async def replay(
    db: Database, what: Wanted, *, really: bool, say: Callable[[str], None]
) -> dict[str, int]:
    """Topic → how many events were put back, or, not `really`, would be.

    Goes page by page, each in a transaction. Broken off, it is simply begun again. Raises NotDrained
    and Transient.
    """
    done: Counter[str] = Counter()
    keys = 0
    after = ""
    where = (what.since, what.until, what.topic)
    while True:
        page = await db.fetch(KEYS, after, *where, what.key, KEYS_AT_ONCE)
        if not page:
            return dict(done)
        names = [row["key"] for row in page]
        if really:
            await _room(db)
        async with db.transaction() as tx:
            rows = in_order(await tx.fetch(ROWS, names, *where))
            for row, headers in rows if really else ():
                pairs = [(name, value.encode()) for name, value in headers]
                tx.enqueue(row["event_id"], row["topic"], row["key"], pairs, row["payload"])
        done.update(row["topic"] for row, _ in rows)
        keys += len(names)
        after = names[-1]
        say(f"{done.total()} events of {keys} keys")


def in_order(rows: Sequence[Any]) -> list[tuple[Any, list[list[str]]]]:
    """(row, its headers), each key's in the order of its versions."""
    read = [(row, loads(row["headers"])) for row in rows]
    return sorted(read, key=lambda one: (one[0]["topic"], one[0]["key"], _version(one[1])))


def _version(headers: Sequence[Sequence[str]]) -> int:
    return next((int(value) for name, value in headers if name == "ce_aggregateversion"), 0)


async def _room(db: Database) -> None:
    """Wait until the relay has taken most of what was put back."""
    clock = asyncio.get_running_loop().time
    least, since = COUNTED + 1, clock()
    while (waiting := await db.fetchval(WAITING, COUNTED)) > ROOM:
        if waiting < least:
            least, since = waiting, clock()
        if clock() - since > PATIENCE:
            raise NotDrained(f"the outbox stays full ({waiting} rows): does the relay run?")
        await asyncio.sleep(LOOK_EVERY)
