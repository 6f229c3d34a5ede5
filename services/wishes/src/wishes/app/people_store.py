"""What is known of people beside a claim: whose account, whose household, who can what."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from chassis.db import Transaction
from contracts.fields import Giver


class PeopleStore(Protocol):
    async def account_of(self, tx: Transaction, beneficiary_id: UUID) -> UUID | None:
        """The person's own account, where they have one."""
        ...

    async def share_a_household(
        self, tx: Transaction, person: UUID, others: Collection[UUID]
    ) -> bool:
        """Whether the person lives with one of the others, as far as a worker knows."""
        ...

    async def sealed_names(
        self, tx: Transaction, wish_id: UUID
    ) -> Sequence[tuple[UUID, str, bytes]]:
        """Whose key, which field, sealed: the person's own name and address, and the names of those
        who are around this wish; see known_names.py."""
        ...

    async def missing(
        self, tx: Transaction, giver: Giver, asks: Sequence[str], now: datetime
    ) -> tuple[str, ...]:
        """Qualifications out of `asks` that this volunteer does not have. Units are not asked."""
        ...
