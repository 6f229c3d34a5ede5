"""What is known of people beside a claim: whose account, who can what."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from chassis.db import Transaction


class PeopleStore(Protocol):
    async def account_of(self, tx: Transaction, beneficiary_id: UUID) -> UUID | None:
        """The person's own account, where they have one."""
        ...

    async def close_to(
        self, tx: Transaction, wish_id: UUID, among: Collection[UUID]
    ) -> tuple[bool, bool, bool, bool]:
        """Whether one of them is the person, whether one lives with the person, whether one wrote the
        wish down for them or speaks for them, and whether one was shown the digits of the card."""
        ...

    async def complained_of(
        self, tx: Transaction, wishes: Collection[UUID], about: Collection[str]
    ) -> bool:
        """Whether anybody has complained in one of these ways about one of these wishes, unless that was
        found not to be true."""
        ...

    async def sealed_names(
        self, tx: Transaction, wish_id: UUID
    ) -> Sequence[tuple[UUID, str, bytes]]:
        """Whose key, which field, sealed: the person's own name and address, and the names of those
        who are around this wish, of which one field may come more than once; see known_names.py."""
        ...

    async def missing(
        self, tx: Transaction, volunteers: Collection[UUID], asks: Sequence[str], now: datetime
    ) -> tuple[str, ...]:
        """Qualifications out of `asks` that one of these volunteers does not have."""
        ...
