"""Who lives with whom, as far as a worker knows; adapters/households.py has it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from chassis.db import Transaction


@dataclass(frozen=True)
class LivesAt:
    """The person's area and household, by whichever of their entries it is known; `entries`: all of them."""

    area: str
    household_id: UUID | None
    erased: bool
    entries: Sequence[UUID]


class HouseholdStore(Protocol):
    async def lock_person(self, tx: Transaction, beneficiary_id: UUID) -> LivesAt:
        """Raises NoSuchPerson."""
        ...

    async def found(
        self, tx: Transaction, household_id: UUID, beneficiaries: Sequence[UUID]
    ) -> None:
        """Those that are in one stay there."""
        ...

    async def add(
        self, tx: Transaction, household_id: UUID, volunteer_id: UUID, by: UUID, now: datetime
    ) -> None:
        """Whoever is in it already stays."""
        ...

    async def remove(self, tx: Transaction, household_id: UUID, volunteer_id: UUID) -> None: ...
    async def beneficiaries(
        self, tx: Transaction, household_id: UUID
    ) -> Sequence[tuple[UUID, str]]:
        """Ids and areas. Raises NoSuchHousehold where there is nobody."""
        ...

    async def volunteers(self, tx: Transaction, household_id: UUID) -> Sequence[UUID]: ...
