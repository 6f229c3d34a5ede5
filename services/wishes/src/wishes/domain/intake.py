"""From the first word to the tree, and off it again: each function gives (new state, events)."""

from datetime import date, datetime
from uuid import UUID

from contracts.fields import Category, Channel, Effort, Giver
from contracts.wishes import (
    ClaimEnded,
    WishChanged,
    WishDrafted,
    WishPosted,
    WishReturned,
    WishSubmitted,
    WishTakenDown,
    WishVerified,
    WishWithdrawn,
)

from wishes.domain import promise
from wishes.domain.errors import NoConsent, SamePerson
from wishes.domain.evidence import is_minor
from wishes.domain.replace import replace
from wishes.domain.rule import Rule, Terms
from wishes.domain.states import WishAct, WishState, wish_after
from wishes.domain.wish import Claim, EndedAs, Events, Wish, claim_moved, moved

DRAFTED = 1
"""The version of a wish that is a draft."""


def begin(draft_id: UUID, area: str, channel: Channel, now: datetime) -> Events:
    """Begun and kept. `draft_id` becomes the id of the wish."""
    return (WishDrafted(wish_id=draft_id, area=area, channel=channel, drafted_at=now),)


def hand_in(wish: Wish, now: datetime) -> tuple[Wish, Events]:
    """A draft is complete: from now on it is a wish that somebody works on."""
    return submit(replace(wish, state=wish_after(wish.state, WishAct.HAND_IN)), now)


def discard(draft_id: UUID, area: str, reason: str, now: datetime) -> Events:
    """A draft that will be no wish. The event's version is the one after DRAFTED."""
    wish_after(WishState.DRAFT, WishAct.WITHDRAW)
    return (WishWithdrawn(wish_id=draft_id, area=area, reason=reason, withdrawn_at=now),)


def submit(wish: Wish, now: datetime) -> tuple[Wish, Events]:
    """A wish comes in. Its state is SUBMITTED already; a draft has a version, a new wish has none."""
    event = WishSubmitted(
        wish_id=wish.id,
        area=wish.area,
        card_no=wish.card_no,
        category=wish.category,
        channel=wish.channel,
        beneficiary_id=wish.beneficiary_id,
        by_proxy=wish.by_proxy,
        follows_wish_id=wish.follows_wish_id,
        follow_up_reason=wish.follow_up_reason,
        submitted_at=now,
    )
    return promise.at_the_desk(wish, now, version=wish.version + 1), (event,)


def told_age(wish: Wish, born: str, day: date) -> Wish:
    """The year and month of birth are known now. A child's wish stays one, whatever is said later:
    what protects a child is not talked away."""
    if wish.minor or not is_minor(born, day):
        return wish
    return of_age(wish, child=True, two_people=True)


def of_age(wish: Wish, *, child: bool, two_people: bool) -> Wish:
    """It turns out to be a child's, or no child's: whoever has agreed to the card until now was not the
    one to ask, so it waits for the right one's yes."""
    return replace(wish, minor=child, two_people=two_people, may_hang=False)


def verify(
    wish: Wish, by: UUID, method: str, now: datetime, *, asks: tuple[str, ...] = ()
) -> tuple[Wish, Events]:
    """`asks`: what whoever claims must know or have, as seen on the spot."""
    event = WishVerified(
        wish_id=wish.id,
        area=wish.area,
        verified_by=by,
        method="phone" if method == "phone" else "visit",
        verified_at=now,
    )
    asks = tuple(sorted({*wish.asks, *asks}))
    after = moved(wish, WishAct.VERIFY, verified_by=by, asks=asks)
    return promise.at_the_desk(after, now), (event,)


def send_back(wish: Wish, by: UUID, reason: str, now: datetime) -> tuple[Wish, Events]:
    """Back to whoever brought it, with why. Whoever came without a telephone is told by nobody but the
    desk, so its day runs."""
    event = WishReturned(
        wish_id=wish.id, area=wish.area, returned_by=by, reason=reason, returned_at=now
    )
    return promise.at_the_desk(moved(wish, WishAct.RETURN), now), (event,)


