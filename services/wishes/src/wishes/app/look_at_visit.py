"""A visit as those who go and the desk see it, with what is said at the door."""

from uuid import UUID

from chassis.auth import Principal
from chassis.db import Database
from chassis.privacy import Vault

from wishes.app.sight import is_staff_of
from wishes.app.store import WishStore
from wishes.app.views_claims import VisitView
from wishes.app.visit_code import visit_code
from wishes.app.visit_store import VisitStore
from wishes.domain.errors import NotYourVisit


async def look_at_visit(
    db: Database, store: WishStore, visits: VisitStore, vault: Vault, who: Principal, visit_id: UUID
) -> VisitView:
    """Only those who go are shown the word; the desk asks for it with a purpose, which is written down.

    Raises NoSuchVisit, NotYourVisit.
    """
    async with db.transaction() as tx:
        wish = await store.lock(tx, await visits.wish_of(tx, visit_id))
        visit = await visits.lock(tx, visit_id)
        if visit.is_of(who.subject):
            return VisitView.of(visit, visit_code(vault, visit.claim_id, visit.number))
        if is_staff_of(who, wish):
            return VisitView.of(visit)
        raise NotYourVisit
