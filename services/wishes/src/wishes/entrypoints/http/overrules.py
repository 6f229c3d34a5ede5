"""Routes around publication: findings that two people overrule, and how a wish was checked."""

from uuid import UUID

from chassis.http import Uow
from fastapi import APIRouter

from wishes import queries, queries_desk
from wishes.app import requests_desk, views_desk
from wishes.app.answer_overrule import answer_overrule, read_overrule
from wishes.app.ask_overrule import ask_overrule
from wishes.entrypoints.http.approvals import require_look
from wishes.entrypoints.http.parameters import Lists, Publishes, Uses

router = APIRouter(prefix="/v1")


@router.post("/wishes/{wish_id}/overrules", status_code=201)
async def post_overrule(
    wish_id: UUID, body: requests_desk.OverruleIn, who: Publishes, uow: Uow, uses: Uses
) -> views_desk.OverruleView:
    """A finding of the detector that is no leak, with a reason."""
    return await ask_overrule(
        uow, uses.store, uses.overrules, uses.people, uses.vault, who, wish_id, body
    )


@router.get("/wishes/{wish_id}/overrules")
async def get_overrules(wish_id: UUID, who: Lists, uses: Uses) -> views_desk.OverrulesView:
    """The last 100 that were asked for, newest first."""
    wish, _, _ = await queries.find_wish(uses.db, wish_id)
    who.require_scope(wish.area)
    return await queries_desk.overrules(uses.db, wish_id)


@router.post("/wishes/{wish_id}/overrules/{overrule_id}/answer")
async def post_overrule_answer(
    wish_id: UUID,
    overrule_id: UUID,
    body: requests_desk.OverruleAnswer,
    who: Publishes,
    uow: Uow,
    uses: Uses,
) -> views_desk.OverruleView:
    """By somebody who has neither asked nor verified the wish."""
    return await answer_overrule(uow, uses.store, uses.overrules, who, wish_id, overrule_id, body)


@router.post("/wishes/{wish_id}/overrules/{overrule_id}/text")
async def post_overrule_text(
    wish_id: UUID,
    overrule_id: UUID,
    body: requests_desk.ToJudge,
    who: Publishes,
    uow: Uow,
    uses: Uses,
) -> views_desk.OverruleText:
    """The text it is about; written down as a look at the person's data."""
    # Before the stored answer, too: a key used in scope must not open it out of scope.
    wish, _, _ = await queries.find_wish(uses.db, wish_id)
    who.require_scope(wish.area)
    await require_look(uses, who, wish, body.purpose)
    return await read_overrule(
        uow,
        uses.store,
        uses.overrules,
        uses.access,
        uses.consents,
        uses.vault,
        who,
        wish_id,
        overrule_id,
        body,
    )


@router.get("/wishes/{wish_id}/verifications")
async def get_verifications(wish_id: UUID, who: Lists, uses: Uses) -> views_desk.VerificationsView:
    """Who checked the wish, when and how: each call and each visit."""
    wish, _, _ = await queries.find_wish(uses.db, wish_id)
    who.require_scope(wish.area)
    return await queries_desk.verifications(uses.db, wish_id)
