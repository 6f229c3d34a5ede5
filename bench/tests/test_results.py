"""What is kept of a run, and what counts as a change."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from bench import results as stored
from bench.outcome import Contestant, Figure, Goal, Outcome
from bench.results import Results


def told(*runs: float, role: str = "ours", key: str = "relay") -> Results:
    figure = Figure("throughput", "/s", runs)
    outcome = Outcome(
        key,
        "1 · the relay",
        (Contestant("relay", role, (figure,)),),
        (Goal("beside the bare loop", 0.8, ">=", 0.7), Goal("missed", 2, "<=", 1, "a reason")),
        ("a note",),
    )
    return Results("2026-11-24 10:00 +08:00", "abc", "2 cores", {"python": "3.11"}, (outcome,))


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    place = tmp_path / "new" / "results.json"
    stored.write(told(1, 2, 3), place)
    assert stored.read(place) == told(1, 2, 3)


def test_another_shape_is_not_compared_with(tmp_path: Path) -> None:
    place = tmp_path / "results.json"
    stored.write(told(1), place)
    document = json.loads(place.read_text(encoding="utf-8")) | {"shape": stored.SHAPE + 1}
    place.write_text(json.dumps(document), encoding="utf-8")
    assert stored.read(place) is None
    assert stored.changes(stored.read(place), told(9)) == []


def test_nothing_accepted_yet(tmp_path: Path) -> None:
    assert stored.read(tmp_path / "none.json") is None


@pytest.mark.parametrize(
    ("before", "now", "changed"),
    [
        ((100, 110, 120), (200, 210, 220), True),
        ((100, 110, 120), (50, 60, 70), True),
        ((100, 110, 120), (119, 150, 160), False),  # the runs overlap
        ((100, 101, 102), (103, 104, 105), False),  # apart, and less than a tenth
        ((0,), (1,), True),
        ((5,), (5,), False),
    ],
)
def test_a_change_is_what_the_runs_cannot_explain(
    before: tuple[float, ...], now: tuple[float, ...], changed: bool
) -> None:
    found = stored.changes(told(*before), told(*now))
    assert bool(found) is changed
    for change in found:
        assert (change.work, change.contestant, change.figure) == ("relay", "relay", "throughput")


def test_a_peer_that_changed_is_no_news() -> None:
    assert stored.changes(told(1, role="peer"), told(9, role="peer")) == []


def test_what_was_not_measured_stays_as_it_was() -> None:
    before = replace(told(1), outcomes=(*told(1).outcomes, *told(5, key="idle").outcomes))
    whole = stored.merged(before, told(2))
    assert [outcome.key for outcome in whole.outcomes] == ["relay", "idle"]
    assert whole.outcomes[0] == told(2).outcomes[0]
    assert whole.outcomes[1] == before.outcomes[1]


def test_the_accepted_run_can_be_read() -> None:
    """Otherwise no run would ever be compared with anything, and nobody would notice."""
    place = Path(__file__).parents[1] / "results" / "accepted.json"
    assert stored.read(place) is not None or not place.exists()
