"""The wishes that hang and that nobody takes, by how long: in working days, as they were promised."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, get_args

from wishes.domain.working_days import late_before

Waited = Literal["over_15", "to_15", "to_10", "to_5"]
WAITED: tuple[Waited, ...] = get_args(Waited)
DAYS = (15, 10, 5)
"""Working days since it was hung first; the levels of the promise clock (domain/rule.py) by default."""


def cuts(now: datetime) -> Sequence[datetime]:
    """The moments between which WAITED lie: hung before the first means over 15 days."""
    return [late_before(now, days) for days in DAYS]
