"""What each act must have caused, written down a second time: one event, or several at once."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from proof.record import Act

ALONE: dict[Act, str] = {
    "draft": "WishDrafted",
    "hand_in": "WishSubmitted",
    "discard": "WishWithdrawn",
    "submit": "WishSubmitted",
    "follow_up": "WishSubmitted",
    "edit": "WishChanged",
    "verify": "WishVerified",
    "return": "WishReturned",
    "publish": "WishPosted",
    "withdraw": "WishWithdrawn",
    "take_down": "WishTakenDown",
    "consent": "ConsentChanged",
    "refer": "WishReferred",
    "answer_referral": "ReferralAnswered",
    "open_programme": "ProgrammeOpened",
    "join_programme": "WishJoinedProgramme",
    "close_programme": "ProgrammeClosed",
    "claim": "WishClaimed",
    "contact": "ClaimContacted",
    "join": "ClaimJoined",
    "join_unit": "ClaimUnitJoined",
    "leave": "ClaimLeft",
    "release": "ClaimReleased",
    "propose": "ChangeProposed",
    "message": "WishMessageSent",
    "visit": "VisitStarted",
    "end_visit": "VisitEnded",
    "deliver_part": "WishPartlyDelivered",
    "deliver": "WishDelivered",
    "confirm": "WishFulfilled",
    "reopen": "WishReopened",
    "evaluate": "WishEvaluated",
    "call_back": "WishCalledBack",
    "complain": "ComplaintFiled",
    "answer_complaint": "ComplaintAnswered",
    "hand_over": "WishHandedOver",
    "file_request": "DataRequestFiled",
    "take_back_request": "DataRequestAnswered",
    "answer_request": "DataRequestAnswered",
}
"""The event of each act that has one and the same in every case, or in most."""
NOT_ACCEPTED = ("ClaimEnded", "WishChanged")
"""Who does not go along with a change is free, and the wish is the new one all the same."""
ENDS = frozenset({"WishWithdrawn", "ClaimEnded", "WishTakenDown", "WishClosed"})
"""What becomes of the wishes of somebody who is erased: time may have ended them before."""


@dataclass(frozen=True)
class Effect:
    """The events of one command: those of `sure`, each as often and in the order that it stands there;
    beside them, `times` at the most, each of `maybe`, which the client cannot foresee."""

    sure: tuple[str, ...] = ()
    maybe: frozenset[str] = frozenset()
    times: int = 1

    @property
    def main(self) -> str:
        """The event that says what was asked; "" for an act that nothing tells of."""
        return self.sure[0] if self.sure else ""

    def is_exactly(self, found: Sequence[str]) -> bool:
        beside = Counter(name for name in found if name in self.maybe)
        certain = tuple(name for name in found if name not in self.maybe)
        return certain == self.sure and all(n <= self.times for n in beside.values())

    def __str__(self) -> str:
        sure = " + ".join(self.sure) or "nothing"
        return f"{sure} (and perhaps {', '.join(sorted(self.maybe))})" if self.maybe else sure


def effect(act: Act, asked: Mapping[str, Any]) -> Effect:
    """By what was asked: several acts end in one event or another."""
    answer = asked.get("answer")
    match act:
        case "decline" | "let_go" | "look_at_erasure":
            return Effect()
        case "erase":
            return Effect(("DataRequestAnswered", "PersonErased"), ENDS, asked["wishes"])
        case "invite":
            return Effect(("InvitationSent",) * len(asked["invited"]))
        case "publish" if asked.get("offers"):
            # A follow-up is kept for whoever helped first.
            return Effect(("WishPosted", "WishOffered"))
        case "withdraw" if asked.get("claimed"):
            # Unless its time ran out at this very moment.
            return Effect(("WishWithdrawn",), frozenset({"ClaimEnded"}))
        case "claim" if asked.get("invitation"):
            # Unless the question stood no more.
            return Effect(("WishClaimed",), frozenset({"InvitationAnswered"}))
        case "consent" if asked["hangs"] and not asked["given"]:
            return Effect(("ConsentChanged", "WishTakenDown"))
        case "verify" if asked.get("anew"):
            # Who had said no is asked again.
            return Effect(("WishVerified", "ConsentChanged"))
        case "ask_time":
            # A few days are given by the rule itself.
            return Effect(("ClaimExtensionAsked" if asked["far"] else "ClaimExtended",))
        case "decide_time":
            return Effect(("ClaimExtended" if answer == "yes" else "ClaimExtensionRefused",))
        case "answer_change":
            return Effect(("WishChanged",) if answer == "yes" else NOT_ACCEPTED)
        case "release" if asked.get("changing"):
            return Effect(NOT_ACCEPTED)
        case "confirm" if answer == "unsatisfied":
            return Effect(("WishReopened",))
        case "confirm":
            # Drawn by lot for a callback.
            return Effect(("WishFulfilled",), frozenset({"CallbackDrawn"}))
        case "call_back" if answer == "unsatisfied":
            return Effect(("WishCalledBack", "WishReopened"))
        case "answer_referral" if answer == "helped":
            return Effect(("ReferralAnswered", "WishClosed"))
        case _:
            return Effect((ALONE[act],))
