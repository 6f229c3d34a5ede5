"""A file is kept with a wish: the paper as a photo, a voice, a scan. Opened only for a purpose."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.auth import Principal
from chassis.db import Database, Transaction
from chassis.ids import uuid7
from chassis.privacy import Vault, record_reveal
from chassis.unit_of_work import UnitOfWork

from wishes.app.access_store import AccessStore
from wishes.app.ask_access import use_approval
from wishes.app.consent_store import ConsentStore
from wishes.app.evidence_store import Attachment, EvidenceStore
from wishes.app.photos import without_notes
from wishes.app.requests_intake import AttachmentPurpose
from wishes.app.sight import HOLDING, holds, require_hand
from wishes.app.store import WishStore
from wishes.app.views_intake import AttachmentView
from wishes.domain.attachment import MOST_OF_A_WISH, PHOTOS, require_kind
from wishes.domain.consent import is_agreed
from wishes.domain.errors import (
    AttachmentKindNotTaken,
    NotTheClaimant,
    TooManyAttachments,
    WrongState,
)
from wishes.domain.fulfilling import require_photo_consent
from wishes.domain.states import WishState
from wishes.domain.wish import Wish

OVER = (WishState.WITHDRAWN, WishState.CLOSED, WishState.REFERRED)
"""Nothing more is to be shown about it."""


async def attach_file(
    uow: UnitOfWork,
    store: WishStore,
    evidence: EvidenceStore,
    vault: Vault,
    who: Principal,
    wish_id: UUID,
    purpose: AttachmentPurpose,
    content: bytes,
    said: str,
) -> AttachmentView:
    """`said`: the Content-Type. By staff of the area and by whoever handed the wish in online.

    Raises AttachmentKindNotTaken, AttachmentNotWhatItSays, AttachmentTooLarge, TooManyAttachments,
    OutOfScope, NotTheAuthor, WrongState.
    """
    kind = require_kind(content, said)
    if kind in PHOTOS:
        content = await without_notes(kind, content)
    async with uow as tx:
        wish = await store.lock(tx, wish_id)
        require_hand(who, wish)
        if wish.state in OVER:
            raise WrongState(wish.state, "attach")
        file = _File(purpose, kind, content, who.subject, uow.now)
        return uow.reply(await _keep(tx, evidence, vault, wish, file))


async def attach_photo(
    uow: UnitOfWork,
    store: WishStore,
    evidence: EvidenceStore,
    consents: ConsentStore,
    vault: Vault,
    who: Principal,
    claim_id: UUID,
    content: bytes,
    said: str,
    *,
    shows_person: bool,
) -> AttachmentView:
    """Of what was brought or done, by those who hold the claim; nobody has to send one.

    Raises AttachmentKindNotTaken, AttachmentNotWhatItSays, AttachmentTooLarge, TooManyAttachments,
    NotTheClaimant, NoPhotoConsent where the person is on it and has not agreed to photos.
    """
    kind = require_kind(content, said)
    if kind not in PHOTOS:
        raise AttachmentKindNotTaken
    content = await without_notes(kind, content)
    async with uow as tx:
        wish, claim = await store.lock_by_claim(tx, claim_id)
        if claim.state not in HOLDING or not holds(who, claim):
            raise NotTheClaimant
        agreed = is_agreed(wish, await consents.last(tx, wish.id, "photo"))
        require_photo_consent(shows_person=shows_person, agreed=agreed)
        file = _File("delivery", kind, content, who.subject, uow.now, shows_person)
        return uow.reply(await _keep(tx, evidence, vault, wish, file))


@dataclass(frozen=True)
class _File:
    purpose: str
    kind: str
    content: bytes
    by: UUID
    at: datetime
    shows_person: bool = False


async def _keep(
    tx: Transaction, evidence: EvidenceStore, vault: Vault, wish: Wish, file: _File
) -> AttachmentView:
    if await evidence.count(tx, wish.id, file.purpose) >= MOST_OF_A_WISH:
        raise TooManyAttachments(most=str(MOST_OF_A_WISH))
    file_id = uuid7()
    sealed = await vault.seal_bytes(tx, wish.beneficiary_id, place_of(file_id), file.content)
    attachment = Attachment(
        id=file_id,
        wish_id=wish.id,
        purpose=file.purpose,
        kind=file.kind,
        size=len(file.content),
        sha256=hashlib.sha256(sealed).digest(),
        uploaded_by=file.by,
        at=file.at,
        shows_person=file.shows_person,
    )
    await evidence.add(tx, attachment, sealed)
    return AttachmentView.of(attachment)


async def open_file(
    db: Database,
    store: WishStore,
    evidence: EvidenceStore,
    requests: AccessStore,
    consents: ConsentStore,
    vault: Vault,
    who: Principal,
    wish_id: UUID,
    attachment_id: UUID,
    purpose: str,
    now: datetime,
) -> tuple[Attachment, bytes]:
    """Every call is a look and is written down as one: a file is too large to be kept as the answer to
    a request that may come again. What broke off on the way is asked for again, of a child with the same
    approval on its day. Raises OutOfScope, NoSuchAttachment, ApprovalNeeded, ConsentNeeded as
    reveal_contact does."""
    async with db.transaction() as tx:
        wish = await store.lock(tx, wish_id)
        who.require_scope(wish.area)
        await consents.require_served(tx, wish.id)
        found, sealed = await evidence.sealed(tx, wish.id, attachment_id)
        await use_approval(tx, requests, who, wish, purpose, now, file=found.id)
        content = await vault.open_bytes(tx, wish.beneficiary_id, place_of(found.id), sealed)
        await record_reveal(tx, vault, wish.beneficiary_id, who, ["attachment"], purpose)
    return found, content


def place_of(attachment_id: UUID) -> str:
    """What its content is sealed under."""
    return f"attachment {attachment_id}"
