"""Routes of programmes: several wishes and several givers under one name."""

from uuid import UUID

from chassis.http import Cursor, Limit, Page, Uow
from fastapi import APIRouter

from wishes import queries_programmes as queries
from wishes.app import requests_programmes as requests
from wishes.app import views_programmes as views
from wishes.app.requests import Nothing
from wishes.app.run_programme import (
    close_programme,
    join_programme,
    open_programme,
    part_of,
)
from wishes.app.views import WishView
from wishes.entrypoints.http.parameters import AreaPrefix, Lists, RunsProgrammes, Uses

router = APIRouter(prefix="/v1")


@router.post("/programmes", status_code=201)
async def post_programme(
    body: requests.ProgrammeIn, who: RunsProgrammes, uow: Uow, uses: Uses
) -> views.ProgrammeView:
    return await open_programme(uow, uses.programmes, who, body)


@router.get("/programmes")
async def get_programmes(
    who: Lists, uses: Uses, area: AreaPrefix, cursor: Cursor = None, limit: Limit = 20
) -> Page[views.ProgrammeView]:
    """Those that a wish of the area may join, and those that lie in it."""
    who.require_scope(area)
    return await queries.list_programmes(uses.db, area, cursor, limit)


@router.get("/programmes/{programme_id}")
async def get_programme(programme_id: UUID, who: Lists, uses: Uses) -> views.ProgrammeDetail:
    """With the totals of what its wishes were given: those of the part that the caller works for."""
    programme = await queries.find_programme(uses.db, programme_id)
    return await queries.programme_detail(uses.db, programme, part_of(who, programme))


@router.get("/programmes/{programme_id}/givers")
async def get_givers(
    programme_id: UUID, who: Lists, uses: Uses, cursor: Cursor = None, limit: Limit = 20
) -> Page[views.GiverLine]:
    programme = await queries.find_programme(uses.db, programme_id)
    who.require_scope(programme.reach)
    return await queries.givers_of(uses.db, programme_id, cursor, limit)


@router.get("/programmes/{programme_id}/wishes")
async def get_programme_wishes(
    programme_id: UUID,
    who: Lists,
    uses: Uses,
    area: AreaPrefix,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> Page[views.ProgrammeWish]:
    """Its wishes in an area, which is a prefix."""
    who.require_scope(area)
    return await queries.wishes_of(uses.db, programme_id, area, cursor, limit)


@router.post("/programmes/{programme_id}/closing")
async def post_closing(
    programme_id: UUID, body: Nothing, who: RunsProgrammes, uow: Uow, uses: Uses
) -> views.ProgrammeView:
    return await close_programme(uow, uses.programmes, who, programme_id)


@router.post("/wishes/{wish_id}/programme")
async def post_wish_programme(
    wish_id: UUID, body: requests.JoinProgramme, who: RunsProgrammes, uow: Uow, uses: Uses
) -> WishView:
    return await join_programme(uow, uses.store, uses.programmes, who, wish_id, body)
