"""A complaint about a wish and its answer, by a clock.

One about those who helped also ends what is kept for whoever helped first: the person would wait for the one
whom they are afraid of.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from chassis.auth import Principal
from chassis.db import Database, Transaction
from chassis.ids import uuid7
from chassis.privacy import Vault
from chassis.unit_of_work import UnitOfWork

from wishes.app.aftercare_store import AftercareStore, Answered
from wishes.app.requests_aftercare import ComplaintAnswerIn, ComplaintIn
from wishes.app.sealing import sealed
from wishes.app.store import WishStore
from wishes.app.terms import TermsBook
from wishes.app.uninvolved import require_person_or_staff, require_uninvolved
from wishes.app.views_aftercare import ComplaintView
from wishes.domain import complaint as domain
from wishes.domain import promise
from wishes.domain.errors import WrongState
from wishes.domain.states import WishState
from wishes.domain.wish import Wish


async def complain(
    uow: UnitOfWork,
    store: WishStore,
    book: TermsBook,
    aftercare: AftercareStore,
    vault: Vault,
    who: Principal,
    wish_id: UUID,
    request: ComplaintIn,
) -> ComplaintView:
    """By the person who wished, or by a worker who was told. Raises ComplaintOpen, WrongState."""
    async with uow as tx:
        wish, following = await _locked(tx, store, wish_id, request)
        await require_person_or_staff(tx, aftercare, who, wish)
        wish, view = await _file(
            tx, store, book, aftercare, vault, wish, request, who.subject, uow.now
        )
        await _keep_for_nobody(tx, store, book, following, uow.now)
        return uow.reply(view, version=wish.version)


async def complain_by_card(
    uow: UnitOfWork,
    store: WishStore,
    book: TermsBook,
    aftercare: AftercareStore,
    vault: Vault,
    wish_id: UUID,
    request: ComplaintIn,
) -> ComplaintView:
    """Whoever holds the slip; open_card has seen the digits. Raises ComplaintOpen, WrongState."""
    async with uow as tx:
        wish, following = await _locked(tx, store, wish_id, request)
        wish, view = await _file(tx, store, book, aftercare, vault, wish, request, None, uow.now)
        await _keep_for_nobody(tx, store, book, following, uow.now)
        return uow.reply(view, version=wish.version)


async def answer_complaint(
    uow: UnitOfWork,
    store: WishStore,
    aftercare: AftercareStore,
    vault: Vault,
    who: Principal,
    complaint_id: UUID,
    request: ComplaintAnswerIn,
) -> ComplaintView:
    """By somebody responsible at its level who had no part in the wish.

    Raises NoSuchComplaint, OutOfScope, InvolvedInHelp, ComplaintAnswered.
    """
    async with uow as tx:
        wish = await store.lock(tx, await aftercare.wish_of_complaint(tx, complaint_id))
        complaint = await aftercare.complaint(tx, complaint_id)
        # One that has gone up to the street is answered by the street.
        who.require_scope(complaint.reach)
        await require_uninvolved(tx, aftercare, wish, who.subject)
        wish, complaint, events = domain.answer(
            wish, complaint, who.subject, request.outcome, uow.now
        )
        field = f"answer_{complaint.id}"
        words = await sealed(tx, vault, wish.beneficiary_id, field, request.words)
        await aftercare.save_complaint(tx, complaint, Answered(request.outcome, who.subject, words))
        await store.note(tx, wish, events, uow.now, by=who.subject)
        return uow.reply(ComplaintView.of(complaint), version=wish.version)


async def tick_complaint(
    db: Database,
    store: WishStore,
    book: TermsBook,
    aftercare: AftercareStore,
    complaint_id: UUID,
    now: datetime,
) -> None:
    """Not answered in time: one level up."""
    async with db.transaction() as tx:
        wish = await store.lock(tx, await aftercare.wish_of_complaint(tx, complaint_id))
        complaint = await aftercare.complaint(tx, complaint_id)
        terms = await book.of(tx, wish.rule_id)
        wish, complaint, events = domain.tick(wish, complaint, terms, now)
        if events:
            await aftercare.save_complaint(tx, complaint)
            await store.note(tx, wish, events, now)


async def _locked(
    tx: Transaction, store: WishStore, wish_id: UUID, request: ComplaintIn
) -> tuple[Wish, Sequence[Wish]]:
    """With those that follow it where they must not be kept for whoever this is about: also those that do
    not hang yet, so that whoever hangs one up at this moment comes before it or hears of it."""
    if request.about in domain.PERSONAL:
        return await store.lock_with_follow_ups(tx, wish_id)
    return await store.lock(tx, wish_id), ()


async def _keep_for_nobody(
    tx: Transaction, store: WishStore, book: TermsBook, wishes: Sequence[Wish], now: datetime
) -> None:
    for wish in wishes:
        free = promise.freed(wish, await book.of(tx, wish.rule_id))
        if free is not wish:
            await store.save(tx, free, (), now)


async def _file(
    tx: Transaction,
    store: WishStore,
    book: TermsBook,
    aftercare: AftercareStore,
    vault: Vault,
    wish: Wish,
    request: ComplaintIn,
    by: UUID | None,
    now: datetime,
) -> tuple[Wish, ComplaintView]:
    if wish.state is WishState.DRAFT:
        raise WrongState(wish.state, "complain")
    terms = await book.of(tx, wish.rule_id)
    wish, complaint, events = domain.file(wish, uuid7(), request.about, terms, now)
    field = f"complaint_{complaint.id}"
    words = await sealed(tx, vault, wish.beneficiary_id, field, request.words)
    await aftercare.add_complaint(tx, complaint, words, by)
    free = promise.freed(wish, terms) if complaint.about in domain.PERSONAL else wish
    if free is wish:
        await store.note(tx, wish, events, now, by=by)
    else:
        await store.save(tx, free, events, now, by=by)
    return free, ComplaintView.of(complaint)
