"""Who answers for a child, and that they agreed: noted after intake, before the wish is verified; or
later by the desk, where nobody knew that it was a child's."""

from uuid import UUID

from chassis.auth import Principal
from chassis.db import Transaction
from chassis.unit_of_work import UnitOfWork

from wishes.app.evidence_store import EvidenceStore
from wishes.app.names_around import names_around
from wishes.app.note_age import Ages, is_a_childs
from wishes.app.requests import GuardianIn
from wishes.app.sight import is_staff_of, require_hand
from wishes.app.store import WishStore
from wishes.app.take_in import guardian_fields, guardian_of, require_witness
from wishes.app.views_intake import GuardianView
from wishes.domain.consent import SHOWN
from wishes.domain.errors import AccountNotYours, BirthMonthUnknown, NotAMinor, WrongState
from wishes.domain.evidence import is_same_name, require_consents
from wishes.domain.states import WishState
from wishes.domain.wish import Wish

BEFORE = (WishState.SUBMITTED, WishState.RETURNED)
LATER = (WishState.VERIFIED, WishState.TAKEN_DOWN, *SHOWN)
"""Only what is missing: what a check has rested on is not replaced."""


async def note_guardian(
    uow: UnitOfWork,
    store: WishStore,
    ages: Ages,
    who: Principal,
    wish_id: UUID,
    request: GuardianIn,
) -> GuardianView:
    """Replaces what was noted before. Raises OutOfScope, NotTheAuthor, NotAMinor,
    BirthMonthUnknown, WrongState, WitnessIsTheAuthor, AccountNotYours."""
    evidence = ages.evidence
    async with uow as tx:
        wish = await store.lock(tx, wish_id)
        require_hand(who, wish)
        if not wish.minor and not await is_a_childs(tx, ages, wish, uow.now):
            known = await evidence.is_born_known(tx, wish.beneficiary_id)
            raise NotAMinor if known else BirthMonthUnknown
        if wish.state not in BEFORE:
            _, noted = await evidence.proofs(tx, wish.id)
            missing = noted is None or not noted.is_there
            if wish.state not in LATER or not missing or not is_staff_of(who, wish):
                raise WrongState(wish.state, "guardian")
        account = request.account_id
        if account not in (None, who.subject) and not is_staff_of(who, wish):
            raise AccountNotYours
        before = await names_around(tx, store, evidence, ages.vault, wish)
        require_witness(request, [before.person, before.proxy, who.name])
        sealed = await ages.vault.seal(tx, wish.beneficiary_id, guardian_fields(request))
        guardian = guardian_of(request, sealed)
        # What is kept with the wish until now is the word of whoever answered for the child.
        instead = bool(before.guardian) and not is_same_name(before.guardian or "", request.name)
        evidence.add_guardian(tx, wish.id, guardian, uow.now, by=who.subject, instead=instead)
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


async def require_noted(tx: Transaction, evidence: EvidenceStore, wish: Wish) -> None:
    """No child's card hangs without its guardian's proof, whatever way the wish has gone. Raises
    GuardianConsentMissing."""
    if wish.minor:
        _, guardian = await evidence.proofs(tx, wish.id)
        require_consents(by_proxy=False, minor=True, proxy=None, guardian=guardian)
