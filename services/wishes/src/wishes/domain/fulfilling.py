"""The help arrives, and the person helped has the last word. Each gives (wish, claim, events).

`before` is what arrived under claims of the wish that are over, however they ended. The last word is
about all of it, so it counts for whoever gave it (民政部令67 Art. 7: time actually given), and every
limit is one of the wish.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from contracts.fields import Gift, Giver, Service
from contracts.wishes import (
    CallbackDrawn,
    ConfirmationMethod,
    WishCalledBack,
    WishDelivered,
    WishEvaluated,
    WishFulfilled,
    WishPartlyDelivered,
    WishReopened,
)

from wishes.domain import lease, promise
from wishes.domain.claiming import require_within_cap
from wishes.domain.errors import (
    ChangeUnanswered,
    DeliveryEvidenceMissing,
    NoPhotoConsent,
    NotAPartner,
    NothingDelivered,
    TooMuchGiven,
    TooMuchTime,
    TwoPeopleNeeded,
)
from wishes.domain.replace import replace
from wishes.domain.rule import Terms, by_then
from wishes.domain.states import ClaimState, WishAct
from wishes.domain.wish import NOTHING, Claim, Events, Given, Wish, claim_moved, moved

METHODS: dict[str, ConfirmationMethod] = {
    "tap": "code",
    "code": "code",
    "qr": "code",
    "call": "call",
    "visit": "visit",
    "witness": "visit",
}
"""How the person said it, and the coarse word for it that was published first."""
MOST_MINUTES = 60_000
"""Of one volunteer for one wish, as the contract has it."""
MOST_FEN = 100_000_000
"""Of one giver for one wish, in 0.01 yuan, as the contract has it: no more can be credited."""
DAYS_OF_CALLS = 3
"""On so many different days in Beijing somebody rings up before nobody does any more. Ours."""


def with_evidence(promised: Claim, said: Collection[str], terms: Terms) -> Claim:
    """Of what is said to be there, now or with a part before, what the rule asks for."""
    came = {*promised.evidence, *said}
    return replace(promised, evidence=tuple(code for code in terms.evidence if code in came))


def deliver_part(
    wish: Wish,
    promised: Claim,
    by: Giver,
    gifts: Sequence[Gift],
    services: Sequence[Service],
    members: frozenset[UUID],
    terms: Terms,
    now: datetime,
    *,
    two_went: bool = False,
    before: Given = NOTHING,
) -> tuple[Wish, Claim, Events]:
    """A part has arrived, so that they have spoken with the person: from now on the day of delivery
    counts. Raises as `deliver` does."""
    after, part = moved(wish, WishAct.DELIVER_PART), claim_moved(promised, WishAct.DELIVER_PART)
    if not gifts and not services:
        raise NothingDelivered
    if promised.state is ClaimState.LIVE:
        # Whoever brings something has been there: else who was late to ring up would lose the wish
        # without a word about the delivery.
        part = replace(part, warned=0)
    more = _with_given(
        wish, part, gifts, services, members, terms, two_went=two_went, before=before
    )
    event = WishPartlyDelivered(
        wish_id=wish.id,
        area=wish.area,
        claim_id=promised.id,
        claimant=promised.claimant,
        delivered_by=by,
        gifts=tuple(gifts),
        services=tuple(services),
        delivered_at=now,
    )
    return after, lease.running(more, terms), (event,)


def deliver(
    wish: Wish,
    promised: Claim,
    gifts: Sequence[Gift],
    services: Sequence[Service],
    members: frozenset[UUID],
    terms: Terms,
    now: datetime,
    *,
    two_went: bool = False,
    before: Given = NOTHING,
) -> tuple[Wish, Claim, Events]:
    """Said to be done; what arrived in parts before counts. `members`: volunteers of the units of
    this claim, who may give time for it. `two_went`: two people of this claim were on one visit
    since it was last not right. `before`: what was given already under claims that are over: the cap
    is of the wish.

    Raises ChangeUnanswered, NothingDelivered, NotAPartner, TooLarge, TooMuchGiven, TooMuchTime,
    TwoPeopleNeeded, DeliveryEvidenceMissing."""
    after, done = moved(wish, WishAct.DELIVER), claim_moved(promised, WishAct.DELIVER)
    if promised.answer_by is not None:
        # What came is the old thing, and the new words would be forgotten with the question.
        raise ChangeUnanswered
    done = _with_given(
        wish, done, gifts, services, members, terms, two_went=two_went, before=before
    )
    if not done.gifts and not done.services:
        raise NothingDelivered
    missing = [code for code in terms.evidence if code not in done.evidence]
    if missing:
        raise DeliveryEvidenceMissing(missing)
    event = WishDelivered(
        wish_id=wish.id,
        area=wish.area,
        claim_id=promised.id,
        beneficiary_id=wish.beneficiary_id,
        claimant=promised.claimant,
        helpers=promised.helpers,
        gifts=done.gifts,
        services=done.services,
        delivered_at=now,
    )
    # Nothing is asked any more: a question is kept whole or not at all.
    done = replace(done, due_at=None, asked_until=None, asked_reason=None)
    return promise.at_the_desk(after, now), done, (event,)


def confirm(
    wish: Wish,
    promised: Claim,
    means: str,
    terms: Terms,
    now: datetime,
    *,
    before: Given = NOTHING,
    sampled: bool = False,
    served: bool = True,
) -> tuple[Wish, Claim, Events]:
    """The person helped says: done. A follow-up counts as `fit`, not as a second family.

    `means`: a key of METHODS. `sampled`: drawn for a callback. `served`: nobody has taken the service
    back; else it is drawn all the same, so that anybody can check the lottery, and nobody rings up.
    """
    fulfilled = WishFulfilled(
        wish_id=wish.id,
        area=wish.area,
        claim_id=promised.id,
        beneficiary_id=wish.beneficiary_id,
        category=wish.category,
        counts_as="fit" if wish.follows_wish_id else "first",
        follows_wish_id=wish.follows_wish_id,
        method=METHODS[means],
        means=means,
        claimant=promised.claimant,
        helpers=promised.helpers,
        gifts=(*before.gifts, *promised.gifts),
        services=_summed(before.services, promised.services),
        fulfilled_at=now,
    )
    after = moved(wish, WishAct.CONFIRM, due_at=by_then(now, terms.close_days), callback="no")
    events: Events = (fulfilled,)
    # A draw that nobody has answered stays: confirming once more must not be a way out of it.
    if sampled or wish.callback == "due":
        due = by_then(now, terms.callback_days)
        drawn = CallbackDrawn(
            wish_id=wish.id, area=wish.area, claim_id=promised.id, due_by=due, drawn_at=now
        )
        callback = "due" if served else "no"
        after = replace(after, callback=callback, version=after.version + 1)
        events = (fulfilled, drawn)
    return after, claim_moved(promised, WishAct.CONFIRM), events


def reopen(
    wish: Wish,
    promised: Claim,
    act: WishAct,
    reason: str,
    terms: Terms,
    now: datetime,
    *,
    members: frozenset[UUID],
) -> tuple[Wish, Claim, Events]:
    """Not right: the wish goes on with the same claim, and whoever is in it gives anew. What somebody
    gave who has left stays given: nobody could tell of it again. `act` is DISSATISFY or REOPEN,
    `members` as for `deliver`."""
    present = _present(promised, members)
    units = {partner.id for partner in promised.partners}
    gifts = tuple(gift for gift in promised.gifts if gift.giver.id not in present | units)
    services = tuple(one for one in promised.services if one.volunteer_id not in present)
    event = WishReopened(
        wish_id=wish.id,
        area=wish.area,
        claim_id=promised.id,
        claimant=promised.claimant,
        helpers=promised.helpers,
        was="fulfilled" if act is WishAct.REOPEN else "delivered",
        reason=reason,
        fulfilled_event_id=wish.fulfilled_event_id if act is WishAct.REOPEN else None,
        reopened_at=now,
    )
    drawn = "due" if wish.callback == "due" else "no"
    after = moved(wish, act, fulfilled_event_id=None, due_at=None, callback=drawn)
    again = claim_moved(promised, act, gifts=gifts, services=services, evidence=(), warned=0)
    again = replace(again, fulfil_by=by_then(now, terms.fulfil_days))
    return after, lease.running(again, terms), (event,)


def evaluate(
    wish: Wish, promised: Claim, score: int, means: str, *, by_proxy: bool, now: datetime
) -> tuple[Wish, Events]:
    event = WishEvaluated(
        wish_id=wish.id,
        area=wish.area,
        claim_id=promised.id,
        score=score,
        by_proxy=by_proxy,
        means=means,
        evaluated_at=now,
    )
    return moved(wish, WishAct.EVALUATE), (event,)


def call_back(
    wish: Wish, promised: Claim, by: UUID, outcome: str, now: datetime, *, in_vain: int = 0
) -> tuple[Wish, Events]:
    """Somebody who was not involved has rung up; nobody there leaves the question open, until as many
    days as DAYS_OF_CALLS were in vain. `in_vain`: of these, the days before today."""
    event = WishCalledBack(
        wish_id=wish.id,
        area=wish.area,
        claim_id=promised.id,
        outcome=outcome,
        called_by=by,
        called_at=now,
    )
    again = outcome == "not_reached" and not is_given_up(wish, outcome, in_vain)
    callback = wish.callback if again else "done"
    return moved(wish, WishAct.CALL_BACK, callback=callback), (event,)


def is_given_up(wish: Wish, outcome: str, in_vain: int) -> bool:
    """Whether nobody was there for the last time: otherwise a wish whose person has moved or died would
    never be closed. Only what was drawn is given up."""
    return wish.callback == "due" and outcome == "not_reached" and in_vain + 1 >= DAYS_OF_CALLS


def takes_two(wish: Wish, terms: Terms) -> bool:
    """Whether time with the person is given by two: time is given where they are, and a rule for visits
    that ends where nobody says that they go is none."""
    return wish.two_people or terms.two_people or terms.two_at_first


def require_photo_consent(*, shows_person: bool, agreed: bool) -> None:
    """Of a delivery none is ever asked for, and the person is on one only if they agreed to photos
    (PIPL Art. 25, 29). Raises NoPhotoConsent."""
    if shows_person and not agreed:
        raise NoPhotoConsent


def _with_given(
    wish: Wish,
    promised: Claim,
    gifts: Sequence[Gift],
    services: Sequence[Service],
    members: frozenset[UUID],
    terms: Terms,
    *,
    two_went: bool,
    before: Given,
) -> Claim:
    people = _present(promised, members)
    partners = [*promised.partners, *(Giver(kind="volunteer", id=person) for person in people)]
    if any(gift.giver not in partners for gift in gifts):
        raise NotAPartner
    if not {service.volunteer_id for service in services} <= people:
        raise NotAPartner
    _require_company(wish, promised, gifts, two_went=two_went)
    all_gifts = (*promised.gifts, *gifts)
    of_the_wish = (*before.gifts, *all_gifts)
    require_within_cap(wish, sum(gift.value_fen for gift in of_the_wish), terms)
    _require_creditable(of_the_wish, (*before.services, *promised.services, *services))
    all_services = _summed(promised.services, services)
    # Whoever has left does not go along any more.
    here = [one for one in all_services if one.volunteer_id in people]
    if services and takes_two(wish, terms) and len(here) < 2 and not two_went:
        raise TwoPeopleNeeded
    return replace(promised, gifts=all_gifts, services=all_services)


def _present(promised: Claim, members: frozenset[UUID]) -> frozenset[UUID]:
    """The volunteers of a claim, and those of its units that are asked about."""
    lead = [promised.claimant.id] if promised.claimant.kind == "volunteer" else []
    return members.union(promised.helpers, lead)


def _require_company(wish: Wish, promised: Claim, gifts: Sequence[Gift], *, two_went: bool) -> None:
    """Medicine is never one person's gift, and neither is what a child gets, or whoever else is helped
    by two: two bring it, or a unit answers for it (FEATURES V12)."""
    if promised.claimant.kind != "volunteer" or len(promised.partners) > 1:
        return
    medicine = any(gift.item == "medicine" for gift in gifts)
    if medicine or (gifts and wish.two_people and not two_went):
        raise TwoPeopleNeeded


def _require_creditable(gifts: Iterable[Gift], services: Iterable[Service]) -> None:
    """Refused here, where somebody can still correct it: what comes to more for one of them would stick
    between the last word and the books. Raises TooMuchGiven, TooMuchTime."""
    fen = Counter[tuple[str, UUID]]()
    for gift in gifts:
        fen[gift.giver.kind, gift.giver.id] += gift.value_fen
    if any(total > MOST_FEN for total in fen.values()):
        raise TooMuchGiven(yuan=str(MOST_FEN // 100))
    if any(total > MOST_MINUTES for total in _minutes(services).values()):
        raise TooMuchTime(hours=str(MOST_MINUTES // 60))


def _summed(before: Sequence[Service], more: Sequence[Service]) -> tuple[Service, ...]:
    """One line a volunteer, even where somebody is named twice or came twice."""
    total = sorted(_minutes((*before, *more)).items())
    # A program of the release before looked at each claim alone: the last word must not break on that.
    return tuple(Service(volunteer_id=who, minutes=min(n, MOST_MINUTES)) for who, n in total)


def _minutes(services: Iterable[Service]) -> Counter[UUID]:
    found = Counter[UUID]()
    for service in services:
        found[service.volunteer_id] += service.minutes
    return found
