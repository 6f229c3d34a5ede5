"""The judge's own arithmetic, by hand and beside the service's."""

from dataclasses import replace
from uuid import UUID

import pytest
from contracts.wishes import WishFulfilled
from hypothesis import given, settings
from hypothesis import strategies as st
from points.domain.posting import Rule, shares_of
from proof.books import BASE, lives_of, split, worth
from proof.helping import Fulfilment, given_of
from proof.history import history_of
from proof.judge import judge

from .town import BAO, HAI, ZHANG, Town

A, B, C = (str(UUID(int=n)) for n in (11, 12, 13))
NOON = "2026-11-24T12:00:00.000+08:00"


def delivery(minutes: dict[str, int], gifts: dict[str, int] | None = None) -> dict[str, object]:
    return {
        "services": [{"volunteer_id": who, "minutes": n} for who, n in minutes.items()],
        "gifts": [
            {"giver": {"kind": "volunteer", "id": who}, "value_fen": fen}
            for who, fen in (gifts or {}).items()
        ],
    }


@pytest.mark.parametrize(
    ("total", "weights", "shares"),
    [
        (3, {A: 2}, {A: 3}),
        (3, {A: 2, B: 1}, {A: 2, B: 1}),
        (2, {A: 2, B: 1}, {A: 1, B: 1}),
        (2, {A: 2, B: 1, C: 1}, {A: 1, B: 1, C: 0}),
        (0, {A: 1}, {A: 0}),
        (5, {}, {}),
    ],
)
def test_split(total: int, weights: dict[str, int], shares: dict[str, int]) -> None:
    assert split(total, weights) == shares


def test_worth_by_hand() -> None:
    given = given_of(delivery({A: 125, B: 59}, {A: 500}))
    fulfilment = Fulfilment("goods", A, (B,), given)
    assert worth(fulfilment) == {A: (4, 125, 500), B: (1, 59, 0)}


PEOPLE = st.sampled_from([str(UUID(int=n)) for n in range(20, 26)])


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(sorted(BASE)),
    PEOPLE,
    st.sets(PEOPLE, max_size=4),
    st.dictionaries(PEOPLE, st.integers(0, 600), max_size=5),
    st.dictionaries(PEOPLE, st.integers(0, 20_000), max_size=3),
)
def test_the_same_as_the_service_says(
    category: str, claimant: str, helpers: set[str], minutes: dict[str, int], gifts: dict[str, int]
) -> None:
    """Two people wrote the rule down; they must mean the same."""
    team = sorted(helpers - {claimant})
    given = delivery(minutes, gifts)
    event = WishFulfilled.model_validate(
        {
            "wish_id": A,
            "area": "610102007001",
            "claim_id": B,
            "beneficiary_id": C,
            "category": category,
            "counts_as": "first",
            "method": "code",
            "claimant": {"kind": "volunteer", "id": claimant},
            "helpers": team,
            "services": given["services"],
            "gifts": [
                {
                    "giver": {"kind": "volunteer", "id": who},
                    "item": "other",
                    "quantity": 1,
                    "value_fen": fen,
                }
                for who, fen in gifts.items()
            ],
            "fulfilled_at": NOON,
        }
    )
    rule = Rule(1, event.fulfilled_at, 3, 2, 2, 2, 1, 2, 1)
    theirs = {
        str(holder.id): (share.points, share.hours, share.gifts)
        for holder, share in shares_of(event, rule).items()
    }
    fulfilment = Fulfilment(category, claimant, tuple(team), given_of(given))
    assert worth(fulfilment) == theirs


def test_a_reopened_fulfilment_is_taken_back_whole() -> None:
    town = Town()
    wish = town.submit("goods")
    town.hang(wish)
    claim = town.claim(wish, BAO)
    town.join(claim, ZHANG)
    town.deliver(claim, minutes=60, fen=100)
    town.confirm(claim)
    town.reopen(claim)
    life = lives_of(history_of(town.evidence()))[wish]
    shares = {BAO: (3, 60, 100), ZHANG: (2, 60, 0)}
    assert [(m.sign, dict(m.shares)) for m in life.movements] == [(1, shares), (-1, shares)]
    assert life.minutes == {}


