"""What goes out."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel


class OrganisationView(BaseModel):
    id: UUID
    kind: str
    name: str
    area: str
    parent_id: UUID | None
    registered: bool


class OrganisationContact(BaseModel):
    name: str
    email: str | None


class Accepted(BaseModel):
    """The same for every phone: whether it is known is nobody's business."""

    accepted: bool = True


class VolunteerView(BaseModel):
    id: UUID
    number: str | None
    kind: str
    area: str
    organisation_id: UUID | None
    state: str
    version: int


class StaffView(BaseModel):
    """`password` and `totp_secret` are shown this once."""

    id: UUID
    login: str
    password: str
    totp_secret: str
    totp_uri: str


class ContactView(BaseModel):
    name: str | None
    phone: str | None


class AddressLine(BaseModel):
    """The ways to reach one volunteer or unit; both None: somebody has to go."""

    id: UUID
    phone: str | None = None
    email: str | None = None


class ContactsView(BaseModel):
    """Whoever is not known here is left out."""

    items: list[AddressLine]


class NamesView(BaseModel):
    names: dict[UUID, str]


class TokenView(BaseModel):
    """RFC 6749 section 5.1."""

    access_token: str
    token_type: str = "Bearer"  # noqa: S105
    expires_in: int
    refresh_token: str | None = None


class ContactLine(BaseModel):
    beneficiary_id: UUID
    wish_id: UUID
    since: datetime
    until: datetime | None
    event_id: UUID


class ActivityLine(BaseModel):
    wish_id: UUID
    category: str
    part: str
    minutes: int
    at: datetime
    source_event_id: UUID


class FeedbackLine(BaseModel):
    wish_id: UUID
    fact: str
    at: datetime
    event_id: UUID
    score: int | None = None
    """Of an evaluation, 1 to 5: as the person who wished found this help."""


class SavingsLine(BaseModel):
    wish_id: UUID
    points: int
    minutes: int
    gift_value_fen: int
    at: datetime
    event_id: UUID


class Savings(BaseModel):
    points: int
    minutes: int
    gift_value_fen: int
    lines: list[SavingsLine]


class Identity(BaseModel):
    number: str | None
    name: str
    kind: str
    area: str
    organisation_id: UUID | None
    since: datetime


class MemberFile(BaseModel):
    """一证四卡. `fed_by` names the event that each card was last fed by."""

    identity: Identity
    contact: list[ContactLine]
    activity: list[ActivityLine]
    feedback: list[FeedbackLine]
    savings: Savings
    fed_by: dict[str, UUID | None]
