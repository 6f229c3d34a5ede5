"""How well the detector does on cards whose leaks were marked by hand.

`cards.jsonl` is the set it was improved on; `cards_held_out.jsonl` was written before and was not
looked at until the end. All persons, numbers and addresses are invented.
"""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from wishes.app.publish_wish import WORDS
from wishes.domain.leaks import find_leaks

HERE = Path(__file__).parent
STRUCTURED = ("phone", "id_number", "bank_card", "plate", "wechat", "qq", "email", "address")
FLOORS = {kind: 0.95 for kind in STRUCTURED} | {"name": 0.93, "vulnerable": 0.95}


@dataclass
class Score:
    """Counts by kind of what is marked and what was found; cards that were stopped."""

    marked: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    leaking: int = 0
    stopped: int = 0
    stopped_rightly: int = 0
    wrong: list[str] = field(default_factory=list)

    def recall(self, *kinds: str) -> float:
        marked = sum(self.marked[kind] for kind in kinds)
        return sum(self.found[kind] for kind in kinds) / marked

    @property
    def precision(self) -> float:
        return self.stopped_rightly / self.stopped

    @property
    def caught(self) -> float:
        """Of the leaking cards, those with any finding: the rest would hang as they are."""
        return self.stopped_rightly / self.leaking

    def __str__(self) -> str:
        kinds = [f"{kind}: {self.found[kind]} of {self.marked[kind]}" for kind in sorted(FLOORS)]
        recall = f"structured recall {self.recall(*STRUCTURED):.4f}"
        cards = f"precision {self.precision:.4f} ({self.stopped_rightly} of {self.stopped} cards)"
        caught = f"caught {self.caught:.4f} ({self.stopped_rightly} of {self.leaking} cards)"
        return "\n".join((*kinds, recall, cards, caught, *self.wrong))


def cards(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (HERE / name).read_text("utf-8").splitlines()]


def places(card: dict[str, Any]) -> Iterator[tuple[str, int, int]]:
    """Where the marked words stand; they are listed in the order of the text."""
    after = 0
    for kind, words in card["leaks"]:
        start = card["text"].index(words, after)
        after = start + len(words)
        yield kind, start, after


def score(name: str) -> Score:
    """A leak counts as found when findings of its kind cover each letter and digit of it."""
    result = Score()
    for card in cards(name):
        text = card["text"]
        findings = find_leaks(text, card["name"], card["address"], card["others"])
        for kind, start, end in places(card):
            covered = {
                at
                for found in findings
                if found.kind == kind
                for at in range(found.start, found.end)
            }
            result.marked[kind] += 1
            if all(at in covered for at in range(start, end) if text[at].isalnum()):
                result.found[kind] += 1
            else:
                result.wrong.append(f"missed {kind} {text[start:end]} in {text}")
        result.leaking += bool(card["leaks"])
        result.stopped += bool(findings)
        result.stopped_rightly += bool(findings and card["leaks"])
        if findings and not card["leaks"]:
            said = [(found.kind, text[found.start : found.end]) for found in findings]
            result.wrong.append(f"stopped {text} for {said}")
    return result


@pytest.mark.parametrize(("name", "least"), [("cards.jsonl", 320), ("cards_held_out.jsonl", 60)])
def test_the_sets_are_what_they_say(name: str, least: int) -> None:
    all_cards = cards(name)
    leaking = [card for card in all_cards if card["leaks"]]
    assert len({card["text"] for card in all_cards}) == len(all_cards) >= least
    assert 0.45 <= len(leaking) / len(all_cards) <= 0.55
    assert {kind for card in leaking for kind, _, _ in places(card)} <= set(FLOORS) == set(WORDS)


def test_structured_identifiers_are_found_and_harmless_cards_hang() -> None:
    result = score("cards.jsonl")
    assert result.recall(*STRUCTURED) >= 0.98, str(result)
    assert result.precision >= 0.95, str(result)
    assert result.caught >= 0.98, str(result)
    low = {kind for kind, floor in FLOORS.items() if result.recall(kind) < floor}
    assert not low, f"{low}\n{result}"


def test_cards_that_nobody_tuned_for_are_judged_nearly_as_well() -> None:
    # 41 of 42 identifiers, 48 of 48 cards when they were first looked at: one more miss is allowed.
    result = score("cards_held_out.jsonl")
    assert result.recall(*STRUCTURED) >= 0.95, str(result)
    assert result.recall("name") >= 0.9, str(result)
    assert min(result.precision, result.caught) >= 0.95, str(result)
