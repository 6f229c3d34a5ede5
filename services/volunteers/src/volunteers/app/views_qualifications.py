"""What goes out about qualifications."""

from datetime import date, datetime, timedelta
from uuid import UUID

from contracts.fields import BEIJING
from pydantic import BaseModel

from volunteers.domain.qualification import Qualification


class QualificationView(BaseModel):
    id: UUID
    kind: str
    code: str
    active: bool
    valid_until: date | None
    """The last day on which it holds."""
    has_evidence: bool
    granted_at: datetime
    ended_at: datetime | None

    @staticmethod
    def of(found: Qualification) -> "QualificationView":
        until = found.valid_until
        last = until.astimezone(BEIJING).date() - timedelta(days=1) if until else None
        return QualificationView(
            id=found.id,
            kind=found.kind,
            code=found.code,
            active=found.ended_at is None,
            valid_until=last,
            has_evidence=found.evidence is not None,
            granted_at=found.granted_at,
            ended_at=found.ended_at,
        )


class QualificationsView(BaseModel):
    """In force or not, the newest first."""

    items: list[QualificationView]


class EvidenceView(BaseModel):
    evidence: str
