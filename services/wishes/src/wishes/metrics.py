"""How many wishes are in each state and in each queue of the desks, and how long the open ones have
waited in their state; and what people asked about their own data.

From tallies, never from the wishes themselves (adapters/tally.py): `wish_tally` has one row per state
and hour of entry, `queue_tally` one per community and queue. The numbers are those of all processes,
exact at the moment of the look; ages are full hours.
"""

from datetime import datetime

from chassis.clock import Clock
from chassis.db import Database
from prometheus_client import Gauge

from wishes.adapters.tally import fold
from wishes.domain.queue import QUEUES
from wishes.domain.states import WishState

WISHES = Gauge("wishtree_wishes", "Wishes in this state.", ["state"])
WAITING = Gauge(
    "wishtree_wishes_waiting", "Open wishes by how long they are in this state.", ["state", "age"]
)
QUEUED = Gauge("wishtree_queue", "Wishes that wait for somebody at a desk.", ["queue"])
REQUESTS = Gauge(
    "wishtree_data_requests",
    "What people asked about their own data and is not finished.",
    ["stage"],
)
STAGES = ("waiting", "soon", "late", "rewriting")
"""Of an answer: time enough, the day is near, the day has passed. Of an erasure: done, and the bytes of
the key are still on the disk."""
ENDED = (WishState.FULFILLED, WishState.CLOSED, WishState.RETURNED, WishState.WITHDRAWN)
"""Nobody asks since when: `fold_steps` keeps one row for all of them."""
KEPT = tuple(state for state in WishState if state is not WishState.DRAFT)
"""A draft is no wish yet."""
OPEN = tuple(state for state in KEPT if state not in ENDED)
AGES = ("<1d", "1-3d", "3-7d", "7-30d", ">30d")
COUNT = """
select state, sum(wishes)::bigint as wishes,
    width_bucket(extract(epoch from $1 - since) / 86400, array[1, 3, 7, 30]::numeric[]) as age
from (
    select state, since, wishes from wish_tally
    union all select state, since, change from wish_change
) as counted group by 1, 3
"""

IN_QUEUES = "select queue, sum(wishes)::bigint as wishes from queue_now group by queue"

# As many as come in three weeks: by the index of the open ones.
UNANSWERED = "select warned, count(*) from data_request where answered_at is null group by warned"
REWRITING = "select count(*) from key_rewrite"


class Requests:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def look(self) -> None:
        """Raises Transient."""
        numbers = dict.fromkeys(STAGES, 0)
        for row in await self._db.fetch(UNANSWERED):
            numbers[STAGES[row["warned"]]] = row["count"]
        numbers["rewriting"] = await self._db.fetchval(REWRITING)
        for stage, number in numbers.items():
            REQUESTS.labels(stage).set(number)


class Counts:
    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def look(self) -> None:
        """Fold what came since the last look, and show the numbers. Raises Transient."""
        await fold(self._db)
        await self.show(self._clock())

    async def show(self, at: datetime) -> None:
        waiting = {(state, age): 0 for state in OPEN for age in AGES}
        totals = dict.fromkeys(KEPT, 0)
        for row in await self._db.fetch(COUNT, at):
            state = WishState(row["state"])
            totals[state] += row["wishes"]
            if state in OPEN:
                waiting[state, AGES[row["age"]]] += row["wishes"]
        for state, number in totals.items():
            WISHES.labels(state).set(number)
        for (state, age), number in waiting.items():
            WAITING.labels(state, age).set(number)
        queues = dict.fromkeys(QUEUES, 0)
        queues |= {row["queue"]: row["wishes"] for row in await self._db.fetch(IN_QUEUES)}
        for queue, number in queues.items():
            QUEUED.labels(queue).set(number)
