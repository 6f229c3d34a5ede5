"""Public routes: the trees and the cards that hang on them."""

from chassis.auth import public
from chassis.http import Cursor, Limit, Page
from contracts.fields import Category, Effort
from fastapi import APIRouter

from wishes import queries
from wishes.app import views
from wishes.entrypoints.http.parameters import Area, CardNo, Uses

router = APIRouter(prefix="/v1")


@router.get("/trees", dependencies=[public()])
async def get_trees(uses: Uses) -> views.TreesView:
    return await queries.trees(uses.db)


@router.get("/trees/{area}", dependencies=[public()])
async def get_tree(area: Area, uses: Uses) -> views.TreeView:
    return await queries.tree(uses.db, area)


@router.get("/trees/{area}/cards", dependencies=[public()])
async def get_cards(
    area: Area,
    uses: Uses,
    category: Category | None = None,
    effort: Effort | None = None,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> Page[views.PublicCard]:
    return await queries.cards(uses.db, area, category, effort, cursor, limit)


@router.get("/trees/cards/{card_no}", dependencies=[public()])
async def get_card(card_no: CardNo, uses: Uses) -> views.PublicCard:
    """The public side of one card: card numbers are unique in the district."""
    return await queries.card(uses.db, card_no)


@router.get("/trees/{area}/cards/{card_no}", dependencies=[public()])
async def get_card_of_tree(area: Area, card_no: CardNo, uses: Uses) -> views.PublicCard:
    return await queries.card(uses.db, card_no, area)
