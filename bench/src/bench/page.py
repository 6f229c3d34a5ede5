"""The results as one HTML page that needs nothing from anywhere else: a picture and a table each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from bench.outcome import Contestant, Figure, Outcome
from bench.results import Change, Results

WIDEST = 360
"""Of the longest bar, in the picture's own units."""


@dataclass(frozen=True)
class Bar:
    name: str
    role: str
    value: float
    width: int


@dataclass(frozen=True)
class Bars:
    """The picture of one figure: the first that everybody in this work has."""

    name: str
    unit: str
    rows: tuple[Bar, ...]


def render(results: Results, changes: Sequence[Change]) -> str:
    environment = Environment(
        loader=PackageLoader("bench"), autoescape=True, undefined=StrictUndefined
    )
    filters: dict[str, Any] = environment.filters
    filters |= {"number": number, "bars": bars, "figures": figures, "figure": figure}
    return environment.get_template("results.html").render(results=results, changes=changes)


def number(value: float) -> str:
    """Three digits that mean something."""
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def figures(outcome: Outcome) -> list[str]:
    """Names of all figures of a work, in the order in which they first appear."""
    return list(dict.fromkeys(f.name for c in outcome.contestants for f in c.figures))


def figure(contestant: Contestant, name: str) -> Figure | None:
    return next((figure for figure in contestant.figures if figure.name == name), None)


def bars(outcome: Outcome) -> Bars | None:
    for name in figures(outcome):
        found = [(c, f) for c in outcome.contestants if (f := figure(c, name)) is not None]
        if len(found) == len(outcome.contestants):
            most = max(f.value for _, f in found) or 1
            rows = tuple(
                Bar(c.name, c.role, f.value, max(2, round(WIDEST * f.value / most)))
                for c, f in found
            )
            return Bars(name, found[0][1].unit, rows)
    return None
