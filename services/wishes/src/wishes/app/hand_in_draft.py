"""A draft becomes a wish, or goes: by its author, or by itself after thirty days."""

from datetime import datetime
from uuid import UUID

from chassis.auth import Principal
from chassis.db import Database, Transaction
from chassis.privacy import Vault
from chassis.unit_of_work import UnitOfWork
from pydantic import ValidationError

from wishes.app.card_numbers import numbers
from wishes.app.draft_store import Draft, DraftStore
from wishes.app.evidence_store import EvidenceStore
from wishes.app.requests import SubmitWish
from wishes.app.store import WishStore
from wishes.app.submit_own import require_few_waiting
from wishes.app.take_in import Coming, private_fields, take_in
from wishes.app.terms import TermsBook
from wishes.app.views import SubmittedView
from wishes.app.views_intake import DiscardedView
from wishes.app.write_draft import content_of, is_staff, own_draft, whole
from wishes.app.wrong_places import require_answers, wrong_fields
from wishes.domain import intake as domain
from wishes.domain.errors import DraftIncomplete, NoSuchDraft
from wishes.domain.working_days import today


async def hand_in_draft(
    uow: UnitOfWork,
    store: WishStore,
    evidence: EvidenceStore,
    drafts: DraftStore,
    book: TermsBook,
    vault: Vault,
    who: Principal,
    draft_id: UUID,
) -> SubmittedView:
    """The wish has the draft's id, the person the draft's key. Raises NoSuchDraft, OutOfScope,
    DraftIncomplete, and what submitting may raise."""

    async def once(card_no: str) -> SubmittedView:
        async with uow as tx:
            draft = await own_draft(tx, drafts, who, draft_id)
            who.require_scope(draft.area)
            request = await _complete(tx, vault, who, draft)
            rule = await book.at(draft.area, request.category, today(uow.now))
            require_answers(rule.terms, request.answers)
            account = None if is_staff(who) else who.subject
            if account is not None:
                await require_few_waiting(tx, store, who)
            coming = Coming(request, rule, card_no, who.subject, account, draft.id, writer=who.name)
            person_id = draft.beneficiary_id
            sealed = await vault.seal(tx, person_id, private_fields(request))
            drafts.become_wish(tx, draft)
            view = take_in(tx, store, evidence, vault, coming, person_id, sealed, uow.now)
            return uow.reply(view, version=view.version)

    return await numbers.until_free(once)


async def discard_draft(
    uow: UnitOfWork, drafts: DraftStore, vault: Vault, who: Principal, draft_id: UUID
) -> DiscardedView:
    """The key is destroyed: nobody can read what was written. Raises NoSuchDraft, OutOfScope."""
    async with uow as tx:
        draft = await own_draft(tx, drafts, who, draft_id)
        await drop_draft(tx, drafts, vault, draft, "discarded", uow.now)
        return uow.reply(DiscardedView(id=draft.id))


async def tick_draft(
    db: Database, drafts: DraftStore, vault: Vault, draft_id: UUID, now: datetime
) -> None:
    """Nobody has written on it for thirty days."""
    async with db.transaction() as tx:
        try:
            draft = await drafts.lock(tx, draft_id)
        except NoSuchDraft:
            return  # handed in or discarded at this very moment
        if draft.discard_at <= now:
            await drop_draft(tx, drafts, vault, draft, "draft_expired", now)


async def drop_draft(
    tx: Transaction, drafts: DraftStore, vault: Vault, draft: Draft, reason: str, now: datetime
) -> None:
    """With its key: nobody can read what was written. `draft` is locked."""
    await vault.destroy(tx, draft.beneficiary_id)
    drafts.discard(tx, draft, domain.discard(draft.id, draft.area, reason, now))


async def _complete(tx: Transaction, vault: Vault, who: Principal, draft: Draft) -> SubmitWish:
    try:
        return whole(who, draft.area, draft.channel, await content_of(tx, vault, draft))
    except ValidationError as error:
        raise DraftIncomplete(wrong_fields(error, "content")) from None
