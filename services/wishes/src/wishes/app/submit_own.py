"""A wish by somebody who is signed in: their own, or a neighbour's with the neighbour's consent."""

from chassis.auth import OutOfScope, Principal
from chassis.db import Transaction
from chassis.privacy import Vault
from chassis.unit_of_work import UnitOfWork

from wishes.app.card_numbers import numbers
from wishes.app.evidence_store import EvidenceStore
from wishes.app.requests_intake import OwnWish
from wishes.app.store import WishStore
from wishes.app.take_in import Coming, take_in_new
from wishes.app.terms import TermsBook
from wishes.app.views import SubmittedView
from wishes.app.wrong_places import require_answers
from wishes.domain.errors import NotYourCommunity, TooManyWaiting
from wishes.domain.working_days import today

MOST_WAITING = 10


async def submit_own(
    uow: UnitOfWork,
    store: WishStore,
    evidence: EvidenceStore,
    book: TermsBook,
    vault: Vault,
    who: Principal,
    request: OwnWish,
) -> SubmittedView:
    """In the community that the account belongs to. Who has no proxy wishes for themselves, and their
    account is the person's. Raises NotYourCommunity, TooManyWaiting, and what submitting may raise."""
    try:
        who.require_scope(request.area)
    except OutOfScope:
        raise NotYourCommunity from None
    submission = request.as_submission()
    rule = await book.at(request.area, request.category, today(uow.now))
    require_answers(rule.terms, request.answers)

    async def once(card_no: str) -> SubmittedView:
        async with uow as tx:
            await require_few_waiting(tx, store, who)
            me = who.subject
            coming = Coming(submission, rule, card_no, by=me, account=me, writer=who.name)
            view = take_in_new(tx, store, evidence, vault, coming, uow.now)
            return uow.reply(view, version=view.version)

    return await numbers.until_free(once)


async def require_few_waiting(tx: Transaction, store: WishStore, who: Principal) -> None:
    """One account must not fill the queue of the desk. Raises TooManyWaiting."""
    if await store.waiting_of(tx, who.subject) >= MOST_WAITING:
        raise TooManyWaiting(most=str(MOST_WAITING))
