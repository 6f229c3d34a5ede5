"""Working days by the official holiday calendar of China."""

from datetime import date, datetime, time, timedelta
from functools import lru_cache

import chinese_calendar

EVENING = time(20)
CONTACT_WITHIN = 3
FULFIL_WITHIN = 10
"""Working days. Ours: no authority sets them."""


def is_working_day(day: date) -> bool:
    try:
        return chinese_calendar.is_workday(day)
    except NotImplementedError:
        # The State Council publishes each year's calendar late in the year before.
        return day.weekday() < 5


def after_working_days(start: datetime, days: int) -> datetime:
    """20:00 of the day that many working days after `start`: a time people can be phoned at."""
    return datetime.combine(_day_after(start.date(), days), EVENING, start.tzinfo)


@lru_cache(maxsize=64)
def _day_after(day: date, days: int) -> date:
    # All claims of one day ask the same; a year without a calendar is found out by an exception.
    while days:
        day += timedelta(days=1)
        days -= is_working_day(day)
    return day
