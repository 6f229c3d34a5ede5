"""A wish's way by its own events: the state of it and of its claim, who holds it, who is in it.

Written from docs/wish-states.md a second time; nothing of the service is imported.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from proof.card import SHOWN, Card
from proof.history import Event

FREE = "posted"
SHELF = "taken_down"
"""Nobody has it in hand, and its card may not be shown."""
LET_GO = "let go"
"""Between the two events of one act: the claim is over, what becomes of the wish comes next."""
GONE = "gone"
"""A draft that nobody handed in: no table keeps it."""
HELD = frozenset({"claimed"})
OPEN = frozenset({"submitted", "verified", FREE, "claimed", "delivered"})
ANY = OPEN | {"fulfilled", "closed", "returned", "withdrawn", SHELF, "referred"}
STAYS = ""
Move = tuple[frozenset[str], str]
"""(states it may come from, state it leads to)."""
MOVES: Mapping[str, Move] = {
    "WishDrafted": (frozenset({""}), "draft"),
    "WishSubmitted": (frozenset({"", "draft"}), "submitted"),
    "WishVerified": (frozenset({"submitted"}), "verified"),
    "WishReturned": (frozenset({"submitted", "verified"}), "returned"),
    "WishPosted": (frozenset({"verified"}), FREE),
    "WishOverdue": (
        frozenset({"submitted", "verified", "returned", SHELF, "delivered", "referred"}),
        STAYS,
    ),
    "WishOffered": (frozenset({FREE}), STAYS),
    "WishEscalated": (frozenset({FREE}), STAYS),
    "WishHandedOver": (frozenset({FREE}), STAYS),
    "InvitationSent": (frozenset({FREE}), STAYS),
    "InvitationAnswered": (HELD, STAYS),
    "WishWithdrawn": (
        frozenset({"draft", "submitted", "verified", "returned", FREE, LET_GO, SHELF, "referred"}),
        "withdrawn",
    ),
    "WishReferred": (frozenset({"submitted", "verified", FREE, SHELF}), "referred"),
    "WishTakenDown": (SHOWN, STAYS),
    "ConsentChanged": (ANY, STAYS),
    "WishJoinedProgramme": (OPEN, STAYS),
    "WishClaimed": (frozenset({FREE}), "claimed"),
    **dict.fromkeys(
        (
            "ClaimContacted",
            "ClaimJoined",
            "ClaimUnitJoined",
            "ClaimLeft",
            "ClaimReminded",
            "ClaimExtensionAsked",
            "ClaimExtended",
            "ClaimExtensionRefused",
            "ChangeProposed",
            "WishPartlyDelivered",
        ),
        (HELD, STAYS),
    ),
    "ClaimReleased": (HELD, FREE),
    "ClaimLapsed": (HELD, FREE),
    "ClaimEnded": (HELD, LET_GO),
    "VisitStarted": (frozenset({"claimed", "delivered"}), STAYS),
    "VisitEnded": (ANY, STAYS),
    "VisitOverdue": (ANY, STAYS),
    "WishMessageSent": (frozenset({"claimed", "delivered"}), STAYS),
    "WishDelivered": (HELD, "delivered"),
    "WishFulfilled": (frozenset({"delivered"}), "fulfilled"),
    "WishReopened": (frozenset({"delivered", "fulfilled"}), "claimed"),
    "CallbackDrawn": (frozenset({"fulfilled"}), STAYS),
    "WishCalledBack": (frozenset({"fulfilled"}), STAYS),
    "WishEvaluated": (frozenset({"fulfilled", "closed"}), STAYS),
    "WishClosed": (frozenset({"fulfilled", "referred"}), "closed"),
    "ComplaintFiled": (ANY, STAYS),
    "ComplaintEscalated": (ANY, STAYS),
    "ComplaintAnswered": (ANY, STAYS),
}
IN_HAND = frozenset({"live", "contacted"})
CLAIM: Mapping[str, Move] = {
    **dict.fromkeys(
        (
            "ClaimJoined",
            "ClaimUnitJoined",
            "ClaimLeft",
            "ClaimReminded",
            "ClaimExtensionAsked",
            "ClaimExtended",
            "ClaimExtensionRefused",
            "ChangeProposed",
            "WishChanged",
        ),
        (IN_HAND, STAYS),
    ),
    **dict.fromkeys(("ClaimReleased", "ClaimLapsed", "ClaimEnded"), (IN_HAND, "released")),
    "ClaimContacted": (frozenset({"live"}), "contacted"),
    "WishPartlyDelivered": (IN_HAND, "contacted"),
    "VisitStarted": (IN_HAND | {"delivered"}, STAYS),
    "WishMessageSent": (IN_HAND | {"delivered"}, STAYS),
    "WishDelivered": (IN_HAND, "delivered"),
    "WishFulfilled": (frozenset({"delivered"}), "done"),
    "WishReopened": (frozenset({"delivered", "done"}), "contacted"),
}
"""The same for the claim in force. What is not here leaves it as it is."""
AFTERWARDS = frozenset({"VisitEnded", "VisitOverdue"})
"""They are about a claim, and may come when that is over."""
NEXT: Mapping[str, str] = {"InvitationAnswered": "WishClaimed", "CallbackDrawn": "WishFulfilled"}
"""Events that come at once with another one, right behind it."""
Person = tuple[str, str]
"""(kind, id)."""


@dataclass
class Walk:
    """Where the events have led so far."""

    state: str = ""
    holder: str = ""
    """The claim in force; "" while it is free."""
    claim: str = ""
    """The state of that claim."""
    team: list[Person] = field(default_factory=list)
    """Who is in it, the lead first."""
    verified: bool = False
    card: Card = field(default_factory=Card)
    released: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)
    last: str = ""

    def step(self, event: Event) -> None:
        what = f"{event.name} v{event.version}"
        came_from, leads_to = self._move(event)
        self.wrong += [f"{what}: {why}" for why in self.card.step(event, self.state, self.last)]
        if self.state not in came_from:
            self.wrong.append(f"{what} while {self.state or 'nothing was there'}")
        if NEXT.get(event.name, self.last) != self.last:
            self.wrong.append(f"{what} after {self.last or 'nothing'}")
        self._hold(event, what)
        self._gather(event, what)
        self.state = leads_to or self.state
        if self.state in ("submitted", "verified"):
            self.verified = self.state == "verified"
        self.last = event.name

    def _move(self, event: Event) -> Move:
        data = event.data
        match event.name:
            case "WishChanged" if data.get("claim_id"):
                return HELD, STAYS
            case "WishChanged" if self.state == LET_GO:
                return frozenset({LET_GO}), "verified"
            case "WishChanged":
                # What was checked is not what is wished any more.
                return frozenset({"submitted", "verified", "returned", FREE}), "submitted"
            case "WishWithdrawn" if self.state == "draft":
                return frozenset({"draft"}), GONE
            case "WishReopened":
                return MOVES["WishReopened"][0] & {str(data.get("was"))}, "claimed"
            case "WishClosed" if self.state == "referred" and self.last != "ReferralAnswered":
                return frozenset({"fulfilled"}), "closed"
            case "ReferralAnswered":
                back = "verified" if self.verified else "submitted"
                return frozenset({"referred"}), back if _failed(data) else STAYS
            case "WishTakenDown" if self.state == FREE:
                return frozenset({FREE}), SHELF
            case "ConsentChanged" if self.state == SHELF and _may_hang(data):
                # The card is written anew before it hangs.
                return frozenset({SHELF}), "verified"
            case "ClaimReleased" | "ClaimLapsed" if not self.card.may_hang:
                return HELD, SHELF
            case name:
                return MOVES.get(name, (frozenset(), STAYS))

    def _hold(self, event: Event, what: str) -> None:
        claim = str(event.data.get("claim_id") or "")
        if event.name == "WishClaimed":
            if self.holder:
                self.wrong.append(f"v{event.version}: {claim} wins while {self.holder} holds it")
            self.holder, self.claim = claim, "live"
            return
        if event.name in AFTERWARDS:
            return
        if claim and claim != self.holder:
            self.wrong.append(f"{what} of {claim} while {self.holder or 'nobody'} holds")
        if not claim or event.name not in CLAIM:
            return
        came_from, leads_to = CLAIM[event.name]
        if self.claim not in came_from:
            self.wrong.append(f"{what} while the claim is {self.claim or 'none'}")
        self.claim = leads_to or self.claim
        if self.claim == "released":
            self.released.add(claim)
            self.holder = self.claim = ""

    def _gather(self, event: Event, what: str) -> None:
        """Who is in it, and that the event says the same."""
        data = event.data
        match event.name:
            case "WishClaimed":
                self.team = [_giver(data["claimant"])]
            case "ClaimJoined":
                self._join(("volunteer", str(data["volunteer_id"])), what)
            case "ClaimUnitJoined":
                self._join(("organisation", str(data["organisation_id"])), what)
            case "ClaimLeft":
                self._leave(_giver(data["left"]), _giver(data["claimant"]), what)
            case _:
                pass
        if "claimant" in data and self.team and _giver(data["claimant"]) != self.team[0]:
            self.wrong.append(f"{what}: {data['claimant']['id']} does not lead")
        helpers = {person for kind, person in self.team[1:] if kind == "volunteer"}
        if "helpers" in data and {str(helper) for helper in data["helpers"]} != helpers:
            self.wrong.append(f"{what}: helpers {data['helpers']}, must be {sorted(helpers)}")

    def _join(self, who: Person, what: str) -> None:
        if who in self.team:
            self.wrong.append(f"{what}: {who[1]} is in it already")
        self.team.append(who)

    def _leave(self, left: Person, lead: Person, what: str) -> None:
        if left not in self.team:
            self.wrong.append(f"{what}: {left[1]} was not in it")
        staying = [person for person in self.team if person != left]
        if lead not in staying:
            self.wrong.append(f"{what}: {lead[1]} leads now, and was not in it")
        elif left != self.team[0] and lead != self.team[0]:
            self.wrong.append(f"{what}: another one leads, though the lead stays")
        self.team = [lead, *(person for person in staying if person != lead)]


def walked(events: Iterable[Event]) -> Walk:
    """One wish's life, by version."""
    walk = Walk()
    for event in events:
        walk.step(event)
    if walk.state == LET_GO:
        walk.wrong.append("its claim ended, and nothing became of it")
    if walk.card.must:
        walk.wrong.append(f"{walk.card.must} must come next")
    return walk


def _failed(data: Mapping[str, Any]) -> bool:
    return data["outcome"] == "not_helped"


def _may_hang(data: Mapping[str, Any]) -> bool:
    return bool(data["purpose"] == "publish" and data["given"])


def _giver(giver: Mapping[str, Any]) -> Person:
    return str(giver["kind"]), str(giver["id"])
