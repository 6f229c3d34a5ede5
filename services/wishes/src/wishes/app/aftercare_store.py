"""What evaluation, callback and complaint need from the database; adapters/aftercare.py has it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol
from uuid import UUID

from chassis.db import Transaction

from wishes.domain.complaint import Complaint
from wishes.domain.wish import Claim, Wish


@dataclass(frozen=True)
class Evaluated:
    """An evaluation, as it is kept."""

    id: UUID
    score: int
    means: str
    by_proxy: bool
    by: UUID | None
    remark: bytes | None


@dataclass(frozen=True)
class Called:
    """A call, as it is kept."""

    id: UUID
    outcome: str
    by: UUID
    note: bytes | None


@dataclass(frozen=True)
class Answered:
    """The answer to a complaint, as it is kept."""

    outcome: str
    by: UUID
    words: bytes


@dataclass(frozen=True)
class Said:
    """Rows of what was said about one wish, with the sealed words as the table has them."""

    evaluations: Sequence[dict[str, Any]]
    calls: Sequence[dict[str, Any]]
    complaints: Sequence[dict[str, Any]]


class AftercareStore(Protocol):
    """The wish's row is locked before anything here is written."""

    async def account_of(self, tx: Transaction, beneficiary_id: UUID) -> UUID | None:
        """The account of the person who wished, if they have one."""
        ...

    async def was_involved(self, tx: Transaction, wish: Wish, person: UUID) -> bool:
        """Whether they did anything with it but ask how the help was, said that a finding may stay on
        its card, witnessed it, had a part in any claim of it, went on a visit, gave anything, or wished
        it; or live with one of these."""
        ...

    async def is_near_help(self, tx: Transaction, wish: Wish, person: UUID) -> bool:
        """Whether they had a part in any claim of it, went on a visit or gave anything, also where they
        have left since; or live with somebody who did."""
        ...

    def add_evaluation(
        self, tx: Transaction, wish: Wish, claim: Claim, said: Evaluated, now: datetime
    ) -> None:
        """A second one for the same fulfilment: AlreadyEvaluated, later."""
        ...

    async def seed(self, tx: Transaction, district: str, month: str) -> bytes:
        """The district's seed of the month, made now if nobody needed it before."""
        ...

    def add_callback(
        self, tx: Transaction, wish: Wish, claim: Claim, due_by: datetime, now: datetime
    ) -> None:
        """A draw; where the last one was not answered, that one goes on with a new day."""
        ...

    async def days_in_vain(self, tx: Transaction, wish_id: UUID, before: date) -> int:
        """On how many days before this one nobody was reached for the draw that is open."""
        ...

    async def add_call(
        self, tx: Transaction, wish: Wish, call: Called, now: datetime, *, given_up: bool
    ) -> None:
        """A call; one that reached somebody answers the open draw, if there is one, and so does the
        last one in vain, which is counted."""
        ...

    async def is_served(self, tx: Transaction, wish_id: UUID) -> bool:
        """Whether the person has not taken back that the wish be worked on: whether anybody may ring."""
        ...

    async def wish_of_callback(self, tx: Transaction, callback_id: UUID) -> UUID | None: ...
    async def mark_late(self, tx: Transaction, callback_id: UUID, now: datetime) -> None:
        """Once, and only where it is still to be answered."""
        ...

    async def forget_moment(self, tx: Transaction, callback_id: UUID) -> None:
        """The wish goes on: whoever confirms it again sets the next one."""
        ...

    async def add_complaint(
        self, tx: Transaction, complaint: Complaint, words: bytes, by: UUID | None
    ) -> None:
        """Raises ComplaintOpen where the same matter waits for an answer."""
        ...

    async def wish_of_complaint(self, tx: Transaction, complaint_id: UUID) -> UUID:
        """Raises NoSuchComplaint."""
        ...

    async def complaint(self, tx: Transaction, complaint_id: UUID) -> Complaint:
        """As it is after the lock of its wish. Raises NoSuchComplaint."""
        ...

    async def save_complaint(
        self, tx: Transaction, complaint: Complaint, answered: Answered | None = None
    ) -> None: ...
    async def said(self, tx: Transaction, wish_id: UUID) -> Said: ...
