"""A wish that was written down twice: what happens to the second, once a human has said so."""

from datetime import datetime

from wishes.domain import intake
from wishes.domain.errors import OtherIsEnded, WrongState
from wishes.domain.states import WishAct, WishState
from wishes.domain.wish import Events, Wish

DUPLICATE = "duplicate"
GONE = (WishState.RETURNED, WishState.WITHDRAWN, WishState.DRAFT)


def set_aside(wish: Wish, other: Wish, now: datetime) -> tuple[Wish, Events]:
    """`wish` says what `other` says already: it is withdrawn, so that it is nobody's work any more.

    Raises OtherIsEnded (then nothing would be left of the two), WrongState once somebody has claimed
    it.
    """
    if other.state in GONE:
        raise OtherIsEnded
    if wish.state is WishState.CLAIMED:
        # Only its person takes it from whoever has it in hand.
        raise WrongState(wish.state, WishAct.WITHDRAW)
    after, _, events = intake.withdraw(wish, None, DUPLICATE, now)
    return after, events
