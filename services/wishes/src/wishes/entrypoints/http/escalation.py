"""The route of the wishes that nobody takes."""

from typing import Literal

from chassis.http import Cursor, Limit, Page
from fastapi import APIRouter

from wishes import queries_escalation as queries
from wishes.app.views_escalation import EscalatedWish
from wishes.entrypoints.http.parameters import AreaPrefix, Escalated, Uses

router = APIRouter(prefix="/v1")


@router.get("/escalations")
async def get_escalations(
    who: Escalated,
    uses: Uses,
    area: AreaPrefix,
    level: Literal["resident_units", "street", "district"] = "resident_units",
    cursor: Cursor = None,
    limit: Limit = 20,
) -> Page[EscalatedWish]:
    """For staff of the area, which is a prefix, and for units where they are at home."""
    await queries.require_home(uses.db, who, area)
    return await queries.escalated(uses.db, area, level, cursor, limit)
