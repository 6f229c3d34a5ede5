"""What a text about a wish must not say: who it is for, where they live, and who is around them.

The names of whoever wrote for the person, of a child's guardian, of those who heard that they agreed,
each time that they were asked, of the witnesses of what they confirmed, and of the others whom the desk
helps in that household; nobody else's are opened (PIPL Art. 6).
"""

from dataclasses import dataclass

from chassis.db import Transaction
from chassis.privacy import Erased, Vault

from wishes.app.people_store import PeopleStore
from wishes.domain.wish import Wish

OWN = ("name", "address")


@dataclass(frozen=True)
class Known:
    """In the clear, for the detector and for nobody to read."""

    name: str
    address: str
    others: tuple[str, ...]


async def known_of(tx: Transaction, people: PeopleStore, vault: Vault, wish: Wish) -> Known:
    """By two statements, however many they are. Raises Erased for the person's own key."""
    sealed = await people.sealed_names(tx, wish.id)
    openers = await vault.openers(tx, {person_id for person_id, _, _ in sealed})
    if wish.beneficiary_id not in openers:
        raise Erased(str(wish.beneficiary_id))
    own, others = dict.fromkeys(OWN, ""), set[str]()
    for person_id, field, value in sealed:
        if person_id not in openers:
            continue
        text = openers[person_id]({field: value})[field] or ""
        if person_id == wish.beneficiary_id and field in OWN:
            own[field] = text
        else:
            others.add(text)
    return Known(own["name"], own["address"], tuple(sorted(others - {""})))
