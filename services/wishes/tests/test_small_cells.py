"""What is shown of small counts, against an attacker who knows everything that is shown, and the program."""

from collections.abc import Mapping
from itertools import product
from math import prod

from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from wishes.domain.small_cells import FEW, LEVELS, Shown, listed, shown

DISTRICT = "610102"
OPEN = 3
"""So many numbers must be possible for each that is few."""
MANY = 22
"""More than any count that is drawn: what is kept back may be anything up to it."""
GUESSES = 3_000
"""Of one example, at the most."""


def areas(streets: list[list[int]]) -> dict[str, int]:
    """Communities and their counts."""
    return {
        f"{DISTRICT}{street:03}{community:03}": count
        for street, counts in enumerate(streets)
        for community, count in enumerate(counts)
    }


def sums(communities: Mapping[str, int]) -> dict[str, int]:
    found: dict[str, int] = {}
    for area, count in communities.items():
        for digits in LEVELS:
            found[area[:digits]] = found.get(area[:digits], 0) + count
    return found


def fits(number: int, value: Shown) -> bool:
    if value == "few":
        return number < FEW
    return number >= FEW if value == "kept_back" else number == value


def possible(communities: Mapping[str, int], seen: Mapping[str, Shown]) -> dict[str, set[int]]:
    """Of each small count, the numbers that it might be: every way to fill in what is not shown that
    would be shown just so."""
    hidden = [area for area in communities if not isinstance(seen[area], int)]
    choices = [range(FEW) if seen[a] == "few" else range(FEW, MANY) for a in hidden]
    assume(prod(map(len, choices)) <= GUESSES)
    found: dict[str, set[int]] = {area: set() for area, value in seen.items() if value == "few"}
    for numbers in product(*choices):
        guess = dict(communities) | dict(zip(hidden, numbers, strict=True))
        told = sums(guess)
        # The sums first: they are the quicker question.
        if all(fits(told[area], value) for area, value in seen.items()) and shown(guess) == seen:
            for area in found:
                found[area].add(told[area])
    return found


COUNT = st.one_of(st.integers(0, 4), st.integers(0, 14))
DISTRICTS = st.lists(st.lists(COUNT, min_size=1, max_size=3), min_size=1, max_size=3)


@settings(
    max_examples=80, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow]
)
@given(DISTRICTS)
# Each told more than it should have by what was chosen to hide it.
@example([[9, 1]])
@example([[0, 12, 10]])
@example([[3], [0, 4]])
@example([[3, 11], [6, 0]])
@example([[9, 4], [0], [2, 11]])
@example([[0, 14, 3], [7, 0]])
def test_no_small_count_can_be_told_from_all_that_is_shown_at_all_levels(
    streets: list[list[int]],
) -> None:
    communities = areas(streets)
    seen = shown(communities)
    truth = sums(communities)
    assert seen.keys() == truth.keys()
    for area, value in seen.items():
        assert fits(truth[area], value)
    for area, numbers in possible(communities, seen).items():
        assert len(numbers) >= OPEN, (area, numbers, seen)


def test_without_small_counts_everything_is_shown() -> None:
    communities = areas([[5, 17], [230]])
    assert shown(communities) == sums(communities)


def test_one_small_community_hides_behind_its_first_large_neighbour() -> None:
    seen = shown(areas([[7, 2, 12, 40], [30]]))
    first = f"{DISTRICT}000"
    assert [seen[f"{first}{n:03}"] for n in range(4)] == [7, "few", "kept_back", 40]
    # The sums are what a district needs: they stay.
    assert (seen[first], seen[f"{DISTRICT}001"], seen[DISTRICT]) == (61, 30, 91)


def test_a_sum_that_would_tell_is_kept_back_where_nobody_is_large_enough() -> None:
    seen = shown(areas([[4, 4]]))
    assert seen == {
        f"{DISTRICT}000000": "few",
        f"{DISTRICT}000001": "few",
        f"{DISTRICT}000": "kept_back",
        DISTRICT: "kept_back",
    }


@given(st.dictionaries(st.integers(0, 20), st.integers(0, 15)), st.integers(0, 60))
def test_a_second_division_tells_nothing_new_about_the_first(
    counts: dict[int, int], within: int
) -> None:
    told = listed(counts, within)
    assert all(told[key] == counts[key] >= FEW for key in told)
    # Any small number would still fit between them and what is known.
    assert not told or sum(told.values()) <= within - (FEW - 1)


def test_the_largest_buildings_are_told_first() -> None:
    assert listed({"3号楼": 9, "5号楼": 4, "7号楼": 20}, within=40) == {"7号楼": 20, "3号楼": 9}
    assert listed({"3号楼": 9, "7号楼": 20}, within=25) == {"7号楼": 20}
    assert listed({"3号楼": 9}, within=9) == {}
