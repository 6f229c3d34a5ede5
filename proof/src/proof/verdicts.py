"""All that is said of a finished campaign."""

from pathlib import Path

from proof import logs
from proof.campaign import Orders, Result
from proof.check import Check
from proof.judge import judge
from proof.porcupine import linearizable


def verdicts(orders: Orders, result: Result, pictures: Path) -> list[Check]:
    """The judge's checks, porcupine's, and those over what the logs tell. `pictures`: a folder that
    is there afterwards if claims were not linearizable."""
    kinds = {fault.kind for fault in orders.faults()}
    return [
        *judge(result.evidence),
        linearizable(result.evidence.attempts, pictures),
        *logs.checks(dict(result.accidents), kinds),
    ]
