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
    EventSpec(wishes.WishDrafted, topics.WISH, "心愿先记下了"),
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
    EventSpec(wishes.WishChanged, topics.WISH, "心愿改过了"),
    EventSpec(wishes.ConsentChanged, topics.WISH, "同意有变动"),
    EventSpec(wishes.WishTakenDown, topics.WISH, "卡片已取下"),
    EventSpec(wishes.WishOffered, topics.WISH, "先问上一次帮忙的人"),
    EventSpec(wishes.WishEscalated, topics.WISH, "心愿请更多人一起想办法"),
    EventSpec(wishes.WishOverdue, topics.WISH, "社区还没顾上，请上面一起看"),
    EventSpec(wishes.WishHandedOver, topics.WISH, "已经转交"),
    EventSpec(wishes.InvitationSent, topics.WISH, "邀请已发出"),
    EventSpec(wishes.InvitationAnswered, topics.WISH, "邀请已接受"),
    EventSpec(wishes.ClaimUnitJoined, topics.WISH, "有单位一起办"),
    EventSpec(wishes.ClaimLeft, topics.WISH, "有人不一起办了"),
    EventSpec(wishes.ClaimContacted, topics.WISH, "已经联系上"),
    EventSpec(wishes.ClaimReminded, topics.WISH, "快到时候了"),
    EventSpec(wishes.ClaimExtensionAsked, topics.WISH, "想多要几天"),
    EventSpec(wishes.ClaimExtended, topics.WISH, "多给了几天"),
    EventSpec(wishes.ClaimExtensionRefused, topics.WISH, "这次没有延期"),
    EventSpec(wishes.ClaimLapsed, topics.WISH, "时间到了，心愿回到树上"),
    EventSpec(wishes.ClaimEnded, topics.WISH, "心愿变了，认领到此为止"),
    EventSpec(wishes.ChangeProposed, topics.WISH, "心愿想改一改"),
    EventSpec(wishes.VisitStarted, topics.WISH, "出发上门"),
    EventSpec(wishes.VisitEnded, topics.WISH, "已经离开"),
    EventSpec(wishes.VisitOverdue, topics.WISH, "上门的人还没报平安"),
    EventSpec(wishes.WishPartlyDelivered, topics.WISH, "先送到一部分"),
    EventSpec(wishes.WishEvaluated, topics.WISH, "心愿已评价"),
    EventSpec(wishes.CallbackDrawn, topics.WISH, "抽到回访"),
    EventSpec(wishes.WishCalledBack, topics.WISH, "已经回访"),
    EventSpec(wishes.WishClosed, topics.WISH, "心愿已了结"),
    EventSpec(wishes.ComplaintFiled, topics.WISH, "收到意见"),
    EventSpec(wishes.ComplaintEscalated, topics.WISH, "意见请街道来答复"),
    EventSpec(wishes.ComplaintAnswered, topics.WISH, "意见已答复"),
    EventSpec(wishes.WishMessageSent, topics.WISH, "留了一句话"),
    EventSpec(wishes.WishReferred, topics.WISH, "心愿已转办"),
    EventSpec(wishes.ReferralAnswered, topics.WISH, "转办有回音"),
    EventSpec(wishes.WishJoinedProgramme, topics.WISH, "心愿进了项目"),
    EventSpec(wishes.ProgrammeOpened, topics.WISH, "项目已开始"),
    EventSpec(wishes.ProgrammeClosed, topics.WISH, "项目已结束"),
    EventSpec(wishes.DataRequestFiled, topics.WISH, "有人查改删自己的信息"),
    EventSpec(wishes.DataRequestAnswered, topics.WISH, "查改删已答复"),
    EventSpec(wishes.PersonErased, topics.WISH, "个人信息已删除"),
    EventSpec(volunteers.OrganisationChanged, topics.VOLUNTEER, "组织有变动"),
    EventSpec(volunteers.VolunteerRegistered, topics.VOLUNTEER, "志愿者已登记"),
    EventSpec(volunteers.VolunteerApproved, topics.VOLUNTEER, "志愿者已通过"),
    EventSpec(volunteers.AffiliationChanged, topics.VOLUNTEER, "归属有变动（双报到）"),
    EventSpec(volunteers.QualificationChanged, topics.VOLUNTEER, "资质有变动"),
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
