"""What goes out about a wish that was handed on."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel


class ReferralView(BaseModel):
    id: UUID
    wish_id: UUID
    area: str
    recipient: str
    reason: str
    referred_at: datetime
    due_by: datetime
    answered_at: datetime | None = None


class ReferralLine(ReferralView):
    """`late`: the day is over and nobody has answered."""

    card_no: str
    late: bool


class ReceiptView(BaseModel):
    """What is printed for the person who wished. No name: they know who they are."""

    card_no: str
    area: str
    category: str
    recipient: str
    reason: str
    receipt: str | None
    """The number of those who have taken it on."""
    referred_at: datetime
    due_by: datetime
    outcome: str | None
    answered_at: datetime | None
