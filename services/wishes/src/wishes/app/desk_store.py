"""What the desk keeps beside the wishes; adapters/desk.py has it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from chassis.db import Transaction

from wishes.app.store import Indexes, Person
from wishes.domain.wish import Wish


@dataclass(frozen=True)
class Step:
    """One call or visit of a verification, in codes."""

    method: str
    done_at: datetime
    spoke_with: str
    seen: tuple[str, ...]


@dataclass(frozen=True)
class Building:
    id: UUID
    area: str
    name: str


class DeskStore(Protocol):
    def add_steps(
        self, tx: Transaction, wish_id: UUID, at: datetime, steps: Sequence[Step]
    ) -> None:
        """Of the verification that was made `at`."""
        ...

    async def hand_over(
        self, tx: Transaction, wish: Wish, to: str, note: str, by: UUID, now: datetime
    ) -> None:
        """`wish` as it is afterwards; only its place in the queue is written."""
        ...

    def add_building(self, tx: Transaction, building: Building, by: UUID, now: datetime) -> None:
        """Where the community has one of this name: BuildingKnown, later."""
        ...

    async def known_buildings(
        self, tx: Transaction, ids: Collection[UUID]
    ) -> Collection[tuple[str, UUID]]:
        """Those of these that there are, each with its community."""
        ...

    async def change_code(self, tx: Transaction, wish_id: UUID, code_hash: bytes, by: UUID) -> None:
        """`by` is shown the new digits."""
        ...

    async def person_to_index(self, tx: Transaction, person_id: UUID) -> Person | None:
        """Locked; None once it has its indexes."""
        ...

    async def index(self, tx: Transaction, person_id: UUID, indexes: Indexes | None) -> None:
        """None: nothing of this person can be read any more."""
        ...
