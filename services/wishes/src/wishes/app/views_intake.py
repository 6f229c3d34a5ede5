"""What goes out at intake: drafts, files, consents, batches, rules, households."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from wishes.app.evidence_store import Attachment
from wishes.app.views import SubmittedView
from wishes.domain.access import AccessRequest
from wishes.domain.rule import Rule


class BatchView(BaseModel):
    """In the order of the rows; each code is shown this once."""

    items: list[SubmittedView]


class AttachmentView(BaseModel):
    """`sha256`: of the sealed bytes, so that a copy can be compared without opening it."""

    id: UUID
    wish_id: UUID
    purpose: str
    kind: str
    size: int
    sha256: str
    uploaded_by: UUID
    at: datetime
    shows_person: bool = False

    @staticmethod
    def of(attachment: Attachment) -> "AttachmentView":
        return AttachmentView.model_validate(
            {**vars(attachment), "sha256": attachment.sha256.hex()}
        )


class AttachmentsView(BaseModel):
    items: list[AttachmentView]


class AuthorView(BaseModel):
    """Who wrote for somebody, or answers for a child, and how the consent can be shown."""

    name: str | None
    phone: str | None
    relation: str
    kind: str
    reference: str | None
    witness: str | None
    witness_relation: str | None
    given_at: datetime


class OriginView(BaseModel):
    proxy: AuthorView | None
    guardian: AuthorView | None


class GuardianView(BaseModel):
    wish_id: UUID
    relation: str
    kind: str
    given_at: datetime


class AccessRequestView(BaseModel):
    id: UUID
    wish_id: UUID
    area: str
    purpose: str
    state: str
    asked_by: UUID
    asked_at: datetime
    until: datetime
    approved_by: UUID | None

    @staticmethod
    def of(request: AccessRequest) -> "AccessRequestView":
        return AccessRequestView.model_validate(request, from_attributes=True)


class DraftView(BaseModel):
    """`discard_at`: when it goes by itself, unless somebody writes on it before."""

    id: UUID
    area: str
    channel: str
    revision: int
    drafted_at: datetime
    changed_at: datetime
    discard_at: datetime


class DraftDetail(DraftView):
    content: dict[str, Any]


class DiscardedView(BaseModel):
    id: UUID


class HouseholdView(BaseModel):
    id: UUID
    beneficiaries: list[UUID]
    volunteers: list[UUID]


class RuleView(BaseModel):
    """One version of the terms of a category; everything in it may be known by everybody. After
    `valid_until` the category is closed there: the version before does not come back."""

    id: UUID
    district: str
    category: str
    version: int
    valid_from: date
    valid_until: date | None
    contact_days: int
    fulfil_days: int
    promise_days: tuple[int, int, int]
    live_claims: int
    value_cap_fen: int
    two_people: bool
    two_at_first: bool
    visit_hours: int
    asks: tuple[str, ...]
    evidence: tuple[str, ...]
    questions: dict[str, Any]

    @staticmethod
    def of(rule: Rule) -> "RuleView":
        return RuleView.model_validate({**vars(rule), **vars(rule.terms)})


class RulesView(BaseModel):
    items: list[RuleView]
