"""Counts of people that must not point at one of them: small-cell suppression.

A count below FEW is shown as few. That alone is not enough: in a street with a known total and one
community that is shown as few, that community is a subtraction away. So a count that would give
another one away is kept back as well (complementary suppression), until whoever knows everything that
is shown, at every level, is left with at least OPEN possible values for each that is few.

Areas are a tree and a count of an area is the sum of those below it, so what can be known of each is
an interval, found exactly by going up the tree and down again. Method: A. Hundepool et al.,
Statistical Disclosure Control (2012), §4. FEW and OPEN are ours.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar

FEW = 5
OPEN = 3
LARGE = 2 * FEW - 1
"""Kept back, so many leave every count from 0 to FEW - 1 open for one that is few beside it."""
LEVELS = (6, 9, 12)
"""Digits of the code of a district, a street, a community."""
Shown = int | Literal["few", "kept_back"]
"""The number; few: less than FEW; kept_back: more, but it would tell how few another one is."""
K = TypeVar("K", bound=Hashable)


def shown(communities: Mapping[str, int]) -> dict[str, Shown]:
    """What may be shown of each community, and of each street and district that has one of them.

    One classification at a time, and no sums over several of them beside it.
    """
    tree = _Tree(communities)
    while (exposed := tree.exposed()) is not None:
        tree.keep_back_for(exposed)
    return tree.shown


def listed(counts: Mapping[K, int], within: int) -> dict[K, int]:
    """Another division of a whole of which at least `within` is known: what of it may be told, too.

    The largest come first. Their sum stays so far below `within` that it says nothing new about the
    first division; what is not told may be anything from nothing on.
    """
    told, left = dict[K, int](), within - FEW + 1
    for key, count in sorted(counts.items(), key=lambda one: -one[1]):
        if FEW <= count <= left:
            told[key] = count
            left -= count
    return told


@dataclass(frozen=True)
class _Range:
    low: int
    high: int | None
    """None: no limit."""

    def meets(self, low: int, high: int | None) -> "_Range":
        highs = [one for one in (self.high, high) if one is not None]
        return _Range(max(self.low, low), min(highs, default=None))

    @property
    def open(self) -> bool:
        return self.high is None or self.high - self.low + 1 >= OPEN


class _Tree:
    """Areas with their counts, and what is shown of them at the moment."""

    def __init__(self, communities: Mapping[str, int]) -> None:
        self._counts: dict[str, int] = {}
        self._below: dict[str, list[str]] = {}
        for area, count in sorted(communities.items()):
            for above, node in _path(area):
                if node not in self._counts and above:
                    self._below.setdefault(above, []).append(node)
                self._counts[node] = self._counts.get(node, 0) + count
        self.shown: dict[str, Shown] = {
            area: count if count >= FEW else "few" for area, count in self._counts.items()
        }

    def exposed(self) -> str | None:
        """The topmost area that is few, and of which too little is left open."""
        known = self._known()
        topmost = sorted(known, key=len)
        return next((a for a in topmost if self.shown[a] == "few" and not known[a].open), None)

    def keep_back_for(self, area: str) -> None:
        """A neighbour large enough to hide behind, the smallest; else the sum above."""
        above = _parent(area)
        while above:
            places = [self._place(one) for one in self._below[above]]
            found = min(filter(None, places), key=lambda p: self._counts[p[0]], default=())
            if not found and isinstance(self.shown[above], int):
                found = (above,)
            if found:
                self.shown |= dict.fromkeys(found, "kept_back")
                return
            above = _parent(above)
        raise RuntimeError("nothing above a small count is shown, and yet it can be told")

    def _place(self, area: str) -> tuple[str, ...]:
        """What to keep back so that nobody can tell this area's number: it, and one inside of it."""
        if not isinstance(self.shown[area], int) or self._counts[area] < LARGE:
            return ()
        below = self._below.get(area)
        if below is None:
            return (area,)
        places = filter(None, map(self._place, below))
        inside = min(places, key=lambda place: self._counts[place[0]], default=())
        return (area, *inside) if inside else ()

    def _known(self) -> dict[str, _Range]:
        """What can be known of each count by whoever sees all that is shown."""
        known: dict[str, _Range] = {}
        for area in sorted(self._counts, key=len, reverse=True):
            known[area] = _of(self.shown[area])
            below = self._below.get(area)
            if below:
                known[area] = known[area].meets(*_sum(known[one] for one in below))
        for area in sorted(self._below, key=len):
            whole, ranges = known[area], [known[one] for one in self._below[area]]
            low = sum(one.low for one in ranges)
            limited = sum(one.high or 0 for one in ranges)
            unlimited = sum(one.high is None for one in ranges)
            for one, mine in zip(self._below[area], ranges, strict=True):
                # What is left to it when the others are as many, or as few, as they can be.
                others = None if unlimited - (mine.high is None) else limited - (mine.high or 0)
                at_least = 0 if others is None else whole.low - others
                at_most = None if whole.high is None else whole.high - (low - mine.low)
                known[one] = mine.meets(at_least, at_most)
        return known


def _path(area: str) -> Iterator[tuple[str, str]]:
    above = ""
    for digits in LEVELS:
        yield above, area[:digits]
        above = area[:digits]


def _parent(area: str) -> str:
    return next((area[:digits] for digits in reversed(LEVELS) if digits < len(area)), "")


def _of(value: Shown) -> _Range:
    if value == "few":
        return _Range(0, FEW - 1)
    return _Range(FEW, None) if value == "kept_back" else _Range(value, value)


def _sum(ranges: Iterable[_Range]) -> tuple[int, int | None]:
    parts = list(ranges)
    highs = [one.high for one in parts if one.high is not None]
    return sum(one.low for one in parts), sum(highs) if len(highs) == len(parts) else None