def test_an_unsatisfied_answer_is_worth_nothing() -> None:
    town = Town()
    wish = town.submit("goods")
    town.hang(wish)
    claim = town.claim(wish)
    town.deliver(claim)
    town.confirm(claim, "unsatisfied")
    life = lives_of(history_of(town.evidence()))[wish]
    assert (life.movements, life.minutes) == ((), {})


def test_a_follow_up_is_of_the_category_it_follows() -> None:
    town = Town()
    first = town.whole_life("goods")
    wish = town.submit("goods", follows=first)
    town.hang(wish)
    claim = town.claim(wish)
    town.deliver(claim, minutes=0, fen=0)
    town.confirm(claim)
    life = lives_of(history_of(town.evidence()))[wish]
    assert [dict(movement.shares) for movement in life.movements] == [{BAO: (3, 0, 0)}]


def test_only_where_nobody_told_the_client_the_topic_says_what_happened() -> None:
    town = Town()
    wish = town.submit("goods")
    town.hang(wish)
    claim = town.claim(wish)
    town.deliver(claim)
    town.confirm(claim, seen=False)
    evidence = town.evidence()
    assert len(lives_of(history_of(evidence))[wish].movements) == 1
    without = [m for m in evidence.messages if "WishFulfilled" not in m.headers["ce_type"]]
    evidence = replace(evidence, messages=without)
    assert lives_of(history_of(evidence))[wish].movements == ()


def test_parts_count_and_so_does_who_has_left() -> None:
    town = Town()
    wish = town.submit("goods")
    town.hang(wish)
    claim = town.claim(wish, BAO)
    for helper in (ZHANG, HAI):
        town.join(claim, helper)
    town.part(claim, HAI, minutes=70)
    town.leave(claim, HAI)
    town.leave(claim, BAO)
    town.deliver(claim, minutes=125, fen=7)
    town.confirm(claim)
    life = lives_of(history_of(town.evidence()))[wish]
    shares = {ZHANG: (5, 125, 7), HAI: (1, 70, 0)}
    assert [dict(movement.shares) for movement in life.movements] == [shares]
    assert life.minutes == {ZHANG: 125, HAI: 70}


def test_what_arrived_before_it_was_given_back_counts_and_what_was_not_right_does_not() -> None:
    town = Town()
    wish = town.submit("goods")
    town.hang(wish)
    claim = town.claim(wish, BAO)
    town.part(claim, BAO, minutes=180)
    town.release(claim)
    claim = town.claim(wish, ZHANG)
    town.deliver(claim, minutes=60, fen=7)
    town.confirm(claim)
    town.reopen(claim)
    town.release(claim)
    claim = town.claim(wish, BAO)
    town.deliver(claim, minutes=5, fen=0)
    town.confirm(claim)
    evidence = town.evidence()
    life = lives_of(history_of(evidence))[wish]
    first: dict[str, tuple[int, int, int]] = {ZHANG: (4, 60, 7), BAO: (3, 180, 0)}
    moved = [(1, first), (-1, first), (1, {BAO: (6, 185, 0)})]
    assert [(m.sign, dict(m.shares)) for m in life.movements] == moved
    assert life.minutes == {BAO: 185}
    assert [check for check in judge(evidence) if not check.passed] == []


@pytest.mark.parametrize("answer", ["yes", "no", ""])
def test_a_wish_is_worth_what_it_has_become(answer: str) -> None:
    """Also when nobody has answered, and somebody else goes on with it."""
    town = Town()
    wish = town.submit("skills")
    town.hang(wish)
    claim = town.claim(wish, BAO)
    town.propose(claim, "goods")
    if answer:
        town.answer_change(claim, answer)
    else:
        town.change_is_over(claim)
    if answer != "yes":
        town.publish(wish)
        claim = town.claim(wish, ZHANG)
    town.deliver(claim, minutes=1, fen=0)
    town.confirm(claim)
    life = lives_of(history_of(town.evidence()))[wish]
    lead = BAO if answer == "yes" else ZHANG
    assert [dict(movement.shares) for movement in life.movements] == [{lead: (3, 1, 0)}]
