"""What some wishes ask of whoever claims them: a skill, a training, an insurance, a check.

Matched by age, skill and health (志愿服务条例 Art. 15), trained and qualified (Art. 16), insured before
anything dangerous (Art. 17), checked before close contact with children (未成年人保护法 Art. 62).
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Literal
from uuid import UUID

from contracts.fields import BEIJING
from contracts.volunteers import QualificationChanged

from volunteers.domain.errors import QualificationOver, ValidUntilMissing, ValidUntilPast

Kind = Literal["skill", "training", "insurance", "vetting"]
End = Literal["renewed", "revoked", "expired"]
RUNS_OUT: tuple[Kind, ...] = ("insurance", "vetting")
"""Nobody is insured or checked for ever."""


@dataclass(frozen=True)
class Qualification:
    """`evidence` is sealed: the number of a certificate, where the paper lies."""

    id: UUID
    volunteer_id: UUID
    kind: Kind
    code: str
    valid_until: datetime | None
    """The first moment at which it does not hold any more; None: it does not run out."""
    evidence: bytes | None
    granted_by: UUID
    granted_at: datetime
    ended_as: End | None = None
    ended_by: UUID | None = None
    ended_at: datetime | None = None


def end_of(day: date | None) -> datetime | None:
    """The moment after the last one of a day in Beijing: what is good until Friday is good on Friday."""
    if day is None:
        return None
    return datetime.combine(day + timedelta(days=1), time(), BEIJING)


def check_term(kind: Kind, valid_until: datetime | None, now: datetime) -> None:
    """Raises ValidUntilMissing, ValidUntilPast."""
    if valid_until is None and kind in RUNS_OUT:
        raise ValidUntilMissing
    if valid_until is not None and valid_until <= now:
        raise ValidUntilPast


def ended(found: Qualification, how: End, by: UUID | None, now: datetime) -> Qualification:
    """It does not hold any more. Raises QualificationOver where it did not before."""
    if found.ended_at is not None:
        raise QualificationOver
    return replace(found, ended_as=how, ended_by=by, ended_at=now)


def is_due(found: Qualification, now: datetime) -> bool:
    """Whether time has brought about its end and nobody has seen to it yet."""
    over = found.valid_until is not None and found.valid_until <= now
    return over and found.ended_at is None


def changed(found: Qualification, now: datetime) -> QualificationChanged:
    return QualificationChanged(
        volunteer_id=found.volunteer_id,
        kind=found.kind,
        code=found.code,
        active=found.ended_at is None,
        valid_until=found.valid_until,
        changed_at=now,
    )
