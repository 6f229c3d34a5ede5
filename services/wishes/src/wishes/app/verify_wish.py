"""Somebody has phoned or been there: the person, the need and the consent are real."""

from uuid import UUID

from chassis.auth import Principal
from chassis.privacy import Vault
from chassis.unit_of_work import UnitOfWork

from wishes.app.desk_store import DeskStore, Step
from wishes.app.evidence_store import EvidenceStore
from wishes.app.note_age import note_age
from wishes.app.record_consent import Ledger, note_verified
from wishes.app.requests import CheckStep, Verification
from wishes.app.views import WishView
from wishes.domain import intake as domain
from wishes.domain.consent import heard_from
from wishes.domain.evidence import require_consents, require_reached


async def verify_wish(
    uow: UnitOfWork,
    ledger: Ledger,
    evidence: EvidenceStore,
    desk: DeskStore,
    vault: Vault,
    who: Principal,
    wish_id: UUID,
    request: Verification,
) -> WishView:
    """The person has been asked whether they agree, to the service and to the card: the ledger holds it
    from now on. Raises NobodyReached, GuardianConsentMissing, ConsentEvidenceMissing, ConsentNotHeard,
    PersonSpeaks, WrongState."""
    require_reached(request.method, [(step.method, step.spoke_with) for step in request.steps])
    store = ledger.wishes
    async with uow as tx:
        wish = await store.lock(tx, wish_id)
        who.require_scope(wish.area)
        uow.require_version(wish.version)
        wish = await note_age(tx, evidence, vault, wish, request.born, uow.now)
        if wish.by_proxy or wish.minor:
            proxy, guardian = await evidence.proofs(tx, wish.id)
            require_consents(
                by_proxy=wish.by_proxy, minor=wish.minor, proxy=proxy, guardian=guardian
            )
        wish, events = domain.verify(wish, who.subject, request.method, uow.now, asks=request.asks)
        await store.add_verification(tx, wish.id, who.subject, request.method, uow.now)
        if request.steps:
            desk.add_steps(tx, wish.id, uow.now, [_step(step) for step in request.steps])
        agreed = request.checklist.publish_agreed
        reached = {step.spoke_with for step in request.steps}
        by = heard_from(wish, reached)
        wish, more = await note_verified(tx, ledger, wish, agreed, by, who.subject, uow.now)
        await store.save(tx, wish, (*events, *more), uow.now, by=who.subject)
        return uow.reply(WishView.of(wish), version=wish.version)


def _step(step: CheckStep) -> Step:
    return Step(step.method, step.done_at, step.spoke_with, step.seen)
