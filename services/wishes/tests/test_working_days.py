"""Promised days: working days by China's calendar, and by its legal holidays where that is not known yet."""

from datetime import date, datetime, time, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wishes.domain.working_days import after_working_days, is_working_day, late_before

BEIJING = timezone(timedelta(hours=8))


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2025, 10, 1), False),  # National Day
        (date(2025, 9, 28), True),  # a Sunday worked for it
        (date(2025, 10, 9), True),
        (date(2025, 10, 11), True),  # a Saturday worked for it
        # Beyond what is published today, or will be for a long time.
        (date(2099, 1, 1), False),  # New Year's Day, a Thursday
        (date(2099, 1, 2), True),
        (date(2099, 1, 3), False),
        (date(2099, 1, 20), False),  # the eve of the Spring Festival
        (date(2099, 4, 6), False),  # Tomb-Sweeping Day was a Saturday
        (date(2151, 6, 3), True),
        (date(1999, 1, 2), False),
    ],
)
def test_working_days(day: date, works: bool) -> None:
    assert is_working_day(day) is works


def test_a_claim_before_the_holiday_is_due_after_it() -> None:
    claimed = datetime(2025, 9, 29, 16, 5, tzinfo=BEIJING)
    assert after_working_days(claimed, 3) == datetime(2025, 10, 10, 20, 0, tzinfo=BEIJING)


def test_nobody_is_promised_a_holiday_of_a_year_without_a_calendar() -> None:
    claimed = datetime(2098, 12, 30, 9, 0, tzinfo=BEIJING)
    assert after_working_days(claimed, 2) == datetime(2099, 1, 2, 20, 0, tzinfo=BEIJING)


@given(
    st.dates(date(1990, 1, 1), date(2150, 1, 1)),
    st.times(),
    st.integers(1, 20),
)
def test_any_date_has_an_answer(day: date, hour: time, days: int) -> None:
    start = datetime.combine(day, hour, BEIJING)
    due = after_working_days(start, days)
    assert (due.date() - start.date()).days >= days
    assert is_working_day(due.date())


@given(
    st.dates(date(2024, 1, 1), date(2027, 12, 31)),
    st.times(),
    st.integers(0, 12),
    st.integers(0, 12),
)
def test_what_is_late_can_be_asked_for_from_the_other_end(
    day: date, hour: time, days: int, before: int
) -> None:
    now = datetime.combine(day, hour, BEIJING)
    cut = late_before(now, days)
    for began in (now - timedelta(days=before), cut, cut - timedelta(microseconds=1)):
        assert (began < cut) == (after_working_days(began, days) <= now)
