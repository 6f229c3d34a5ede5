"""The person who is visited hears what whoever comes will say: on the slip's page, or from the desk."""

from uuid import UUID

from chassis.auth import Principal
from chassis.db import Database, Transaction
from chassis.privacy import Vault, record_reveal
from chassis.unit_of_work import UnitOfWork

from wishes.app.requests import Contact
from wishes.app.sight import HOLDING
from wishes.app.store import WishStore
from wishes.app.views_claims import VisitCodeView
from wishes.app.visit_code import visit_code
from wishes.app.visit_store import VisitStore
from wishes.domain.errors import NoVisitExpected


async def show_visit_code(
    db: Database, store: WishStore, visits: VisitStore, vault: Vault, wish_id: UUID
) -> VisitCodeView:
    """For whoever holds the slip. Raises NoVisitExpected."""
    async with db.transaction() as tx:
        return await _code(tx, store, visits, vault, wish_id)


async def tell_visit_code(
    uow: UnitOfWork,
    store: WishStore,
    visits: VisitStore,
    vault: Vault,
    who: Principal,
    wish_id: UUID,
    request: Contact,
) -> VisitCodeView:
    """For the desk, which tells the person by telephone or on paper; written down like every look at
    what is theirs. Raises NoVisitExpected."""
    async with uow as tx:
        wish = await store.lock(tx, wish_id)
        who.require_scope(wish.area)
        view = await _code(tx, store, visits, vault, wish_id)
        await record_reveal(tx, vault, wish.beneficiary_id, who, ["visit_code"], request.purpose)
        return uow.reply(view)


async def _code(
    tx: Transaction, store: WishStore, visits: VisitStore, vault: Vault, wish_id: UUID
) -> VisitCodeView:
    """Of the visit under way, else of the next one: it can be told days before."""
    visit = await visits.under_way(tx, wish_id)
    if visit is not None:
        return VisitCodeView(
            code=visit_code(vault, visit.claim_id, visit.number),
            people=len(visit.visitors),
            back_by=visit.back_by,
            checked=visit.checked_at is not None,
        )
    claim = await store.find_claim(tx, wish_id)
    if claim is None or claim.state not in HOLDING:
        raise NoVisitExpected
    number = await visits.next_number(tx, claim.id)
    return VisitCodeView(code=visit_code(vault, claim.id, number))
