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
    """One posting. `shares` are what the credit gave; with `reverses` they are taken back.

    `is_reversed`: a later posting has taken this one back already.
    """

    id: UUID
    source_event_id: UUID
    wish_id: UUID
    rule_version: int
    at: datetime
    shares: Shares
    reverses: UUID | None = None
    is_reversed: bool = False


class Books(Protocol):
    """Each method is one statement, whatever the size of the batch."""

    async def rules(self, tx: Transaction) -> list[Rule]: ...
    async def known(self, tx: Transaction, source_events: Collection[UUID]) -> dict[UUID, Posting]:
        """The postings that are there already, by the event they were made for."""
        ...

    async def count_holders(self, tx: Transaction, times: Mapping[Holder, int]) -> dict[UUID, int]:
        """Raise the version of each holder by so much; the new versions."""
        ...

    async def post(self, tx: Transaction, postings: Sequence[Posting]) -> int:
        """How many were new; one for an event posted before is passed over."""
        ...

    async def book(self, tx: Transaction, postings: Sequence[Posting]) -> None:
        """The entries of all postings; the database moves the balances with them."""
        ...
