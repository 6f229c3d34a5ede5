"""What shows that people agreed: guardians, witnesses, files. adapters/evidence.py has it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

from chassis.db import Transaction

from wishes.domain.evidence import Proof


@dataclass(frozen=True)
class Author:
    """Who wrote for somebody, or answers for a child; name, phone, reference and witness are sealed:
    a proxy's with a key of their own, a guardian's with the child's."""

    name: bytes
    phone: bytes | None
    relation: str
    kind: str
    reference: bytes | None
    witness: bytes | None
    witness_relation: str | None
    given_at: datetime


Speaks = Literal["guardian", "proxy"]


@dataclass(frozen=True)
class Attachment:
    """A file of a wish; `size` in bytes before it was sealed, `sha256` of the sealed bytes."""

    id: UUID
    wish_id: UUID
    purpose: str
    kind: str
    size: int
    sha256: bytes
    uploaded_by: UUID
    at: datetime
    shows_person: bool = False


class EvidenceStore(Protocol):
    def add_guardian(
        self,
        tx: Transaction,
        wish_id: UUID,
        guardian: Author,
        now: datetime,
        *,
        by: UUID,
        instead: bool = False,
    ) -> None:
        """What was noted before of this wish's guardian is replaced. `instead`: it was somebody else, whose
        files show nothing of what this one says."""
        ...

    def add_speaker(
        self,
        tx: Transaction,
        wish_id: UUID,
        kind: Speaks,
        account: UUID,
        now: datetime,
        *,
        by: UUID,
    ) -> None:
        """The account of whoever speaks for the person. What was noted before is replaced."""
        ...

    async def drop_speaker(self, tx: Transaction, wish_id: UUID, kind: Speaks) -> None: ...
    async def keep_born(self, tx: Transaction, person_id: UUID, born: bytes | None) -> None:
        """Year and month of birth, sealed."""
        ...

    async def is_born_known(self, tx: Transaction, person_id: UUID) -> bool: ...
    async def proofs(self, tx: Transaction, wish_id: UUID) -> tuple[Proof | None, Proof | None]:
        """Of the proxy's consent and of the guardian's; None where there is no such person."""
        ...

    async def authors(
        self, tx: Transaction, wish_id: UUID
    ) -> tuple[UUID | None, Author | None, Author | None]:
        """The proxy's id, the proxy, the guardian."""
        ...

    async def count(self, tx: Transaction, wish_id: UUID, purpose: str) -> int:
        """How many files are kept with a wish: of its delivery, or of all that is not of it. The wish
        is locked, so that the number stays true."""
        ...

    async def add(self, tx: Transaction, attachment: Attachment, sealed: bytes) -> None: ...
    async def sealed(
        self, tx: Transaction, wish_id: UUID, attachment_id: UUID
    ) -> tuple[Attachment, bytes]:
        """Raises NoSuchAttachment."""
        ...
