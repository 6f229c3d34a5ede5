"""The claimant goes along with a change of the wish, or is released without blame."""

from uuid import UUID

from chassis.auth import Principal
from chassis.unit_of_work import UnitOfWork

from wishes.app.change_store import ChangeStore
from wishes.app.corrected_cards import Cards, read_again
from wishes.app.put_in_change import put_in, refuse_change
from wishes.app.release_claim import require_claimant
from wishes.app.requests_claims import ChangeAnswer
from wishes.app.terms import TermsBook
from wishes.app.views import ClaimView
from wishes.domain import changing, claiming


async def answer_change(
    uow: UnitOfWork,
    cards: Cards,
    book: TermsBook,
    changes: ChangeStore,
    who: Principal,
    claim_id: UUID,
    request: ChangeAnswer,
) -> ClaimView:
    """Raises NothingAsked, NotTheClaimant; Unqualified for a yes to what needs another skill
    than each of the volunteers has.

    With a yes the new card hangs, where the old one did; if it says by now who it is for, it is taken down
    at once, and the help goes on."""
    store, vault = cards.wishes, cards.vault
    async with uow as tx:
        wish, claim = await store.lock_by_claim(tx, claim_id)
        require_claimant(who, claim)
        if request.answer == "yes":
            change = await changes.get(tx, claim.id)
            # Not the lead alone: whoever is in it goes there, and may have to lead one day.
            volunteers = [one.id for one in claim.partners if one.kind == "volunteer"]
            missing = await cards.people.missing(tx, volunteers, change.asks, uow.now)
            claiming.require_qualified(missing)
            wish = changing.agreed(wish, change)
            terms = await book.of(tx, wish.rule_id)
            wish, claim, events = claiming.agree(wish, claim, terms, uow.now)
            title, note = await put_in(tx, changes, vault, wish, claim)
            # What barred the old card does not bar this one: the person may say yes to it.
            await cards.consents.lift_bar(tx, wish.id, uow.now)
            by = change.proposed_by
            wish, down = await read_again(tx, cards, wish, title, note, by, uow.now)
            events += down
        else:
            wish, claim, events = await refuse_change(
                tx, changes, book, vault, wish, claim, uow.now
            )
        await store.save(tx, wish, events, uow.now, by=who.subject, claim=claim)
        return uow.reply(ClaimView.of(claim), version=wish.version)
