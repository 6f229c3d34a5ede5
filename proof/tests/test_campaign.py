"""The campaign itself: a short one on the system as it is, and one for every protection that is off.

One group: they take turns on one worker, each with brokers, database and services of its own.
"""

import asyncio
from pathlib import Path

import pytest
from proof.attacks import ATTACKS, SHORT, attack
from proof.campaign import Orders, run
from proof.check import Check
from proof.faults import KINDS
from proof.preflight import own_folder
from proof.verdicts import verdicts
from proof.weakened import WEAKNESSES

pytestmark = [pytest.mark.xdist_group("campaign"), pytest.mark.timeout(1800)]
TRIES = 8
"""Most weaknesses are races, and a campaign is one throw of the dice: on a busy machine the two that
must meet may miss each other, as the moment without a leader did three times in a row that a producer
that is not replaced must live through. The first that sees it is enough."""


def verdict_of(orders: Orders, pictures: Path) -> tuple[list[Check], set[str]]:
    """The checks, and the names of the faults that were done."""
    with own_folder() as folder:
        result = asyncio.run(run(orders, folder, lambda words: None))
        return verdicts(orders, result, pictures), {span.name for span in result.spans}


def test_three_minutes_of_faults_on_three_brokers_break_no_promise(tmp_path: Path) -> None:
    assert {fault.kind for fault in SHORT.faults()} == set(KINDS), "every fault is drawn"
    checks, done = verdict_of(SHORT, tmp_path)
    assert len(done) >= len(KINDS)
    assert [(check.en, check.found) for check in checks if not check.passed] == []


def test_every_weakness_has_its_attack() -> None:
    assert ATTACKS.keys() == WEAKNESSES.keys()


@pytest.mark.parametrize("weakness", WEAKNESSES)
def test_with_a_protection_off_the_campaign_finds_the_violation(
    weakness: str, tmp_path: Path
) -> None:
    seen: list[set[str]] = []
    while len(seen) < TRIES and not (seen and seen[-1] & WEAKNESSES[weakness].found_by):
        checks, _ = verdict_of(attack(weakness), tmp_path)
        seen.append({check.en for check in checks if not check.passed})
    assert seen[-1] & WEAKNESSES[weakness].found_by, seen
