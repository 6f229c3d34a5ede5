"""Whoever has the wish in hand has spoken with the person who wished: the lead, or one who helps.

All of them are reminded to ring up, and each may see the number; whoever rings says so.
"""

from uuid import UUID

from chassis.auth import Principal
from chassis.unit_of_work import UnitOfWork

from wishes.app.sight import holds
from wishes.app.store import WishStore
from wishes.app.terms import TermsBook
from wishes.app.views import ClaimView
from wishes.domain import claiming as domain
from wishes.domain.errors import NotTheClaimant


async def contact_person(
    uow: UnitOfWork, store: WishStore, book: TermsBook, who: Principal, claim_id: UUID
) -> ClaimView:
    """Raises NotTheClaimant for whoever is not in it, WrongState."""
    async with uow as tx:
        wish, claim = await store.lock_by_claim(tx, claim_id)
        if not holds(who, claim):
            raise NotTheClaimant
        terms = await book.of(tx, wish.rule_id)
        wish, claim, events = domain.contact(wish, claim, terms, uow.now)
        await store.save(tx, wish, events, uow.now, by=who.subject, claim=claim)
        return uow.reply(ClaimView.of(claim), version=wish.version)
