"""Before a stored answer: it is given again as long as its person is served, and about a child within the
day of the approval. The use case looks for itself, and uses the approval up; what it once answered is
kept under its key for longer.
"""

from uuid import UUID

from chassis.auth import Principal

from wishes.adapters.access import latest_request, latest_request_about
from wishes.app.sight import is_staff_of
from wishes.domain import access as domain
from wishes.domain.wish import Wish
from wishes.entrypoints.parts import Parts


async def require_look(uses: Parts, who: Principal, wish: Wish, purpose: str) -> None:
    """Raises ConsentNeeded, ApprovalNeeded."""
    await uses.consents.require_served(uses.db, wish.id)
    await require_approval(uses, who, wish, purpose)


async def require_approval(uses: Parts, who: Principal, wish: Wish, purpose: str) -> None:
    """Raises ApprovalNeeded."""
    if is_staff_of(who, wish) and await uses.access.is_childs(uses.db, wish):
        domain.require_day(
            await latest_request(uses.db, wish.id, who.subject, purpose), uses.clock()
        )


async def require_approval_about(
    uses: Parts, who: Principal, person_id: UUID, purpose: str
) -> None:
    """By staff, about a person and not about one wish. Raises ApprovalNeeded."""
    people = await uses.rights.same(uses.db, person_id)
    if await uses.access.is_child(uses.db, people):
        last = await latest_request_about(uses.db, people, who.subject, purpose)
        domain.require_day(last, uses.clock())
