"""The life of a wish and of a claim, as tables. docs/wish-states.md is drawn from them."""

from enum import StrEnum

from wishes.domain.errors import WrongState


class WishState(StrEnum):
    SUBMITTED = "submitted"
    VERIFIED = "verified"
    POSTED = "posted"
    CLAIMED = "claimed"
    DELIVERED = "delivered"
    FULFILLED = "fulfilled"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"


class WishAct(StrEnum):
    VERIFY = "verify"
    RETURN = "return"
    PUBLISH = "publish"
    CLAIM = "claim"
    JOIN = "join"
    RELEASE = "release"
    DELIVER = "deliver"
    CONFIRM = "confirm"
    DISSATISFY = "dissatisfy"
    REOPEN = "reopen"
    WITHDRAW = "withdraw"


class ClaimState(StrEnum):
    LIVE = "live"
    DELIVERED = "delivered"
    DONE = "done"
    RELEASED = "released"


WISH: dict[tuple[WishState, WishAct], WishState] = {
    (WishState.SUBMITTED, WishAct.VERIFY): WishState.VERIFIED,
    (WishState.SUBMITTED, WishAct.RETURN): WishState.RETURNED,
    (WishState.VERIFIED, WishAct.RETURN): WishState.RETURNED,
    (WishState.VERIFIED, WishAct.PUBLISH): WishState.POSTED,
    (WishState.POSTED, WishAct.CLAIM): WishState.CLAIMED,
    (WishState.CLAIMED, WishAct.JOIN): WishState.CLAIMED,
    (WishState.CLAIMED, WishAct.RELEASE): WishState.POSTED,
    (WishState.CLAIMED, WishAct.DELIVER): WishState.DELIVERED,
    (WishState.DELIVERED, WishAct.CONFIRM): WishState.FULFILLED,
    (WishState.DELIVERED, WishAct.DISSATISFY): WishState.CLAIMED,
    (WishState.FULFILLED, WishAct.REOPEN): WishState.CLAIMED,
    (WishState.SUBMITTED, WishAct.WITHDRAW): WishState.WITHDRAWN,
    (WishState.VERIFIED, WishAct.WITHDRAW): WishState.WITHDRAWN,
    (WishState.POSTED, WishAct.WITHDRAW): WishState.WITHDRAWN,
}

CLAIM: dict[tuple[ClaimState, WishAct], ClaimState] = {
    (ClaimState.LIVE, WishAct.JOIN): ClaimState.LIVE,
    (ClaimState.LIVE, WishAct.RELEASE): ClaimState.RELEASED,
    (ClaimState.LIVE, WishAct.DELIVER): ClaimState.DELIVERED,
    (ClaimState.DELIVERED, WishAct.CONFIRM): ClaimState.DONE,
    (ClaimState.DELIVERED, WishAct.DISSATISFY): ClaimState.LIVE,
    (ClaimState.DONE, WishAct.REOPEN): ClaimState.LIVE,
}


def wish_after(state: WishState, act: WishAct) -> WishState:
    """The next state. Raises WrongState when this act is not possible now."""
    try:
        return WISH[state, act]
    except KeyError:
        raise WrongState(state, act) from None


def claim_after(state: ClaimState, act: WishAct) -> ClaimState:
    """The same for a claim. A released claim is history: nothing follows."""
    try:
        return CLAIM[state, act]
    except KeyError:
        raise WrongState(state, act) from None
