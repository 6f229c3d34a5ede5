"""A claim is a lease: contact by one day, delivered by another, and back to the tree after that.

A reminder before, a word to the desk when it is late, and only then the lapse: without blame, with
the reason kept, and not while somebody is at the door. All of it follows from the claim, its visit, the
terms and the time; nothing else remembers. While the claimant is asked about a change it ends no earlier
than the day that they were told for their answer.
"""

from datetime import datetime, timedelta
from typing import Literal

from contracts.wishes import ClaimLapsed, ClaimReminded, WishChanged

from wishes.domain import promise
from wishes.domain.changing import Change, refused
from wishes.domain.intake import end
from wishes.domain.replace import replace
from wishes.domain.rule import Terms, by_then
from wishes.domain.states import ClaimState, WishAct
from wishes.domain.visiting import Visit
from wishes.domain.wish import Claim, Events, Wish, claim_moved, moved, noted
from wishes.domain.working_days import before_working_days


def running(claim: Claim, terms: Terms) -> Claim:
    """The claim with its next moment: reminder, late, lapse, or the end of a question."""
    if not claim.in_hand:
        return replace(claim, due_at=None)
    moments = (
        before_working_days(_deadline(claim), terms.remind_days),
        _deadline(claim),
        by_then(_deadline(claim), terms.grace_days),
    )
    due = moments[claim.warned]
    if claim.answer_by is not None:
        # An answer has the days that were promised for it, however late they are.
        due = claim.answer_by if claim.warned == 2 else min(due, claim.answer_by)
    return replace(claim, due_at=due)


def going_on(claim: Claim, terms: Terms, now: datetime) -> Claim:
    """After a yes to a change. Whose days ran out while they were asked does not lose the wish with that
    very word: the days of grace begin with it."""
    after = running(claim, terms)
    if claim.warned < 2 or after.due_at is None:
        return after
    return replace(after, due_at=max(after.due_at, by_then(now, terms.grace_days)))


def tick(
    wish: Wish,
    claim: Claim,
    terms: Terms,
    now: datetime,
    change: Change | None = None,
    visit: Visit | None = None,
) -> tuple[Wish, Claim, Events]:
    """What time has brought about by `now`: one step, or nothing. `change`: what the claimant is
    asked about, where they are; `visit`: the one that nobody has come back from."""
    if claim.due_at is None or now < claim.due_at or not claim.in_hand:
        return wish, claim, ()
    asked = claim.answer_by is not None
    silent = claim.answer_by is not None and claim.answer_by <= now
    lapses = claim.warned == 2 and not asked and not _may_get_time(claim, now)
    if (silent or lapses) and visit is not None and _is_at_the_door(claim, visit, terms, now):
        # They may deliver it this very hour: it ends once they are back, or are asked after.
        return wish, replace(claim, due_at=visit.back_by), ()
    if change is not None and silent:
        # The old need is none any more: it must not hang again, not even when the time ran out.
        return disagree(refused(wish, change), claim, terms, now)
    if lapses:
        return _lapse(wish, claim, terms, now)
    if claim.warned == 2:
        # Asked about a change, or asked for days and not answered by a worker yet: nobody loses a wish
        # over that before that day.
        return wish, replace(claim, due_at=claim.answer_by or now + timedelta(days=1)), ()
    late = claim.warned == 1
    event = ClaimReminded(
        wish_id=wish.id,
        area=wish.area,
        claim_id=claim.id,
        claimant=claim.claimant,
        helpers=claim.helpers,
        about=_about(claim),
        late=late,
        due_at=_deadline(claim),
        reminded_at=now,
    )
    claim = claim_moved(claim, WishAct.REMIND, warned=2 if late else 1)
    return moved(wish, WishAct.REMIND), running(claim, terms), (event,)


def disagree(wish: Wish, claim: Claim, terms: Terms, now: datetime) -> tuple[Wish, Claim, Events]:
    """The claimant does not go along with a change, or has not said so in time: free, no blame.

    `wish` has the change in it: it is published anew.
    """
    claim, events = end(claim, WishAct.DISAGREE, "change_not_accepted", wish, now)
    after = noted(moved(wish, WishAct.DISAGREE, hanging=False, published_by=None))
    event = WishChanged(wish_id=wish.id, area=wish.area, category=wish.category, changed_at=now)
    return promise.at_the_desk(after, now), claim, (*events, event)


def back_to_the_tree(wish: Wish, act: WishAct, terms: Terms, now: datetime) -> Wish:
    """Where it hangs, with the days it has waited; to the shelf if it may not be shown; to those who
    publish, until there is room, if it has no place on the tree."""
    if not wish.may_hang:
        return promise.at_the_desk(moved(wish, WishAct.LET_GO, hanging=False), now)
    if not wish.hanging:
        return promise.at_the_desk(moved(wish, WishAct.WAIT_FOR_PLACE, published_by=None), now)
    return promise.running(moved(wish, act), terms)


def _lapse(wish: Wish, claim: Claim, terms: Terms, now: datetime) -> tuple[Wish, Claim, Events]:
    event = ClaimLapsed(
        wish_id=wish.id,
        area=wish.area,
        claim_id=claim.id,
        claimant=claim.claimant,
        helpers=claim.helpers,
        missed=_about(claim),
        lapsed_at=now,
    )
    gone = claim_moved(claim, WishAct.LAPSE, due_at=None, ended_as=f"lapsed_{_about(claim)}")
    return back_to_the_tree(wish, WishAct.LAPSE, terms, now), gone, (event,)


def _may_get_time(claim: Claim, now: datetime) -> bool:
    """A worker may still give the days that were asked for. They are for the delivery: who has not even
    rung has no more time for that."""
    asked = claim.asked_until if claim.state is ClaimState.CONTACTED else None
    return asked is not None and now < asked


def _is_at_the_door(claim: Claim, visit: Visit, terms: Terms, now: datetime) -> bool:
    """Who set out before the time was over, and is not late. A visit that begins later holds nothing: one
    after another would for ever."""
    over = by_then(_deadline(claim), terms.grace_days)
    over = claim.answer_by or max(over, claim.asked_until or over)
    return visit.ended_at is None and visit.started_at <= over and now < visit.back_by


def _about(claim: Claim) -> Literal["contact", "fulfil"]:
    return "contact" if claim.state is ClaimState.LIVE else "fulfil"


def _deadline(claim: Claim) -> datetime:
    return claim.contact_by if claim.state is ClaimState.LIVE else claim.fulfil_by
