"""A wish's card by its events: whether it may hang, and what its person has said to that.

Written from docs/wish-states.md and docs/partner-guide.md a second time. A no works at once: the card is
off the tree in the same transaction. Whoever verifies a wish has asked the person, and writes that down.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from proof.history import Event

SHOWN = frozenset({"posted", "claimed", "delivered", "fulfilled", "closed"})
"""The states of a wish whose card has been published."""
ASKED = ("service", "publish")
"""What the checklist of a verification stands for."""
NO = "consent_withdrawn"
"""Why a card is taken down when its person says so."""
NEEDED = "consent_needed"
"""Of a card whose person turned out to be a child, or none: it hangs again when the right one agrees.
Every other reason is a worker's."""


@dataclass
class Card:
    may_hang: bool = True
    barred: bool = False
    """A worker has taken it down: it is not shown again as it was, whatever the person says."""
    said: dict[str, bool] = field(default_factory=dict)
    """Purpose → yes or no, the last word."""
    lines: Counter[str] = field(default_factory=Counter)
    """Purpose → how often something was said."""
    must: str = ""
    """The event that has to come next."""

    def step(self, event: Event, state: str, last: str) -> Iterator[str]:
        """What is wrong with it. `state`, `last`: of the wish and its events before this one."""
        must, self.must = self.must, ""
        if must and event.name != must:
            yield f"{must} must come next"
        match event.name:
            case "WishVerified":
                for purpose in ASKED:
                    self._note(purpose, given=True)
                self.must = "" if self.may_hang else "ConsentChanged"
            case "ConsentChanged" if must == "ConsentChanged":
                # The verifier's line is this one: the world has heard a no, so it hears the yes.
                self.may_hang = bool(event.data["given"])
            case "ConsentChanged":
                yield from self._change(str(event.data["purpose"]), event.data["given"], state)
            case "WishTakenDown":
                if not self.may_hang:
                    yield "it is not shown anyway"
                if (event.data["reason"] == NO) != (last == "ConsentChanged"):
                    yield f"for {event.data['reason']}, after {last}"
                self.may_hang = False
                self.barred |= event.data["reason"] not in (NO, NEEDED)
            case "WishPosted" if not (self.may_hang and self.said.get("publish")):
                yield "its person has not agreed to that"
            case _:
                pass

    def _change(self, purpose: str, given: bool, state: str) -> Iterator[str]:
        publish = purpose == "publish"
        anew = publish and given and not self.may_hang
        if self.said.get(purpose) is given and not anew:
            yield f"{purpose} is said twice"
        self._note(purpose, given=given)
        if not publish:
            return
        if given:
            self.may_hang |= not (self.barred and state in SHOWN)
            self.barred &= not self.may_hang
        elif self.may_hang and state in SHOWN:
            self.must = "WishTakenDown"
        else:
            self.may_hang = False

    def _note(self, purpose: str, *, given: bool) -> None:
        self.said[purpose] = given
        self.lines[purpose] += 1
