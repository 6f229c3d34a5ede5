"""Invitations that stand; adapters/invitations.py has them. Nothing is remembered of those that don't."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from chassis.db import Transaction
from contracts.fields import Giver


class InvitationStore(Protocol):
    async def unknown(self, tx: Transaction, givers: Collection[Giver]) -> bool:
        """Whether one of them is nobody who may claim."""
        ...

    async def add(
        self,
        tx: Transaction,
        wish_id: UUID,
        asked: Sequence[tuple[UUID, Giver]],
        until: datetime,
    ) -> None:
        """Whoever is asked again has a new invitation in place of the old one: to whoever asks it
        looks the same, whether the old one still stood or had been declined."""
        ...

    async def drop(self, invitation_id: UUID, invitees: Collection[UUID]) -> None:
        """If it is there and one of theirs; otherwise nothing. No transaction, which would be a span."""
        ...

    async def expire(self, invitation_id: UUID, now: datetime) -> None: ...
