"""Counts of people that must not point at one of them: small-cell suppression.

A count below FEW is shown as few. That alone is not enough: in a street with a known total and one
community that is shown as few, that community is a subtraction away. So a count beside it is kept back
as well (complementary suppression), and the sum above where that could still tell.

Whoever tries to find a number out has this program, too. So nothing is decided by a small number, nor by
how large its neighbour is beside the others: who hides it is the first in the order of the codes that is
large enough whatever the small number is, and where the sum is kept back because it is low, that leaves
at least three numbers as well. A test goes through every number that would be shown just so. Method:
A. Hundepool et al., Statistical Disclosure Control (2012), §4. FEW and what follows from it are ours.
"""

from collections.abc import Hashable, Iterator, Mapping
from typing import Literal, TypeVar

FEW = 5
MOST = FEW - 1
"""Of a count that is few."""
LARGE = FEW + MOST
"""Whoever hides a small count has so many."""
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
    for above in tree.from_below():
        tree.hide_below(above)
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

    def from_below(self) -> list[str]:
        """The areas that have others below them, streets before their district."""
        return sorted(self._below, key=len, reverse=True)

    def hide_below(self, above: str) -> None:
        """The first neighbour that is large enough is kept back beside what must not be told; and the
        sum, where nobody is, or where it is so low that it would narrow them all down."""
        hidden = [area for area in self._below[above] if not self._is_told(area)]
        if not hidden or self.shown[above] == "few":
            return
        places = (self._place(area) for area in self._below[above] if self._is_told(area))
        found = next(filter(None, places), ())
        self.shown |= dict.fromkeys(found, "kept_back")
        untold = sum(self._untold(area) for area in (*hidden, *found[:1]))
        enough = sum(map(self._most, hidden)) + (self._least(found[0]) if found else 0)
        if not found or untold < enough:
            self.shown[above] = "kept_back"

    def _is_told(self, area: str) -> bool:
        return isinstance(self.shown[area], int)

    def _place(self, area: str) -> tuple[str, ...]:
        """What to keep back so that nobody can tell this area's number: it, and one inside of it."""
        if not self._is_told(area) or self._counts[area] < LARGE:
            return ()
        below = self._below.get(area, [])
        if not below or any(self.shown[one] == "kept_back" for one in below):
            return (area,)
        inside = next(filter(None, map(self._place, below)), ())
        return (area, *inside) if inside else ()

    def _untold(self, area: str) -> int:
        """What is left of it when all that is shown inside of it is taken away."""
        if self._is_told(area):
            return 0
        below = self._below.get(area)
        if below is None or self.shown[area] == "few":
            return self._counts[area]
        return sum(map(self._untold, below))

    def _least(self, area: str) -> int:
        """That what is untold of somebody who hides others comes to."""
        return LARGE + MOST * self._small(area)

    def _most(self, area: str) -> int:
        """That what is untold of it may come to, and must still seem to."""
        below = self._below.get(area, [])
        if self.shown[area] == "few" or not below:
            return MOST
        if any(self.shown[one] == "kept_back" for one in below):
            # Else the sum of it would be told.
            return self._least(area) - 1
        return MOST * self._small(area) if self._small(area) == len(below) else MOST

    def _small(self, area: str) -> int:
        """How many right below it are few."""
        return sum(self.shown[one] == "few" for one in self._below.get(area, []))


def _path(area: str) -> Iterator[tuple[str, str]]:
    above = ""
    for digits in LEVELS:
        yield above, area[:digits]
        above = area[:digits]
