"""A consent is given or taken back: at the desk, by the person's own account, by the card.

What follows from it happens in the same transaction: nobody sees a card that may not be shown.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.auth import Principal
from chassis.db import Transaction
from chassis.privacy import Vault
from chassis.unit_of_work import UnitOfWork

from wishes.app.consent_store import ConsentStore, Entry
from wishes.app.evidence_store import EvidenceStore
from wishes.app.hang_again import find_place
from wishes.app.names_around import require_heard_by_another
from wishes.app.note_guardian import require_noted
from wishes.app.person_sight import is_own, require_person
from wishes.app.requests_consents import CardConsent, ConsentAtDesk
from wishes.app.rights_store import RightsStore
from wishes.app.store import WishStore
from wishes.app.views_consents import ConsentChangedView
from wishes.domain import consent as domain
from wishes.domain import promise
from wishes.domain.consent import By, How, Said
from wishes.domain.errors import (
    AlreadyErased,
    FirstConsentAtDesk,
    WitnessNeeded,
    WordingUnknown,
)
from wishes.domain.states import WishState
from wishes.domain.wish import Events, Wish
from wishes.domain.wordings import Purpose, current, is_known

AT_A_CHECK: tuple[Purpose, ...] = ("service", "publish")
"""What whoever verifies asks about, each apart from the other."""


@dataclass(frozen=True)
class Ledger:
    """The stores that a consent needs."""

    wishes: WishStore
    consents: ConsentStore


async def record_consent(
    uow: UnitOfWork,
    ledger: Ledger,
    evidence: EvidenceStore,
    rights: RightsStore,
    vault: Vault,
    who: Principal,
    wish_id: UUID,
    request: ConsentAtDesk,
) -> ConsentChangedView:
    """Raises OutOfScope, NotYourData, WitnessNeeded, WitnessIsTheAuthor, WordingUnknown, GuardianSpeaks,
    PersonSpeaks, GuardianConsentMissing, ConsentUnchanged."""
    async with uow as tx:
        wish = await ledger.wishes.lock(tx, wish_id)
        person = await rights.subject(tx, wish.beneficiary_id)
        require_person(who, person)
        uow.require_version(wish.version)
        own = is_own(who, person)
        said = _said(request, "self" if own else request.by, "online" if own else request.how)
        domain.require_guardian(wish, said)
        if said.given and said.purpose == "publish" and wish.state in domain.SHOWN:
            # From here the card is shown again, and may be given back to the tree, without a publication.
            await require_noted(tx, evidence, wish)
        witness = None if own else request.witness
        if said.given and said.how == "spoken" and witness is None:
            raise WitnessNeeded
        await require_heard_by_another(tx, ledger.wishes, evidence, vault, who, wish, witness)
        sealed = await vault.seal(tx, person.id, {"consent_witness": witness})
        entry = Entry(said, who.subject, uow.now, sealed["consent_witness"])
        return await _record(uow, tx, ledger, wish, entry)


async def record_by_card(
    uow: UnitOfWork, ledger: Ledger, rights: RightsStore, wish_id: UUID, request: CardConsent
) -> ConsentChangedView:
    """Whoever holds the slip; open_card has seen the digits. Raises FirstConsentAtDesk for a yes that
    nobody has heard yet, GuardianSpeaks, AlreadyErased, WordingUnknown, ConsentUnchanged."""
    async with uow as tx:
        wish = await ledger.wishes.lock(tx, wish_id)
        if (await rights.subject(tx, wish.beneficiary_id)).erased:
            raise AlreadyErased
        said = _said(request, "self", "card")
        domain.require_guardian(wish, said)
        if said.given and not await ledger.consents.was_given(tx, wish.id, said.purpose):
            raise FirstConsentAtDesk
        return await _record(uow, tx, ledger, wish, Entry(said, None, uow.now))


async def note_verified(
    tx: Transaction,
    ledger: Ledger,
    wish: Wish,
    agreed: bool | None,
    by: By,
    verifier: UUID,
    now: datetime,
) -> tuple[Wish, Events]:
    """The checklist says that whoever was asked (`by`) agrees to the service, and, apart from that, what
    they say to the card (`agreed`; None: nothing). The wish as it is after that, and what the world must
    hear. Raises PersonSpeaks."""
    consents = ledger.consents
    last = {purpose: await consents.last(tx, wish.id, purpose) for purpose in AT_A_CHECK}
    before = last["publish"] and last["publish"].given
    card = domain.of_the_card(agreed, before)
    said = [_asked(by, "service")]
    said += [] if card is None else [_asked(by, "publish", given=card)]
    for each in said:
        domain.require_own_word(wish, each, last[each.purpose])
    consents.add(tx, wish, [Entry(each, verifier, now) for each in said])
    ledger.wishes.go_on(tx, wish.beneficiary_id)
    if card is False:
        wish, _, events = domain.take_back(wish, None, said[-1], now)
        return wish, events
    if card is None or wish.may_hang:
        return wish, ()
    if before is None:
        # It may not hang because it turned out to be a child's: nobody has said anything of the card.
        return promise.answered(wish, now, may_hang=True), ()
    # Somebody who had said no to the card says yes to the verifier: the world has heard the no.
    wish, _, events = domain.give(wish, None, said[-1], now, leaf=None, barred=False)
    await consents.lift_bar(tx, wish.id, now)
    return wish, events


def _asked(by: By, purpose: Purpose, *, given: bool = True) -> Said:
    return Said(purpose, given, by, "spoken", current(purpose).version)


def _said(request: CardConsent, by: By, how: How) -> Said:
    if not is_known(request.purpose, request.wording):
        raise WordingUnknown
    return Said(request.purpose, request.given, by, how, request.wording)


async def _record(
    uow: UnitOfWork, tx: Transaction, ledger: Ledger, wish: Wish, entry: Entry
) -> ConsentChangedView:
    store, consents, said = ledger.wishes, ledger.consents, entry.said
    last = await consents.last(tx, wish.id, said.purpose)
    domain.require_change(wish, said, last)
    domain.require_own_word(wish, said, last)
    claim = await store.find_claim(tx, wish.id)
    if said.given:
        barred = await consents.is_barred(tx, wish.id)
        leaf = await _place(tx, store, wish, said, uow.now)
        drawn = said.purpose == "service" and await consents.is_drawn(tx, wish.id)
        after, claim, events = domain.give(
            wish, claim, said, uow.now, leaf=leaf, barred=barred, drawn=drawn
        )
        if after.may_hang and barred:
            await consents.lift_bar(tx, wish.id, uow.now)
    else:
        after, claim, events = domain.take_back(wish, claim, said, uow.now)
    consents.add(tx, after, [entry])
    await store.save(tx, after, events, uow.now, by=entry.recorded_by, claim=claim)
    if said.purpose == "service":
        await consents.stop_or_go_on(tx, after.beneficiary_id)
    return uow.reply(ConsentChangedView.of(after, said), version=after.version)


async def _place(
    tx: Transaction, store: WishStore, wish: Wish, said: Said, now: datetime
) -> int | None:
    """Where a card could hang again beside the help that goes on; None where it is not for that."""
    if said.purpose != "publish" or wish.may_hang or wish.state is not WishState.CLAIMED:
        return None
    return await find_place(tx, store, wish, now)
