"""A qualification does not hold any more, by a decision: a policy was cancelled, a slip corrected."""

from uuid import UUID

from chassis.auth import Principal
from chassis.unit_of_work import UnitOfWork

from volunteers.app.qualification_store import QualificationStore
from volunteers.app.stores import People
from volunteers.app.views_qualifications import QualificationView
from volunteers.domain.qualification import changed, ended


async def revoke_qualification(
    uow: UnitOfWork,
    people: People,
    store: QualificationStore,
    who: Principal,
    volunteer_id: UUID,
    qualification_id: UUID,
) -> QualificationView:
    """Raises NoSuchQualification, QualificationOver, OutOfScope."""
    async with uow as tx:
        volunteer = await people.lock(tx, volunteer_id)
        who.require_scope(volunteer.area, volunteer.organisation_id)
        found = await store.get(tx, volunteer.id, qualification_id)
        over = ended(found, "revoked", who.subject, uow.now)
        await store.end(tx, over)
        await people.bump(tx, volunteer.id, volunteer.version + 1)
        tx.emit(changed(over, uow.now), key=volunteer.id, version=volunteer.version + 1)
        return uow.reply(QualificationView.of(over))
