"""What is known of people beside a claim: whose account, who can what."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from chassis.db import Transaction
from contracts.fields import Giver


class PeopleStore(Protocol):
    async def account_of(self, tx: Transaction, beneficiary_id: UUID) -> UUID | None:
        """The person's own account, where they have one."""
        ...

    async def missing(
        self, tx: Transaction, giver: Giver, asks: Sequence[str], now: datetime
    ) -> tuple[str, ...]:
        """Qualifications out of `asks` that this volunteer does not have. Units are not asked."""
        ...
