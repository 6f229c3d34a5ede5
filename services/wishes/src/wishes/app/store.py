"""What the use cases need from the database; adapters/postgres.py has it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from chassis.db import Transaction
from contracts.fields import Giver
from contracts.wishes import ConfirmationMethod

from wishes.domain.wish import Claim, Events, Wish


@dataclass(frozen=True)
class Private:
    """The sealed side of a new wish."""

    code_hash: bytes
    words: bytes
    proxy_id: UUID | None = None
    proxy_name: bytes | None = None
    proxy_phone: bytes | None = None
    proxy_relation: str | None = None
    consent_kind: str | None = None
    consent_reference: bytes | None = None
    consent_given_at: datetime | None = None


@dataclass(frozen=True)
class Person:
    """A beneficiary, sealed."""

    id: UUID
    area: str
    name: bytes
    phone: bytes | None
    address: bytes


@dataclass(frozen=True)
class Told:
    """An answer of the person helped, as it is kept."""

    method: ConfirmationMethod
    answer: str
    reason: str | None = None
    by: UUID | None = None
    witness: UUID | None = None
    """The witness's id, where the witness is a volunteer."""
    witness_name: bytes | None = None
    witness_relation: str | None = None
    note: bytes | None = None


@dataclass(frozen=True)
class Tries:
    """Tries at a card's code since the last right one, this one included."""

    count: int
    locked_until: datetime | None


class WishStore(Protocol):
    """Every `lock_*` takes the wish's row, so that events get their numbers in order."""

    async def lock(self, tx: Transaction, wish_id: UUID) -> Wish: ...
    async def look(self, tx: Transaction, wish_id: UUID, giver: Giver) -> tuple[Wish, bool]:
        """The wish as it is now, unlocked, and whether this giver may claim. See `save`."""
        ...

    async def lock_by_claim(self, tx: Transaction, claim_id: UUID) -> tuple[Wish, Claim]: ...
    async def wish_of_card(self, tx: Transaction, card_no: str) -> tuple[UUID, bytes] | None:
        """The wish and the hash of its code."""
        ...

    async def find_claim(self, tx: Transaction, wish_id: UUID) -> Claim | None:
        """The claim that was not given back, if there is one."""
        ...

    async def claim_in_force(self, tx: Transaction, wish: Wish) -> Claim:
        """The same, where the state says that there is one. Raises NoSuchClaim."""
        ...

    async def beneficiary(self, tx: Transaction, person_id: UUID) -> Person: ...
    async def beneficiaries(self, tx: Transaction, ids: Sequence[UUID]) -> list[Person]: ...
    def add_beneficiary(self, tx: Transaction, person: Person, now: datetime) -> None: ...
    def add(
        self,
        tx: Transaction,
        wish: Wish,
        private: Private,
        events: Events,
        now: datetime,
        *,
        by: UUID,
    ) -> None:
        """A new wish and its first events. Where its card number is taken: CardNumberTaken, later."""
        ...

    async def add_verification(
        self, tx: Transaction, wish_id: UUID, by: UUID, method: str, now: datetime
    ) -> None: ...
    def add_claim(self, tx: Transaction, claim: Claim, now: datetime) -> None:
        """Where somebody was faster: AlreadyClaimed, later."""
        ...

    async def add_helper(
        self, tx: Transaction, claim_id: UUID, who: UUID, now: datetime
    ) -> None: ...
    async def add_delivery(
        self, tx: Transaction, claim: Claim, names: Collection[bytes]
    ) -> None: ...
    async def clear_delivery(self, tx: Transaction, claim_id: UUID) -> None: ...
    async def add_confirmation(
        self, tx: Transaction, wish_id: UUID, claim_id: UUID, told: Told, now: datetime
    ) -> None: ...
    async def add_card(
        self, tx: Transaction, wish: Wish, title: str, note: str | None, now: datetime
    ) -> None: ...
    async def hanging(self, tx: Transaction, area: str, now: datetime) -> set[int]:
        """The places in use. From now to the end of `tx` nobody else hangs a card on this tree.

        Old blossoms fall first, and the oldest of all when the tree is full; open wishes never.
        """
        ...

    async def save(
        self,
        tx: Transaction,
        wish: Wish,
        events: Events,
        now: datetime,
        *,
        by: UUID | None = None,
        claim: Claim | None = None,
    ) -> None:
        """The new state and its events. `by`: who acted; None for the holder of the card.

        Where the wish was not locked and somebody changed it meanwhile: ChangedMeanwhile, later.
        """
        ...

    async def words(self, tx: Transaction, wish_id: UUID) -> bytes: ...
    async def knows_giver(self, tx: Transaction, giver_id: UUID, kind: str) -> bool:
        """Whether this volunteer or unit may claim, as far as the events have told."""
        ...

    async def members(
        self, tx: Transaction, organisation_id: UUID, among: Collection[UUID]
    ) -> frozenset[UUID]: ...
    async def count_try(self, tx: Transaction, card_no: str, now: datetime) -> Tries:
        """One more try at this card's code; others at the same card wait for the end of `tx`."""
        ...

    async def lock_card(self, tx: Transaction, card_no: str, until: datetime) -> None: ...
    async def forget_tries(self, tx: Transaction, card_no: str) -> None: ...
