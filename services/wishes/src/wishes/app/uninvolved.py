"""Who may speak for the check on the help: the person themself, staff, and nobody who took part.

Who took part is found out in one place, adapters/aftercare.py: whoever had a hand in any claim of the
wish, went on a visit or gave anything, and who lives with them. To write a confirmation or an evaluation
down, to witness it, to speak for the person, to make a new code for the slip or to give the helpers more
time one must be none of these; to ring up afterwards or to answer a complaint one must not have taken
the wish in, written it or spoken for the person, nor worked on it otherwise, at the desk neither: whoever
let a finding stand, took the card down or gave time would answer for themself. Where a community has
nobody left, the street does it.
"""

from uuid import UUID

from chassis.auth import OutOfScope, Principal
from chassis.db import Transaction

from wishes.app.aftercare_store import AftercareStore
from wishes.app.sight import is_staff_of
from wishes.domain.errors import InvolvedInHelp, WishError
from wishes.domain.wish import Wish


async def require_uninvolved(
    tx: Transaction, aftercare: AftercareStore, wish: Wish, person: UUID
) -> None:
    """Raises InvolvedInHelp for everybody who ever had a part in this wish."""
    if await aftercare.was_involved(tx, wish, person):
        raise InvolvedInHelp


async def require_apart_from_help(
    tx: Transaction,
    aftercare: AftercareStore,
    wish: Wish,
    person: UUID | None,
    refusal: type[WishError] = InvolvedInHelp,
) -> None:
    """Raises `refusal` for who had a part in the help, and who lives with somebody who had. None: not
    somebody that the service knows."""
    if person is not None and await aftercare.is_near_help(tx, wish, person):
        raise refusal


async def require_person_or_staff(
    tx: Transaction, aftercare: AftercareStore, who: Principal, wish: Wish
) -> None:
    """Raises OutOfScope for everybody but the person who wished and the staff of the area."""
    if is_staff_of(who, wish):
        return
    if await aftercare.account_of(tx, wish.beneficiary_id) != who.subject:
        raise OutOfScope(wish.area)
