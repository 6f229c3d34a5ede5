"""Who waits, who was never served, who is served often (LAW §4: the same rice and oil, bathed eight
times on one day).

A person stands in one bucket at a time, by open wishes and by what came true in the last year. All of
it follows from the wishes and the time; nothing here is a judgement on the person, and it ranks nobody.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

YEAR = timedelta(days=365)
OFTEN = 3
"""First wishes that came true in a year. A follow-up makes an earlier help fit and is none. Ours."""
AGES = (
    ("week", timedelta(days=7)),
    ("month", timedelta(days=30)),
    ("quarter", timedelta(days=90)),
    ("longer", timedelta.max),
)
"""Calendar days: so long, at the most, the oldest open wish has waited."""


class Bucket(StrEnum):
    """`never_served`: waits, and nothing came true yet; `waiting`: waits, and was served before;
    `helped`: served in the last year and waits for nothing; `often`: OFTEN times or more, whether
    something is open or not."""

    NEVER_WEEK = "never_served.week"
    NEVER_MONTH = "never_served.month"
    NEVER_QUARTER = "never_served.quarter"
    NEVER_LONGER = "never_served.longer"
    WAITING_WEEK = "waiting.week"
    WAITING_MONTH = "waiting.month"
    WAITING_QUARTER = "waiting.quarter"
    WAITING_LONGER = "waiting.longer"
    HELPED = "helped"
    OFTEN = "often"


@dataclass(frozen=True)
class Standing:
    """`bucket` is None for somebody who neither waits nor was served in the last year."""

    bucket: Bucket | None
    in_year: int
    """First wishes that came true in the last year."""
    changes_at: datetime | None
    """When time itself puts them into another bucket."""


def standing(
    waits_since: datetime | None, served_at: Sequence[datetime], now: datetime
) -> Standing:
    """`waits_since`: of the oldest open wish; `served_at`: of every first wish that came true."""
    year = sorted(at for at in served_at if at > now - YEAR)
    moments = [year[0] + YEAR] if year else []
    bucket: Bucket | None = None
    if waits_since is not None:
        age, ends = _age(now - waits_since)
        bucket = Bucket(f"{'waiting' if served_at else 'never_served'}.{age}")
        if ends is not timedelta.max:
            moments.append(waits_since + ends)
    elif year:
        bucket = Bucket.HELPED
    if len(year) >= OFTEN:
        bucket = Bucket.OFTEN
    return Standing(bucket, len(year), min(moments, default=None))


def _age(waited: timedelta) -> tuple[str, timedelta]:
    return next((name, ends) for name, ends in AGES if waited < ends)
