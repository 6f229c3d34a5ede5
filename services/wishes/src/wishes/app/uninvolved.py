"""Who may speak for the check on the help: the person themself, staff, and nobody who took part."""

from uuid import UUID

from chassis.auth import OutOfScope, Principal
from chassis.db import Transaction

from wishes.app.aftercare_store import AftercareStore
from wishes.app.sight import is_staff_of
from wishes.domain.errors import InvolvedInHelp
from wishes.domain.wish import Wish


async def require_uninvolved(
    tx: Transaction, aftercare: AftercareStore, wish: Wish, person: UUID
) -> None:
    """Raises InvolvedInHelp for everybody who ever had a part in this wish."""
    if await aftercare.was_involved(tx, wish, person):
        raise InvolvedInHelp


async def require_person_or_staff(
    tx: Transaction, aftercare: AftercareStore, who: Principal, wish: Wish
) -> None:
    """Raises OutOfScope for everybody but the person who wished and the staff of the area."""
    if is_staff_of(who, wish):
        return
    if await aftercare.account_of(tx, wish.beneficiary_id) != who.subject:
        raise OutOfScope(wish.area)
