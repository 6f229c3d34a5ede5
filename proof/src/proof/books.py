"""What the books must say, worked out anew from what the clients saw: none of the service's code.

Rule 1: a wish is worth 3 points for goods and 2 otherwise, shared two to one between the claimant and
each helper, the largest remainder first; each hour given is worth one more point to who gave it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from proof.record import Attempt

WORTH = {"goods": 3, "service": 2, "companionship": 2, "skills": 2}
LEAD, HELPER = 2, 1
Line = tuple[str, str, str]
"""wish, book, holder."""


@dataclass
class Help:
    """What one wish's record says about the help it got."""

    category: str = ""
    claimant: str = ""
    helpers: set[str] = field(default_factory=set)
    delivered: dict[str, Any] = field(default_factory=dict)
    stands: bool = False
    """Confirmed, and not reopened since."""
    certain: bool = True
    """Every command of this wish was answered in the end."""


def helps_of(attempts: Iterable[Attempt]) -> dict[str, Help]:
    """Wish → the help it got, by its acknowledged commands in the order of their first answer."""
    commands: defaultdict[str, list[Attempt]] = defaultdict(list)
    for attempt in attempts:
        commands[attempt.command].append(attempt)
    found: defaultdict[str, Help] = defaultdict(Help)
    categories: dict[str, str] = {}
    done: list[Attempt] = []
    for tries in commands.values():
        good = next((attempt for attempt in tries if attempt.acknowledged), None)
        if good is not None:
            done.append(good)
        elif any(is_unknown(attempt) for attempt in tries) and tries[0].wish:
            found[tries[0].wish].certain = False
    for attempt in sorted(done, key=lambda attempt: attempt.returned):
        _take(found, categories, attempt)
    return dict(found)


def is_unknown(attempt: Attempt) -> bool:
    """Whether its effect may exist although nobody said so."""
    return attempt.status is None or attempt.status >= 500


def lines_of(helps: dict[str, Help]) -> Counter[Line]:
    """(wish, book, holder) → amount, for every help that stands."""
    found: Counter[Line] = Counter()
    for wish, help_ in helps.items():
        if help_.stands:
            for (book, holder), amount in _worth(help_).items():
                found[wish, book, holder] += amount
    return Counter({line: amount for line, amount in found.items() if amount})


def _take(found: dict[str, Help], categories: dict[str, str], attempt: Attempt) -> None:
    match attempt.act:
        case "submit" | "follow_up":
            wish = str(attempt.answer["id"])
            known = attempt.asked.get("category") or categories.get(attempt.asked["follows"], "")
            categories[wish] = found[wish].category = known
        case "claim":
            found[attempt.wish].claimant = attempt.client
            found[attempt.wish].helpers = set()
        case "join":
            found[attempt.wish].helpers.add(attempt.client)
        case "deliver":
            found[attempt.wish].delivered = attempt.asked
        case "confirm":
            found[attempt.wish].stands = attempt.asked["answer"] == "satisfied"
        case "reopen":
            found[attempt.wish].stands = False
        case _:
            pass


def _worth(help_: Help) -> Counter[tuple[str, str]]:
    worth: Counter[tuple[str, str]] = Counter()
    for gift in help_.delivered.get("gifts", ()):
        worth["gifts", gift["giver"]["id"]] += gift["value_fen"]
    for service in help_.delivered.get("services", ()):
        worth["hours", service["volunteer_id"]] += service["minutes"]
        worth["points", service["volunteer_id"]] += service["minutes"] // 60
    weights = [(HELPER, helper) for helper in sorted(help_.helpers)]
    for person, points in _shared(WORTH[help_.category], [(LEAD, help_.claimant), *weights]):
        worth["points", person] += points
    return worth


def _shared(total: int, weights: Sequence[tuple[int, str]]) -> list[tuple[str, int]]:
    """A whole number by weight: everybody the floor, what is left to the largest remainders."""
    whole = sum(weight for weight, _ in weights)
    parts = {person: total * weight // whole for weight, person in weights}
    by_remainder = sorted(weights, key=lambda w: (-(total * w[0] % whole), -w[0], w[1]))
    for _, person in by_remainder[: total - sum(parts.values())]:
        parts[person] += 1
    return list(parts.items())
