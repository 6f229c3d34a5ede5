"""Somebody who was asked does not want to. It is forgotten, as it will be of whoever never answers.

No idempotency key, no event, no version: a second time is as good as the first, and nothing is left
of either. Whoever is asked again is asked anew.
"""

from uuid import UUID

from chassis.auth import Principal

from wishes.app.invitation_store import InvitationStore


async def decline_invitation(
    invitations: InvitationStore, who: Principal, invitation_id: UUID
) -> None:
    """Whether it stood, is gone, or never was theirs: all the same to the one who asks."""
    await invitations.drop(invitation_id, (who.subject, *who.organisations()))
