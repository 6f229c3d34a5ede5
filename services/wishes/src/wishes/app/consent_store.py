"""The ledger of consents and what was taken down; adapters/consents.py has it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from chassis.db import Database, Transaction

from wishes.domain.consent import Said
from wishes.domain.wish import Wish
from wishes.domain.wordings import Purpose


@dataclass(frozen=True)
class Entry:
    """One line of the ledger. `recorded_by`: None for the holder of the card, and once
    kept for the person by an account of their own."""

    said: Said
    recorded_by: UUID | None
    at: datetime
    witness: bytes | None = None
    """The name of whoever heard a spoken word, sealed with the person's key."""


class ConsentStore(Protocol):
    """Append-only. The wish is locked by whoever writes, so the last line is the one in force."""

    def add(self, tx: Transaction, wish: Wish, entries: Sequence[Entry]) -> None: ...

    async def last(
        self, db: Database | Transaction, wish_id: UUID, purpose: Purpose
    ) -> Said | None:
        """The entry in force; None: nothing was said yet."""
        ...

    async def require_not_refused(
        self, db: Database | Transaction, wish_id: UUID, purpose: Purpose
    ) -> None:
        """Nothing said yet is no refusal. Raises ConsentNeeded where the last word is a no."""
        ...

    async def require_served(self, db: Database | Transaction, wish_id: UUID) -> None:
        """Before anybody looks. Raises ConsentNeeded once the person has taken back the consent to be
        served."""
        ...

    async def was_given(self, tx: Transaction, wish_id: UUID, purpose: Purpose) -> bool:
        """Whether the person has ever agreed to this."""
        ...

    async def list(self, db: Database | Transaction, wish_id: UUID) -> Sequence[Entry]:
        """The latest lines, newest first."""
        ...

    async def is_drawn(self, tx: Transaction, wish_id: UUID) -> bool:
        """Whether a callback was drawn that nobody has made yet."""
        ...

    async def stop_or_go_on(self, tx: Transaction, person_id: UUID) -> None:
        """Note whether any wish of this person may still be worked on: whether messages may go out."""
        ...

    async def note_taken_down(
        self, tx: Transaction, wish_id: UUID, by: UUID, reason: str, now: datetime
    ) -> None: ...

    async def is_barred(self, tx: Transaction, wish_id: UUID) -> bool:
        """Whether a worker has taken the card down that would be shown again."""
        ...

    async def lift_bar(self, tx: Transaction, wish_id: UUID, now: datetime) -> None:
        """The card will be written anew before it hangs."""
        ...
