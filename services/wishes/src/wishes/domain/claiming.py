"""Those who help: claim, join, leave, ask for time, give back. Each gives (wish, claim, events)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.fields import Giver
from contracts.wishes import (
    ChangeProposed,
    ClaimContacted,
    ClaimExtended,
    ClaimExtensionAsked,
    ClaimExtensionRefused,
    ClaimJoined,
    ClaimLeft,
    ClaimReleased,
    ClaimUnitJoined,
    InvitationAnswered,
    Pledge,
    WishChanged,
    WishClaimed,
)

from wishes.domain import lease
from wishes.domain.errors import (
    AlreadyAsked,
    AlreadyClaimed,
    AlreadyJoined,
    KeptForAnother,
    LastPartner,
    NotAPartner,
    NothingAsked,
    SamePerson,
    SentBack,
    TooFarAway,
    TooLarge,
    TooManyClaims,
    Unqualified,
)
from wishes.domain.replace import replace
from wishes.domain.rule import Terms, by_then
from wishes.domain.states import ClaimState, WishAct, WishState
from wishes.domain.wish import Claim, Events, Wish, claim_moved, moved, noted

Pledges = Sequence[tuple[Giver, Pledge]]


def require_free(wish: Wish, giver: Giver, now: datetime) -> None:
    """Raises AlreadyClaimed, SentBack, KeptForAnother: in words that tell the loser what is going on."""
    if wish.state in (WishState.CLAIMED, WishState.DELIVERED):
        raise AlreadyClaimed
    if wish.state is WishState.RETURNED:
        raise SentBack
    kept = wish.offered_until is not None and now < wish.offered_until
    if kept and wish.offered_to != giver:
        raise KeptForAnother(until=f"{wish.offered_until:%m月%d日}")


def require_room(taken: Sequence[int], terms: Terms) -> int:
    """The first free place of whoever claims or joins: two acts at once come to the same one. Raises
    TooManyClaims."""
    if len(taken) >= terms.live_claims:
        raise TooManyClaims(most=str(terms.live_claims))
    return next(place for place in range(terms.live_claims) if place not in taken)


def require_qualified(missing: Sequence[str]) -> None:
    """Raises Unqualified with what is missing, `kind:code` each."""
    if missing:
        raise Unqualified(missing)


def require_within_cap(wish: Wish, fen: int, terms: Terms) -> None:
    """Raises TooLarge, unless the wish belongs to a programme: what is large goes another way."""
    if wish.programme_id is None and fen > terms.value_cap_fen:
        raise TooLarge(yuan=f"{terms.value_cap_fen / 100:g}")


def claim(
    wish: Wish, promised: Claim, terms: Terms, now: datetime, *, invitation: UUID | None = None
) -> tuple[Wish, Claim, Events]:
    """`invitation`: the one that the claimant was asked by, where there was one."""
    require_within_cap(wish, _pledged(promised.pledges), terms)
    after = moved(wish, WishAct.CLAIM, offered_to=None, offered_until=None, due_at=None)
    event = WishClaimed(
        wish_id=wish.id,
        area=wish.area,
        claim_id=promised.id,
        beneficiary_id=wish.beneficiary_id,
        category=wish.category,
        claimant=promised.claimant,
        claimed_by=promised.claimed_by,
        contact_by=promised.contact_by,
        fulfil_by=promised.fulfil_by,
        claimed_at=now,
    )
    if invitation is None:
        return after, lease.running(promised, terms), (event,)
    answer = InvitationAnswered(
        wish_id=wish.id,
        area=wish.area,
        invitation_id=invitation,
        claim_id=promised.id,
        answered_at=now,
    )
    return noted(after), lease.running(promised, terms), (event, answer)


def contact(wish: Wish, promised: Claim, terms: Terms, now: datetime) -> tuple[Wish, Claim, Events]:
    """One of them has spoken with the person; from now on the day of delivery counts."""
    spoken = claim_moved(promised, WishAct.CONTACT, warned=0)
    event = ClaimContacted(
        wish_id=wish.id,
        area=wish.area,
        claim_id=promised.id,
        claimant=promised.claimant,
        fulfil_by=promised.fulfil_by,
        contacted_at=now,
    )
    return moved(wish, WishAct.CONTACT), lease.running(spoken, terms), (event,)


def join(
    wish: Wish,
    promised: Claim,
    helper: Giver,
    by: UUID,
    pledges: Sequence[Pledge],
    terms: Terms,
    now: datetime,
) -> tuple[Wish, Claim, Events]:
    """A helper or a unit joins by an act of their own. Raises AlreadyJoined, TooLarge."""
    after, joined = moved(wish, WishAct.JOIN), claim_moved(promised, WishAct.JOIN)
    if helper.id == promised.claimed_by or promised.holds(helper.id):
        raise AlreadyJoined
    brought = (*promised.pledges, *((helper, pledge) for pledge in pledges))
    require_within_cap(wish, _pledged(brought), terms)
    about: dict[str, Any] = {
        "wish_id": wish.id,
        "area": wish.area,
        "claim_id": promised.id,
        "joined_at": now,
    }
    if helper.kind == "volunteer":
        joined = replace(joined, helpers=(*promised.helpers, helper.id), pledges=brought)
        return after, joined, (ClaimJoined(**about, volunteer_id=helper.id),)
    joined = replace(
        joined,
        units=(*promised.units, helper.id),
        contacts=(*promised.contacts, by),
        pledges=brought,
    )
    event = ClaimUnitJoined(
        **about, organisation_id=helper.id, joined_by=by, pledges=tuple(pledges)
    )
    return after, joined, (event,)


def leave(wish: Wish, promised: Claim, who: Giver, now: datetime) -> tuple[Wish, Claim, Events]:
    """One goes, the others go on; if the lead goes, the next who joined leads.

    What they have given already stays given. Raises NotAPartner for somebody who is not part of it,
    LastPartner for the last one: that is giving back.
    """
    after, left = moved(wish, WishAct.LEAVE), claim_moved(promised, WishAct.LEAVE)
    if who not in promised.partners:
        raise NotAPartner
    staying = [partner for partner in promised.partners if partner != who]
    if not staying:
        raise LastPartner
    contacts = dict(zip(promised.units, promised.contacts, strict=True))
    lead = staying[0]
    if lead != promised.claimant:
        left = replace(left, claimant=lead, claimed_by=contacts.get(lead.id, lead.id))
    units = [unit for unit in promised.units if unit not in (who.id, lead.id)]
    left = replace(
        left,
        helpers=tuple(h for h in promised.helpers if h not in (who.id, lead.id)),
        units=tuple(units),
        contacts=tuple(contacts[unit] for unit in units),
        pledges=tuple((giver, pledge) for giver, pledge in promised.pledges if giver != who),
    )
    event = ClaimLeft(
        wish_id=wish.id,
        area=wish.area,
        claim_id=promised.id,
        left=who,
        claimant=lead,
        left_at=now,
    )
    return after, left, (event,)


def ask_time(
    wish: Wish, promised: Claim, until: datetime, reason: str, terms: Terms, now: datetime
) -> tuple[Wish, Claim, Events]:
    """More time, by one tap. Small and before the day promised is over, the rule itself says yes; else a
    worker does.

    Raises AlreadyAsked while a worker has not answered yet, TooFarAway for a day that is no later
    than now and the one promised, or further away than four times what the rule gives by itself.
    """
    if promised.asked_until is not None:
        raise AlreadyAsked
    furthest = by_then(promised.fulfil_by, 4 * terms.extension_days)
    if not max(promised.fulfil_by, now) < until <= furthest:
        raise TooFarAway(until=f"{furthest:%m月%d日}")
    by_itself = by_then(promised.fulfil_by, terms.extension_days)
    if now <= promised.fulfil_by and until <= by_itself and promised.extensions < terms.extensions:
        return extend(wish, promised, until, reason, None, terms, now)
    asked = claim_moved(promised, WishAct.ASK_TIME, asked_until=until, asked_reason=reason)
    event = ClaimExtensionAsked(
        wish_id=wish.id,
        area=wish.area,
        claim_id=promised.id,
        claimant=promised.claimant,
        reason=reason,
        until=until,
        asked_at=now,
    )
    return moved(wish, WishAct.ASK_TIME), asked, (event,)


def extend(
    wish: Wish,
    promised: Claim,
    until: datetime,
    reason: str,
    by: UUID | None,
    terms: Terms,
    now: datetime,
) -> tuple[Wish, Claim, Events]:
    """`by`: the worker who decided; None: the rule."""
    longer = claim_moved(
        promised,
        WishAct.EXTEND,
        fulfil_by=until,
        extensions=promised.extensions + 1,
        asked_until=None,
        asked_reason=None,
        warned=0 if promised.state is ClaimState.CONTACTED else promised.warned,
    )
    event = ClaimExtended(
        wish_id=wish.id,
        area=wish.area,
        claim_id=promised.id,
        claimant=promised.claimant,
        helpers=promised.helpers,
        reason=reason,
        fulfil_by=until,
        decided_by=by,
        extended_at=now,
    )
    return moved(wish, WishAct.EXTEND), lease.running(longer, terms), (event,)


def answer_time(
    wish: Wish, promised: Claim, by: UUID, *, yes: bool, reason: str, terms: Terms, now: datetime
) -> tuple[Wish, Claim, Events]:
    """A worker's answer to what was asked. Raises NothingAsked, also for a yes to a day that is over."""
    until = promised.asked_until
    if until is None or (yes and until <= now):
        raise NothingAsked
    if yes:
        return extend(wish, promised, until, promised.asked_reason or reason, by, terms, now)
    kept = claim_moved(promised, WishAct.REFUSE_TIME, asked_until=None, asked_reason=None)
    event = ClaimExtensionRefused(
        wish_id=wish.id,
        area=wish.area,
        claim_id=promised.id,
        claimant=promised.claimant,
        reason=reason,
        fulfil_by=promised.fulfil_by,
        decided_by=by,
        refused_at=now,
    )
    return moved(wish, WishAct.REFUSE_TIME), lease.running(kept, terms), (event,)


