"""Look at what was noted to show for a qualification: for a purpose, written down."""

from uuid import UUID

from chassis.auth import Principal
from chassis.privacy import Vault, record_reveal
from chassis.unit_of_work import UnitOfWork

from volunteers.app.qualification_store import QualificationStore
from volunteers.app.requests_qualifications import EvidencePurpose
from volunteers.app.stores import People
from volunteers.app.views_qualifications import EvidenceView
from volunteers.domain.errors import NoEvidence


async def reveal_evidence(
    uow: UnitOfWork,
    people: People,
    store: QualificationStore,
    vault: Vault,
    who: Principal,
    volunteer_id: UUID,
    qualification_id: UUID,
    request: EvidencePurpose,
) -> EvidenceView:
    """Raises NoSuchQualification, NoEvidence, OutOfScope."""
    async with uow as tx:
        volunteer = await people.lock(tx, volunteer_id)
        who.require_scope(volunteer.area, volunteer.organisation_id)
        found = await store.get(tx, volunteer.id, qualification_id)
        opened = await vault.open(tx, volunteer.id, {"evidence": found.evidence})
        if opened["evidence"] is None:
            raise NoEvidence
        await record_reveal(tx, vault, volunteer.id, who, ["evidence"], request.purpose)
        return uow.reply(EvidenceView(evidence=opened["evidence"]))
