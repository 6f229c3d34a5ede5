"""The OpenAPI document is true: what schemathesis makes from it is answered as it says, never with 5xx."""

from typing import Annotated, Any, Literal

import schemathesis
from chassis.auth import public
from chassis.http import Body, Text, create_app
from fastapi import APIRouter, Query
from hypothesis import settings
from pydantic import AwareDatetime, BaseModel, Field
from schemathesis import Case, checks

router = APIRouter(prefix="/v1", dependencies=[public()])


class Gift(Body):
    item: Annotated[Text, Field(max_length=20)]
    value_fen: int = Field(ge=0, le=10**9)


class WishIn(Body):
    words: Annotated[Text, Field(max_length=50)]
    channel: Literal["desk", "visit"]
    given_at: AwareDatetime | None = None
    gifts: list[Gift] = Field(default=[], max_length=3)
    urgent: bool = False


class WishOut(BaseModel):
    words: str
    gifts: int


@router.post("/wishes", status_code=201)
async def post_wish(body: WishIn) -> WishOut:
    return WishOut(words=body.words, gifts=len(body.gifts))


@router.get("/wishes/{card_no}")
async def get_wish(
    card_no: str, limit: Annotated[int, Query(ge=1, le=100)] = 20, q: str | None = None
) -> WishOut:
    return WishOut(words=f"{card_no}{q}", gifts=limit)


app = create_app("test", [router], permissions={})
CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
    checks.unsupported_method,
]
schema = schemathesis.openapi.from_asgi("/openapi.json", app)


@schema.parametrize()  # pyright: ignore[reportUntypedFunctionDecorator]
@settings(max_examples=40, deadline=None)
def test_every_answer_is_as_the_document_says(case: Case[Any]) -> None:
    case.call_and_validate(checks=CHECKS)
