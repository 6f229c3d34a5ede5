"""Routes of what comes after the help: evaluation, callback, complaint."""

from typing import Annotated
from uuid import UUID

from chassis.auth import public
from chassis.http import Cursor, Limit, Page, Uow
from fastapi import APIRouter, Depends, Path, Query

from wishes import queries_aftercare as queries
from wishes.app import requests_aftercare as requests
from wishes.app import views_aftercare as views
from wishes.app.call_back import call_back
from wishes.app.complain import answer_complaint, complain, complain_by_card
from wishes.app.evaluate_wish import evaluate_by_card, evaluate_wish
from wishes.app.read_aftercare import read_aftercare
from wishes.app.views import WishView
from wishes.domain.complaint import ComplaintLevel
from wishes.entrypoints.http.approvals import require_look
from wishes.entrypoints.http.cards import wish_of_card
from wishes.entrypoints.http.parameters import (
    AreaPrefix,
    Calls,
    Complains,
    Evaluates,
    FollowCode,
    Lists,
    ReadsWords,
    Uses,
    tries,
)
from wishes.queries import find_wish

router = APIRouter(prefix="/v1")


@router.post("/wishes/{wish_id}/evaluation", status_code=201)
async def post_evaluation(
    wish_id: UUID, body: requests.EvaluationIn, who: Evaluates, uow: Uow, uses: Uses
) -> views.EvaluationView:
    """What the person said to a worker, or, signed in, their own `tap`."""
    return await evaluate_wish(uow, uses.store, uses.aftercare, uses.vault, who, wish_id, body)


@router.post("/cards/{code}/evaluation", status_code=201, dependencies=[public(), Depends(tries)])
async def post_card_evaluation(
    code: FollowCode, body: requests.CardEvaluation, uow: Uow, uses: Uses
) -> views.EvaluationView:
    wish_id = await wish_of_card(code, uses)
    return await evaluate_by_card(uow, uses.store, uses.aftercare, uses.vault, wish_id, body)


@router.post("/wishes/{wish_id}/callback")
async def post_callback(
    wish_id: UUID, body: requests.CallbackIn, who: Calls, uow: Uow, uses: Uses
) -> WishView:
    """What came out of a call, by somebody who had no part in the wish."""
    return await call_back(
        uow, uses.store, uses.terms, uses.aftercare, uses.vault, who, wish_id, body
    )


@router.get("/callbacks")
async def get_callbacks(
    who: Calls,
    uses: Uses,
    area: Annotated[str, Query(pattern=r"^[0-9]{12}$")],
    cursor: Cursor = None,
    limit: Limit = 20,
) -> Page[views.CallbackLine]:
    """Whom to ring up in one community, with the day, the earliest first."""
    who.require_scope(area)
    return await queries.callbacks(uses.db, area, cursor, limit)


@router.get("/callback-seeds/{district}", dependencies=[public()])
async def get_callback_seeds(
    district: Annotated[str, Path(pattern=r"^[0-9]{6}$")], uses: Uses
) -> views.MonthsOfCalls:
    """For anybody who wants to check who was drawn: see domain/sample.py."""
    return await queries.months_of_calls(uses.db, uses.vault, district, uses.clock())


@router.post("/wishes/{wish_id}/complaints", status_code=201)
async def post_complaint(
    wish_id: UUID, body: requests.ComplaintIn, who: Complains, uow: Uow, uses: Uses
) -> views.ComplaintView:
    return await complain(
        uow, uses.store, uses.terms, uses.aftercare, uses.vault, who, wish_id, body
    )


@router.post("/cards/{code}/complaints", status_code=201, dependencies=[public(), Depends(tries)])
async def post_card_complaint(
    code: FollowCode, body: requests.ComplaintIn, uow: Uow, uses: Uses
) -> views.ComplaintView:
    wish_id = await wish_of_card(code, uses)
    return await complain_by_card(
        uow, uses.store, uses.terms, uses.aftercare, uses.vault, wish_id, body
    )


@router.get("/cards/{code}/complaints", dependencies=[public(), Depends(tries)])
async def get_card_complaints(code: FollowCode, uses: Uses) -> views.CardComplaints:
    """Where they stand, and what was answered."""
    wish_id = await wish_of_card(code, uses)
    return await queries.complaints_of_card(uses.db, uses.vault, wish_id)


@router.get("/complaints")
async def get_complaints(
    who: Lists,
    uses: Uses,
    area: AreaPrefix,
    level: ComplaintLevel = "community",
    cursor: Cursor = None,
    limit: Limit = 20,
) -> Page[views.ComplaintView]:
    """Those that wait for an answer in an area, which is a prefix; of this level and above."""
    who.require_scope(area)
    return await queries.complaints(uses.db, area, level, cursor, limit)


@router.post("/complaints/{complaint_id}/answer")
async def post_complaint_answer(
    complaint_id: UUID, body: requests.ComplaintAnswerIn, who: Calls, uow: Uow, uses: Uses
) -> views.ComplaintView:
    return await answer_complaint(
        uow, uses.store, uses.aftercare, uses.vault, who, complaint_id, body
    )


@router.post("/wishes/{wish_id}/aftercare")
async def post_aftercare(
    wish_id: UUID, body: requests.Reading, who: ReadsWords, uow: Uow, uses: Uses
) -> views.AftercareView:
    """Remarks, notes and complaints in the clear: a look that the person can see."""
    # Before the stored answer, too: a key used in scope must not show it out of scope.
    wish, _, _ = await find_wish(uses.db, wish_id)
    who.require_scope(wish.area)
    await require_look(uses, who, wish, body.purpose)
    return await read_aftercare(
        uow,
        uses.store,
        uses.aftercare,
        uses.access,
        uses.consents,
        uses.vault,
        who,
        wish_id,
        body,
    )
