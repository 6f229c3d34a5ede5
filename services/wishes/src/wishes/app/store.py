"""What the use cases need from the database; adapters/postgres.py has it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from chassis.db import Transaction

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

    method: str
    answer: str
    reason: str | None = None
    by: UUID | None = None
    witness_name: bytes | None = None
    witness_relation: str | None = None
    note: bytes | None = None


class WishStore(Protocol):
    """Every `lock_*` takes the wish's row, so that events get their numbers in order."""

    async def lock(self, tx: Transaction, wish_id: UUID) -> Wish: ...
    async def lock_by_claim(self, tx: Transaction, claim_id: UUID) -> tuple[Wish, Claim]: ...
    async def lock_by_card(self, tx: Transaction, card_no: str) -> tuple[Wish, bytes] | None: ...
    async def current_claim(self, tx: Transaction, wish_id: UUID) -> Claim | None: ...
    async def beneficiary(self, tx: Transaction, person_id: UUID) -> Person: ...
    async def add_beneficiary(self, tx: Transaction, person: Person, now: datetime) -> None: ...
    async def add(self, tx: Transaction, wish: Wish, private: Private, now: datetime) -> bool: ...
    async def add_verification(
        self, tx: Transaction, wish_id: UUID, by: UUID, method: str, now: datetime
    ) -> None: ...
    async def add_claim(self, tx: Transaction, claim: Claim, now: datetime) -> None: ...
    async def add_helper(
        self, tx: Transaction, claim_id: UUID, who: UUID, now: datetime
    ) -> None: ...
    async def add_delivery(
        self, tx: Transaction, claim: Claim, names: Collection[str], now: datetime
    ) -> None: ...
    async def clear_delivery(self, tx: Transaction, claim_id: UUID) -> None: ...
    async def add_confirmation(
        self, tx: Transaction, wish_id: UUID, claim_id: UUID, told: Told, now: datetime
    ) -> None: ...
    async def hang(
        self, tx: Transaction, wish: Wish, title: str, note: str | None, now: datetime
    ) -> None: ...
    async def hanging(self, tx: Transaction, area: str) -> set[int]: ...
    async def drop_oldest_blossoms(self, tx: Transaction, area: str, now: datetime) -> None: ...
    async def save(
        self, tx: Transaction, wish: Wish, events: Events, now: datetime, claim: Claim | None = None
    ) -> list[UUID]: ...
    async def giver(self, tx: Transaction, giver_id: UUID, kind: str) -> str | None: ...
    async def members(
        self, tx: Transaction, organisation_id: UUID, among: Collection[UUID]
    ) -> frozenset[UUID]: ...
    async def wrong_try(self, card_no: str, now: datetime) -> None: ...
    async def locked_until(self, tx: Transaction, card_no: str) -> datetime | None: ...
    async def forget_tries(self, tx: Transaction, card_no: str) -> None: ...
