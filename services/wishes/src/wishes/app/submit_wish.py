"""A wish comes in: at the desk, on paper, at a visit, by phone."""

from chassis.auth import Principal
from chassis.privacy import Vault
from chassis.unit_of_work import UnitOfWork

from wishes.app.card_numbers import numbers
from wishes.app.evidence_store import EvidenceStore
from wishes.app.requests import SubmitWish
from wishes.app.store import WishStore
from wishes.app.take_in import Coming, take_in_new
from wishes.app.terms import TermsBook
from wishes.app.views import SubmittedView
from wishes.app.wrong_places import require_answers
from wishes.domain.working_days import today


async def submit_wish(
    uow: UnitOfWork,
    store: WishStore,
    evidence: EvidenceStore,
    book: TermsBook,
    vault: Vault,
    who: Principal,
    request: SubmitWish,
) -> SubmittedView:
    """Raises OutOfScope for another community, CategoryUnknown, CategoryNotOpen, AnswersMissing,
    WitnessIsTheAuthor, BuildingUnknown."""
    who.require_scope(request.area)
    rule = await book.at(request.area, request.category, today(uow.now))
    require_answers(rule.terms, request.answers)

    async def once(card_no: str) -> SubmittedView:
        async with uow as tx:
            coming = Coming(request, rule, card_no, by=who.subject, writer=who.name)
            view = take_in_new(tx, store, evidence, vault, coming, uow.now)
            return uow.reply(view, version=view.version)

    return await numbers.until_free(once)
