"""What is needed of the database to find wishes that look alike; adapters/likenesses.py has it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

from chassis.db import Database, Transaction

Why = Literal["same_entry", "same_household", "same_phone", "same_address"]


@dataclass(frozen=True)
class Candidate:
    """Another wish of the same people, sealed as it is."""

    wish_id: UUID
    card_no: str
    category: str
    state: str
    submitted_at: datetime
    fulfilled_at: datetime | None
    follow_up: bool
    beneficiary_id: UUID
    words: bytes
    why: Sequence[Why]
    decided: bool
    """Somebody has said what the two are to each other, or one follows the other."""


class LikenessStore(Protocol):
    async def candidates(
        self, db: Database, wish_id: UUID, areas: Sequence[str]
    ) -> list[Candidate]:
        """The newest 50 wishes of the same people in these areas (prefixes), the wish itself aside."""
        ...

    async def decide(
        self,
        tx: Transaction,
        wish_id: UUID,
        other_id: UUID,
        by: UUID,
        now: datetime,
        *,
        duplicate: bool,
    ) -> None:
        """Raises AlreadyDecided, for the pair in whatever order."""
        ...
