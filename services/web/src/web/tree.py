"""The tree as a picture: hearts and blossoms at their stored places, as one string of SVG.

The list beside it is the interface; the picture mirrors it and is hidden from readers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from web.places import PLACES
from web.words import LETTERS

SYMBOL = {"open": "o", "claimed": "h", "fulfilled": "f"}
SCALE = {"open": "1.2", "claimed": "1.06", "fulfilled": ".92"}


@dataclass(frozen=True)
class Leaf:
    """One heart or blossom, ready to be drawn. Coordinates in the box of 1080 by 900."""

    place: int
    category: str
    state: str
    card_no: str
    x: int
    y: int
    tilt: float
    thread: int

    @staticmethod
    def of(row: Mapping[str, Any]) -> "Leaf":
        x, y = PLACES[row["leaf"]]
        h = fnv1a(row["card_no"])
        return Leaf(
            place=row["leaf"],
            category=LETTERS[row["category"]],
            state=row["state"],
            card_no=row["card_no"],
            x=x,
            y=y,
            tilt=round((h % 25 - 12) * 0.55, 2),
            thread=7 + h % 9,
        )

    @property
    def symbol(self) -> str:
        return f"{SYMBOL[self.state]}{self.category}"

    def message(self) -> dict[str, Any]:
        """For the live stream: everything a page needs to draw it, and no more."""
        return {
            "leaf": self.place,
            "cat": self.category,
            "state": self.state,
            "w": self.card_no,
            "x": self.x,
            "y": self.y,
            "r": self.tilt,
        }


def leaves_of(rows: Sequence[Mapping[str, Any]]) -> dict[int, Leaf]:
    return {row["leaf"]: Leaf.of(row) for row in rows}


def draw(leaves: Mapping[int, Leaf]) -> str:
    """The layer of all leaves. Lower hearts lie over upper ones. Deterministic."""
    ordered = sorted(leaves.values(), key=lambda leaf: (leaf.y, leaf.place))
    threads = "".join(
        f"M{leaf.x} {leaf.y - leaf.thread}V{leaf.y}"
        for leaf in ordered
        if leaf.state != "fulfilled"
    )
    drawn = "".join(
        f'<a class="leaf" tabindex="-1" href="/w/{leaf.card_no}" data-n="{leaf.place}">'
        f'<use href="#{leaf.symbol}" transform="translate({leaf.x} {leaf.y})rotate({leaf.tilt:g})'
        f'scale({SCALE[leaf.state]})"/></a>'
        for leaf in ordered
    )
    path = f'<path class="threads" d="{threads}"/>' if threads else ""
    return f'{path}<g id="leaves">{drawn}</g>'


def changes(before: Mapping[int, Leaf], after: Mapping[int, Leaf]) -> list[dict[str, Any]]:
    """What a page that shows `before` must do to show `after`."""
    gone = [{"leaf": place, "state": "gone"} for place in sorted(before) if place not in after]
    new = [leaf.message() for place, leaf in sorted(after.items()) if before.get(place) != leaf]
    return gone + new


def fnv1a(text: str) -> int:
    """32-bit FNV-1a: a second hash, so that tilt and thread do not follow the place."""
    value = 0x811C9DC5
    for byte in text.encode():
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return value
