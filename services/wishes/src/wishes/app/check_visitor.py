"""Somebody stands at the door and says six digits: are they who was announced?

Asked by whoever holds the slip, or by the desk for a person who rings up.
"""

from uuid import UUID

from chassis.db import Database
from chassis.privacy import Vault
from chassis.unit_of_work import UnitOfWork

from wishes.app.store import WishStore
from wishes.app.views_claims import VisitCheckedView
from wishes.app.visit_code import is_right
from wishes.app.visit_store import VisitStore
from wishes.domain import visiting as domain
from wishes.domain.errors import NoVisitExpected


async def check_visitor(
    uow: UnitOfWork,
    db: Database,
    store: WishStore,
    visits: VisitStore,
    vault: Vault,
    wish_id: UUID,
    digits: str,
) -> VisitCheckedView:
    """Raises NoVisitExpected, VisitCodeWrong, VisitCodeUsed, VisitCodeLocked."""
    await _count(db, visits, vault, wish_id, digits)
    async with uow as tx:
        await store.lock(tx, wish_id)
        visit = await visits.under_way(tx, wish_id)
        if visit is None:
            raise NoVisitExpected
        visit = domain.check(visit, uow.now, right=is_right(vault, visit, digits))
        visits.save(tx, visit)
        return uow.reply(VisitCheckedView(people=len(visit.visitors), back_by=visit.back_by))


async def _count(
    db: Database, visits: VisitStore, vault: Vault, wish_id: UUID, digits: str
) -> None:
    """In a transaction of its own that commits whatever is found: a refusal must not take the count of
    tries back. What was right once is past counting, and a repeated request gets its answer again: the same
    wrong word, sent again by a slow line, is one try."""
    async with db.transaction() as tx:
        visit = await visits.under_way(tx, wish_id)
        if visit is None:
            return
        guess = vault.blind_index("visit-try", f"{visit.id} {digits}")
        if await visits.take_try(tx, visit.id, guess) is None:
            # Looked at again: others may have taken the last tries since.
            domain.require_tries(await visits.lock(tx, visit.id))