def propose_change(
    wish: Wish, promised: Claim, by: UUID, terms: Terms, now: datetime
) -> tuple[Wish, Claim, Events]:
    """What is wished is to be another thing; whoever has taken it is asked. Raises AlreadyAsked,
    SamePerson: a card is written by somebody else than who verified the wish, this one too."""
    if by == wish.verified_by:
        raise SamePerson
    if promised.answer_by is not None:
        raise AlreadyAsked
    until = by_then(now, terms.answer_days)
    asked = claim_moved(promised, WishAct.PROPOSE, answer_by=until)
    event = ChangeProposed(
        wish_id=wish.id,
        area=wish.area,
        claim_id=promised.id,
        claimant=promised.claimant,
        helpers=promised.helpers,
        answer_by=until,
        proposed_at=now,
    )
    return moved(wish, WishAct.PROPOSE), lease.running(asked, terms), (event,)


def agree(wish: Wish, promised: Claim, terms: Terms, now: datetime) -> tuple[Wish, Claim, Events]:
    """The claimant goes along with the change, which `wish` has in it. Raises NothingAsked."""
    if promised.answer_by is None:
        raise NothingAsked
    agreed = claim_moved(promised, WishAct.AGREE, answer_by=None)
    event = WishChanged(
        wish_id=wish.id,
        area=wish.area,
        category=wish.category,
        claim_id=promised.id,
        changed_at=now,
    )
    return moved(wish, WishAct.AGREE), lease.going_on(agreed, terms, now), (event,)


def release(wish: Wish, promised: Claim, terms: Terms, now: datetime) -> tuple[Wish, Claim, Events]:
    """Give it back, without blame."""
    event = ClaimReleased(
        wish_id=wish.id,
        area=wish.area,
        claim_id=promised.id,
        claimant=promised.claimant,
        helpers=promised.helpers,
        reason="given_back",
        released_at=now,
    )
    after = lease.back_to_the_tree(wish, WishAct.RELEASE, terms, now)
    gone = claim_moved(promised, WishAct.RELEASE, due_at=None, ended_as="given_back")
    return after, gone, (event,)


def _pledged(pledges: Pledges) -> int:
    return sum(pledge.value_fen for _, pledge in pledges)
