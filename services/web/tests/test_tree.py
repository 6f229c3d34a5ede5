"""The picture: every leaf at its stored place, the same from every process, changes told once."""

import math
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from web.places import PLACES
from web.tree import Leaf, changes, draw, leaves_of

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
rows = st.lists(
    st.fixed_dictionaries(
        {
            "leaf": st.integers(0, 319),
            "category": st.sampled_from(["goods", "service", "companionship", "skills"]),
            "state": st.sampled_from(["open", "claimed", "fulfilled"]),
            "card_no": st.text(ALPHABET, min_size=4, max_size=4),
        }
    ),
    unique_by=(lambda row: row["leaf"], lambda row: row["card_no"]),
    max_size=60,
)


def test_no_two_of_the_320_places_are_closer_than_24_units() -> None:
    assert len(PLACES) == 320
    closest = min(
        math.dist(one, other) for n, one in enumerate(PLACES) for other in PLACES[n + 1 :]
    )
    assert closest >= 24


@given(rows)
def test_the_same_tree_is_drawn_the_same_whatever_the_order(tree: list[dict[str, Any]]) -> None:
    assert draw(leaves_of(tree)) == draw(leaves_of(tree[::-1]))
    assert draw(leaves_of(tree)).count('class="leaf"') == len(tree)


@given(rows, rows)
def test_the_changes_lead_from_one_tree_to_the_other(
    before: list[dict[str, Any]], after: list[dict[str, Any]]
) -> None:
    """Applied as the page applies them, and a leaf that stayed is not mentioned."""
    old, new = leaves_of(before), leaves_of(after)
    shown = {leaf.place: (leaf.card_no, leaf.state) for leaf in old.values()}
    told = changes(old, new)
    for message in told:
        if message["state"] == "gone":
            del shown[message["leaf"]]
        else:
            shown[message["leaf"]] = message["w"], message["state"]
    assert shown == {leaf.place: (leaf.card_no, leaf.state) for leaf in new.values()}
    stayed = {place for place, leaf in new.items() if old.get(place) == leaf}
    assert {message["leaf"] for message in told} & stayed == set()


def test_a_leaf_that_stays_does_not_move_when_others_come_and_go() -> None:
    row = {"leaf": 7, "category": "goods", "state": "open", "card_no": "7K3Q"}
    alone = Leaf.of(row)
    among = leaves_of([row, *({**row, "leaf": n, "card_no": f"2{n:03}"} for n in range(20, 60))])
    assert among[7] == alone
