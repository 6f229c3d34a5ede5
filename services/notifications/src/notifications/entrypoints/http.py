"""Routes: inboxes, who was told, the phone list."""

from typing import Annotated
from uuid import UUID

from chassis.auth import OutOfScope, Principal, permits
from chassis.auth.principal import ANYWHERE, UNIT_ROLES
from chassis.db import Database
from chassis.http import Cursor, Limit, Page, Problem, ProblemSpec, Uow
from fastapi import APIRouter, Depends, Query, Request

from notifications import queries
from notifications.app.log_call import Call, CallView, NoSuchMessage, NotOnPhoneList, log_call
from notifications.app.tell_operators import NobodyToTell

router = APIRouter(prefix="/v1")

PROBLEMS: dict[type[Exception], ProblemSpec] = {
    NobodyToTell: ProblemSpec(
        503,
        "nobody-to-tell",
        "还没有区一级",
        "区一级的单位还没有建，告警没有人可以告诉，建好后再发。",
    ),
    NoSuchMessage: ProblemSpec(
        404, "message-not-found", "没有这条通知", "没有找到这条通知，请核对编号。"
    ),
    NotOnPhoneList: ProblemSpec(
        409,
        "not-on-phone-list",
        "不用打了",
        "这一条不在待打电话的单子上，也许同事刚打过，请刷新看看。",
    ),
}
WHICH = ProblemSpec(
    400,
    "which-deliveries",
    "看谁的",
    "请写上 wish_id（哪个心愿）或者 recipient_id（哪个人），二选一。",
)

Reads = Annotated[Principal, permits("inbox.read")]
Audits = Annotated[Principal, permits("deliveries.read")]
Calls = Annotated[Principal, permits("calls.log")]
Messages = Page[queries.MessageView]


def database(request: Request) -> Database:
    return request.app.state.db


Db = Annotated[Database, Depends(database)]


@router.get("/inbox")
async def get_inbox(who: Reads, db: Db, cursor: Cursor = None, limit: Limit = 20) -> Messages:
    """Whoever asks: their own messages, those of their units, those of the desks they work at."""
    own = [who.subject] if who.has("volunteer") else []
    recipients = own + who.organisations() + await queries.desks(db, _areas(who))
    return await queries.inbox(db, recipients, cursor, limit)


@router.get("/deliveries")
async def get_deliveries(
    who: Audits,
    db: Db,
    wish_id: UUID | None = None,
    recipient_id: UUID | None = None,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> Messages:
    """Who was told: by which channel, when, with what result."""
    if wish_id is not None and recipient_id is None:
        who.require_scope(_known(await queries.area_of_wish(db, wish_id)))
        return await queries.deliveries_of_wish(db, wish_id, cursor, limit)
    if recipient_id is not None and wish_id is None:
        return await queries.deliveries_to(db, recipient_id, _areas(who), cursor, limit)
    raise Problem(WHICH)


@router.get("/phone-list")
async def get_phone_list(
    who: Calls,
    db: Db,
    area: Annotated[str, Query(pattern=r"^[0-9]{12}$")],
    cursor: Cursor = None,
    limit: Limit = 20,
) -> Messages:
    """People without any channel: somebody has to ring a neighbour or go."""
    who.require_scope(area)
    return await queries.phone_list(db, area, cursor, limit)


@router.post("/deliveries/{message_id}/call")
async def post_call(message_id: UUID, body: Call, who: Calls, uow: Uow) -> CallView:
    return await log_call(uow, who, message_id, body)


def _known(area: str | None) -> str:
    """Nothing known of it is nobody's area: the answer must not tell the two apart."""
    if area is None:
        raise OutOfScope("unknown")
    return area


def _areas(who: Principal) -> list[str]:
    """The areas that the grants reach. An office whose area was forgotten reaches nothing."""
    offices = (g for g in who.grants if g.role not in (*UNIT_ROLES, "volunteer"))
    return [grant.area for grant in offices if grant.area or grant.role in ANYWHERE]
