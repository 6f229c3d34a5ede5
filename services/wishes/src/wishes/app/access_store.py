"""Requests for a look at a child's data; adapters/access.py has them."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from chassis.db import Database, Transaction

from wishes.domain.access import AccessRequest
from wishes.domain.wish import Wish


class AccessStore(Protocol):
    async def wish_of(self, tx: Transaction, request_id: UUID) -> UUID:
        """Raises NoSuchAccessRequest."""
        ...

    async def lock(self, tx: Transaction, request_id: UUID) -> AccessRequest:
        """After the wish. Raises NoSuchAccessRequest."""
        ...

    async def latest(
        self, tx: Transaction, wish_id: UUID, by: UUID, purpose: str
    ) -> AccessRequest | None:
        """What this person asked for last. The wish is locked."""
        ...

    async def is_child(self, db: Database | Transaction, people: Sequence[UUID]) -> bool:
        """Whether any wish of these is a child's."""
        ...

    async def is_childs(self, db: Database | Transaction, wish: Wish) -> bool:
        """Whether it, or any other wish of the same person, is a child's: who learned it wrote it down
        with one of them."""
        ...

    async def lock_latest_about(
        self, tx: Transaction, people: Sequence[UUID], by: UUID, purpose: str
    ) -> AccessRequest | None:
        """The same for all wishes of these. The request is locked: it is one look for two at once."""
        ...

    async def add(self, tx: Transaction, request: AccessRequest) -> None: ...
    async def save(self, tx: Transaction, request: AccessRequest) -> None: ...
