"""Signing in and out, and the settings that need no account."""

from typing import Annotated, Any
from uuid import uuid4

from chassis.auth import public
from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from web import words
from web.pages import page
from web.parts import Uses
from web.services import Refused
from web.session import COOKIE, CookiePermits, Session
from web.tree_pages import event_stream

router = APIRouter(include_in_schema=False)
anybody = [public()]
Typed = Annotated[str, Form(max_length=200)]
YEAR = 365 * 24 * 3600


@router.get("/in", dependencies=anybody)
async def get_sign_in(request: Request) -> Response:
    return page(request, "sign_in.html", wrong="", phone="")


@router.post("/in/code", dependencies=anybody)
async def post_phone(request: Request, uses: Uses, phone: Typed = "") -> Response:
    try:
        await uses.services.post(
            "volunteers", "/v1/sign-in-codes", {"phone": phone}, key=str(uuid4())
        )
    except Refused as refusal:
        wrong = refusal.detail if refusal.status == 429 else "电话号码写法不对，请再看看。"
        return page(request, "sign_in.html", 422, wrong=wrong, phone=phone)
    return page(request, "sign_in_code.html", wrong="", phone=phone)


@router.post("/in/phone", dependencies=anybody)
async def post_code(request: Request, uses: Uses, phone: Typed = "", code: Typed = "") -> Response:
    fields = {"grant_type": "phone_code", "phone": phone, "code": "".join(code.split())}
    try:
        grant = await uses.services.form("volunteers", "/oauth2/token", **fields)
    except Refused as refusal:
        wrong = "验证码对不上，或者这个电话还没登记。请再看看短信。"
        said = refusal.detail if refusal.status == 429 else wrong
        return page(request, "sign_in_code.html", 401, wrong=said, phone=phone)
    return _signed_in(uses, grant, "/")


@router.get("/in/staff", dependencies=anybody)
async def get_staff(request: Request) -> Response:
    return page(request, "sign_in_staff.html", wrong="", username="")


@router.post("/in/staff", dependencies=anybody)
async def post_staff(
    request: Request,
    uses: Uses,
    username: Typed = "",
    password: Typed = "",
    totp: Typed = "",
) -> Response:
    fields = {"grant_type": "password", "username": username, "password": password, "totp": totp}
    try:
        grant = await uses.services.form("volunteers", "/oauth2/token", **fields)
    except Refused as refusal:
        return page(request, "sign_in_staff.html", 401, wrong=refusal.detail, username=username)
    return _signed_in(uses, grant, "/ops/stream")


@router.post("/out", dependencies=anybody)
async def post_out() -> Response:
    response = RedirectResponse("/", 303)
    response.delete_cookie(COOKIE)
    return response


@router.get("/settings", dependencies=anybody)
async def get_settings(request: Request) -> Response:
    return page(request, "settings.html", sizes=words.SIZES)


@router.post("/settings", dependencies=anybody)
async def post_settings(size: Typed = "24", night: Typed = "") -> Response:
    response = RedirectResponse("/settings", 303)
    chosen = size if size in words.SIZES else "24"
    for name, value in (("size", chosen), ("night", "1" if night else "0")):
        response.set_cookie(name, value, max_age=YEAR, samesite="lax", httponly=True)
    return response


@router.get("/ops/stream")
async def get_stream(
    request: Request, uses: Uses, who: Annotated[Any, Depends(CookiePermits("stream.watch"))]
) -> Response:
    """What happens in the district, as it happens: ids, codes and times."""
    rows = list(reversed(uses.stream.latest))[:50]
    return page(request, "stream.html", rows=rows, position=uses.stream.channel.position)


@router.get("/ops/events")
async def get_events(
    request: Request, uses: Uses, who: Annotated[Any, Depends(CookiePermits("stream.watch"))]
) -> Response:
    return event_stream(request, uses, uses.stream.channel)


def _signed_in(uses: Uses, grant: dict[str, Any], to: str) -> Response:
    response = RedirectResponse(to, 303)
    uses.sessions.keep(response, Session.of(grant))
    return response
