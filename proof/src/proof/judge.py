"""The verdict: what the clients were told, what lies on the topics, what stands in the tables.

`judge` is a pure function of the evidence. It uses nothing of the services: what a command must have
caused, how a wish moves and what it is worth are written down here a second time.
"""

from collections.abc import Callable, Sequence

from proof import books, effects, moments, quiet, rights, stream, told, winners
from proof.check import Check
from proof.evidence import Evidence
from proof.history import History, history_of

__all__ = ["Check", "Evidence", "judge", "passed"]

ROOMS: tuple[Callable[[History], list[Check]], ...] = (
    effects.checks,
    stream.checks,
    winners.checks,
    moments.checks,
    books.checks,
    told.checks,
    rights.checks,
    quiet.checks,
)


def judge(evidence: Evidence) -> list[Check]:
    """Every check over the same evidence; KeyError where a fact is missing."""
    history = history_of(evidence)
    return [check for room in ROOMS for check in room(history)]


def passed(checks: Sequence[Check]) -> bool:
    return bool(checks) and all(check.passed for check in checks)
