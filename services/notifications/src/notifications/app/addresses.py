"""Where an address comes from: asked at the moment of sending, never kept."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol
from uuid import UUID

Owner = Literal["wishes", "volunteers"]


@dataclass(frozen=True)
class Address:
    """What the owner of the person's data holds; both None: somebody has to phone or go."""

    phone: str | None = None
    email: str | None = None
    erased: bool = False
    """Nobody is there any more who could be told anything."""


@dataclass(frozen=True)
class Invitee:
    """Whom an invitation asks: a volunteer or an organisation."""

    kind: str
    id: UUID


class Addresses(Protocol):
    async def of(
        self, owner: Owner, recipients: Collection[UUID], reference: str
    ) -> Mapping[UUID, Address]:
        """Those whom the owner knows: an event may be faster than its owner's replica. The same
        question under the same `reference` is one look. Raises Transient while the owner is away."""
        ...

    async def invitees(
        self, invitations: Collection[UUID], reference: str
    ) -> Mapping[UUID, Invitee]:
        """Of the invitations that still stand. Of another one nobody can say any more whom it asked,
        nor why it does not stand. Raises Transient while wishes is away."""
        ...
