"""Visits; adapters/visits.py has them. The wish is locked before a visit of it is."""

from typing import Protocol
from uuid import UUID

from chassis.db import Transaction

from wishes.domain.visiting import Visit


class VisitStore(Protocol):
    async def wish_of(self, tx: Transaction, visit_id: UUID) -> UUID:
        """Of which wish. Raises NoSuchVisit."""
        ...

    async def lock(self, tx: Transaction, visit_id: UUID) -> Visit:
        """Raises NoSuchVisit."""
        ...

    async def next_number(self, tx: Transaction, claim_id: UUID) -> int:
        """The number of the claim's next visit; it is another one as soon as a visit has begun."""
        ...

    async def under_way(self, tx: Transaction, wish_id: UUID) -> Visit | None:
        """The visit of the claim in force that nobody has come back from."""
        ...

    async def two_went(self, tx: Transaction, claim_id: UUID) -> bool:
        """Whether two or more people were on one visit of this claim since it was last not right."""
        ...

    async def take_try(self, tx: Transaction, visit_id: UUID, guess: bytes) -> int | None:
        """Counted before it is looked whether it is right: guesses sent at once must not slip through.
        The last guess again is no other try. `guess`: a keyed hash of it.

        None where there is no try left, or nothing to try any more.
        """
        ...

    def add(self, tx: Transaction, visit: Visit) -> None:
        """Where the claim has one under way already: VisitUnderWay, later."""
        ...

    def save(self, tx: Transaction, visit: Visit) -> None: ...
