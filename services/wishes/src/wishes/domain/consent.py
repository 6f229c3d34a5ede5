"""What a consent, given or taken back, does to the wish: each gives (wish, claim, events).

To take it back is as easy as to give it (PIPL Art. 15) and works at once, in one transaction: the card
comes off the tree, or the wish is withdrawn. What was done before stays right.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from contracts.wishes import ConsentChanged

from wishes.domain import promise
from wishes.domain.errors import ConsentNotHeard, ConsentUnchanged, GuardianSpeaks, PersonSpeaks
from wishes.domain.intake import edit, of_age, take_down, withdraw
from wishes.domain.replace import replace
from wishes.domain.rule import Terms
from wishes.domain.states import WISH, WishAct, WishState
from wishes.domain.wish import Claim, Events, Wish, moved, noted
from wishes.domain.wordings import Purpose

By = Literal["self", "guardian", "proxy"]
How = Literal["paper", "spoken", "online", "card"]
WITHDRAWN = "consent_withdrawn"
"""The reason of what follows from a consent that was taken back."""
CONSENT_NEEDED = "consent_needed"
"""Of a card that nobody who may speak for the person has agreed to."""
SHOWN = (WishState.CLAIMED, WishState.DELIVERED, WishState.FULFILLED, WishState.CLOSED)
"""Here the card that was published is still the one that would be shown again."""


@dataclass(frozen=True)
class Said:
    """What the person, or whoever speaks for them, has said. `wording`: which one they were shown."""

    purpose: Purpose
    given: bool
    by: By
    how: How
    wording: int


def heard_from(wish: Wish, reached: Collection[str]) -> By:
    """Whose word a check has heard. `reached`: whom its calls and visits spoke with; nobody is told: whoever
    has to agree.

    Who lies ill, or has no telephone, may be reached only through the proxy who wrote the card: they are not
    left out, and the proxy's word is kept as what it is. For a child no proxy agrees. Raises
    ConsentNotHeard.
    """
    whom, by = ("guardian", "guardian") if wish.minor else ("person", "self")
    if not reached or whom in reached:
        return by
    if wish.by_proxy and not wish.minor and "proxy" in reached:
        return "proxy"
    raise ConsentNotHeard


def of_the_card(agreed: bool | None, before: bool | None) -> bool | None:
    """What a check adds to the ledger about the card; None: nothing. `agreed`: what the person told the
    verifier; None: not asked apart. `before`: what they said last.

    A no is overridden by nobody's silence.
    """
    if agreed is None:
        return True if before is None else None
    return None if agreed is False and before is False else agreed


def is_agreed(wish: Wish, last: Said | None) -> bool:
    """Whether a yes is in force; of a child's wish it is the guardian's, whoever has said one before it was
    known to be a child's (PIPL Art. 31). `last`: the last entry; None: none yet."""
    return last is not None and last.given and (last.by == "guardian" or not wish.minor)


def require_change(wish: Wish, said: Said, last: Said | None) -> None:
    """Raises ConsentUnchanged for what was said already. `last`: the last entry; None: none yet.

    Another's yes, or one to another wording, is another; but a proxy's adds nothing to the person's own. A
    no is a no, whoever says it. A card that a worker has taken down hangs again only when the person agrees
    anew.
    """
    if last is None or last.given is not said.given:
        return
    if said.given:
        asked_anew = said.purpose == "publish" and not wish.may_hang
        covered = last.by == said.by or (last.by, said.by) == ("self", "proxy")
        if asked_anew or not covered or last.wording != said.wording:
            return
    raise ConsentUnchanged


def require_guardian(wish: Wish, said: Said) -> None:
    """A child agrees to nothing alone, with a card in hand or an account (PIPL Art. 31); a no is heard
    from everybody. Raises GuardianSpeaks."""
    if wish.minor and said.given and said.by != "guardian":
        raise GuardianSpeaks


