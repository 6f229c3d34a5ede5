"""The person helped has the last word: by the code on the card, at a call, at a visit."""

import hmac
from datetime import datetime
from uuid import UUID

from chassis.auth import Principal
from chassis.db import Transaction
from chassis.privacy import Vault
from chassis.unit_of_work import UnitOfWork
from contracts.wishes import ConfirmationMethod

from wishes.app.requests import CardAnswer, Confirmation
from wishes.app.store import Told, WishStore
from wishes.app.submit_wish import code_hash
from wishes.app.views import AnswerView, WishView
from wishes.domain import wish as domain
from wishes.domain.errors import CardLocked, InvolvedPerson, NoSuchCard, WrongState
from wishes.domain.states import WishAct, WishState, wish_after
from wishes.domain.wish import Wish

NOT_RIGHT = "not_right"


async def confirm_at_call(
    uow: UnitOfWork,
    store: WishStore,
    vault: Vault,
    who: Principal,
    wish_id: UUID,
    request: Confirmation,
) -> WishView:
    """A worker logs what the person said, with a witness. Raises InvolvedPerson, WrongState."""
    async with uow as tx:
        wish = await store.lock(tx, wish_id)
        who.require_scope(wish.area)
        uow.require_version(wish.version)
        claim = await store.current_claim(tx, wish.id)
        if claim is None:
            raise WrongState(wish.state, "confirm")
        if claim.involves(who.subject) or (
            request.witness_volunteer_id and claim.involves(request.witness_volunteer_id)
        ):
            raise InvolvedPerson
        fields = {"witness": request.witness.name, "note": request.note}
        sealed = await vault.seal(tx, wish.beneficiary_id, fields)
        told = Told(
            request.method,
            request.answer,
            request.reason,
            who.subject,
            sealed["witness"],
            request.witness.relation,
            sealed["note"],
        )
        wish = await _answer(tx, store, wish, claim, told, request.method, uow.now)
        return uow.reply(WishView.of(wish), version=wish.version)


async def confirm_by_card(
    uow: UnitOfWork,
    store: WishStore,
    vault: Vault,
    card_no: str,
    digits: str,
    request: CardAnswer,
) -> AnswerView:
    """Whoever holds the slip answers. Raises NoSuchCard, CardLocked, WrongState."""
    try:
        async with uow as tx:
            wish = await open_card(tx, store, vault, card_no, digits, uow.now)
            claim = await store.current_claim(tx, wish.id)
            if claim is None:
                raise WrongState(wish.state, "confirm")
            told = Told("code", request.answer, request.reason)
            wish = await _answer(tx, store, wish, claim, told, "code", uow.now)
            view = AnswerView(card_no=wish.card_no, state=wish.state)
            return uow.reply(view, version=wish.version)
    except NoSuchCard:
        # After the other transaction has gone: its rollback must not take the count with it.
        await store.wrong_try(card_no, uow.now)
        raise


async def open_card(
    tx: Transaction, store: WishStore, vault: Vault, card_no: str, digits: str, now: datetime
) -> Wish:
    """The wish of a card. An unknown card and wrong digits are answered alike, in the same time."""
    until = await store.locked_until(tx, card_no)
    if until is not None and until > now:
        raise CardLocked(
            int((until - now).total_seconds()), f"{until.astimezone(now.tzinfo):%H:%M}"
        )
    found = await store.lock_by_card(tx, card_no)
    given = code_hash(vault, card_no, digits)
    wanted = found[1] if found else b"\0" * len(given)
    if not hmac.compare_digest(given, wanted) or found is None:
        raise NoSuchCard
    await store.forget_tries(tx, card_no)
    return found[0]


async def _answer(
    tx: Transaction,
    store: WishStore,
    wish: Wish,
    claim: domain.Claim,
    told: Told,
    method: ConfirmationMethod,
    now: datetime,
) -> Wish:
    await store.add_confirmation(tx, wish.id, claim.id, told, now)
    if told.answer == "unsure":
        # Nothing changes but the note: the desk asks again later.
        wish_after(wish.state, WishAct.CONFIRM)
        return wish
    if told.answer == "satisfied":
        wish, claim, events = domain.confirm(wish, claim, method, now)
    else:
        reason = told.reason or NOT_RIGHT
        wish, claim, events = domain.reopen(wish, claim, WishAct.DISSATISFY, reason, now)
        await store.clear_delivery(tx, claim.id)
    await store.save(tx, wish, events, now, claim)
    return wish


async def reopen_wish(
    uow: UnitOfWork, store: WishStore, who: Principal, wish_id: UUID, reason: str
) -> WishView:
    """A worker learns that a fulfilled wish was not: it goes on, what was credited is reversed."""
    async with uow as tx:
        wish = await store.lock(tx, wish_id)
        who.require_scope(wish.area)
        uow.require_version(wish.version)
        claim = await store.current_claim(tx, wish.id)
        if claim is None or wish.state is not WishState.FULFILLED:
            raise WrongState(wish.state, "reopen")
        wish, claim, events = domain.reopen(wish, claim, WishAct.REOPEN, reason, uow.now)
        await store.clear_delivery(tx, claim.id)
        await store.save(tx, wish, events, uow.now, claim)
        return uow.reply(WishView.of(wish), version=wish.version)
