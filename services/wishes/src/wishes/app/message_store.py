"""What messages need from the database; adapters/messages.py has it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from chassis.db import Transaction

from wishes.domain.conversation import Side


@dataclass(frozen=True)
class Message:
    """A message, sealed."""

    id: UUID
    wish_id: UUID
    claim_id: UUID
    sender: Side
    by: UUID | None
    """Who wrote it down: the helper, or the worker for the resident; None: by the card."""
    words: bytes
    sent_at: datetime


class MessageStore(Protocol):
    def add(self, tx: Transaction, message: Message) -> None: ...
    async def nth_last(
        self, tx: Transaction, claim_id: UUID, sender: Side, number: int
    ) -> datetime | None:
        """When this side's last but `number` - 1 was sent; None if there are fewer."""
        ...

    async def last(
        self, tx: Transaction, claim_id: UUID, sender: Side, number: int
    ) -> Sequence[Message]:
        """The last ones of this side, oldest first."""
        ...

    async def of_wish(
        self, tx: Transaction, wish_id: UUID, before: UUID | None, limit: int
    ) -> Sequence[Message]:
        """Newest first, of all its claims."""
        ...
