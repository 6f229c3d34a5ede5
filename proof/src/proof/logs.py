"""What the servers and services wrote about accidents that leave no trace in the data.

A deadlock is undone and tried again, a commit that meets a rebalance is repeated: nothing is lost,
and still each says that a protection did not hold.
"""

from collections.abc import Iterable
from pathlib import Path

from proof.check import Check, verdict

DEADLOCK = "deadlock detected"
REFUSED_COMMIT = "offset_not_committed"
UNSEEN = "proof-unseen"
"""Begins the name of every request that must leave no trace."""
CALM = frozenset(
    {
        "storm",
        "grow",
        "kill",
        "hold_table",
        "commit_late",
        "poison",
        "cut_answers",
        "step_clock",
        "leap_clock",
    }
)
"""Faults after which every member of a group is still known to its coordinator, or gone for good."""


def accidents(folder: Path) -> dict[str, list[str]]:
    """What was found in the logs of a stack: what happened → its lines."""
    found: dict[str, list[str]] = {DEADLOCK: [], REFUSED_COMMIT: [], UNSEEN: []}
    for path in sorted(folder.glob("*.log*")):
        with path.open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                for what, seen in found.items():
                    if what in line and "KafkaTimeoutError" not in line:
                        seen.append(f"{path.stem}: {line.strip()[:200]}")
    return found


def checks(found: dict[str, list[str]], kinds: Iterable[str]) -> list[Check]:
    """No deadlock ever; nobody can read who declined; no refused commit where only members came and
    went."""
    made = [
        verdict("没有死锁", "No deadlock", 1, found[DEADLOCK]),
        verdict("谁没答应，日志里没有", "No log line tells who declined", 1, found[UNSEEN]),
    ]
    if set(kinds) <= CALM:
        made.append(
            verdict("换班时没有提交", "No commit during a rebalance", 1, found[REFUSED_COMMIT])
        )
    return made
