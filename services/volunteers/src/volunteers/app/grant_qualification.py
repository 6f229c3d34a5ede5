"""A worker or the branch notes a skill, a training, an insurance or a check of a volunteer."""

from uuid import UUID

from chassis.auth import Principal
from chassis.ids import uuid7
from chassis.privacy import Vault
from chassis.unit_of_work import UnitOfWork

from volunteers.app.qualification_store import QualificationStore
from volunteers.app.requests_qualifications import QualificationIn
from volunteers.app.stores import People
from volunteers.app.views_qualifications import QualificationView
from volunteers.domain.errors import NotAVolunteer
from volunteers.domain.qualification import Qualification, changed, check_term, end_of, ended


async def grant_qualification(
    uow: UnitOfWork,
    people: People,
    store: QualificationStore,
    vault: Vault,
    who: Principal,
    volunteer_id: UUID,
    request: QualificationIn,
) -> QualificationView:
    """One that is in force already is renewed: the old line ends, the new one counts.

    Raises NotAVolunteer, ValidUntilMissing, ValidUntilPast, OutOfScope.
    """
    async with uow as tx:
        volunteer = await people.lock(tx, volunteer_id)
        who.require_scope(volunteer.area, volunteer.organisation_id)
        if volunteer.state == "refused":
            raise NotAVolunteer
        until = end_of(request.valid_until)
        check_term(request.kind, until, uow.now)
        before = await store.in_force(tx, volunteer.id, request.kind, request.code)
        if before is not None:
            await store.end(tx, ended(before, "renewed", who.subject, uow.now))
        sealed = await vault.seal(tx, volunteer.id, {"evidence": request.evidence})
        granted = Qualification(
            id=uuid7(),
            volunteer_id=volunteer.id,
            kind=request.kind,
            code=request.code,
            valid_until=until,
            evidence=sealed["evidence"],
            granted_by=who.subject,
            granted_at=uow.now,
        )
        await store.add(tx, granted)
        await people.bump(tx, volunteer.id, volunteer.version + 1)
        tx.emit(changed(granted, uow.now), key=volunteer.id, version=volunteer.version + 1)
        return uow.reply(QualificationView.of(granted))
