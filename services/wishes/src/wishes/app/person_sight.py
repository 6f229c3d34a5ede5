"""Who may ask about a person's data: the person by an account of their own, and the staff of the area.

Who speaks for the person, a child's guardian or a proxy, sees who looked at the data, and no more; by a card
that they wrote, at the entry that it began.
"""

from collections.abc import Sequence
from uuid import UUID

from chassis.auth import OutOfScope, Principal
from chassis.db import Database

from wishes.app.rights_store import RightsStore
from wishes.app.sight import STAFF
from wishes.domain.errors import NotYourData
from wishes.domain.rights import Subject, is_by_another
from wishes.domain.wish import Wish


def require_person(who: Principal, person: Subject) -> None:
    """Raises OutOfScope for staff of elsewhere, NotYourData for everybody else."""
    if _reaches(who, person):
        return
    if who.limited_to(STAFF).grants:
        raise OutOfScope(person.area)
    raise NotYourData


async def looked_at(
    db: Database, rights: RightsStore, who: Principal, person_id: UUID
) -> Sequence[UUID]:
    """The entries of this person whose looks `who` may list. Of whoever speaks for the person it is the
    one that they spoke for. Raises NoSuchPerson, OutOfScope, NotYourData."""
    person = await rights.subject(db, person_id)
    if not _reaches(who, person) and await rights.speaks_for(db, who.subject, person_id):
        return [person_id]
    require_person(who, person)
    return await rights.same(db, person_id)


async def looked_at_by_card(db: Database, rights: RightsStore, card: Wish) -> Sequence[UUID]:
    """The same for whoever holds this card."""
    person = await rights.subject(db, card.beneficiary_id)
    return [person.id] if is_by_another(card, person) else await rights.same(db, person.id)


def is_own(who: Principal, person: Subject) -> bool:
    return person.account_id is not None and who.subject == person.account_id


def _reaches(who: Principal, person: Subject) -> bool:
    return is_own(who, person) or who.limited_to(STAFF).covers(person.area)
