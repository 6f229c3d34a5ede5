"""A claimant needs more time: by one tap, with the reason. The rule says yes, or a worker decides."""

from uuid import UUID

from chassis.auth import Principal
from chassis.unit_of_work import UnitOfWork

from wishes.app.aftercare_store import AftercareStore
from wishes.app.release_claim import require_claimant
from wishes.app.requests import Decision, ExtensionIn
from wishes.app.store import WishStore
from wishes.app.terms import TermsBook
from wishes.app.uninvolved import require_apart_from_help
from wishes.app.views import ClaimView
from wishes.domain import claiming as domain
from wishes.domain.working_days import evening_of


async def ask_time(
    uow: UnitOfWork,
    store: WishStore,
    book: TermsBook,
    who: Principal,
    claim_id: UUID,
    request: ExtensionIn,
) -> ClaimView:
    """Raises NotTheClaimant, AlreadyAsked, TooFarAway, WrongState."""
    async with uow as tx:
        wish, claim = await store.lock_by_claim(tx, claim_id)
        require_claimant(who, claim)
        terms = await book.of(tx, wish.rule_id)
        until = evening_of(request.until)
        wish, claim, events = domain.ask_time(wish, claim, until, request.reason, terms, uow.now)
        await store.save(tx, wish, events, uow.now, by=who.subject, claim=claim)
        return uow.reply(ClaimView.of(claim), version=wish.version)


async def answer_time(
    uow: UnitOfWork,
    store: WishStore,
    book: TermsBook,
    aftercare: AftercareStore,
    who: Principal,
    claim_id: UUID,
    request: Decision,
) -> ClaimView:
    """A worker of the area decides, who has no part in the help themself. Raises OutOfScope,
    InvolvedInHelp, NothingAsked, WrongState."""
    async with uow as tx:
        wish, claim = await store.lock_by_claim(tx, claim_id)
        who.require_scope(wish.area)
        await require_apart_from_help(tx, aftercare, wish, who.subject)
        terms = await book.of(tx, wish.rule_id)
        wish, claim, events = domain.answer_time(
            wish,
            claim,
            who.subject,
            yes=request.answer == "yes",
            reason=request.reason,
            terms=terms,
            now=uow.now,
        )
        await store.save(tx, wish, events, uow.now, by=who.subject, claim=claim)
        return uow.reply(ClaimView.of(claim), version=wish.version)
