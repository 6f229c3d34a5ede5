"""The need has changed while somebody has the wish in hand: they are asked (FEATURES R7)."""

from uuid import UUID

from chassis.auth import Principal
from chassis.privacy import Vault
from chassis.unit_of_work import UnitOfWork

from wishes.app.change_store import ChangeStore
from wishes.app.overrule_store import OverruleStore
from wishes.app.people_store import PeopleStore
from wishes.app.publish_wish import refuse_leaks
from wishes.app.requests_claims import ChangeIn
from wishes.app.store import WishStore
from wishes.app.take_in import answers_text
from wishes.app.terms import TermsBook
from wishes.app.views import ClaimView
from wishes.app.wrong_places import require_answers
from wishes.domain import claiming as domain
from wishes.domain.changing import Change
from wishes.domain.states import WishAct, wish_after
from wishes.domain.wish import Wish
from wishes.domain.working_days import today


async def propose_change(
    uow: UnitOfWork,
    store: WishStore,
    book: TermsBook,
    changes: ChangeStore,
    overrules: OverruleStore,
    people: PeopleStore,
    vault: Vault,
    who: Principal,
    wish_id: UUID,
    request: ChangeIn,
) -> ClaimView:
    """Raises AlreadyAsked, SamePerson for the verifier, CardLeaks, CategoryUnknown, CategoryNotOpen,
    AnswersMissing, WrongState."""
    async with uow as tx:
        wish = await store.lock(tx, wish_id)
        who.require_scope(wish.area)
        uow.require_version(wish.version)
        wish_after(wish.state, WishAct.PROPOSE)
        claim = await store.claim_in_force(tx, wish)
        terms = await book.of(tx, wish.rule_id)
        wish, claim, events = domain.propose_change(wish, claim, who.subject, terms, uow.now)
        await refuse_leaks(tx, people, overrules, vault, wish, request)
        change = await _change(book, who, wish, request, uow)
        answers = request.answers or {}
        if change.asked_anew:
            require_answers(await book.of(tx, change.rule_id), answers)
        texts = {"words": request.words, "title": request.title, "note": request.note}
        texts["answers"] = answers_text(answers)
        sealed = await vault.seal(tx, wish.beneficiary_id, texts)
        words, title = sealed["words"] or b"", sealed["title"] or b""
        rest = sealed["note"], sealed["answers"]
        await changes.add(tx, claim.id, change, words, title, *rest, uow.now)
        await store.save(tx, wish, events, uow.now, by=who.subject, claim=claim)
        return uow.reply(ClaimView.of(claim), version=wish.version)


async def _change(
    book: TermsBook, who: Principal, wish: Wish, request: ChangeIn, uow: UnitOfWork
) -> Change:
    if request.category in (None, wish.category):
        same = wish.category, request.effort, wish.rule_id, wish.asks, wish.two_people
        return Change(*same, request.answers is not None, who.subject)
    rule = await book.at(wish.area, request.category, today(uow.now))
    return Change(
        category=rule.category,
        effort=request.effort,
        rule_id=rule.id,
        # What was asked on the spot stays asked: who it is has not changed.
        asks=tuple(sorted({*wish.asks, *rule.terms.asks})),
        two_people=wish.two_people or rule.terms.two_people,
        # What was answered to the questions of another category answers nothing here.
        asked_anew=True,
        proposed_by=who.subject,
    )
