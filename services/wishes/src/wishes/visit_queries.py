"""Reading visits."""

from uuid import UUID

from chassis.db import Database

from wishes.adapters.visits import ONE, visit_of
from wishes.domain.errors import NoSuchVisit
from wishes.domain.visiting import Visit


async def find_visit(db: Database, visit_id: UUID) -> Visit:
    """Raises NoSuchVisit."""
    row = await db.fetchrow(ONE, visit_id)
    if row is None:
        raise NoSuchVisit
    return visit_of(row)
