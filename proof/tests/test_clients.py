"""What clients and faults are made of, without a system."""

from pathlib import Path
from typing import get_args

import pytest
from proof.attacks import SHORT
from proof.causes import ALONE, Effect, effect
from proof.faults import KINDS
from proof.logs import UNSEEN as UNSEEN_NAME
from proof.logs import accidents
from proof.people import OLD, STUBBORN, is_over
from proof.record import UNSEEN, UNTOLD, Act


def test_the_short_campaign_has_every_fault_once() -> None:
    kinds = [fault.kind for fault in SHORT.faults()]
    assert sorted(kinds) == sorted(KINDS)


def test_every_act_has_its_effect() -> None:
    acts: tuple[Act, ...] = get_args(Act)
    assert set(acts) == ALONE.keys() | UNTOLD | {
        "erase",
        "invite",
        "ask_time",
        "decide_time",
        "answer_change",
    }
    assert UNSEEN < UNTOLD
    assert [act for act in UNTOLD if effect(act, {}).main] == []


@pytest.mark.parametrize(
    ("found", "is_exact"),
    [
        (["A", "B"], True),
        (["A", "B", "C"], True),
        (["C", "A", "B"], True),
        (["B", "A"], False),
        (["A", "B", "C", "C"], False),
        (["A", "B", "B"], False),
        (["A"], False),
        ([], False),
    ],
)
def test_an_effect_is_whole_and_in_order(found: list[str], is_exact: bool) -> None:
    assert Effect(("A", "B"), frozenset({"C"})).is_exactly(found) == is_exact


@pytest.mark.parametrize(
    ("age", "refused_for", "over"),
    [
        (10.0, 0.0, False),
        # A clock that is wrong is no reason to sign in again, until it has been wrong for long.
        (100.0, STUBBORN - 1, False),
        (100.0, STUBBORN + 1, True),
        (OLD + 1, 0.0, True),
    ],
)
def test_a_token_is_over_for_its_age_or_when_it_is_refused_for_long(
    age: float, refused_for: float, over: bool
) -> None:
    assert is_over(age, refused_for) == over


def test_a_log_line_about_what_leaves_no_trace_is_an_accident(tmp_path: Path) -> None:
    lines = ["request proof-0000007", f"request {UNSEEN_NAME}-0000008"]
    (tmp_path / "wishes.log").write_text("\n".join(lines), encoding="utf-8")
    assert accidents(tmp_path)[UNSEEN_NAME] == [f"wishes: {lines[1]}"]
