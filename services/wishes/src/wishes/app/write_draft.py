"""A wish is begun and kept: what is there is right, what is missing may come later."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from chassis.auth import OutOfScope, Principal
from chassis.db import Database, Transaction
from chassis.http.problems import FieldProblem
from chassis.ids import uuid7
from chassis.privacy import Vault, record_reveal
from chassis.unit_of_work import UnitOfWork
from orjson import dumps, loads
from pydantic import TypeAdapter, ValidationError

from wishes.app.draft_store import Draft, DraftStore
from wishes.app.index_person import indexes
from wishes.app.requests import Phone, SubmitWish
from wishes.app.requests_intake import DraftContent, DraftIn, OwnWish
from wishes.app.requests_rights import CorrectionIn
from wishes.app.sight import STAFF
from wishes.app.views_intake import DraftDetail, DraftView
from wishes.app.wrong_places import wrong_fields
from wishes.domain import intake as domain
from wishes.domain.errors import DraftWrong, NoSuchDraft, TooManyDrafts
from wishes.domain.replace import replace

KEPT_FOR = timedelta(days=30)
"""After the last change (PIPL Art. 19: no longer than it is needed)."""
MOST_DRAFTS = 100
FIELD = "draft"
WRITE_ON = "write_on"
"""Purpose of a look at one's own draft."""
PHONE: TypeAdapter[str] = TypeAdapter(Phone)


async def begin_draft(
    uow: UnitOfWork, drafts: DraftStore, vault: Vault, who: Principal, request: DraftIn
) -> DraftView:
    """Raises OutOfScope, DraftWrong, TooManyDrafts."""
    who.require_scope(request.area)
    if is_staff(who):
        _require_desk(who, request.area)
    require_right(who, request.content)
    async with uow as tx:
        if await drafts.count(tx, who.subject) >= MOST_DRAFTS:
            raise TooManyDrafts(most=str(MOST_DRAFTS))
        person_id = uuid7()
        sealed = vault.seal_new(tx, person_id, {FIELD: _text(request.content)})
        draft = Draft(
            id=uuid7(),
            beneficiary_id=person_id,
            author_id=who.subject,
            area=request.area,
            channel=request.channel if is_staff(who) else "online",
            content=sealed[FIELD] or b"",
            revision=1,
            drafted_at=uow.now,
            changed_at=uow.now,
            discard_at=uow.now + KEPT_FOR,
            person_index=_person_index(vault, request.content),
        )
        events = domain.begin(draft.id, draft.area, draft.channel, uow.now)
        draft = drafts.add(tx, draft, events)
        return uow.reply(_view(draft), version=draft.revision)


async def change_draft(
    uow: UnitOfWork,
    drafts: DraftStore,
    vault: Vault,
    who: Principal,
    draft_id: UUID,
    request: DraftContent,
) -> DraftView:
    """Raises NoSuchDraft for somebody else's as well, OutOfScope, DraftWrong."""
    require_right(who, request.content)
    async with uow as tx:
        draft = await own_draft(tx, drafts, who, draft_id)
        uow.require_version(draft.revision)
        sealed = await vault.seal(tx, draft.beneficiary_id, {FIELD: _text(request.content)})
        draft = replace(
            draft,
            content=sealed[FIELD] or b"",
            revision=draft.revision + 1,
            changed_at=uow.now,
            discard_at=uow.now + KEPT_FOR,
            person_index=_person_index(vault, request.content),
        )
        await drafts.save(tx, draft)
        return uow.reply(_view(draft), version=draft.revision)


async def read_draft(
    db: Database, drafts: DraftStore, vault: Vault, who: Principal, draft_id: UUID
) -> DraftDetail:
    """What one wrote oneself; a look at somebody's data all the same, so it is written down. Raises
    NoSuchDraft, OutOfScope."""
    async with db.transaction() as tx:
        draft = await own_draft(tx, drafts, who, draft_id)
        content = await content_of(tx, vault, draft)
        await record_reveal(tx, vault, draft.beneficiary_id, who, [FIELD], WRITE_ON)
    return DraftDetail(**_view(draft).model_dump(), content=content)


