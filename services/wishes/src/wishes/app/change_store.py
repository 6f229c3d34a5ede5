"""Changes that wait for a claimant's yes; adapters/changes.py has them.

One at a time for a claim. When nobody is asked any more (`answer_by` of the claim), it is gone: the
database sees to that, whichever way the question ended.
"""

from datetime import datetime
from typing import Protocol
from uuid import UUID

from chassis.db import Transaction

from wishes.domain.changing import Change


class ChangeStore(Protocol):
    async def add(
        self,
        tx: Transaction,
        claim_id: UUID,
        change: Change,
        words: bytes,
        title: bytes,
        note: bytes | None,
        answers: bytes | None,
        now: datetime,
    ) -> None:
        """All of them sealed with the key of the person who wished, as the wish's own words are."""
        ...

    async def get(self, tx: Transaction, claim_id: UUID) -> Change:
        """Raises NothingAsked."""
        ...

    async def card(self, tx: Transaction, claim_id: UUID) -> tuple[bytes, bytes | None]:
        """The sealed title and note. Raises NothingAsked."""
        ...

    async def apply(
        self, tx: Transaction, wish_id: UUID, claim_id: UUID, title: str, note: str | None
    ) -> None:
        """The new words, the new answers and the new card become those of the wish."""
        ...
