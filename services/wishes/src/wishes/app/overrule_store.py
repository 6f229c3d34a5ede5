"""What overrules need from the database; adapters/overrules.py has it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

from chassis.db import Transaction

Field = Literal["title", "note"]
Answer = Literal["yes", "no"]


@dataclass(frozen=True)
class Overrule:
    """One finding in one text of a card. `first` and `last` count letters from 1, as people do."""

    id: UUID
    wish_id: UUID
    field: Field
    kind: str
    first: int
    last: int
    fingerprint: bytes
    card_text: bytes | None
    """Sealed: it may say what must not be shown."""
    remark: bytes | None
    reason: str
    asked_by: UUID
    asked_at: datetime
    answer: Answer | None = None
    answered_by: UUID | None = None
    answered_at: datetime | None = None


class OverruleStore(Protocol):
    """Everything happens while the wish's row is locked by the same transaction."""

    async def standing(self, tx: Transaction, wish_id: UUID, fingerprint: bytes) -> Overrule | None:
        """The one for exactly this that waits or was agreed to."""
        ...

    async def add(self, tx: Transaction, overrule: Overrule) -> None: ...
    async def get(self, tx: Transaction, wish_id: UUID, overrule_id: UUID) -> Overrule:
        """Raises NoSuchOverrule."""
        ...

    async def keep_answer(self, tx: Transaction, overrule: Overrule) -> None: ...
    async def agreed(
        self, tx: Transaction, wish_id: UUID, verified_by: UUID | None
    ) -> frozenset[bytes]:
        """Fingerprints that a second person has agreed to, other than whoever verified the wish."""
        ...
