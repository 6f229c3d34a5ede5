"""Numbers with a check, lock-out, the shape of the tree: pure, so tried in masses."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from volunteers.domain.lock_out import PAUSE, TRIES, Attempts
from volunteers.domain.numbers import USCC_ALPHABET, is_uscc, luhn, volunteer_number

NOW = datetime(2026, 2, 1, tzinfo=UTC)


@given(st.integers(1, 99_999), st.integers(0, 10), st.integers(1, 9))
def test_one_wrong_digit_in_a_volunteer_number_is_noticed(serial: int, at: int, shift: int) -> None:
    number = volunteer_number("610102007001", serial)
    digit = str((int(number[at]) + shift) % 10)
    wrong = number[:at] + digit + number[at + 1 :]
    assert luhn(number[:-1]) == int(number[-1])
    assert luhn(wrong[:-1]) != int(wrong[-1])


@pytest.mark.parametrize("serial", [0, -1, 100_000])
def test_numbers_run_out_loudly(serial: int) -> None:
    with pytest.raises(ValueError, match="serial"):
        volunteer_number("610102007001", serial)


@given(st.text(USCC_ALPHABET, min_size=17, max_size=17))
def test_exactly_one_check_character_fits(body: str) -> None:
    assert sum(is_uscc(body + letter) for letter in USCC_ALPHABET) == 1


@pytest.mark.parametrize(
    "code", ["", "91350100M000100Y4", "91350100M000100Y4O", "９1350100M000100Y43"]
)
def test_what_is_no_credit_code_is_none(code: str) -> None:
    assert not is_uscc(code)


@given(st.lists(st.booleans(), max_size=30))
def test_five_failures_in_a_row_lock_and_a_success_begins_anew(results: list[bool]) -> None:
    attempts, row = Attempts(), 0
    for ok in results:
        if attempts.locked(NOW):
            break
        attempts, row = (Attempts(), 0) if ok else (attempts.failed(NOW), row + 1)
        assert attempts.locked(NOW) == (row >= TRIES)


def test_a_lock_ends_and_the_next_failure_is_the_first() -> None:
    attempts = Attempts()
    for _ in range(TRIES):
        attempts = attempts.failed(NOW)
    later = NOW + PAUSE + timedelta(seconds=1)
    assert not attempts.locked(later)
    assert attempts.failed(later) == Attempts(1, None)
