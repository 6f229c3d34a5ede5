"""A word between the two sides of a claim, without showing anybody's number; over with the claim."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from contracts.wishes import WishMessageSent

from wishes.domain.errors import ConversationClosed, TooManyMessages
from wishes.domain.leaks import Finding, find_leaks
from wishes.domain.states import ClaimState
from wishes.domain.wish import Claim, Events, Wish, noted

Side = Literal["resident", "claimant"]
OPEN = (ClaimState.LIVE, ClaimState.CONTACTED, ClaimState.DELIVERED)
A_DAY = timedelta(days=1)
MOST = 30
"""Messages of one side of one claim in a day."""
READ_WITH = 10
"""So many of the last messages of one side are read together with its next one: digit by digit, the number
of a telephone is eleven."""
MAY_BE_SAID = frozenset({"vulnerable"})
"""What must not hang on a tree, but whoever comes to help may hear from the person themself."""


def require_open(claim: Claim | None) -> Claim:
    """Raises ConversationClosed where nobody holds the wish now: nothing is read or said after."""
    if claim is None or claim.state not in OPEN:
        raise ConversationClosed
    return claim


def require_patience(oldest: datetime | None, now: datetime) -> None:
    """`oldest`: of this side's last MOST messages, if there are so many. Raises TooManyMessages."""
    if oldest is not None and oldest > now - A_DAY:
        raise TooManyMessages(oldest + A_DAY - now)


def findings(
    text: str, name: str, address: str, others: Sequence[str], before: Sequence[str] = ()
) -> list[Finding]:
    """What would tell the other side a number, a name or an address. Places count in `text`.

    `before`: what the same side said last, oldest first: half a number in each of two messages is one.
    """
    earlier = "".join(f"{words}，" for words in before)
    # A finding that ends before `text` is not of this message, whatever it was.
    return [
        Finding(one.kind, max(0, one.start - len(earlier)), one.end - len(earlier))
        for one in find_leaks(earlier + text, name, address, others)
        if one.kind not in MAY_BE_SAID and one.end > len(earlier)
    ]


def say(
    wish: Wish, claim: Claim, message_id: UUID, sender: Side, now: datetime
) -> tuple[Wish, Events]:
    event = WishMessageSent(
        wish_id=wish.id,
        area=wish.area,
        claim_id=claim.id,
        message_id=message_id,
        sender=sender,
        claimant=claim.claimant,
        sent_at=now,
    )
    return noted(wish), (event,)
