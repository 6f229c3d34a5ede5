"""Wishes that are begun and not handed in; adapters/drafts.py has them."""

from collections.abc import Sequence
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
    person_index: bytes | None = None
    """As a beneficiary's (see app/index_person.py); None: it does not say yet who it is about."""


class DraftStore(Protocol):
    async def count(self, tx: Transaction, author_id: UUID) -> int: ...
    def add(self, tx: Transaction, draft: Draft, events: Events) -> Draft: ...
    async def lock(self, tx: Transaction, draft_id: UUID) -> Draft:
        """Raises NoSuchDraft."""
        ...

    async def save(self, tx: Transaction, draft: Draft) -> None: ...
    async def lock_to_index(self, tx: Transaction, area: str) -> Sequence[Draft]:
        """Those of a community whose index is not of what stands in them, locked."""
        ...

    async def index(self, tx: Transaction, draft: Draft) -> None:
        """Its `person_index` is of what stands in it now."""
        ...

    async def lock_about(self, tx: Transaction, person_id: UUID) -> Sequence[Draft]:
        """The drafts about this person in the same community, whoever writes them, locked.

        Only the person's own as long as nobody of the desk has seen who it is: see RightsStore.same.
        """
        ...

    def become_wish(self, tx: Transaction, draft: Draft) -> None:
        """It is handed in: the history of the wish begins with it, the draft itself is gone."""
        ...

    def discard(self, tx: Transaction, draft: Draft, events: Events) -> None: ...
