"""What referrals need from the database; adapters/referrals.py has it."""

from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from chassis.db import Transaction

from wishes.domain.referral import Referral


@dataclass(frozen=True)
class SealedReceipt:
    """`about`: all of it that says nothing about a person, by the names of ReceiptView."""

    referral_id: UUID
    number: bytes | None
    about: dict[str, Any]


class ReferralStore(Protocol):
    """The wish's row is locked before anything here is written."""

    async def add(self, tx: Transaction, referral: Referral, receipt: bytes | None) -> None: ...
    async def wish_of(self, tx: Transaction, referral_id: UUID) -> UUID:
        """Raises NoSuchReferral."""
        ...

    async def find(self, tx: Transaction, referral_id: UUID) -> Referral:
        """As it is after the lock of its wish. Raises NoSuchReferral."""
        ...

    async def receipt(self, tx: Transaction, referral_id: UUID) -> SealedReceipt:
        """Raises NoSuchReferral."""
        ...

    async def answer(
        self, tx: Transaction, referral: Referral, outcome: str, note: bytes | None, by: UUID
    ) -> None:
        """`referral` is as it was answered."""
        ...
