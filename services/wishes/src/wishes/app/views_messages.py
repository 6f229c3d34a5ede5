"""What goes out of a conversation."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel


class MessageView(BaseModel):
    """A word of one side. Who of a team said it is not told: the claim speaks."""

    id: UUID
    sender: Literal["resident", "claimant"]
    text: str
    sent_at: datetime


class ReadMessage(MessageView):
    """For staff."""

    claim_id: UUID
    by_id: UUID | None
