"""Routes of what a category asks and allows, and of who lives with whom."""

from typing import Annotated
from uuid import UUID

from chassis.auth import public
from chassis.http import Cursor, Limit, Page, Uow
from contracts.fields import Category
from fastapi import APIRouter, Query

from wishes.adapters.rules import rule_history
from wishes.app import requests_intake, views_intake
from wishes.app.note_household import leave_household, note_household
from wishes.app.set_rule import set_rule
from wishes.domain.working_days import today
from wishes.entrypoints.http.parameters import Households, Lists, SetsRules, Uses

router = APIRouter(prefix="/v1")
Area = Annotated[str, Query(pattern=r"^[0-9]{12}$")]


@router.get("/rules", dependencies=[public()])
async def get_rules(area: Area, uses: Uses) -> views_intake.RulesView:
    """The categories that are open in a community today, and what each of them asks."""
    found = await uses.terms.open_on(area, today(uses.clock()))
    return views_intake.RulesView(items=[views_intake.RuleView.of(rule) for rule in found])


@router.post("/rules", status_code=201)
async def post_rule(
    body: requests_intake.RuleIn, who: SetsRules, uow: Uow, uses: Uses
) -> views_intake.RuleView:
    """A new version, valid from tomorrow at the earliest."""
    return await set_rule(uow, uses.rules, who, body)


@router.get("/rules/history")
async def get_rule_history(
    who: Lists, uses: Uses, area: Area, category: Category, cursor: Cursor = None, limit: Limit = 20
) -> Page[views_intake.RuleView]:
    who.require_scope(area)
    return await rule_history(uses.db, area, category, cursor, limit)


@router.post("/households", status_code=201)
async def post_household(
    body: requests_intake.HouseholdIn, who: Households, uow: Uow, uses: Uses
) -> views_intake.HouseholdView:
    """A volunteer lives with a person who wished: they do not claim wishes of their own home."""
    return await note_household(uow, uses.households, who, body)


@router.post("/households/{household_id}/leaving")
async def post_household_leaving(
    household_id: UUID,
    body: requests_intake.HouseholdLeaving,
    who: Households,
    uow: Uow,
    uses: Uses,
) -> views_intake.HouseholdView:
    return await leave_household(uow, uses.households, who, household_id, body.volunteer_id)
