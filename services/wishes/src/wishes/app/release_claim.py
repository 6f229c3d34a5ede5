"""Give a wish back to the tree: no reason asked, no blame.

Where others have joined, they go on: whoever joined first leads, and is asked what the lead was asked.
Only when the lead says that everybody gives up is it given back. Whoever is asked about a change and gives the wish back has said no to it: the need is another one by
now, and must not hang as the old one.
"""

from uuid import UUID

from chassis.auth import Principal
from chassis.privacy import Vault
from chassis.unit_of_work import UnitOfWork

from wishes.app.change_store import ChangeStore
from wishes.app.hang_again import hang_again
from wishes.app.put_in_change import refuse_change
from wishes.app.requests import ReleaseIn
from wishes.app.store import WishStore
from wishes.app.terms import TermsBook
from wishes.app.views import ClaimView
from wishes.domain import claiming as domain
from wishes.domain.errors import NotTheClaimant
from wishes.domain.wish import Claim


async def release_claim(
    uow: UnitOfWork,
    store: WishStore,
    book: TermsBook,
    changes: ChangeStore,
    vault: Vault,
    who: Principal,
    claim_id: UUID,
    request: ReleaseIn,
) -> ClaimView:
    """Raises NotTheClaimant, WrongState."""
    async with uow as tx:
        wish, claim = await store.lock_by_claim(tx, claim_id)
        require_claimant(who, claim)
        if len(claim.partners) > 1 and not request.everybody:
            lead = claim.claimant
            wish, claim, events = domain.leave(wish, claim, lead, uow.now)
            await store.drop_partner(tx, claim, lead)
        elif claim.answer_by is None:
            terms = await book.of(tx, wish.rule_id)
            wish = await hang_again(tx, store, wish, uow.now)
            wish, claim, events = domain.release(wish, claim, terms, uow.now)
        else:
            wish, claim, events = await refuse_change(
                tx, changes, book, vault, wish, claim, uow.now
            )
        await store.save(tx, wish, events, uow.now, by=who.subject, claim=claim)
        return uow.reply(ClaimView.of(claim), version=wish.version)


def require_claimant(who: Principal, claim: Claim) -> None:
    """The volunteer who claimed, or whoever acts for the unit that did: today, not on the day of the
    claim. Raises NotTheClaimant."""
    if claim.claimant.id not in (who.subject, *who.organisations()):
        raise NotTheClaimant
