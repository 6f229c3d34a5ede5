"""Who may ask about a person's data: the person by an account of their own, and the staff of the area."""

from chassis.auth import OutOfScope, Principal

from wishes.app.sight import STAFF
from wishes.domain.errors import NotYourData
from wishes.domain.rights import Subject


def require_person(who: Principal, person: Subject) -> None:
    """Raises OutOfScope for staff of elsewhere, NotYourData for everybody else."""
    if is_own(who, person) or who.limited_to(STAFF).covers(person.area):
        return
    if who.limited_to(STAFF).grants:
        raise OutOfScope(person.area)
    raise NotYourData


def is_own(who: Principal, person: Subject) -> bool:
    return person.account_id is not None and who.subject == person.account_id
