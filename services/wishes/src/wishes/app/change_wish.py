"""A wish is worded anew while nobody has taken it: it is checked and published anew, too."""

from uuid import UUID

from chassis.auth import Principal
from chassis.db import Transaction
from chassis.privacy import Vault
from chassis.unit_of_work import UnitOfWork

from wishes.app.note_age import Ages, lock_with_others, note_age, tell_others
from wishes.app.requests_intake import ChangeIn
from wishes.app.sight import is_staff_of, require_hand
from wishes.app.store import WishStore
from wishes.app.take_in import answers_text
from wishes.app.views import WishView
from wishes.app.wrong_places import require_answers
from wishes.domain import intake as domain
from wishes.domain.errors import NothingToChange
from wishes.domain.rule import Terms
from wishes.domain.wish import Wish
from wishes.domain.working_days import today


async def change_wish(
    uow: UnitOfWork,
    store: WishStore,
    ages: Ages,
    who: Principal,
    wish_id: UUID,
    request: ChangeIn,
) -> WishView:
    """By staff of the area and by whoever handed it in online. The card comes off the tree.

    Another category is another rule, that of today, and its questions are answered anew. Raises
    NothingToChange, OutOfScope, NotTheAuthor, CategoryUnknown, CategoryNotOpen, AnswersMissing,
    WrongState once somebody has taken it.
    """
    if request == ChangeIn():
        raise NothingToChange
    async with uow as tx:
        wish = await lock_with_others(tx, ages, wish_id, request.born)
        require_hand(who, wish)
        uow.require_version(wish.version)
        wish = await note_age(tx, ages, wish, request.born, uow.now)
        rule = None
        if request.category not in (None, wish.category):
            rule = await ages.terms.at(wish.area, request.category or "", today(uow.now))
        wish, events = domain.edit(
            wish,
            uow.now,
            category=rule.category if rule else wish.category,
            effort=request.effort or wish.effort,
            rule=rule,
        )
        terms = rule.terms if rule else await ages.terms.of(tx, wish.rule_id)
        await _keep(tx, store, ages.vault, wish, request, terms, asked_anew=rule is not None)
        await store.save(tx, wish, events, uow.now, by=who.subject)
        if is_staff_of(who, wish):
            # What somebody writes online about whoever they name is believed when the desk has seen it.
            await tell_others(tx, ages, wish, who.subject, uow.now)
        return uow.reply(WishView.of(wish), version=wish.version)


async def _keep(
    tx: Transaction,
    store: WishStore,
    vault: Vault,
    wish: Wish,
    request: ChangeIn,
    terms: Terms,
    *,
    asked_anew: bool,
) -> None:
    """What was answered to the questions of another category answers nothing here."""
    asked_anew |= request.answers is not None
    answers = request.answers or {}
    if asked_anew:
        require_answers(terms, answers)
    fields = {"words": request.words, "answers": answers_text(answers)}
    sealed = await vault.seal(tx, wish.beneficiary_id, fields)
    await store.keep_words(tx, wish.id, sealed["words"], sealed["answers"], asked_anew=asked_anew)
