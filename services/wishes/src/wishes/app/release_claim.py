"""Give a wish back to the tree: no reason asked, no blame."""

from uuid import UUID

from chassis.auth import Principal
from chassis.unit_of_work import UnitOfWork

from wishes.app.store import WishStore
from wishes.app.terms import TermsBook
from wishes.app.views import ClaimView
from wishes.domain import claiming as domain
from wishes.domain.errors import NotTheClaimant
from wishes.domain.wish import Claim


async def release_claim(
    uow: UnitOfWork, store: WishStore, book: TermsBook, who: Principal, claim_id: UUID
) -> ClaimView:
    async with uow as tx:
        wish, claim = await store.lock_by_claim(tx, claim_id)
        require_claimant(who, claim)
        terms = await book.of(tx, wish.rule_id)
        wish, claim, events = domain.release(wish, claim, terms, uow.now)
        await store.save(tx, wish, events, uow.now, by=who.subject, claim=claim)
        return uow.reply(ClaimView.of(claim), version=wish.version)


def require_claimant(who: Principal, claim: Claim) -> None:
    """The one who claimed, or whoever acts for the unit that did."""
    if who.subject != claim.claimed_by and claim.claimant.id not in who.organisations():
        raise NotTheClaimant
