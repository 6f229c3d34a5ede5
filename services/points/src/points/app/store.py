"""What posting needs from the database; adapters/postgres.py has it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from chassis.db import Transaction

from points.domain.posting import Holder, Rule, Shares


@dataclass(frozen=True)
class Posting:
    """One posting to be made. `reverses`: the posting that it takes back."""

    id: UUID
    source_event_id: UUID
    wish_id: UUID
    rule_version: int
    at: datetime
    shares: Shares
    reverses: UUID | None = None


class Books(Protocol):
    """Each method is one statement, whatever the size of the batch."""

    async def rules(self, tx: Transaction) -> list[Rule]: ...
    async def credited(
        self, tx: Transaction, source_events: Collection[UUID]
    ) -> dict[UUID, Posting]:
        """Postings by the event they were made for, those already reversed left out."""
        ...

    async def count_holders(self, tx: Transaction, times: Mapping[Holder, int]) -> dict[UUID, int]:
        """Raise the version of each holder by so much; the new versions."""
        ...

    async def post(self, tx: Transaction, postings: Sequence[Posting]) -> set[UUID]:
        """Ids of the postings that are new; one for an event posted before is passed over."""
        ...

    async def book(self, tx: Transaction, postings: Sequence[Posting], sign: int) -> None: ...
