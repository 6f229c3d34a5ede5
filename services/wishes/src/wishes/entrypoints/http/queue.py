"""Routes of the worker's queue: what waits for somebody at the desk, how much of it, and handing over."""

from typing import Annotated
from uuid import UUID

from chassis.http import Cursor, Limit, Page, Uow
from contracts.fields import Category, Channel
from fastapi import APIRouter, Query

from wishes import queries_desk
from wishes.app import requests_desk, views, views_desk
from wishes.app.hand_over import hand_over
from wishes.domain.queue import Queue
from wishes.domain.wish import LEVELS, Level
from wishes.entrypoints.http.parameters import AreaPrefix, Community, Queues, Uses, Verifies

router = APIRouter(prefix="/v1")


@router.get("/queue")
async def get_queue(
    who: Queues,
    uses: Uses,
    area: Community,
    queue: Annotated[Queue, Query()],
    category: Category | None = None,
    channel: Channel | None = None,
    level: Level | None = None,
    follow_up: bool = False,
    late: bool = False,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> Page[views_desk.QueueLine]:
    """One queue of one community, the longest waiting first. With filters a page may be short and
    still have a next one."""
    who.require_scope(area)
    return await queries_desk.queue(
        uses.db,
        area,
        queue,
        category=category,
        channel=channel,
        level=LEVELS.index(level) if level else None,
        follow_up=follow_up,
        late=late,
        cursor=cursor,
        limit=limit,
        now=uses.clock(),
    )


@router.get("/queue/counts")
async def get_queue_counts(who: Queues, uses: Uses, area: AreaPrefix) -> views_desk.QueueCounts:
    """How many wait in each queue of a community, a street or the district."""
    who.require_scope(area)
    return await queries_desk.queue_counts(uses.db, area)


@router.post("/wishes/{wish_id}/hand-over")
async def post_hand_over(
    wish_id: UUID, body: requests_desk.HandOver, who: Verifies, uow: Uow, uses: Uses
) -> views.WishView:
    return await hand_over(uow, uses.store, uses.desk, who, wish_id, body)
