"""Who helps with a wish, followed from event to event: most events name the claimant only."""

from contracts.fields import EventData, Giver
from contracts.wishes import (
    ClaimEnded,
    ClaimJoined,
    ClaimLapsed,
    ClaimLeft,
    ClaimReleased,
    ClaimUnitJoined,
    WishClaimed,
    WishClosed,
)

Partners = tuple[Giver, ...]
"""The lead first."""


def followed(partners: Partners, data: EventData) -> Partners:
    """Those after the event; the same where it changes nobody. They stay until the wish is closed: it
    may be opened again, and somebody may say thank you."""
    match data:
        case WishClaimed():
            return (_plain(data.claimant),)
        case ClaimJoined():
            return _with(partners, Giver(kind="volunteer", id=data.volunteer_id))
        case ClaimUnitJoined():
            return _with(partners, Giver(kind="organisation", id=data.organisation_id))
        case ClaimLeft():
            left, lead = _plain(data.left), _plain(data.claimant)
            return (lead, *(partner for partner in partners if partner not in (left, lead)))
        case ClaimReleased() | ClaimLapsed() | ClaimEnded() | WishClosed():
            return ()
        case _:
            return partners


def _plain(giver: Giver) -> Giver:
    """What was read may be of a model that ignores fields of a later version: never equal to ours."""
    return Giver(kind=giver.kind, id=giver.id)


def _with(partners: Partners, giver: Giver) -> Partners:
    return partners if giver in partners else (*partners, giver)
