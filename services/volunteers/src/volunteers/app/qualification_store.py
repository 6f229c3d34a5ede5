"""What the use cases of qualifications need from the database; adapters/qualifications.py has it."""

from typing import Protocol
from uuid import UUID

from chassis.db import Transaction

from volunteers.domain.qualification import Qualification


class QualificationStore(Protocol):
    """The volunteer's row is locked before anything here: it counts the events of all of them."""

    async def holder(self, tx: Transaction, qualification_id: UUID) -> UUID | None:
        """Whose it is."""
        ...

    async def get(
        self, tx: Transaction, volunteer_id: UUID, qualification_id: UUID
    ) -> Qualification:
        """Raises NoSuchQualification, also for one of somebody else."""
        ...

    async def in_force(
        self, tx: Transaction, volunteer_id: UUID, kind: str, code: str
    ) -> Qualification | None: ...

    async def add(self, tx: Transaction, granted: Qualification) -> None: ...
    async def end(self, tx: Transaction, over: Qualification) -> None: ...
