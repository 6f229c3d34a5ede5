"""The page of the results: everything is on it, and it needs nothing from anywhere else."""

from html.parser import HTMLParser

import pytest

from bench.outcome import Contestant, Figure, Goal, Outcome
from bench.page import bars, number, render
from bench.results import Change, Results

OURS = Contestant("relay <ours>", "ours", (Figure("rate", "/s", (900, 1000, 1100)),))
PEER = Contestant("a peer", "peer", (Figure("rate", "/s", (500,)), Figure("lost", "", (0,))))
OUTCOMES = (
    Outcome("relay", "1 · the relay", (OURS, PEER), (Goal("beside a peer", 2, ">=", 0.7),)),
    Outcome(
        "idle", "9 · at rest", (OURS,), (Goal("MB", 900, "<=", 600, "one library"),), ("A note.",)
    ),
)
RESULTS = Results("2026-11-24 10:00 +08:00", "abc", "2 cores", {"python": "3.11"}, OUTCOMES)


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href")]


def test_every_goal_and_every_work_is_on_the_page() -> None:
    html = render(RESULTS, [])
    for outcome in OUTCOMES:
        assert outcome.title in html
        assert f'id="{outcome.key}"' in html
        assert all(goal.words in html for goal in outcome.goals)
    assert "✓ 达到" in html
    assert "✗ 没到" in html
    assert "one library" in html
    assert "A note." in html


def test_every_work_has_a_picture_and_a_table() -> None:
    page = _Page()
    page.feed(render(RESULTS, []))
    assert page.tags.count("svg") == len(OUTCOMES)
    assert page.tags.count("table") == len(OUTCOMES) + 1
    assert page.addresses == []


def test_what_is_quoted_is_escaped() -> None:
    html = render(RESULTS, [])
    assert "relay &lt;ours&gt;" in html
    assert "relay <ours>" not in html


def test_a_change_is_told() -> None:
    html = render(RESULTS, [Change("relay", "relay", "rate", "/s", 500, 1000)])
    assert "和上次认可的结果相比" in html
    assert "×2.00" in html
    assert "和上次认可的结果相比" not in render(RESULTS, [])


def test_the_picture_is_of_a_figure_that_everybody_has() -> None:
    chart = bars(OUTCOMES[0])
    assert chart is not None
    assert chart.name == "rate"
    assert [row.width for row in chart.rows] == [360, 180]


@pytest.mark.parametrize(
    ("value", "words"), [(0, "0"), (0.01234, "0.0123"), (12.34, "12.3"), (123456.7, "123,457")]
)
def test_three_digits_that_mean_something(value: float, words: str) -> None:
    assert number(value) == words
