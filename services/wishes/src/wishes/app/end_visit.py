"""“I have left”: nobody waits for them any more."""

from uuid import UUID

from chassis.auth import Principal
from chassis.unit_of_work import UnitOfWork

from wishes.app.sight import is_staff_of
from wishes.app.store import WishStore
from wishes.app.views_claims import VisitView
from wishes.app.visit_store import VisitStore
from wishes.domain import visiting as domain
from wishes.domain.errors import NotYourVisit


async def end_visit(
    uow: UnitOfWork, store: WishStore, visits: VisitStore, who: Principal, visit_id: UUID
) -> VisitView:
    """By one of those who went, whatever became of the claim meanwhile, or by the desk that rang them.

    Raises NoSuchVisit, NotYourVisit.
    """
    async with uow as tx:
        wish = await store.lock(tx, await visits.wish_of(tx, visit_id))
        visit = await visits.lock(tx, visit_id)
        if not (visit.is_of(who.subject) or is_staff_of(who, wish)):
            raise NotYourVisit
        wish, visit, events = domain.leave(wish, visit, uow.now)
        visits.save(tx, visit)
        await store.note(tx, wish, events, uow.now, by=who.subject)
        return uow.reply(VisitView.of(visit), version=wish.version)
