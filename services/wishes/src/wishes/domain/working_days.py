"""Working days by the official holiday calendar of China, in its time: a database answers in UTC.

The State Council publishes each year's calendar late in the year before, and promises reach into the next
year by then. Until it is known, the legal holidays are free all the same (全国年节及纪念日放假办法 Art. 2),
with the day off for one that falls on a weekend (Art. 6); which weekends are worked for them nobody knows.
"""

from datetime import date, datetime, time, timedelta
from functools import lru_cache

import chinese_calendar
from contracts.fields import BEIJING
from holidays.countries.china import China

EVENING = time(20)
LEGAL = China()


def today(now: datetime) -> date:
    return now.astimezone(BEIJING).date()


def is_working_day(day: date) -> bool:
    try:
        return chinese_calendar.is_workday(day)
    except NotImplementedError:
        return day.weekday() < 5 and day not in LEGAL


def after_working_days(start: datetime, days: int) -> datetime:
    """20:00 of the day that many working days after `start`: a time people can be phoned at."""
    return evening_of(_moved(today(start), days, 1))


def before_working_days(end: datetime, days: int) -> datetime:
    """20:00 of the day that many working days before `end`."""
    return evening_of(_moved(today(end), days, -1))


def evening_of(day: date) -> datetime:
    return datetime.combine(day, EVENING, BEIJING)


def late_before(now: datetime, days: int) -> datetime:
    """Whatever began before this moment is past the evening that many working days after it.

    The other way round than `after_working_days`: so that a list can be asked for what is late.
    """
    evening, day, left = evening_of(today(now)), today(now), days
    if now < evening:
        day -= timedelta(days=1)
    while left:
        left -= is_working_day(day)
        day -= timedelta(days=1)
    return datetime.combine(day + timedelta(days=1), time(), BEIJING)


@lru_cache(maxsize=256)
def _moved(day: date, days: int, step: int) -> date:
    # All claims of one day ask the same; a year without a calendar is found out by an exception.
    while days:
        day += timedelta(days=step)
        days -= is_working_day(day)
    return day
