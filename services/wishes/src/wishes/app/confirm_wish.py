"""The person helped has the last word: by a tap, by the code on the card, at a call, at a visit, or by a
witness."""

from datetime import datetime
from uuid import UUID

from chassis.auth import Principal
from chassis.db import Transaction
from chassis.privacy import Vault
from chassis.unit_of_work import UnitOfWork

from wishes.app.aftercare_store import AftercareStore
from wishes.app.draw_callback import is_sampled, keep_draw
from wishes.app.people_store import PeopleStore
from wishes.app.reopen_wish import reopened
from wishes.app.requests import CardAnswer, Confirmation, OwnAnswer
from wishes.app.store import Told, WishStore
from wishes.app.terms import TermsBook
from wishes.app.uninvolved import require_apart_from_help
from wishes.app.views import AnswerView, WishView
from wishes.domain import fulfilling as domain
from wishes.domain.errors import InvolvedPerson, NotYourWish, WitnessInvolved
from wishes.domain.evidence import is_same_name
from wishes.domain.states import WishAct, wish_after
from wishes.domain.wish import Wish

NOT_RIGHT = "not_right"


async def confirm_at_call(
    uow: UnitOfWork,
    store: WishStore,
    book: TermsBook,
    aftercare: AftercareStore,
    vault: Vault,
    who: Principal,
    wish_id: UUID,
    request: Confirmation,
) -> WishView:
    """A worker logs what the person said, with a witness who is neither the worker nor the person, by id
    or by name, nor one of those who helped, nor of their household. Raises InvolvedPerson,
    WitnessInvolved, WrongState."""
    async with uow as tx:
        wish = await store.lock(tx, wish_id)
        who.require_scope(wish.area)
        uow.require_version(wish.version)
        await _require_other_name(tx, store, vault, who, wish, request.witness.name)
        fields = {"witness": request.witness.name, "note": request.note}
        sealed = await vault.seal(tx, wish.beneficiary_id, fields)
        told = Told(
            method=domain.METHODS[request.method],
            means=request.method,
            answer=request.answer,
            reason=request.reason,
            by=who.subject,
            witness=request.witness.volunteer_id,
            witness_name=sealed["witness"],
            witness_relation=request.witness.relation,
            note=sealed["note"],
        )
        wish = await _answer(tx, store, book, aftercare, wish, told, uow.now)
        return uow.reply(WishView.of(wish), version=wish.version)


async def confirm_by_tap(
    uow: UnitOfWork,
    store: WishStore,
    book: TermsBook,
    aftercare: AftercareStore,
    people: PeopleStore,
    who: Principal,
    wish_id: UUID,
    request: OwnAnswer,
) -> AnswerView:
    """The person who wished, signed in. Raises NotYourWish for everybody else, WrongState."""
    async with uow as tx:
        wish = await store.lock(tx, wish_id)
        if await people.account_of(tx, wish.beneficiary_id) != who.subject:
            raise NotYourWish
        told = Told(domain.METHODS["tap"], "tap", request.answer, request.reason, by=who.subject)
        wish = await _answer(tx, store, book, aftercare, wish, told, uow.now)
        view = AnswerView(card_no=wish.card_no, state=wish.state)
        return uow.reply(view, version=wish.version)


async def confirm_by_card(
    uow: UnitOfWork,
    store: WishStore,
    book: TermsBook,
    aftercare: AftercareStore,
    wish_id: UUID,
    request: CardAnswer,
) -> AnswerView:
    """Whoever holds the slip answers; open_card has seen the digits. Raises WrongState."""
    async with uow as tx:
        wish = await store.lock(tx, wish_id)
        method = domain.METHODS[request.means]
        told = Told(method, request.means, request.answer, request.reason)
        wish = await _answer(tx, store, book, aftercare, wish, told, uow.now)
        view = AnswerView(card_no=wish.card_no, state=wish.state)
        return uow.reply(view, version=wish.version)


async def _require_other_name(
    tx: Transaction, store: WishStore, vault: Vault, who: Principal, wish: Wish, witness: str
) -> None:
    """Raises WitnessInvolved where the witness is called as the worker or the person is."""
    person = await store.beneficiary(tx, wish.beneficiary_id)
    known = await vault.open(tx, person.id, {"name": person.name})
    if any(name and is_same_name(witness, name) for name in (who.name, known["name"])):
        raise WitnessInvolved


async def _answer(
    tx: Transaction,
    store: WishStore,
    book: TermsBook,
    aftercare: AftercareStore,
    wish: Wish,
    told: Told,
    now: datetime,
) -> Wish:
    """Satisfied: fulfilled, and perhaps drawn for a callback. Unsatisfied: it goes on. Unsure: only
    noted, the desk asks again."""
    wish_after(wish.state, WishAct.CONFIRM)
    claim = await store.claim_in_force(tx, wish)
    by_desk = told.by if told.means != "tap" else None
    await require_apart_from_help(tx, aftercare, wish, by_desk, InvolvedPerson)
    if told.witness is not None:
        # Whoever writes it down, and whoever says it, is no second pair of ears for it.
        said_by = await aftercare.account_of(tx, wish.beneficiary_id)
        if told.witness in (told.by, said_by):
            raise WitnessInvolved
    await require_apart_from_help(tx, aftercare, wish, told.witness, WitnessInvolved)
    await store.add_confirmation(tx, wish.id, claim.id, told, now)
    if told.answer == "unsure":
        return wish
    if told.answer == "satisfied":
        terms = await book.of(tx, wish.rule_id)
        before = await store.given_before(tx, wish.id)
        sampled = await is_sampled(tx, aftercare, wish, terms, now)
        # Whoever wants no service any more still says how it was, and is not rung up.
        served = not sampled or await aftercare.is_served(tx, wish.id)
        wish, claim, events = domain.confirm(
            wish, claim, told.means, terms, now, before=before, sampled=sampled, served=served
        )
        keep_draw(tx, aftercare, wish, claim, events, now)
    else:
        why = (WishAct.DISSATISFY, told.reason or NOT_RIGHT)
        wish, claim, events = await reopened(tx, store, book, wish, claim, why, now)
    await store.save(tx, wish, events, now, by=told.by, claim=claim)
    return wish
