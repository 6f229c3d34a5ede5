"""Results as JSON, and what changed since the last accepted ones."""

import json
import os
import platform
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

from bench.outcome import Contestant, Figure, Goal, Outcome

SHAPE = 1
PARTS = ("aiokafka", "asyncpg", "fastapi", "uvicorn", "uvloop", "pydantic")
NOISE = 1.1
"""A median that moved by less than this factor is no news, whatever the runs say."""


@dataclass(frozen=True)
class Results:
    """One run of the benchmarks."""

    at: str
    commit: str
    machine: str
    versions: dict[str, str]
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True)
class Change:
    """A figure of ours that differs from the accepted one by more than the runs differ."""

    work: str
    contestant: str
    figure: str
    unit: str
    before: float
    after: float

    @property
    def ratio(self) -> float:
        return self.after / self.before if self.before else float("inf")


def machine() -> str:
    memory = psutil.virtual_memory().total / 1024**3
    return f"{os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()} {platform.release()}"


def versions() -> dict[str, str]:
    return {"python": platform.python_version(), **{part: version(part) for part in PARTS}}


def write(results: Results, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    document = {"shape": SHAPE, **asdict(results)}
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def read(path: Path) -> Results | None:
    """None where nothing was accepted yet, or in another shape."""
    if not path.exists():
        return None
    document = json.loads(path.read_text(encoding="utf-8"))
    if document.pop("shape") != SHAPE:
        return None
    outcomes = tuple(_outcome(one) for one in document.pop("outcomes"))
    return Results(**document, outcomes=outcomes)


def merged(before: Results | None, now: Results) -> Results:
    """`now`, with what it did not measure taken from before."""
    if before is None:
        return now
    measured = {outcome.key: outcome for outcome in now.outcomes}
    kept = tuple(measured.pop(outcome.key, outcome) for outcome in before.outcomes)
    outcomes = (*kept, *measured.values())
    return Results(now.at, now.commit, now.machine, now.versions, outcomes)


def changes(before: Results | None, now: Results) -> list[Change]:
    """Figures of ours whose runs do not overlap with the accepted runs and whose median moved."""
    if before is None:
        return []
    return [
        Change(work, who, figure.name, figure.unit, old.value, figure.value)
        for (work, who), contestant in _ours(now.outcomes)
        for figure in contestant.figures
        if (old := _figure(before.outcomes, work, who, figure.name)) and _moved(old, figure)
    ]


def _ours(outcomes: Sequence[Outcome]) -> Iterator[tuple[tuple[str, str], Contestant]]:
    for outcome in outcomes:
        for contestant in outcome.contestants:
            if contestant.role == "ours":
                yield (outcome.key, contestant.name), contestant


def _figure(outcomes: Sequence[Outcome], work: str, who: str, name: str) -> Figure | None:
    for key, contestant in _ours(outcomes):
        if key == (work, who):
            return next((figure for figure in contestant.figures if figure.name == name), None)
    return None


def _moved(old: Figure, new: Figure) -> bool:
    apart = min(new.runs) > max(old.runs) or max(new.runs) < min(old.runs)
    low, high = sorted((old.value, new.value))
    return apart and (low <= 0 or high / low > NOISE)


def _outcome(document: dict[str, Any]) -> Outcome:
    contestants = tuple(
        Contestant(
            one["name"],
            one["role"],
            tuple(Figure(f["name"], f["unit"], tuple(f["runs"])) for f in one["figures"]),
        )
        for one in document["contestants"]
    )
    goals = tuple(Goal(**goal) for goal in document["goals"])
    notes = tuple(document["notes"])
    return Outcome(document["key"], document["title"], contestants, goals, notes)
