"""All that is said of a finished campaign."""

from pathlib import Path

from proof import logs
from proof.campaign import Orders, Result
from proof.check import Check
from proof.evidence import Evidence
from proof.history import history_of
from proof.judge import judge
from proof.porcupine import linearizable


def verdicts(orders: Orders, result: Result, pictures: Path) -> list[Check]:
    """The judge's checks, porcupine's, and those over what the logs tell. `pictures`: a folder that
    is there afterwards if claims were not linearizable."""
    kinds = {fault.kind for fault in orders.faults()}
    return [
        *judge(result.evidence),
        linearizable(result.evidence.attempts, pictures, lapsed(result.evidence)),
        *logs.checks(dict(result.accidents), kinds),
    ]


def lapsed(evidence: Evidence) -> frozenset[str]:
    """The commands whose claims time has ended: porcupine must know that the wish was free again."""
    history = history_of(evidence)
    return frozenset(
        command.name
        for command in history.commands.values()
        if command.act == "claim" and history.claim_of(command) in history.ended_by_time
    )
