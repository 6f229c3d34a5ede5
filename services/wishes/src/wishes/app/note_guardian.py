"""Who answers for a child, and that they agreed: noted after intake, before the wish is verified."""

from uuid import UUID

from chassis.auth import Principal
from chassis.privacy import Vault
from chassis.unit_of_work import UnitOfWork

from wishes.app.evidence_store import EvidenceStore
from wishes.app.requests import GuardianIn
from wishes.app.sight import is_staff_of, require_hand
from wishes.app.store import WishStore
from wishes.app.take_in import guardian_fields, guardian_of, require_witness
from wishes.app.views_intake import GuardianView
from wishes.domain.errors import AccountNotYours, BirthMonthUnknown, NotAMinor, WrongState
from wishes.domain.states import WishState

BEFORE = (WishState.SUBMITTED, WishState.RETURNED)


async def note_guardian(
    uow: UnitOfWork,
    store: WishStore,
    evidence: EvidenceStore,
    vault: Vault,
    who: Principal,
    wish_id: UUID,
    request: GuardianIn,
) -> GuardianView:
    """Replaces what was noted before. Raises OutOfScope, NotTheAuthor, NotAMinor,
    BirthMonthUnknown, WrongState, WitnessIsTheAuthor, AccountNotYours."""
    require_witness(request)
    async with uow as tx:
        wish = await store.lock(tx, wish_id)
        require_hand(who, wish)
        if not wish.minor:
            known = await evidence.is_born_known(tx, wish.beneficiary_id)
            raise NotAMinor if known else BirthMonthUnknown
        if wish.state not in BEFORE:
            raise WrongState(wish.state, "guardian")
        account = request.account_id
        if account not in (None, who.subject) and not is_staff_of(who, wish):
            raise AccountNotYours
        sealed = await vault.seal(tx, wish.beneficiary_id, guardian_fields(request))
        guardian = guardian_of(request, sealed)
        evidence.add_guardian(tx, wish.id, guardian, uow.now, by=who.subject)
        if account is None:
            # Whoever was noted before answers for the child no more.
            await evidence.drop_speaker(tx, wish.id, "guardian")
        else:
            evidence.add_speaker(tx, wish.id, "guardian", account, uow.now, by=who.subject)
        view = GuardianView(
            wish_id=wish.id,
            relation=guardian.relation,
            kind=guardian.kind,
            given_at=guardian.given_at,
        )
        return uow.reply(view)
