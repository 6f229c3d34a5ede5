"""The verdict: what the clients were told, what lies on the topics, what stands in the tables.

`judge` is a pure function of the evidence. It uses nothing of the services: what a command must have
caused and what a wish is worth are written here and in `books` a second time.
"""

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


def verdict(zh: str, en: str, counted: int, found: Iterable[str]) -> Check:
    """A check from all its violations."""
    every = list(found)
    return Check(zh, en, counted, tuple(every[:KEPT]), len(every), not every)
