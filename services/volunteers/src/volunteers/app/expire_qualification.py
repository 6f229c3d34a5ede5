"""Time ends what was good until a day: one line, in a transaction of its own."""

from datetime import datetime
from uuid import UUID

from chassis.db import Database

from volunteers.app.qualification_store import QualificationStore
from volunteers.app.stores import People
from volunteers.domain.qualification import changed, ended, is_due


async def expire_qualification(
    db: Database, people: People, store: QualificationStore, qualification_id: UUID, now: datetime
) -> None:
    """Whoever comes second, or after a renewal or a revocation, finds nothing to do."""
    async with db.transaction() as tx:
        holder = await store.holder(tx, qualification_id)
        if holder is None:
            return
        volunteer = await people.lock(tx, holder)
        found = await store.get(tx, holder, qualification_id)
        if not is_due(found, now):
            return
        over = ended(found, "expired", None, now)
        await store.end(tx, over)
        await people.bump(tx, holder, volunteer.version + 1)
        tx.emit(changed(over, now), key=holder, version=volunteer.version + 1)
