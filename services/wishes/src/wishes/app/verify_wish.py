"""Somebody has phoned or been there: the person, the need and the consent are real."""

from uuid import UUID

from chassis.auth import Principal
from chassis.unit_of_work import UnitOfWork

from wishes.app.desk_store import DeskStore, Step
from wishes.app.note_age import Ages, lock_with_others, note_age, tell_others
from wishes.app.record_consent import Ledger, note_verified
from wishes.app.requests import CheckStep, Verification
from wishes.app.views import WishView
from wishes.domain import intake as domain
from wishes.domain.consent import heard_from
from wishes.domain.evidence import require_consents, require_reached


async def verify_wish(
    uow: UnitOfWork,
    ledger: Ledger,
    desk: DeskStore,
    ages: Ages,
    who: Principal,
    wish_id: UUID,
    request: Verification,
) -> WishView:
    """The person has been asked whether they agree, to the service and to the card: the ledger holds it
    from now on. A child's wish is one by what any other of theirs says, and they by this one. Raises NobodyReached, GuardianConsentMissing, ConsentEvidenceMissing, ConsentNotHeard,
    PersonSpeaks, WrongState."""
    require_reached(request.method, [(step.method, step.spoke_with) for step in request.steps])
    store = ledger.wishes
    async with uow as tx:
        wish = await lock_with_others(tx, ages, wish_id, request.born)
        who.require_scope(wish.area)
        uow.require_version(wish.version)
        # From here the desk has seen whose it is, so that their other wishes are known.
        await store.add_verification(tx, wish.id, who.subject, request.method, uow.now)
        wish = await note_age(tx, ages, wish, request.born, uow.now)
        if wish.by_proxy or wish.minor:
            proxy, guardian = await ages.evidence.proofs(tx, wish.id)
            require_consents(
                by_proxy=wish.by_proxy, minor=wish.minor, proxy=proxy, guardian=guardian
            )
        wish, events = domain.verify(wish, who.subject, request.method, uow.now, asks=request.asks)
        if request.steps:
            desk.add_steps(tx, wish.id, uow.now, [_step(step) for step in request.steps])
        agreed = request.checklist.publish_agreed
        reached = {step.spoke_with for step in request.steps}
        by = heard_from(wish, reached)
        wish, more = await note_verified(tx, ledger, wish, agreed, by, who.subject, uow.now)
        await store.save(tx, wish, (*events, *more), uow.now, by=who.subject)
        await tell_others(tx, ages, wish, who.subject, uow.now)
        return uow.reply(WishView.of(wish), version=wish.version)


def _step(step: CheckStep) -> Step:
    return Step(step.method, step.done_at, step.spoke_with, step.seen)
