"""Routes of paper and place: cards to print, a new code for a lost slip, the buildings of a community."""

from typing import Annotated
from uuid import UUID

from chassis.http import Cursor, Limit, Page, Uow
from contracts.fields import Category
from fastapi import APIRouter, Query

from wishes import queries, queries_desk
from wishes.app import requests_desk, views_desk
from wishes.app.add_building import add_building
from wishes.app.renew_code import PURPOSE, renew_code
from wishes.entrypoints.http.approvals import require_approval
from wishes.entrypoints.http.parameters import Community, Lists, Submits, Uses

router = APIRouter(prefix="/v1")


@router.get("/cards/print")
async def get_cards_to_print(
    who: Lists,
    uses: Uses,
    area: Community,
    category: Category | None = None,
    card_no: Annotated[str | None, Query(pattern=r"^[2-9A-HJKMNP-Z]{4,5}$")] = None,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> Page[views_desk.PrintCard]:
    """The public halves of the cards that hang and wait. The slip's digits are shown at intake only;
    for a lost slip there is `new-code`."""
    who.require_scope(area)
    return await queries_desk.to_print(uses.db, area, category, card_no, cursor, limit)


@router.post("/wishes/{wish_id}/new-code")
async def post_new_code(
    wish_id: UUID, body: requests_desk.NewCode, who: Submits, uow: Uow, uses: Uses
) -> views_desk.CodeView:
    """For a lost slip: the old digits open nothing any more. Of a child with a second person's yes."""
    # Before the stored answer, too: a key used in scope must not show the code out of scope.
    wish, _, _ = await queries.find_wish(uses.db, wish_id)
    who.require_scope(wish.area)
    await require_approval(uses, who, wish, PURPOSE)
    return await renew_code(
        uow,
        uses.store,
        uses.desk,
        uses.access,
        uses.aftercare,
        uses.vault,
        who,
        wish_id,
        body,
    )


@router.post("/buildings", status_code=201)
async def post_building(
    body: requests_desk.BuildingIn, who: Submits, uow: Uow, uses: Uses
) -> views_desk.BuildingView:
    return await add_building(uow, uses.desk, who, body)


@router.get("/buildings")
async def get_buildings(
    who: Lists, uses: Uses, area: Community, cursor: Cursor = None, limit: Limit = 20
) -> Page[views_desk.BuildingView]:
    """Of a community, by name."""
    who.require_scope(area)
    return await queries_desk.buildings(uses.db, area, cursor, limit)
