"""A look at a child's data: one asks with a purpose, another says yes, and then it is one look.

未成年人网络保护条例 Art. 36: staff see a minor's data as little as possible, with approval and a record.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from wishes.domain.errors import AccessRequestOver, ApprovalNeeded, SecondPersonNeeded
from wishes.domain.replace import replace

ANSWER_WITHIN = timedelta(days=3)
LOOK_WITHIN = timedelta(days=1)


@dataclass(frozen=True)
class AccessRequest:
    id: UUID
    wish_id: UUID
    area: str
    purpose: str
    asked_by: UUID
    asked_at: datetime
    until: datetime
    """For the answer, and once it is approved for the look."""
    approved_by: UUID | None = None
    approved_at: datetime | None = None
    used_at: datetime | None = None

    @property
    def state(self) -> str:
        if self.used_at is not None:
            return "used"
        return "asked" if self.approved_by is None else "approved"


def ask(
    request_id: UUID, wish_id: UUID, area: str, purpose: str, by: UUID, now: datetime
) -> AccessRequest:
    return AccessRequest(request_id, wish_id, area, purpose, by, now, now + ANSWER_WITHIN)


def approve(request: AccessRequest, by: UUID, now: datetime) -> AccessRequest:
    """Raises SecondPersonNeeded, AccessRequestOver."""
    if by == request.asked_by:
        raise SecondPersonNeeded
    if request.approved_by is not None or request.until <= now:
        raise AccessRequestOver
    return replace(request, approved_by=by, approved_at=now, until=now + LOOK_WITHIN)


def require_day(request: AccessRequest | None, now: datetime) -> None:
    """The day of an approval, whether the look was taken or not. Raises ApprovalNeeded."""
    if request is None or request.approved_by is None or request.until <= now:
        raise ApprovalNeeded


def use(request: AccessRequest | None, now: datetime) -> AccessRequest:
    """The one look. `request`: the asker's last one for this wish and purpose. Raises ApprovalNeeded."""
    require_day(request, now)
    if request is None or request.used_at is not None:
        raise ApprovalNeeded
    return replace(request, used_at=now)
