"""The public pages: trees, the lobby's screen, one wish."""

from typing import Annotated, Any, Literal
from uuid import uuid4

from chassis.auth import public
from chassis.clock import now
from fastapi import APIRouter, Depends, Form, Path, Query, Request, Response
from fastapi.responses import RedirectResponse, StreamingResponse
from markupsafe import Markup

from web import words
from web.live import Channel, LiveTree
from web.pages import HEADERS, page
from web.parts import Parts, Uses
from web.services import Away, Refused
from web.session import CookiePermits

router = APIRouter(include_in_schema=False)
anybody = [public()]
Area = Annotated[str, Path(pattern=r"^[0-9]{12}$")]
CardNo = Annotated[str, Path(pattern=r"^[2-9A-HJKMNP-Z]{4,5}$")]
Category = Annotated[Literal["goods", "service", "companionship", "skills"] | None, Query()]
Effort = Annotated[
    Literal["half_hour", "one_hour", "half_day", "one_day", "one_item"] | None, Query()
]
PER_PAGE = 10
CONFLICT = 409
LOBBY_CARDS = 12
"""Shown two at a time."""
EVENING, MORNING = 18, 6
"""Hours between which the big screen is dark by itself."""
NAMES: dict[str, str] = {}
"""Community names by area: public, and they never change while we run."""


@router.get("/", dependencies=anybody)
async def get_start(request: Request, uses: Uses) -> Response:
    """One tree: straight to it. More: choose."""
    areas = (await uses.services.get("wishes", "/v1/trees"))["areas"]
    if len(areas) == 1:
        return RedirectResponse(f"/t/{areas[0]}", 303)
    trees = [{"area": area, "name": await _name(uses, area)} for area in areas]
    return page(request, "trees.html", trees=trees)


@router.get("/t/{area}", dependencies=anybody)
async def get_tree(
    request: Request,
    uses: Uses,
    area: Area,
    category: Category = None,
    effort: Effort = None,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> Response:
    tree = await uses.trees.get(area)
    cards, late = await _cards(uses, tree, PER_PAGE, category, effort, cursor)
    return page(
        request,
        "tree.html",
        **await _picture(uses, tree, late),
        cards=cards["items"],
        more=cards["next"],
        category=category,
        effort=effort,
    )


@router.get("/t/{area}/lobby", dependencies=anybody)
async def get_lobby(request: Request, uses: Uses, area: Area) -> Response:
    """For a big screen: nothing to press, no names, two cards."""
    tree = await uses.trees.get(area)
    cards, late = await _cards(uses, tree, LOBBY_CARDS, None, None, None)
    dark = not MORNING <= now().hour < EVENING
    return page(
        request, "lobby.html", **await _picture(uses, tree, late), cards=cards["items"], dark=dark
    )


@router.get("/t/{area}/events", dependencies=anybody)
async def get_tree_events(request: Request, uses: Uses, area: Area) -> Response:
    tree = await uses.trees.get(area)
    return event_stream(request, uses, tree.channel)


@router.get("/w/{card_no}", dependencies=anybody)
async def get_wish(request: Request, uses: Uses, card_no: CardNo) -> Response:
    return await _wish_page(request, uses, card_no)


@router.post("/w/{card_no}/claim")
async def post_claim(
    request: Request,
    uses: Uses,
    card_no: CardNo,
    key: Annotated[str, Form(pattern=r"^[0-9a-f-]{36}$")],
    who: Annotated[Any, Depends(CookiePermits("wishes.take"))],
) -> Response:
    """我来帮: exactly one wins, and the page says so to everybody else."""
    card = await uses.services.get("wishes", f"/v1/trees/cards/{card_no}")
    token = request.state.session.access
    try:
        path = f"/v1/wishes/{card['wish_id']}/claims"
        claim = await uses.services.post("wishes", path, {}, key=key, token=token)
    except Refused as refusal:
        if refusal.status != CONFLICT:
            raise
        said = words.IN_OUR_WORDS.get(refusal.slug, refusal.detail)
        # Who has taken as many as they can is not shown three more.
        more = refusal.slug != words.HANDS_FULL
        return await _wish_page(request, uses, card_no, lost=said, status=CONFLICT, more=more)
    return page(request, "claimed.html", card=card, claim=claim)


@router.get("/how", dependencies=anybody)
async def get_how(request: Request) -> Response:
    return page(request, "how.html")


@router.get("/about", dependencies=anybody)
async def get_about(request: Request) -> Response:
    return page(request, "about.html")


def event_stream(request: Request, uses: Parts, channel: Channel) -> Response:
    """Server-sent events with a memory: a page that was away says where it was."""
    last = request.headers.get("last-event-id") or request.query_params.get("from")
    return StreamingResponse(
        channel.listen(last, uses.health.stopping),
        media_type="text/event-stream",
        headers={**HEADERS, "Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _wish_page(
    request: Request,
    uses: Parts,
    card_no: str,
    lost: str = "",
    status: int = 200,
    *,
    more: bool = False,
) -> Response:
    card = await uses.services.get("wishes", f"/v1/trees/cards/{card_no}")
    others: list[Any] = []
    if more:
        found = await uses.services.get(
            "wishes", f"/v1/trees/{card['area']}/cards", category=card["category"], limit=3
        )
        others = found["items"]
    return page(request, "wish.html", status, card=card, lost=lost, others=others, key=str(uuid4()))


async def _cards(
    uses: Parts,
    tree: LiveTree,
    limit: int,
    category: str | None,
    effort: str | None,
    cursor: str | None,
) -> tuple[Any, bool]:
    """The open cards, and whether they could not be got."""
    try:
        found = await uses.services.get(
            "wishes",
            f"/v1/trees/{tree.area}/cards",
            category=category,
            effort=effort,
            cursor=cursor,
            limit=limit,
        )
    except Away:
        return {"items": [], "next": None}, True
    return found, False


async def _picture(uses: Parts, tree: LiveTree, late: bool) -> dict[str, Any]:
    return {
        "area": tree.area,
        "name": await _name(uses, tree.area),
        "counts": tree.counts,
        "layer": Markup(tree.layer),  # noqa: S704 - numbers and card numbers only, made by tree.draw
        "position": tree.channel.position,
        "as_of": tree.as_of[11:16] if late or tree.stale else "",
    }


async def _name(uses: Parts, area: str) -> str:
    if area not in NAMES:
        try:
            found = await uses.services.get(
                "volunteers", "/v1/organisations", area=area, kind="community"
            )
        except (Away, Refused):
            return "社区"
        if not found["items"]:
            return "社区"
        NAMES[area] = found["items"][0]["name"]
    return NAMES[area]
