"""The life of a wish and of a claim, as tables. docs/wish-states.md is drawn from them."""

from enum import StrEnum

from wishes.domain.errors import WrongState


class WishState(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    VERIFIED = "verified"
    POSTED = "posted"
    CLAIMED = "claimed"
    DELIVERED = "delivered"
    FULFILLED = "fulfilled"
    CLOSED = "closed"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"
    TAKEN_DOWN = "taken_down"
    REFERRED = "referred"


class WishAct(StrEnum):
    HAND_IN = "hand_in"
    EDIT = "edit"
    VERIFY = "verify"
    RETURN = "return"
    PUBLISH = "publish"
    ESCALATE = "escalate"
    CLAIM = "claim"
    CONTACT = "contact"
    JOIN = "join"
    LEAVE = "leave"
    REMIND = "remind"
    ASK_TIME = "ask_time"
    EXTEND = "extend"
    REFUSE_TIME = "refuse_time"
    PROPOSE = "propose"
    AGREE = "agree"
    DISAGREE = "disagree"
    VISIT = "visit"
    RELEASE = "release"
    LAPSE = "lapse"
    LET_GO = "let_go"
    WAIT_FOR_PLACE = "wait_for_place"
    DELIVER_PART = "deliver_part"
    DELIVER = "deliver"
    CONFIRM = "confirm"
    DISSATISFY = "dissatisfy"
    REOPEN = "reopen"
    EVALUATE = "evaluate"
    CALL_BACK = "call_back"
    CLOSE = "close"
    WITHDRAW = "withdraw"
    ERASE = "erase"
    TAKE_DOWN = "take_down"
    HANG_AGAIN = "hang_again"
    REFER = "refer"
    TAKE_BACK = "take_back"
    START_OVER = "start_over"


class ClaimState(StrEnum):
    LIVE = "live"
    CONTACTED = "contacted"
    DELIVERED = "delivered"
    DONE = "done"
    RELEASED = "released"


_W, _A = WishState, WishAct

WISH: dict[tuple[WishState, WishAct], WishState] = {
    (_W.DRAFT, _A.HAND_IN): _W.SUBMITTED,
    (_W.DRAFT, _A.WITHDRAW): _W.WITHDRAWN,
    (_W.SUBMITTED, _A.EDIT): _W.SUBMITTED,
    # Not seen to by the promised day: the next level is told, and it stays to be done.
    (_W.SUBMITTED, _A.ESCALATE): _W.SUBMITTED,
    (_W.SUBMITTED, _A.VERIFY): _W.VERIFIED,
    (_W.SUBMITTED, _A.RETURN): _W.RETURNED,
    (_W.SUBMITTED, _A.WITHDRAW): _W.WITHDRAWN,
    (_W.SUBMITTED, _A.REFER): _W.REFERRED,
    # What was checked is not what is wished any more: it is checked and published anew.
    (_W.VERIFIED, _A.EDIT): _W.SUBMITTED,
    (_W.VERIFIED, _A.ESCALATE): _W.VERIFIED,
    (_W.VERIFIED, _A.RETURN): _W.RETURNED,
    (_W.VERIFIED, _A.PUBLISH): _W.POSTED,
    (_W.VERIFIED, _A.WITHDRAW): _W.WITHDRAWN,
    (_W.VERIFIED, _A.REFER): _W.REFERRED,
    (_W.RETURNED, _A.EDIT): _W.SUBMITTED,
    (_W.RETURNED, _A.ESCALATE): _W.RETURNED,
    (_W.RETURNED, _A.WITHDRAW): _W.WITHDRAWN,
    (_W.POSTED, _A.EDIT): _W.SUBMITTED,
    (_W.POSTED, _A.ESCALATE): _W.POSTED,
    (_W.POSTED, _A.CLAIM): _W.CLAIMED,
    (_W.POSTED, _A.WITHDRAW): _W.WITHDRAWN,
    (_W.POSTED, _A.TAKE_DOWN): _W.TAKEN_DOWN,
    (_W.POSTED, _A.REFER): _W.REFERRED,
    (_W.CLAIMED, _A.CONTACT): _W.CLAIMED,
    (_W.CLAIMED, _A.JOIN): _W.CLAIMED,
    (_W.CLAIMED, _A.LEAVE): _W.CLAIMED,
    (_W.CLAIMED, _A.REMIND): _W.CLAIMED,
    (_W.CLAIMED, _A.ASK_TIME): _W.CLAIMED,
    (_W.CLAIMED, _A.EXTEND): _W.CLAIMED,
    (_W.CLAIMED, _A.REFUSE_TIME): _W.CLAIMED,
    (_W.CLAIMED, _A.PROPOSE): _W.CLAIMED,
    (_W.CLAIMED, _A.AGREE): _W.CLAIMED,
    # The new need was looked at by whoever proposed it; its card is published anew.
    (_W.CLAIMED, _A.DISAGREE): _W.VERIFIED,
    (_W.CLAIMED, _A.VISIT): _W.CLAIMED,
    (_W.CLAIMED, _A.RELEASE): _W.POSTED,
    (_W.CLAIMED, _A.LAPSE): _W.POSTED,
    # Given back or lapsed while the card may not be shown: nobody could find it on the tree.
    (_W.CLAIMED, _A.LET_GO): _W.TAKEN_DOWN,
    # Given back or lapsed while the tree is full: published anew, with its days, as soon as there is room.
    (_W.CLAIMED, _A.WAIT_FOR_PLACE): _W.VERIFIED,
    (_W.CLAIMED, _A.DELIVER_PART): _W.CLAIMED,
    (_W.CLAIMED, _A.DELIVER): _W.DELIVERED,
    (_W.CLAIMED, _A.WITHDRAW): _W.WITHDRAWN,
    # The card comes off, help goes on.
    (_W.CLAIMED, _A.TAKE_DOWN): _W.CLAIMED,
    (_W.CLAIMED, _A.HANG_AGAIN): _W.CLAIMED,
    (_W.DELIVERED, _A.VISIT): _W.DELIVERED,
    (_W.DELIVERED, _A.ESCALATE): _W.DELIVERED,
    (_W.DELIVERED, _A.CONFIRM): _W.FULFILLED,
    (_W.DELIVERED, _A.DISSATISFY): _W.CLAIMED,
    (_W.DELIVERED, _A.TAKE_DOWN): _W.DELIVERED,
    # The person is erased and wanted no service any more: nobody may ask them for the last word.
    (_W.DELIVERED, _A.ERASE): _W.WITHDRAWN,
    (_W.FULFILLED, _A.REOPEN): _W.CLAIMED,
    (_W.FULFILLED, _A.EVALUATE): _W.FULFILLED,
    (_W.FULFILLED, _A.CALL_BACK): _W.FULFILLED,
    (_W.FULFILLED, _A.TAKE_DOWN): _W.FULFILLED,
    (_W.FULFILLED, _A.CLOSE): _W.CLOSED,
    (_W.CLOSED, _A.EVALUATE): _W.CLOSED,
    (_W.CLOSED, _A.TAKE_DOWN): _W.CLOSED,
    (_W.TAKEN_DOWN, _A.HANG_AGAIN): _W.VERIFIED,
    (_W.TAKEN_DOWN, _A.ESCALATE): _W.TAKEN_DOWN,
    (_W.TAKEN_DOWN, _A.WITHDRAW): _W.WITHDRAWN,
    (_W.TAKEN_DOWN, _A.REFER): _W.REFERRED,
    (_W.REFERRED, _A.ESCALATE): _W.REFERRED,
    (_W.REFERRED, _A.WITHDRAW): _W.WITHDRAWN,
    # Whom it was handed to could not help: back to where cards are published, or verified.
    (_W.REFERRED, _A.TAKE_BACK): _W.VERIFIED,
    (_W.REFERRED, _A.START_OVER): _W.SUBMITTED,
    (_W.REFERRED, _A.CLOSE): _W.CLOSED,
}

_C = ClaimState
_HELD = (_C.LIVE, _C.CONTACTED)
_STAYS = (
    _A.JOIN,
    _A.LEAVE,
    _A.REMIND,
    _A.ASK_TIME,
    _A.EXTEND,
    _A.REFUSE_TIME,
    _A.PROPOSE,
    _A.AGREE,
    _A.VISIT,
    _A.TAKE_DOWN,
    _A.HANG_AGAIN,
)
_ENDS = (_A.RELEASE, _A.LAPSE, _A.LET_GO, _A.WAIT_FOR_PLACE, _A.DISAGREE, _A.WITHDRAW)

CLAIM: dict[tuple[ClaimState, WishAct], ClaimState] = {
    **{(state, act): state for state in _HELD for act in _STAYS},
    **{(state, act): _C.RELEASED for state in _HELD for act in _ENDS},
    (_C.LIVE, _A.CONTACT): _C.CONTACTED,
    (_C.LIVE, _A.DELIVER_PART): _C.CONTACTED,
    (_C.CONTACTED, _A.DELIVER_PART): _C.CONTACTED,
    (_C.LIVE, _A.DELIVER): _C.DELIVERED,
    (_C.CONTACTED, _A.DELIVER): _C.DELIVERED,
    (_C.DELIVERED, _A.VISIT): _C.DELIVERED,
    (_C.DELIVERED, _A.ESCALATE): _C.DELIVERED,
    (_C.DELIVERED, _A.TAKE_DOWN): _C.DELIVERED,
    (_C.DELIVERED, _A.CONFIRM): _C.DONE,
    (_C.DELIVERED, _A.DISSATISFY): _C.CONTACTED,
    (_C.DELIVERED, _A.ERASE): _C.RELEASED,
    (_C.DONE, _A.REOPEN): _C.CONTACTED,
    (_C.DONE, _A.EVALUATE): _C.DONE,
    (_C.DONE, _A.CALL_BACK): _C.DONE,
    (_C.DONE, _A.TAKE_DOWN): _C.DONE,
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
