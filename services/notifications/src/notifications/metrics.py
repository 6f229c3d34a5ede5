"""What became of messages, and how many wait."""

from chassis.db import Database
from prometheus_client import Counter, Gauge

CHANNELS = ("inbox", "sms", "email")
RESULTS = ("delivered", "again", "failed")
"""And, of invitations, `closed`: whether they were sent is not told."""
SENT = Counter(
    "wishtree_notifications_total", "Tries, by what came of them.", ["channel", "result"]
)
PENDING = Gauge("wishtree_notifications_pending", "Messages on their way.", ["channel"])
COUNTED = 100_000
"""More than that is as bad as that, and counting has a limit."""

COUNT = """
select channel, count(*) as messages
from (select channel from message where state = 'pending' limit $1) as waiting group by channel
"""


def declare() -> None:
    """A channel on which nothing ever happens is a series at 0, not a hole."""
    for channel in CHANNELS:
        for result in RESULTS:
            SENT.labels(channel, result)
    for channel in ("sms", "email"):
        SENT.labels(channel, "closed")
    for result in ("phone_list", "delivered"):
        SENT.labels("phone", result)


class Pending:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def look(self) -> None:
        """Raises Transient."""
        rows = await self._db.fetch(COUNT, COUNTED)
        found = {row["channel"]: row["messages"] for row in rows}
        for channel in CHANNELS:
            PENDING.labels(channel).set(found.get(channel, 0))
