"""All that is said of a finished campaign."""

from proof import logs
from proof.campaign import Orders, Result
from proof.check import Check
from proof.judge import judge


def verdicts(orders: Orders, result: Result) -> list[Check]:
    """The judge's checks, and those over what the logs tell."""
    kinds = {fault.kind for fault in orders.faults()}
    return [*judge(result.evidence), *logs.checks(dict(result.accidents), kinds)]
