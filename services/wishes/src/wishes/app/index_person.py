"""How the same person is found again without reading a name: keyed hashes, made at intake.

Whoever was entered before there were any, or by an earlier rule, gets theirs one by one, by the clocks
(chassis.clocks).
"""

from datetime import datetime
from uuid import UUID

from chassis.db import Database
from chassis.privacy import Erased, Vault

from wishes.app.desk_store import DeskStore
from wishes.app.store import Indexes
from wishes.domain.person import same_person, same_place


def indexes(vault: Vault, name: str, address: str, phone: str | None) -> Indexes:
    """`phone` in E.164."""
    person = same_person(name, address, phone)
    return Indexes(
        phone=vault.blind_index("beneficiary-phone", phone) if phone else None,
        address=vault.blind_index("beneficiary-address", same_place(name, address)),
        person=vault.blind_index("beneficiary-person", person) if person else None,
    )


async def index_person(
    db: Database, desk: DeskStore, vault: Vault, person_id: UUID, _now: datetime
) -> None:
    """Once; nothing for somebody who was erased."""
    async with db.transaction() as tx:
        person = await desk.person_to_index(tx, person_id)
        if person is None:
            return
        sealed = {"name": person.name, "phone": person.phone, "address": person.address}
        try:
            read = await vault.open(tx, person_id, sealed)
        except Erased:
            await desk.index(tx, person_id, None)
            return
        made = indexes(vault, read["name"] or "", read["address"] or "", read["phone"])
        await desk.index(tx, person_id, made)
