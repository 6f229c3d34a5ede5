"""What the judge says of one promise."""

from collections.abc import Iterable
from dataclasses import dataclass

KEPT = 20


@dataclass(frozen=True)
class Check:
    """One promise: how many things were looked at, and which of them broke it."""

    zh: str
    en: str
    counted: int
    found: tuple[str, ...] = ()
    """The first violations, in words."""
    violations: int = 0
    passed: bool = True
    note: str = ""
    """What a reader must know of this check: that it could not be made here, for example."""


def verdict(zh: str, en: str, counted: int, found: Iterable[str]) -> Check:
    """A check from all its violations."""
    every = list(found)
    return Check(zh, en, counted, tuple(every[:KEPT]), len(every), not every)
