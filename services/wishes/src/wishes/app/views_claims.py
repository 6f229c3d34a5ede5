"""What goes out about invitations, changes of a claimed wish, and visits."""

from datetime import datetime
from uuid import UUID

from contracts.fields import Giver
from pydantic import BaseModel

from wishes.domain.visiting import Visit


class InvitationsView(BaseModel):
    """How many were asked, and until when. Not under which numbers: nobody needs to count answers."""

    wish_id: UUID
    asked: int
    until: datetime


class InvitationView(BaseModel):
    """For whoever is asked: the card as it hangs on the tree."""

    id: UUID
    invitee: Giver
    until: datetime
    wish_id: UUID
    card_no: str
    area: str
    title: str
    category: str
    effort: str


class RecipientLine(BaseModel):
    id: UUID
    kind: str
    recipient_id: UUID


class RecipientsView(BaseModel):
    """Invitations that stand; any other is left out, whatever became of it."""

    items: list[RecipientLine]


class ChangeView(BaseModel):
    """What a claimed wish is to become, for whoever is asked; the words stay with the desk."""

    claim_id: UUID
    category: str
    effort: str
    title: str
    note: str | None
    answer_by: datetime


class VisitView(BaseModel):
    """For those who go and for the desk. `code`: what they say at the door."""

    id: UUID
    claim_id: UUID
    visitors: tuple[UUID, ...]
    two_people: bool
    started_at: datetime
    back_by: datetime
    checked_at: datetime | None
    ended_at: datetime | None
    code: str | None = None

    @staticmethod
    def of(visit: Visit, code: str | None = None) -> "VisitView":
        return VisitView.model_validate({**vars(visit), "code": code})


class VisitCodeView(BaseModel):
    """For the person who is visited: what whoever comes will say. `people`: None while nobody is on
    the way."""

    code: str
    people: int | None = None
    back_by: datetime | None = None
    checked: bool = False


class VisitCheckedView(BaseModel):
    """It is them."""

    people: int
    back_by: datetime