def require_own_word(wish: Wish, said: Said, last: Said | None) -> None:
    """A grown-up's yes is said by nobody else once they have said no themself, and by no proxy where none
    wrote the card; a no is heard from everybody. `last`: the entry in force. Raises PersonSpeaks."""
    if wish.minor or not said.given or said.by == "self":
        return
    refused = last is not None and not last.given and last.by == "self"
    if refused or (said.by == "proxy" and not wish.by_proxy):
        raise PersonSpeaks


def give(
    wish: Wish,
    claim: Claim | None,
    said: Said,
    now: datetime,
    *,
    leaf: int | None,
    barred: bool,
    drawn: bool = False,
) -> tuple[Wish, Claim | None, Events]:
    """`leaf`: a place where the card could hang again, if there is one. `barred`: a worker has taken
    this very card down, so it must be written anew before it hangs. `drawn`: for a callback that nobody has
    made yet; a no and a yes to the service are no way out of it."""
    events = (_changed(wish, said, now),)
    if drawn:
        wish = replace(wish, callback="due")
    if said.purpose != "publish" or wish.may_hang:
        return noted(wish), claim, events
    if wish.state is WishState.TAKEN_DOWN:
        after = moved(wish, WishAct.HANG_AGAIN, may_hang=True, published_by=None)
        return promise.at_the_desk(after, now), claim, events
    if wish.state in SHOWN and barred:
        return noted(wish), claim, events
    if wish.state is WishState.CLAIMED and leaf is not None:
        after = moved(wish, WishAct.HANG_AGAIN, may_hang=True, hanging=True, leaf=leaf)
        return after, claim, events
    return promise.answered(noted(wish), now, may_hang=True), claim, events


def take_back(
    wish: Wish, claim: Claim | None, said: Said, now: datetime
) -> tuple[Wish, Claim | None, Events]:
    """Or a no to what nobody had agreed to before: it has the same effects."""
    events = (_changed(wish, said, now),)
    wish = noted(wish)
    if said.purpose == "service" and wish.callback == "due":
        # Nobody may open the number any more, and it would wait for a call that nobody can make.
        wish = replace(wish, callback="no")
    if said.purpose == "service" and (wish.state, WishAct.WITHDRAW) in WISH:
        wish, claim, more = withdraw(wish, claim, WITHDRAWN, now)
        return wish, claim, (*events, *more)
    if said.purpose in ("service", "publish"):
        wish, more = off_the_tree(wish, WITHDRAWN, now)
        return wish, claim, (*events, *more)
    return wish, claim, events


def off_the_tree(wish: Wish, reason: str, now: datetime) -> tuple[Wish, Events]:
    """Its card is not shown any more, whatever state it is in; no event where it was not shown."""
    if wish.may_hang and (wish.state, WishAct.TAKE_DOWN) in WISH:
        return take_down(wish, reason, now)
    return replace(promise.answered(wish, now, may_hang=False), hanging=False), ()


def corrected_age(wish: Wish, terms: Terms, now: datetime, *, child: bool) -> tuple[Wish, Events]:
    """The person turns out to be a child, or to be none: whoever has agreed until now was not the one to
    ask. The card hangs again when the right one agrees; what nobody has taken, and what comes back from
    a referral, is checked anew, of a child with the guardian's consent. Help under way goes on."""
    after = of_age(wish, child=child, two_people=child or terms.two_people)
    if wish.state is WishState.REFERRED:
        after = replace(after, verified_by=None)
    # What was sent back waits for its author all the same.
    if (wish.state, WishAct.EDIT) in WISH and wish.state is not WishState.RETURNED:
        return edit(after, now, category=wish.category, effort=wish.effort)
    return off_the_tree(replace(after, may_hang=wish.may_hang), CONSENT_NEEDED, now)


def _changed(wish: Wish, said: Said, now: datetime) -> ConsentChanged:
    return ConsentChanged(
        wish_id=wish.id,
        area=wish.area,
        beneficiary_id=wish.beneficiary_id,
        purpose=said.purpose,
        given=said.given,
        wording=said.wording,
        changed_at=now,
    )
