"""The page of a campaign: one HTML file that needs nothing from anywhere else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from proof.check import Check
from proof.faults import Span


@dataclass(frozen=True)
class Sample:
    """One look at the system, `at` seconds after the load began. None: it did not answer.

    `acknowledged`, `refused`, `unknown` and `events` count from the beginning; `outbox` (schema →
    rows) and `lag` (group → events) are what was waiting then.
    """

    at: float
    acknowledged: int
    refused: int
    unknown: int
    outbox: Mapping[str, int] | None = None
    lag: Mapping[str, int] | None = None
    events: int | None = None
    """Events on the topics: the sum of their ends."""


@dataclass(frozen=True)
class Campaign:
    """Everything that the page shows."""

    seed: int
    minutes: float
    began: str
    """When, as people write it: `2026-11-24 10:30 +08:00`."""
    commit: str
    machine: str
    """`2 cores, 24 GiB, Linux 6.1` for example."""
    faults: Sequence[Span]
    samples: Sequence[Sample]
    checks: Sequence[Check]
    replay: str
    """The command that does the same again."""
    settled_after: float | None = None
    counts: Mapping[str, int] | None = None
    """What the clients did: lives begun, ended and so on."""
    pictures: Sequence[str] = ()
    """Names of files beside this page: what porcupine drew of a violation."""