def edit(
    wish: Wish,
    now: datetime,
    *,
    category: Category,
    effort: Effort | None,
    rule: Rule | None = None,
) -> tuple[Wish, Events]:
    """While nobody has claimed it. What was checked and published is checked and published anew.

    `rule`: that of today, where the category is another one; else the wish keeps the terms of the
    day it was handed in.
    """
    if rule is not None:
        terms = rule.terms
        two_people = terms.two_people or wish.minor
        wish = replace(wish, rule_id=rule.id, asks=terms.asks, two_people=two_people)
    after = moved(
        wish,
        WishAct.EDIT,
        category=category,
        effort=effort,
        hanging=False,
        verified_by=None,
        published_by=None,
    )
    if wish.state is not WishState.SUBMITTED:
        # Whoever changes a word of what waits already does not put off its day.
        after = promise.at_the_desk(after, now)
    event = WishChanged(wish_id=wish.id, area=wish.area, category=category, changed_at=now)
    return after, (event,)


def publish(
    wish: Wish,
    by: UUID,
    effort: Effort,
    leaf: int,
    terms: Terms,
    now: datetime,
    *,
    offered_to: Giver | None = None,
) -> tuple[Wish, Events]:
    """Hang it on the tree. Raises SamePerson: two pairs of eyes see every card; NoConsent.

    `offered_to`: who helped first, where this follows an earlier wish.
    """
    after = moved(wish, WishAct.PUBLISH, published_by=by, effort=effort, leaf=leaf, hanging=True)
    if by == wish.verified_by:
        raise SamePerson
    if not wish.may_hang:
        raise NoConsent
    event = WishPosted(
        wish_id=wish.id,
        area=wish.area,
        card_no=wish.card_no,
        category=wish.category,
        effort=effort,
        leaf=leaf,
        follows_wish_id=wish.follows_wish_id,
        posted_by=by,
        posted_at=now,
    )
    # Published anew after a change, it keeps the day it was hung first, and with it its promise.
    after = promise.running(replace(after, posted_at=wish.posted_at or now), terms)
    if offered_to is None:
        return after, (event,)
    after, offers = promise.offer(after, offered_to, terms, now)
    return after, (event, *offers)


def withdraw(
    wish: Wish, claim: Claim | None, reason: str, now: datetime
) -> tuple[Wish, Claim | None, Events]:
    """The person takes it back, at any time until it is delivered. Whoever claimed it is free, and who
    it was handed to is not waited for (the store ends the referral)."""
    return _ended(wish, claim, WishAct.WITHDRAW, "wish_withdrawn", reason, now)


def erase_unconfirmed(
    wish: Wish, claim: Claim, reason: str, now: datetime
) -> tuple[Wish, Claim | None, Events]:
    """The person goes, and with them the last word that nobody may ask for. What was given stays written
    down as what whoever gave it has said; no hours and no points come of it by themselves."""
    return _ended(wish, claim, WishAct.ERASE, "not_confirmed", reason, now)


def _ended(
    wish: Wish, claim: Claim | None, act: WishAct, as_: EndedAs, reason: str, now: datetime
) -> tuple[Wish, Claim | None, Events]:
    after = moved(wish, act, hanging=False, due_at=None)
    events: Events = ()
    if claim is not None:
        claim, events = end(claim, act, as_, wish, now)
        after = replace(after, version=after.version + 1)
    event = WishWithdrawn(wish_id=wish.id, area=wish.area, reason=reason, withdrawn_at=now)
    return after, claim, (*events, event)


def take_down(wish: Wish, reason: str, now: datetime) -> tuple[Wish, Events]:
    """The card is off the tree at once. Nobody can claim it any more; help under way goes on."""
    after = moved(wish, WishAct.TAKE_DOWN, hanging=False, may_hang=False)
    if after.state is WishState.TAKEN_DOWN:
        after = promise.at_the_desk(after, now)
    event = WishTakenDown(wish_id=wish.id, area=wish.area, reason=reason, taken_down_at=now)
    return after, (event,)


def end(
    claim: Claim, act: WishAct, reason: EndedAs, wish: Wish, now: datetime
) -> tuple[Claim, Events]:
    """The claim is no more because of the wish, and nobody is to blame."""
    event = ClaimEnded(
        wish_id=wish.id,
        area=wish.area,
        claim_id=claim.id,
        claimant=claim.claimant,
        helpers=claim.helpers,
        reason=reason,
        ended_at=now,
    )
    return claim_moved(claim, act, due_at=None, answer_by=None, ended_as=reason), (event,)


def hang_again(wish: Wish, leaf: int) -> Wish:
    """What may be given back must be found: a blossom that had fallen and was reopened, a card that had
    come off."""
    return replace(wish, leaf=leaf, hanging=True)