async def own_draft(tx: Transaction, drafts: DraftStore, who: Principal, draft_id: UUID) -> Draft:
    """Locked. Raises NoSuchDraft: whose draft it is tells nobody else that there is one; OutOfScope
    for what was written at the desk of a place where its author does not work by now."""
    draft = await drafts.lock(tx, draft_id)
    if draft.author_id != who.subject:
        raise NoSuchDraft
    if draft.channel != "online" or is_staff(who):
        _require_desk(who, draft.area)
    return draft


async def content_of(tx: Transaction, vault: Vault, draft: Draft) -> dict[str, Any]:
    opened = await vault.open(tx, draft.beneficiary_id, {FIELD: draft.content})
    return loads(opened[FIELD] or "{}")


async def index_drafts(tx: Transaction, drafts: DraftStore, vault: Vault, area: str) -> None:
    """Before drafts of a person are looked for: those that a program of the release before has written."""
    for draft in await drafts.lock_to_index(tx, area):
        content = await content_of(tx, vault, draft)
        await drafts.index(tx, replace(draft, person_index=_person_index(vault, content)))


async def correct_draft(
    tx: Transaction,
    drafts: DraftStore,
    vault: Vault,
    draft: Draft,
    new: CorrectionIn,
    *,
    account: UUID | None,
    person_index: bytes | None,
) -> None:
    """What the person has had corrected is right in what is begun about them, too, and whoever writes on
    it sees that it was changed. In what somebody else writes online it stays as it is, but is still found
    as the person's: they would read there where the person lives now. `account`: the person's own."""
    draft = replace(draft, person_index=person_index)
    if draft.channel == "online" and draft.author_id != account:
        await drafts.index(tx, draft)
        return
    content = await content_of(tx, vault, draft)
    given = content["beneficiary"] | new.model_dump(exclude_none=True, exclude={"no_phone"})
    gone = [("phone", new.no_phone), ("building_id", new.address)]
    for field in (name for name, why in gone if why):
        given.pop(field, None)
    sealed = await vault.seal(
        tx, draft.beneficiary_id, {FIELD: _text({**content, "beneficiary": given})}
    )
    draft = replace(draft, content=sealed[FIELD] or b"", revision=draft.revision + 1)
    await drafts.save(tx, draft)


def is_staff(who: Principal) -> bool:
    return bool(who.limited_to(STAFF).grants)


def whole(who: Principal, area: str, channel: str, content: dict[str, Any]) -> SubmitWish:
    """The submission that a draft amounts to. Raises pydantic's ValidationError."""
    if is_staff(who):
        return SubmitWish.model_validate({**content, "area": area, "channel": channel})
    return OwnWish.model_validate({**content, "area": area}).as_submission()


def require_right(who: Principal, content: dict[str, Any]) -> None:
    """Whatever is there already has the form of a submission. Raises DraftWrong."""
    wrong = [
        FieldProblem(f"/content/{name}", "extra_forbidden", "这一项写在 content 外面")
        for name in ("area", "channel")
        if name in content
    ]
    try:
        whole(who, "000000000000", "desk", content)
    except ValidationError as error:
        wrong += [one for one in wrong_fields(error, "content") if one.code != "missing"]
    if wrong:
        raise DraftWrong(wrong)


def _require_desk(who: Principal, area: str) -> None:
    """Raises OutOfScope. Where somebody lives is no desk of theirs."""
    if not who.limited_to(STAFF).covers(area):
        raise OutOfScope(area)


def _person_index(vault: Vault, content: dict[str, Any]) -> bytes | None:
    """`content` has passed require_right, so that what is there can be read as in a submission."""
    given = content.get("beneficiary") or {}
    name, address, phone = (given.get(field) for field in ("name", "address", "phone"))
    if not name or not (address or phone):
        return None
    phone = PHONE.validate_python(phone) if phone else None
    return indexes(vault, name, address or "", phone).person


def _text(content: dict[str, Any]) -> str:
    return dumps(content).decode()


def _view(draft: Draft) -> DraftView:
    return DraftView.model_validate(draft, from_attributes=True)
