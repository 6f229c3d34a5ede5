"""Every event type: its model, its topic, who publishes it. The one list all else is made from."""

from dataclasses import dataclass
from functools import cache

from contracts import notifications, points, topics, volunteers, wishes
from contracts.errors import UnknownEventType
from contracts.fields import EventData
from contracts.topics import TopicSpec

SOURCES = {
    topics.WISH: "/wishes",
    topics.VOLUNTEER: "/volunteers",
    topics.POINTS: "/points",
    topics.NOTIFICATION: "/notifications",
}


@dataclass(frozen=True)
class EventSpec:
    """One event type of the published language."""

    model: type[EventData]
    topic: TopicSpec
    title: str
    version: int = 1

    @property
    def name(self) -> str:
        return self.model.__name__

    @property
    def type(self) -> str:
        return f"wishtree.{self.name}.v{self.version}"

    @property
    def source(self) -> str:
        return SOURCES[self.topic]


_SPECS = (
    EventSpec(wishes.WishSubmitted, topics.WISH, "心愿已登记"),
    EventSpec(wishes.WishVerified, topics.WISH, "心愿已核实"),
    EventSpec(wishes.WishReturned, topics.WISH, "心愿已退回"),
    EventSpec(wishes.WishPosted, topics.WISH, "心愿已挂上树"),
    EventSpec(wishes.WishClaimed, topics.WISH, "心愿已认领"),
    EventSpec(wishes.ClaimJoined, topics.WISH, "有人一起办"),
    EventSpec(wishes.ClaimReleased, topics.WISH, "心愿已还回树上"),
    EventSpec(wishes.WishDelivered, topics.WISH, "心愿已送到"),
    EventSpec(wishes.WishFulfilled, topics.WISH, "心愿已实现"),
    EventSpec(wishes.WishReopened, topics.WISH, "心愿接着办"),
    EventSpec(wishes.WishWithdrawn, topics.WISH, "心愿已收回"),
    EventSpec(volunteers.OrganisationChanged, topics.VOLUNTEER, "组织有变动"),
    EventSpec(volunteers.VolunteerRegistered, topics.VOLUNTEER, "志愿者已登记"),
    EventSpec(volunteers.VolunteerApproved, topics.VOLUNTEER, "志愿者已通过"),
    EventSpec(volunteers.AffiliationChanged, topics.VOLUNTEER, "归属有变动（双报到）"),
    EventSpec(points.PointsCredited, topics.POINTS, "积分、工时、实物已入账"),
    EventSpec(points.PointsReversed, topics.POINTS, "入账已冲回"),
    EventSpec(notifications.NotificationDelivered, topics.NOTIFICATION, "通知已送达"),
    EventSpec(notifications.NotificationFailed, topics.NOTIFICATION, "通知未送达"),
)

EVENTS: dict[str, EventSpec] = {spec.type: spec for spec in _SPECS}
_BY_MODEL: dict[type[EventData], EventSpec] = {spec.model: spec for spec in _SPECS}


@cache
def spec_of(model: type[EventData]) -> EventSpec:
    """The spec of a model; a derived (tolerant) model has the spec of its base.

    Raises UnknownEventType for a model that is not published.
    """
    for base in model.__mro__:
        if base in _BY_MODEL:
            return _BY_MODEL[base]
    raise UnknownEventType(model.__name__)
