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
    opened: UUID | None = None
    """The file that the look was at, where it was one."""

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


def use(request: AccessRequest | None, now: datetime, file: UUID | None = None) -> AccessRequest:
    """The one look. `request`: the asker's last one for this wish and purpose; `file`: what no key keeps
    an answer of. It may break off on a slow line, so the same one may be opened again on that day.
    Raises ApprovalNeeded."""
    require_day(request, now)
    if request is None:
        raise ApprovalNeeded
    if request.used_at is None:
        return replace(request, used_at=now, opened=file)
    if file is None or request.opened != file:
        raise ApprovalNeeded
    return request
