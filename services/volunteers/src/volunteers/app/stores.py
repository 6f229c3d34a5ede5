"""What the use cases need from the database; adapters/ has it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from chassis.db import Transaction

from volunteers.app.requests import RoleIn
from volunteers.domain.lock_out import Attempts


@dataclass(frozen=True)
class Organisation:
    id: UUID
    kind: str
    name: str
    area: str
    parent_id: UUID | None
    uscc: str | None
    email: str | None
    version: int


@dataclass(frozen=True)
class Volunteer:
    """Sealed: name and phone are bytes."""

    id: UUID
    number: str | None
    kind: str
    area: str
    organisation_id: UUID | None
    state: str
    name: bytes
    phone: bytes
    version: int
    registered_at: datetime


@dataclass(frozen=True)
class StaffAccount:
    id: UUID
    password_hash: str
    totp_secret: bytes
    last_totp_step: int
    attempts: Attempts


@dataclass(frozen=True)
class SentCode:
    code_hash: bytes
    expires_at: datetime
    tries: int
    window_start: datetime
    sent: int


@dataclass(frozen=True)
class Refresh:
    family: UUID
    subject: UUID
    kind: str
    expires_at: datetime
    used_at: datetime | None


class Organisations(Protocol):
    async def get(self, tx: Transaction, organisation_id: UUID) -> Organisation: ...
    async def find(self, tx: Transaction, ids: Sequence[UUID]) -> list[Organisation]: ...
    async def add(
        self, tx: Transaction, organisation: Organisation, reason: str | None, now: datetime
    ) -> None: ...


class People(Protocol):
    async def lock(self, tx: Transaction, volunteer_id: UUID) -> Volunteer: ...
    async def find(self, tx: Transaction, ids: Sequence[UUID]) -> list[Volunteer]: ...
    async def by_phone(self, tx: Transaction, phone_index: bytes) -> Volunteer | None: ...
    async def add(
        self,
        tx: Transaction,
        volunteer: Volunteer,
        phone_index: bytes,
        party_member: bytes | None,
        skills: tuple[str, ...],
    ) -> None: ...
    async def decide(
        self, tx: Transaction, volunteer: Volunteer, by: UUID, now: datetime
    ) -> None: ...
    async def next_serial(self, tx: Transaction) -> int: ...
    async def affiliate(
        self, tx: Transaction, volunteer: Volunteer, unit: UUID, kind: str, now: datetime
    ) -> None: ...
    async def bump(self, tx: Transaction, volunteer_id: UUID, version: int) -> None: ...


class Accounts(Protocol):
    async def add_staff(
        self, tx: Transaction, staff_id: UUID, login: str, name: bytes, word: str, totp: bytes
    ) -> None: ...
    async def add_roles(
        self, tx: Transaction, staff_id: UUID, roles: tuple[RoleIn, ...]
    ) -> None: ...
    async def lock_staff(self, tx: Transaction, login: str) -> StaffAccount | None: ...
    async def note_staff(
        self, tx: Transaction, staff_id: UUID, attempts: Attempts, step: int
    ) -> None: ...
    async def staff_name(self, tx: Transaction, staff_id: UUID) -> bytes | None:
        """Sealed with the key of the account."""
        ...

    async def roles(self, tx: Transaction, staff_id: UUID) -> list[RoleIn]: ...
    async def code(self, tx: Transaction, phone_index: bytes) -> SentCode | None: ...
    async def keep_code(self, tx: Transaction, phone_index: bytes, code: SentCode) -> None: ...
    async def wrong_code(self, tx: Transaction, phone_index: bytes) -> None: ...
    async def forget_code(self, tx: Transaction, phone_index: bytes) -> None: ...
    async def keep_client(self, tx: Transaction, client: str, subject: UUID, word: str) -> None: ...
    async def client(self, tx: Transaction, client: str) -> tuple[UUID, str] | None: ...
    async def keep_refresh(self, tx: Transaction, token_hash: bytes, refresh: Refresh) -> None: ...
    async def lock_refresh(self, tx: Transaction, token_hash: bytes) -> Refresh | None: ...
    async def use_refresh(self, tx: Transaction, token_hash: bytes, now: datetime) -> None: ...
    async def end_family(self, tx: Transaction, family: UUID) -> None: ...


class Passwords(Protocol):
    async def hash(self, word: str) -> str: ...
    async def matches(self, word: str, hashed: str | None) -> bool:
        """In the same time for an account that does not exist (None)."""
        ...
