"""What a benchmark says: figures of everybody who did the same work, and the goals beside them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

Say = Callable[[str], None]
"""Progress for a person who waits."""


@dataclass(frozen=True)
class Figure:
    """One measured quantity of one contestant: a value per alternating run, in `unit`."""

    name: str
    unit: str
    runs: tuple[float, ...]

    @property
    def value(self) -> float:
        return median(self.runs)


@dataclass(frozen=True)
class Contestant:
    """Who did the work: we, a peer, or the bare loop that is the limit."""

    name: str
    role: str
    """`ours`, `peer` or `limit`."""
    figures: tuple[Figure, ...]

    def figure(self, name: str) -> Figure:
        return next(figure for figure in self.figures if figure.name == name)


@dataclass(frozen=True)
class Goal:
    """A promise of the issue: `value` compared with `wanted`, by `sign` (`>=` or `<=`)."""

    words: str
    value: float
    sign: str
    wanted: float
    reason: str = ""
    """Why it may be missed and what the measured limit is; said only where it was."""

    @property
    def met(self) -> bool:
        return self.value >= self.wanted if self.sign == ">=" else self.value <= self.wanted

    @property
    def excuse(self) -> str:
        return "" if self.met else self.reason


@dataclass(frozen=True)
class Outcome:
    """One row of the table."""

    key: str
    title: str
    contestants: tuple[Contestant, ...]
    goals: tuple[Goal, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Setting:
    """Where and how large. `quick` is the size for a test: same path, tiny numbers, no verdict."""

    folder: Path
    """A private folder that the caller removes; PostgreSQL's user can reach it."""
    quick: bool
    rounds: int
    say: Say


Work = Callable[[Setting], Outcome]
