"""How the person who wished found the help: by the card, by a tap, or told to a worker.

Once for each fulfilment. For the work, never for a ranking: no list and no count of scores by person
is made of it.
"""

from datetime import datetime
from uuid import UUID

from chassis.auth import OutOfScope, Principal
from chassis.db import Transaction
from chassis.ids import uuid7
from chassis.privacy import Vault
from chassis.unit_of_work import UnitOfWork

from wishes.app.aftercare_store import AftercareStore, Evaluated
from wishes.app.requests_aftercare import CardEvaluation, EvaluationIn
from wishes.app.sealing import sealed
from wishes.app.sight import is_staff_of
from wishes.app.store import WishStore
from wishes.app.uninvolved import require_apart_from_help
from wishes.app.views_aftercare import EvaluationView
from wishes.domain import fulfilling as domain
from wishes.domain.errors import NotYourWish, WrongState
from wishes.domain.states import WishAct, wish_after
from wishes.domain.wish import Claim, Wish


async def evaluate_wish(
    uow: UnitOfWork,
    store: WishStore,
    aftercare: AftercareStore,
    vault: Vault,
    who: Principal,
    wish_id: UUID,
    request: EvaluationIn,
) -> EvaluationView:
    """Raises AlreadyEvaluated, InvolvedInHelp, NotYourWish, OutOfScope, WrongState."""
    async with uow as tx:
        wish = await store.lock(tx, wish_id)
        if request.means == "tap":
            if await aftercare.account_of(tx, wish.beneficiary_id) != who.subject:
                raise NotYourWish
        elif not is_staff_of(who, wish):
            raise OutOfScope(wish.area)
        claim = await _claim_of(tx, store, wish)
        by_desk = who.subject if request.means != "tap" else None
        for person in (by_desk, request.proxy_id):
            await require_apart_from_help(tx, aftercare, wish, person)
        wish = await _keep(tx, store, aftercare, vault, wish, claim, request, who.subject, uow.now)
        return uow.reply(_view(wish, request), version=wish.version)


async def evaluate_by_card(
    uow: UnitOfWork,
    store: WishStore,
    aftercare: AftercareStore,
    vault: Vault,
    wish_id: UUID,
    request: CardEvaluation,
) -> EvaluationView:
    """Whoever holds the slip; open_card has seen the digits. Raises AlreadyEvaluated, WrongState."""
    async with uow as tx:
        wish = await store.lock(tx, wish_id)
        claim = await _claim_of(tx, store, wish)
        wish = await _keep(tx, store, aftercare, vault, wish, claim, request, None, uow.now)
        return uow.reply(_view(wish, request), version=wish.version)


async def _claim_of(tx: Transaction, store: WishStore, wish: Wish) -> Claim:
    """Of whom the evaluation speaks. A wish that was closed by others than neighbours has none."""
    wish_after(wish.state, WishAct.EVALUATE)
    claim = await store.find_claim(tx, wish.id)
    if claim is None or wish.fulfilled_event_id is None:
        raise WrongState(wish.state, WishAct.EVALUATE)
    return claim


async def _keep(
    tx: Transaction,
    store: WishStore,
    aftercare: AftercareStore,
    vault: Vault,
    wish: Wish,
    claim: Claim,
    request: EvaluationIn | CardEvaluation,
    by: UUID | None,
    now: datetime,
) -> Wish:
    evaluation_id = uuid7()
    field = f"remark_{evaluation_id}"
    remark = await sealed(tx, vault, wish.beneficiary_id, field, request.remark)
    said = Evaluated(evaluation_id, request.score, request.means, request.by_proxy, by, remark)
    aftercare.add_evaluation(tx, wish, claim, said, now)
    wish, events = domain.evaluate(
        wish, claim, request.score, request.means, by_proxy=request.by_proxy, now=now
    )
    await store.save(tx, wish, events, now, by=by, claim=claim)
    return wish


def _view(wish: Wish, request: EvaluationIn | CardEvaluation) -> EvaluationView:
    return EvaluationView(
        wish_id=wish.id, score=request.score, by_proxy=request.by_proxy, means=request.means
    )
