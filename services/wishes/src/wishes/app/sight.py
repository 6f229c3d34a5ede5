"""Who may see a wish: staff of its area, and those who hold its claim while they hold it."""

from chassis.auth import OutOfScope, Principal

from wishes.domain.errors import NotTheAuthor, NotTheClaimant
from wishes.domain.states import ClaimState
from wishes.domain.wish import Claim, Wish

STAFF = ("community_worker", "street_officer", "district_operator", "auditor")
HOLDING = (ClaimState.LIVE, ClaimState.CONTACTED, ClaimState.DELIVERED)


def require_sight(who: Principal, wish: Wish, claim: Claim | None) -> None:
    """Raises OutOfScope for staff of elsewhere, NotTheClaimant for everybody else."""
    if is_staff_of(who, wish) or (claim and claim.state in HOLDING and holds(who, claim)):
        return
    if who.limited_to(STAFF).grants:
        raise OutOfScope(wish.area)
    raise NotTheClaimant


def require_hand(who: Principal, wish: Wish) -> None:
    """For what staff of the area may do, and whoever handed the wish in online with their account.

    Raises OutOfScope for staff of elsewhere, NotTheAuthor for everybody else."""
    if is_staff_of(who, wish) or is_author(who, wish):
        return
    if who.limited_to(STAFF).grants:
        raise OutOfScope(wish.area)
    raise NotTheAuthor


def is_author(who: Principal, wish: Wish) -> bool:
    return wish.author_id is not None and wish.author_id == who.subject


def is_staff_of(who: Principal, wish: Wish) -> bool:
    # A volunteer's grant has an area, too: it is where they live, not what they may see.
    return who.limited_to(STAFF).covers(wish.area)


def holds(who: Principal, claim: Claim) -> bool:
    """Claimed or joined it, or acts for the unit that did."""
    acts_for = {claim.claimant.id, *claim.units} & set(who.organisations())
    return claim.holds(who.subject) or bool(acts_for)


def is_of_community(who: Principal, area: str) -> bool:
    """A worker of this very community: whoever looks at more than one does not see people one by one."""
    return any(grant.role == "community_worker" and grant.area == area for grant in who.grants)
