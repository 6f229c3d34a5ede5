"""A wish that was written down twice: what happens to the second, once a human has said so."""

from datetime import datetime
from uuid import UUID

from wishes.domain import intake
from wishes.domain.errors import OtherIsEnded
from wishes.domain.states import WishState
from wishes.domain.wish import Events, Wish

DUPLICATE = "duplicate"
GONE = (WishState.RETURNED, WishState.WITHDRAWN, WishState.DRAFT)


def set_aside(wish: Wish, other: Wish, by: UUID, now: datetime) -> tuple[Wish, Events]:
    """`wish` says what `other` says already: it is returned, or taken back if it hangs already.

    Raises OtherIsEnded (then nothing would be left of the two), WrongState once somebody has claimed
    it.
    """
    if other.state in GONE:
        raise OtherIsEnded
    if wish.state is WishState.POSTED:
        after, _, events = intake.withdraw(wish, None, DUPLICATE, now)
        return after, events
    return intake.send_back(wish, by, DUPLICATE, now)
