"""What a text about a wish must not say: who it is for, where they live, and who is around them.

The names of whoever wrote for the person, of a child's guardian, of those who heard that they agreed
and of the others whom the desk helps in that household; nobody else's are opened (PIPL Art. 6).
"""

from dataclasses import dataclass
from uuid import UUID

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
    sealed: dict[UUID, dict[str, bytes | None]] = {}
    for person_id, field, value in await people.sealed_names(tx, wish.id):
        sealed.setdefault(person_id, {})[field] = value
    opened = await vault.open_many(tx, sealed)
    if wish.beneficiary_id not in opened:
        raise Erased(str(wish.beneficiary_id))
    own = opened[wish.beneficiary_id]
    others = {
        text or ""
        for person_id, fields in opened.items()
        for field, text in fields.items()
        if person_id != wish.beneficiary_id or field not in OWN
    }
    return Known(own["name"] or "", own["address"] or "", tuple(sorted(others - {""})))
