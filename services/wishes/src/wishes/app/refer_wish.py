"""What is not for the tree goes to who is there for it, with a receipt; and what they answered."""

from uuid import UUID

from chassis.auth import Principal
from chassis.db import Database, Transaction
from chassis.ids import uuid7
from chassis.privacy import Vault, record_reveal
from chassis.unit_of_work import UnitOfWork

from wishes.app.access_store import AccessStore
from wishes.app.ask_access import use_approval
from wishes.app.consent_store import ConsentStore
from wishes.app.referral_store import ReferralStore, SealedReceipt
from wishes.app.requests_referrals import ReceiptIn, ReferralAnswerIn, ReferralIn
from wishes.app.sealing import sealed
from wishes.app.store import WishStore
from wishes.app.terms import TermsBook
from wishes.app.views import WishView
from wishes.app.views_referrals import ReceiptView, ReferralView
from wishes.domain import referral as domain
from wishes.domain.replace import replace


async def refer_wish(
    uow: UnitOfWork,
    store: WishStore,
    book: TermsBook,
    referrals: ReferralStore,
    consents: ConsentStore,
    vault: Vault,
    who: Principal,
    wish_id: UUID,
    request: ReferralIn,
) -> ReferralView:
    """The desk asks the person before it hands anything on. Raises OutOfScope, WrongState, ConsentNeeded
    where the last that was said of sharing, or of the service at all, is a no."""
    async with uow as tx:
        wish = await store.lock(tx, wish_id)
        who.require_scope(wish.area)
        uow.require_version(wish.version)
        await consents.require_served(tx, wish.id)
        await consents.require_not_refused(tx, wish.id, "share")
        terms = await book.of(tx, wish.rule_id)
        wish, referral, events = domain.refer(
            wish, uuid7(), request.to, request.reason, who.subject, terms, uow.now
        )
        field = f"receipt_{referral.id}"
        receipt = await sealed(tx, vault, wish.beneficiary_id, field, request.receipt)
        await referrals.add(tx, referral, receipt)
        await store.save(tx, wish, events, uow.now, by=who.subject)
        view = ReferralView.model_validate(referral, from_attributes=True)
        return uow.reply(view, version=wish.version)


async def answer_referral(
    uow: UnitOfWork,
    store: WishStore,
    referrals: ReferralStore,
    vault: Vault,
    who: Principal,
    referral_id: UUID,
    request: ReferralAnswerIn,
) -> WishView:
    """Raises NoSuchReferral, OutOfScope, ReferralAnswered, WrongState."""
    async with uow as tx:
        wish = await store.lock(tx, await referrals.wish_of(tx, referral_id))
        who.require_scope(wish.area)
        referral = await referrals.find(tx, referral_id)
        wish, events = domain.answer(wish, referral, request.outcome, uow.now)
        field = f"note_{referral.id}"
        note = await sealed(tx, vault, wish.beneficiary_id, field, request.note)
        answered = replace(referral, answered_at=uow.now)
        await referrals.answer(tx, answered, request.outcome, note, who.subject)
        await store.save(tx, wish, events, uow.now, by=who.subject)
        return uow.reply(WishView.of(wish), version=wish.version)


async def reveal_receipt(
    uow: UnitOfWork,
    store: WishStore,
    referrals: ReferralStore,
    requests: AccessStore,
    consents: ConsentStore,
    vault: Vault,
    who: Principal,
    referral_id: UUID,
    request: ReceiptIn,
) -> ReceiptView:
    """What is printed for the person. Raises NoSuchReferral, OutOfScope, ApprovalNeeded, ConsentNeeded as
    reveal_contact does."""
    async with uow as tx:
        wish = await store.lock(tx, await referrals.wish_of(tx, referral_id))
        who.require_scope(wish.area)
        await consents.require_served(tx, wish.id)
        await use_approval(tx, requests, who, wish, request.purpose, uow.now)
        receipt = await referrals.receipt(tx, referral_id)
        opened = await open_receipt(tx, vault, wish.beneficiary_id, receipt)
        await record_reveal(tx, vault, wish.beneficiary_id, who, ["receipt"], request.purpose)
        return uow.reply(opened, people=[wish.beneficiary_id])


async def open_receipt(
    db: Database | Transaction, vault: Vault, person: UUID, receipt: SealedReceipt
) -> ReceiptView:
    field = f"receipt_{receipt.referral_id}"
    clear = await vault.open(db, person, {field: receipt.number}) if receipt.number else {}
    return ReceiptView.model_validate(receipt.about | {"receipt": clear.get(field)})
