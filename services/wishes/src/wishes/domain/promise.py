"""The promise clock of a wish that waits, and what else time does to a wish.

At the desk it waits to be checked and to be hung up, sent back to be corrected, taken down to be decided
on, delivered to be confirmed, handed on to be answered: not done by that day, the street is told, then
the district. On the tree it waits for somebody who
takes it: community, resident units, street, district, each before it is late. Each is said to the world,
and no wish is dropped for being old (FEATURES W5).
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from contracts.fields import Giver
from contracts.wishes import WishClosed, WishEscalated, WishOffered, WishOverdue

from wishes.domain.errors import KeptForAnother
from wishes.domain.queue import DESK_DAYS
from wishes.domain.replace import replace
from wishes.domain.rule import Terms, by_then
from wishes.domain.states import WishAct, WishState
from wishes.domain.wish import LEVELS, Events, Wish, moved

AT_THE_DESK: dict[WishState, tuple[str, int]] = {
    WishState.SUBMITTED: ("verification", DESK_DAYS["to_verify"]),
    WishState.VERIFIED: ("publication", DESK_DAYS["to_publish"]),
    WishState.RETURNED: ("correction", DESK_DAYS["returned"]),
    WishState.TAKEN_DOWN: ("decision", DESK_DAYS["taken_down"]),
    WishState.DELIVERED: ("confirmation", DESK_DAYS["to_confirm"]),
    # Until the first day has passed it is in other hands: from then on somebody here asks after it.
    WishState.REFERRED: ("answer", DESK_DAYS["to_hand_over"]),
}
"""What it waits for there, and for how many working days each level has."""
ABOVE_THE_DESK = ("street", "district")


def at_the_desk(wish: Wish, now: datetime, *, version: int | None = None) -> Wish:
    """The wish as it comes to those who see to it there, with the day by which they should."""
    _, days = AT_THE_DESK[wish.state]
    due = None if waits_for_a_yes(wish) else by_then(now, days)
    return replace(wish, desk_level=0, due_at=due, version=version or wish.version)


def waits_for_a_yes(wish: Wish) -> bool:
    """Nobody at the desk can hang it up and nobody is late with it: a clock would press for a yes."""
    return wish.state is WishState.VERIFIED and not wish.may_hang


def answered(wish: Wish, now: datetime, *, may_hang: bool) -> Wish:
    """What its person has said to the card; with a yes the days of those who publish begin."""
    after = replace(wish, may_hang=may_hang)
    if wish.state is WishState.VERIFIED and may_hang is not wish.may_hang:
        return at_the_desk(after, now)
    return after


def running(wish: Wish, terms: Terms) -> Wish:
    """The wish with its next moment, from its state and the day it was first hung."""
    return replace(wish, due_at=_next_moment(wish, terms))


def offer(wish: Wish, to: Giver, terms: Terms, now: datetime) -> tuple[Wish, Events]:
    """Keep a follow-up for whoever helped first; nobody else can take it until then."""
    until = by_then(now, terms.offer_days)
    kept = replace(wish, offered_to=to, offered_until=until, version=wish.version + 1)
    event = WishOffered(wish_id=wish.id, area=wish.area, offered_to=to, until=until, offered_at=now)
    return running(kept, terms), (event,)


def let_go(wish: Wish, by: Collection[UUID], terms: Terms, now: datetime) -> Wish:
    """Who helped first does not want a follow-up kept: from now on anybody may. No event tells.

    `by`: the person and the units they act for. Raises KeptForAnother; where nothing is kept any
    more, nothing happens.
    """
    if wish.offered_to is None or wish.offered_until is None or wish.offered_until <= now:
        return wish
    if wish.offered_to.id not in by:
        raise KeptForAnother(until=f"{wish.offered_until:%m月%d日}")
    return freed(wish, terms)


def freed(wish: Wish, terms: Terms) -> Wish:
    """Kept for nobody any more; the wish itself where it is not. No event tells, and so not why either."""
    if wish.offered_to is None:
        return wish
    return running(replace(wish, offered_to=None, offered_until=None), terms)


def tick(wish: Wish, terms: Terms, now: datetime) -> tuple[Wish, Events]:
    """What time has brought about by `now`; the wish itself where that is nothing."""
    if wish.due_at is None or now < wish.due_at:
        return wish, ()
    if wish.state is WishState.FULFILLED:
        if wish.callback == "due" or wish.open_complaints:
            # Something is still asked about it: it is not done with, so look again tomorrow.
            return replace(wish, due_at=by_then(now, 1)), ()
        return close(wish, now)
    if waits_for_a_yes(wish):
        # Its person had refused before refusals stopped the clock.
        return replace(wish, due_at=None), ()
    if wish.state in AT_THE_DESK:
        return _overdue(wish, wish.due_at, now)
    if wish.state is not WishState.POSTED:
        return replace(wish, due_at=None), ()
    if wish.offered_until is not None and wish.offered_until <= now:
        # The first helper has had their time; now anybody may.
        wish = replace(wish, offered_to=None, offered_until=None)
    steps = _steps(wish, terms)
    if wish.level < len(steps) and steps[wish.level] <= now:
        return _escalate(wish, terms, now)
    return running(wish, terms), ()


def close(wish: Wish, now: datetime) -> tuple[Wish, Events]:
    """Nothing is open any more."""
    event = WishClosed(wish_id=wish.id, area=wish.area, closed_at=now)
    return moved(wish, WishAct.CLOSE, due_at=None), (event,)


def _overdue(wish: Wish, due: datetime, now: datetime) -> tuple[Wish, Events]:
    """Whoever is told has as many days as the desk had; after the last one it stays in the queue."""
    if wish.desk_level == len(ABOVE_THE_DESK):
        # A program of the release before handed it on with the level that it had at the desk.
        return replace(wish, due_at=None), ()
    waits_for, days = AT_THE_DESK[wish.state]
    level = wish.desk_level + 1
    last = level == len(ABOVE_THE_DESK)
    event = WishOverdue.model_validate(
        {
            "wish_id": wish.id,
            "area": wish.area,
            "waits_for": waits_for,
            "level": ABOVE_THE_DESK[level - 1],
            "due_by": due,
            "overdue_at": now,
        }
    )
    after = moved(
        wish, WishAct.ESCALATE, desk_level=level, due_at=None if last else by_then(now, days)
    )
    return after, (event,)


def _escalate(wish: Wish, terms: Terms, now: datetime) -> tuple[Wish, Events]:
    level = wish.level + 1
    event = WishEscalated.model_validate(
        {
            "wish_id": wish.id,
            "area": wish.area,
            "level": LEVELS[level],
            "posted_at": wish.posted_at,
            "escalated_at": now,
        }
    )
    return running(moved(wish, WishAct.ESCALATE, level=level), terms), (event,)


def _next_moment(wish: Wish, terms: Terms) -> datetime | None:
    if wish.state is not WishState.POSTED:
        return wish.due_at
    steps = _steps(wish, terms)
    moments = [wish.offered_until] if wish.offered_until else []
    moments += steps[wish.level : wish.level + 1]
    return min(moments, default=None)


def _steps(wish: Wish, terms: Terms) -> list[datetime]:
    return [by_then(wish.posted_at, days) for days in terms.promise_days] if wish.posted_at else []
