"""Wishes that are begun and not handed in; adapters/drafts.py has them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from chassis.db import Transaction
from contracts.fields import Channel

from wishes.domain.wish import Events


@dataclass(frozen=True)
class Draft:
    """`id` becomes the wish's, `beneficiary_id` the person's, with whose key `content` is sealed."""

    id: UUID
    beneficiary_id: UUID
    author_id: UUID
    area: str
    channel: Channel
    content: bytes
    revision: int
    drafted_at: datetime
    changed_at: datetime
    discard_at: datetime
    event_id: UUID | None = None
    """Of its WishDrafted."""


class DraftStore(Protocol):
    async def count(self, tx: Transaction, author_id: UUID) -> int: ...
    def add(self, tx: Transaction, draft: Draft, events: Events) -> Draft: ...
    async def lock(self, tx: Transaction, draft_id: UUID) -> Draft:
        """Raises NoSuchDraft."""
        ...

    async def save(self, tx: Transaction, draft: Draft) -> None: ...
    def become_wish(self, tx: Transaction, draft: Draft) -> None:
        """It is handed in: the history of the wish begins with it, the draft itself is gone."""
        ...

    def discard(self, tx: Transaction, draft: Draft, events: Events) -> None: ...
