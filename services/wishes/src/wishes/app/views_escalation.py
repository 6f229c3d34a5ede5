"""What goes out about the wishes that nobody takes."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from wishes.domain.wish import Level


class EscalatedWish(BaseModel):
    """A card that hangs and waits. `level`: who looks after it now, since `level_since`."""

    wish_id: UUID
    card_no: str
    area: str
    category: str
    effort: str | None
    title: str | None
    level: Level
    posted_at: datetime
    level_since: datetime | None
    next_at: datetime | None
    """When the next level is asked; None at the last: it stays here until somebody takes it."""
