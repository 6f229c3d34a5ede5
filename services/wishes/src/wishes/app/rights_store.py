"""People as their rights see them, and what they asked; adapters/rights.py has it.

Whoever changes a wish and the person locks the wish first, then the person, then the request.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from chassis.db import Database, Transaction
from contracts.fields import EventData

from wishes.app.store import Indexes
from wishes.domain.rights import DataRequest, Subject


@dataclass(frozen=True)
class Sealed:
    """One row of what is kept. `under`: whose key opens it; `sealed`: name in a copy → (name that it was
    sealed under, value)."""

    plain: Mapping[str, Any]
    under: UUID
    sealed: Mapping[str, tuple[str, bytes | None]]


@dataclass(frozen=True)
class Correction:
    """New sealed values; None: this one stays. `indexes`: of what is right now. `moved`: the building that
    was noted is not theirs any more. `no_phone`: none at all."""

    indexes: Indexes
    moved: bool
    no_phone: bool
    name: bytes | None = None
    phone: bytes | None = None
    address: bytes | None = None
    born: bytes | None = None


class RightsStore(Protocol):
    async def subject(self, db: Database | Transaction, person_id: UUID) -> Subject:
        """Raises NoSuchPerson."""
        ...

    async def lock(self, tx: Transaction, person_id: UUID) -> Subject:
        """No new wish of theirs can be written until the end of `tx`. Raises NoSuchPerson."""
        ...

    async def same(self, db: Database | Transaction, person_id: UUID) -> Sequence[UUID]:
        """This entry and the others of the same person in the same community, in the order of their ids:
        each time a wish is written down makes one. Erased ones are no longer known to be anybody's.

        Only this one as long as nobody of the desk has seen who it is: whoever wrote somebody else's
        name and number online must not get at what the desk has of them.
        """
        ...

    async def speaks_for(
        self, db: Database | Transaction, account_id: UUID, person_id: UUID
    ) -> bool:
        """Whether the account is that of this child's guardian, or of whoever wrote a wish for this
        person, as long as the person has not taken back that it be worked on."""
        ...

    async def lock_same(self, tx: Transaction, person_id: UUID) -> Sequence[Subject]:
        """All of these, locked. Raises NoSuchPerson."""
        ...

    async def lock_corrected(self, tx: Transaction, person_id: UUID) -> Sequence[Subject]:
        """This entry and those that are corrected with it, locked: of the same person, and seen by the
        desk. Whoever wrote somebody's name and number online would read there what is right now."""
        ...

    async def lock_together(self, tx: Transaction, request_id: UUID) -> Sequence[Subject]:
        """Whom this request and those filed with it are about, locked."""
        ...

    async def open_with(self, tx: Transaction, request_id: UUID) -> Sequence[DataRequest]:
        """What was filed with this one and still waits for its answer, locked."""
        ...

    async def erasing(self, tx: Transaction, people: Sequence[UUID]) -> Set[UUID]:
        """For which of these an erasure waits for its answer."""
        ...

    async def lock_wishes(self, tx: Transaction, people: Sequence[UUID]) -> Sequence[UUID]:
        """All their wishes, in the order of their ids."""
        ...

    async def lock_beside(self, tx: Transaction, wish_id: UUID, *, told: bool) -> None:
        """All wishes of whoever this one is for, in the order of their ids, where it is a child's, or `told`: an
        age may come to it now. Those that nobody has seen yet, too: this may be the moment of it."""
        ...

    async def childs(
        self, tx: Transaction, person_id: UUID
    ) -> Sequence[tuple[UUID, bytes | None, datetime]]:
        """Of each child's wish of the same person that the desk has seen: whose key, the sealed month of
        birth, and when it came in."""
        ...

    async def not_childs(self, tx: Transaction, person_id: UUID) -> Sequence[UUID]:
        """The other wishes of the same person that the desk has seen."""
        ...

    async def came_in(self, tx: Transaction, person_id: UUID) -> Mapping[UUID, datetime]:
        """When each of their wishes came in."""
        ...

    async def request(self, db: Database | Transaction, request_id: UUID) -> DataRequest:
        """Raises NoSuchRequest."""
        ...

    async def lock_request(self, tx: Transaction, request_id: UUID) -> DataRequest:
        """Raises NoSuchRequest."""
        ...

    async def open_requests(self, tx: Transaction, person_id: UUID) -> Sequence[DataRequest]: ...

    def add_request(self, tx: Transaction, request: DataRequest, wanted: bytes | None) -> None:
        """`wanted`: what a correction asks for, sealed. Where the same is open: RequestAlreadyOpen,
        later."""
        ...

    async def wanted(self, tx: Transaction, request_id: UUID) -> bytes | None: ...

    async def save_request(self, tx: Transaction, request: DataRequest) -> None:
        """Its new state. What a correction wanted goes with its answer."""
        ...

    async def note(self, tx: Transaction, person: Subject, events: Sequence[EventData]) -> None:
        """What the world hears of a person; the last event makes their version."""
        ...

    async def correct(self, tx: Transaction, person_id: UUID, new: Correction) -> None: ...

    async def forget(self, tx: Transaction, person_id: UUID, now: datetime) -> Sequence[UUID]:
        """Everything in plain text, and whatever could be found again by its value, is emptied. Returns
        whose keys are to be destroyed beside the person's: of those who wrote for them."""
        ...

    async def everything(
        self, tx: Transaction, people: Sequence[UUID]
    ) -> Mapping[str, Sequence[Sealed]]:
        """All that is kept about a person, of all these entries, for a copy: section → rows."""
        ...
