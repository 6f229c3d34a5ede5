"""Whose word a wish rests on: the person's own, a proxy's with the person's consent, a guardian's.

A child is somebody under fourteen (PIPL Art. 28, 31): the guardian's consent comes before anybody
works with the wish, and two people go to see a child.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from wishes.domain.errors import (
    ConsentEvidenceMissing,
    GuardianConsentMissing,
    NobodyReached,
    WitnessIsTheAuthor,
)
from wishes.domain.leak_text import fold, seen

CHILD_BELOW = 14


def is_minor(born: str | None, day: date) -> bool:
    """`born`: year and month, `2015-03`. Who is fourteen in this month may have been so for a day or
    not yet: a child until the month is over. Nothing said: grown up."""
    if born is None:
        return False
    year, month = (int(part) for part in born.split("-"))
    return (year + CHILD_BELOW, month) >= (day.year, day.month)


def has_grown_up(born: str | None, wished: date, day: date) -> bool:
    """Who was a child on the day of a child's wish, and is none any more. A month by which they never were
    one says nothing: one alone may have written it."""
    return is_minor(born, wished) and not is_minor(born, day)


@dataclass(frozen=True)
class Proof:
    """How a consent can be shown to somebody who asks later: at least one of the three."""

    noted: bool
    """A worker wrote down where the paper or the recording lies. What is written about a spoken word
    shows nothing: whoever heard it is named."""
    witnessed: bool
    """Somebody is named who heard it."""
    attached: bool
    """A photo or a recording is kept with the wish."""

    @property
    def is_there(self) -> bool:
        return self.noted or self.witnessed or self.attached


def require_other_witness(witness: str, involved: Iterable[str | None]) -> None:
    """Nobody is the witness of their own word, of what is said of them, or of what they write down.
    `involved`: names; None: there is no such person. Raises WitnessIsTheAuthor."""
    if any(name and is_same_name(witness, name) for name in involved):
        raise WitnessIsTheAuthor


def require_reached(method: str, steps: Sequence[tuple[str, str]]) -> None:
    """`steps`: how each was made, and who was spoken with. Where they are told, one of those on which
    the check rests has reached somebody. Raises NobodyReached."""
    if steps and not any(how == method and whom != "nobody" for how, whom in steps):
        raise NobodyReached


def require_consents(
    *, by_proxy: bool, minor: bool, proxy: Proof | None, guardian: Proof | None
) -> None:
    """Before somebody says that a wish is real. Raises GuardianConsentMissing,
    ConsentEvidenceMissing."""
    if minor and (guardian is None or not guardian.is_there):
        raise GuardianConsentMissing
    if by_proxy and (proxy is None or not proxy.is_there):
        raise ConsentEvidenceMissing


def is_same_name(one: str, other: str) -> bool:
    """However they are spaced, in small letters or large ones, with characters nobody sees."""
    return _plain(one) == _plain(other)


def _plain(name: str) -> str:
    return seen(fold(name)).letters.casefold()
