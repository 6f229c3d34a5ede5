"""What programmes need from the database; adapters/programmes.py has it."""

from datetime import datetime
from typing import Protocol
from uuid import UUID

from chassis.db import Transaction

from wishes.domain.programme import Programme
from wishes.domain.wish import Events


class ProgrammeStore(Protocol):
    """A wish's row is locked before its programme's."""

    def add(
        self, tx: Transaction, programme: Programme, events: Events, now: datetime, *, by: UUID
    ) -> None: ...
    async def lock(self, tx: Transaction, programme_id: UUID) -> Programme:
        """Nobody else changes it until the end of `tx`. Raises NoSuchProgramme."""
        ...

    async def hold(self, tx: Transaction, programme_id: UUID) -> Programme:
        """It stays as it is until the end of `tx`; others may join meanwhile. NoSuchProgramme."""
        ...

    async def given_fen(self, tx: Transaction, programme_id: UUID) -> int:
        """Gifts of all its wishes that arrived, 0.01 yuan."""
        ...

    async def save(
        self, tx: Transaction, programme: Programme, events: Events, *, by: UUID
    ) -> None: ...
