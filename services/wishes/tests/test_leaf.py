"""Places on the tree (WEB 2.2): free, spread, repeatable, within the crown."""

from math import gcd
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wishes.domain.errors import TreeIsFull
from wishes.domain.leaf import PLACES, STEP, TIERS, choose_leaf

places = st.sets(st.integers(0, PLACES - 1), max_size=PLACES - 1)


@given(st.uuids(), places)
def test_a_place_is_free_and_repeatable(wish: UUID, hanging: set[int]) -> None:
    leaf = choose_leaf(wish, hanging)
    assert leaf not in hanging
    assert 0 <= leaf < PLACES
    assert leaf == choose_leaf(wish, sorted(hanging, reverse=True))


@given(st.uuids(), places)
def test_a_place_is_in_the_smallest_tier_with_room(wish: UUID, hanging: set[int]) -> None:
    needed = 1.2 * (len(hanging) + 1)
    tier = min((tier for tier in TIERS if tier >= needed), default=PLACES)
    assert choose_leaf(wish, hanging) < tier


def test_the_search_passes_every_place_of_every_tier() -> None:
    assert all(gcd(STEP, tier) == 1 for tier in TIERS)


def test_a_tree_fills_to_the_last_place_and_no_further() -> None:
    hanging: set[int] = set()
    for _ in range(PLACES):
        hanging.add(choose_leaf(uuid4(), hanging))
    assert hanging == set(range(PLACES))
    with pytest.raises(TreeIsFull):
        choose_leaf(uuid4(), hanging)


def test_a_place_known_by_number() -> None:
    """SHA-256 of the id's 16 bytes begins f62b8d1e, whose rest by 16 is 14."""
    wish = UUID("018f0000-0000-7000-8000-000000000001")
    assert choose_leaf(wish, ()) == 14
    assert choose_leaf(wish, {14}) == (14 + 11) % 16


@given(st.uuids(), places)
def test_whoever_hung_before_gets_the_old_place_if_it_is_free(
    wish: UUID, hanging: set[int]
) -> None:
    free = next(place for place in range(PLACES) if place not in hanging)
    assert choose_leaf(wish, hanging, before=free) == free
    if hanging:
        assert choose_leaf(wish, hanging, before=min(hanging)) not in hanging
