"""Working days by the official holiday calendar of China."""

from datetime import date, datetime, timedelta

import chinese_calendar

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
    day = start
    while days:
        day += timedelta(days=1)
        days -= is_working_day(day.date())
    return day.replace(hour=20, minute=0, second=0, microsecond=0)
