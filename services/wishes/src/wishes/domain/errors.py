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


class NoConsent(WishError):
    """The person has not agreed, or no longer agrees, that the card is shown."""


class CategoryUnknown(WishError):
    """No category of this name."""


class CategoryNotOpen(WishError):
    """The district does not take wishes of this category on this day."""


class AnswersMissing(WishError):
    """What the category asks is not answered as it should be. `errors` names each place."""

    def __init__(self, errors: Sequence[object]) -> None:
        super().__init__()
        self.errors = tuple(errors)


class OwnWish(WishError):
    """Nobody claims the wish that is their own."""


class HouseholdWish(WishError):
    """Nobody claims the wish of somebody they live with."""


class KeptForAnother(WishError):
    """A follow-up is kept for whoever helped first, until the time in `until`."""


class Unqualified(WishError):
    """This wish asks for a skill, a training, an insurance or a check."""

    def __init__(self, missing: Sequence[str]) -> None:
        kinds = sorted({ask.partition(":")[0] for ask in missing})
        super().__init__(what="、".join(ASK_WORDS.get(kind, kind) for kind in kinds))
        self.missing = tuple(missing)


class TooManyClaims(WishError):
    """So many wishes are in these hands already."""


class TooLarge(WishError):
    """All gifts together are worth more than one wish of the tree should be."""


class AlreadyAsked(WishError):
    """The same question waits for its answer already."""


class NothingAsked(WishError):
    """There is no question to answer."""


class TooFarAway(WishError):
    """Not later than promised, or later than anybody may decide."""


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


class ConsentUnchanged(WishError):
    """The ledger says so already."""


class ConsentNeeded(WishError):
    """What is asked needs a consent that the person has not given, or has taken back."""

    def __init__(self, purpose: str) -> None:
        super().__init__(what=PURPOSE_WORDS[purpose])


class FirstConsentAtDesk(WishError):
    """A card alone takes back, and gives again; the first yes is heard by a person."""


class WitnessNeeded(WishError):
    """Somebody must have heard a spoken yes, and be named."""


class WordingUnknown(WishError):
    """Nobody was ever shown a wording of this number."""


class AlreadyTakenDown(WishError):
    """The card is off the tree."""


class NotYourData(WishError):
    """Only the person concerned, and the staff of their area."""


class NotRecognised(WishError):
    """The holder of the card does not know what the desk knows of the person."""

    def __init__(self, left: int) -> None:
        super().__init__(more=f"还可以试 {left} 次。" if left else "先停 15 分钟再试。")


class NoSuchRequest(WishError):
    """No request with this id."""


class RequestAlreadyOpen(WishError):
    """The same was asked already and is not answered yet."""


class NothingToCorrect(WishError):
    """A correction says what is wrong."""


class ErasureWaits(WishError):
    """Help is under way: it is ended or confirmed first."""


class SecondPersonNeeded(WishError):
    """The second step takes another person."""


class AlreadyErased(WishError):
    """There is nothing left of this person."""


ASK_WORDS = {"skill": "技能", "training": "培训", "insurance": "保险", "vetting": "审核"}
PURPOSE_WORDS = {
    "service": "用资料办这个心愿",
    "publish": "公开卡片",
    "photo": "拍照留底",
    "share": "转给别的单位",
}
STATE_WORDS = {
    "draft": "先记着",
    "submitted": "等核实",
    "verified": "等发布",
    "posted": "等人帮",
    "claimed": "有人在办",
    "delivered": "等您确认",
    "fulfilled": "已实现",
    "returned": "退回修改",
    "withdrawn": "已收回",
    "closed": "已了结",
    "taken_down": "已取下",
    "referred": "已转办",
    "live": "正在办",
    "contacted": "联系上了",
    "done": "已办好",
    "released": "已还回",
    "filed": "已登记",
    "checked": "等第二位同事",
    "refused": "没有同意",
    "taken_back": "本人收回",
}
