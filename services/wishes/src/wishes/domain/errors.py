"""What a wish can't do, each with what the person concerned needs to know."""

from collections.abc import Sequence
from datetime import datetime
from math import ceil


class WishError(Exception):
    """Base of all refusals of this service. `values` fill the sentence that people read."""

    def __init__(self, **values: str) -> None:
        super().__init__(type(self).__name__)
        self.values = values


class WrongState(WishError):
    """The act does not fit the state."""

    def __init__(self, state: str, act: str) -> None:
        super().__init__(state=STATE_WORDS.get(state, state))
        self.state, self.act = state, act


class NoSuchWish(WishError):
    """No wish with this id."""


class NoSuchClaim(WishError):
    """No claim with this id."""


class NoSuchPerson(WishError):
    """No beneficiary with this id."""


class NoSuchCard(WishError):
    """No such card, or the six digits do not match: the two must look the same."""

    def __init__(self, left: int) -> None:
        super().__init__(more=f"还可以试 {left} 次。" if left else "先停 15 分钟再试。")


class NotOnTheTree(WishError):
    """No public card with this number."""


class CardLocked(WishError):
    """Too many wrong tries on one card."""

    def __init__(self, now: datetime, until: datetime) -> None:
        super().__init__(until=f"{until.astimezone(now.tzinfo):%H:%M}")
        seconds = ceil((until - now).total_seconds())
        self.headers = {"Retry-After": str(max(1, seconds))}


class SamePerson(WishError):
    """The verifier may not publish."""


class AlreadyClaimed(WishError):
    """Somebody was faster."""


class GiverNotKnown(WishError):
    """The volunteer or unit is not (yet) known as somebody who may claim."""


class NotTheClaimant(WishError):
    """Only those who hold the claim may do this."""


class AlreadyJoined(WishError):
    """This person is part of the claim already."""


class NothingDelivered(WishError):
    """A delivery needs a gift or time given."""


class NotAPartner(WishError):
    """A gift or time of somebody who is not part of the claim."""


class InvolvedPerson(WishError):
    """The one who confirms or witnesses took part in the help."""


class ChangedMeanwhile(WishError):
    """Somebody changed the wish between a look at it and the change that followed from it."""


class CardNumberTaken(WishError):
    """Somebody drew the same card number: draw again."""


class TreeIsFull(WishError):
    """320 places, and every one holds a wish that waits."""


class CardLeaks(WishError):
    """The public card says who the person is. `errors` names each finding."""

    def __init__(self, errors: Sequence[object]) -> None:
        super().__init__()
        self.errors = tuple(errors)


STATE_WORDS = {
    "submitted": "等核实",
    "verified": "等发布",
    "posted": "等人帮",
    "claimed": "有人在办",
    "delivered": "等您确认",
    "fulfilled": "已实现",
    "returned": "退回修改",
    "withdrawn": "已收回",
    "live": "正在办",
    "done": "已办好",
    "released": "已还回",
}
