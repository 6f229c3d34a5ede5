"""The topics: one per aggregate, several event types in each, key = the aggregate's id."""

from dataclasses import dataclass

DAY_MS = 24 * 60 * 60 * 1000


@dataclass(frozen=True)
class TopicSpec:
    """`owner` is the only service that may write it."""

    name: str
    owner: str
    partitions: int = 12
    retention_ms: int = 90 * DAY_MS


WISH = TopicSpec("wishtree.wish.events.v1", "wishes")
VOLUNTEER = TopicSpec("wishtree.volunteer.events.v1", "volunteers")
POINTS = TopicSpec("wishtree.points.events.v1", "points")
NOTIFICATION = TopicSpec("wishtree.notification.events.v1", "notifications")

ALL = (WISH, VOLUNTEER, POINTS, NOTIFICATION)
READERS: dict[str, tuple[TopicSpec, ...]] = {
    "wishes": (VOLUNTEER,),
    "volunteers": (WISH, POINTS),
    "points": (WISH,),
    "notifications": (WISH, VOLUNTEER, POINTS),
}
"""Consumer group → the topics it subscribes to. A group is named after its service."""


def dlq_name(topic: str, group: str) -> str:
    """Where a group puts what it could not handle; the group's service writes it."""
    return f"{topic}.{group}.dlq"
