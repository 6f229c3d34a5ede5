"""Where an address comes from: asked at the moment of sending, never kept."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True)
class Address:
    """What the owner of the person's data holds; both None: somebody has to phone or go."""

    phone: str | None = None
    email: str | None = None


class Addresses(Protocol):
    async def of(self, kind: str, recipient_id: UUID, reference: str) -> Address:
        """Raises Transient while the owning service is away."""
        ...
