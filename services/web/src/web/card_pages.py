"""By card, without an account: how far is it, and is it right?"""

from typing import Annotated, Any, Literal
from uuid import uuid4

from chassis.auth import public
from fastapi import APIRouter, Form, Path, Request, Response
from fastapi.responses import RedirectResponse

from web import words
from web.pages import page
from web.parts import Parts, Uses
from web.services import Refused, segment

router = APIRouter(include_in_schema=False)
anybody = [public()]
Code = Annotated[str, Path(pattern=r"^[2-9A-HJKMNP-Z]{4,5}-[0-9]{6}$")]
Typed = Annotated[str, Form(max_length=40)]
Key = Annotated[str, Form(pattern=r"^[0-9a-f-]{36}$")]
DIGITS = str.maketrans("０１２３４５６７８９", "0123456789")


@router.get("/k", dependencies=anybody)
async def get_form(request: Request) -> Response:
    return page(request, "card_form.html", wrong="", card_no="")


@router.post("/k", dependencies=anybody)
async def post_form(
    request: Request, uses: Uses, card_no: Typed = "", digits: Typed = ""
) -> Response:
    """Spaces, small letters and full-width digits are what people type: they are understood."""
    number = "".join(card_no.split()).upper()
    code = "".join(digits.translate(DIGITS).split())
    try:
        await _steps(uses, f"{number}-{code}")
    except Refused as refusal:
        if refusal.status not in (404, 422):
            raise
        return page(request, "card_form.html", 404, wrong=words.WRONG_CODE, card_no=number[:4])
    return RedirectResponse(f"/k/{number}-{code}", 303)


@router.get("/k/{code}", dependencies=anybody)
async def get_steps(request: Request, uses: Uses, code: Code) -> Response:
    card = await _steps(uses, code)
    return page(request, "card.html", card=card, code=code)


@router.get("/k/{code}/confirm", dependencies=anybody)
async def get_question(request: Request, uses: Uses, code: Code) -> Response:
    return await _question(request, uses, code)


@router.post("/k/{code}/confirm", dependencies=anybody)
async def post_answer(
    request: Request,
    uses: Uses,
    code: Code,
    key: Key,
    answer: Annotated[Literal["satisfied", "unsatisfied", "unsure"], Form()],
    reason: Annotated[str, Form(max_length=40)] = "",
) -> Response:
    if answer == "unsatisfied" and reason not in words.REASONS:
        return await _question(request, uses, code, wrong="请选一样：哪里不合适")
    body = {"answer": answer} | ({"reason": reason} if answer == "unsatisfied" else {})
    try:
        await uses.services.post("wishes", f"/v1/cards/{code}/confirmation", body, key=key)
    except Refused as refusal:
        if refusal.slug != "wrong-state":
            raise
        return RedirectResponse(f"/k/{code}", 303)
    return RedirectResponse(f"/k/{code}?said={answer}", 303)


async def _question(request: Request, uses: Parts, code: str, wrong: str = "") -> Response:
    card = await _steps(uses, code)
    if card["state"] != "delivered":
        return RedirectResponse(f"/k/{code}", 303)
    status = 422 if wrong else 200
    return page(
        request, "confirm.html", status, card=card, code=code, wrong=wrong, key=str(uuid4())
    )


async def _steps(uses: Parts, code: str) -> Any:
    return await uses.services.get("wishes", f"/v1/cards/{segment(code)}")
