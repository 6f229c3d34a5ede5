"""Geometry of the page's pictures: seconds and numbers in, places on an SVG out. Nothing is drawn here."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from proof.faults import Span

WIDTH = 960
LEFT, RIGHT = 92, 16
LANE = 22
PLOT = 120
NARROWEST = 3.0
WINDOW = 5.0
"""Seconds over which a rate is taken: single looks jump."""
STEPS = (1, 2, 2.5, 5)
TICKS = 4


@dataclass(frozen=True)
class Bar:
    """One fault: its box, and its words where there is room for them."""

    x: float
    width: float
    y: float
    family: str
    zh: str
    en: str
    victim: str
    start: float
    end: float
    label_x: float | None


@dataclass(frozen=True)
class Lane:
    name: str
    y: float


@dataclass(frozen=True)
class Tick:
    place: float
    text: str


@dataclass(frozen=True)
class Curve:
    """`pieces` are the points of polylines: where nobody answered there is a gap."""

    name: str
    number: int
    pieces: tuple[str, ...]
    most: float
    last: float


@dataclass(frozen=True)
class Plot:
    curves: tuple[Curve, ...]
    ticks: tuple[Tick, ...]
    height: int = PLOT


Series = Sequence[tuple[float, float | None]]
"""(seconds, value); None: nobody answered."""


@dataclass(frozen=True)
class Scale:
    """Seconds to places; `whole` is how long the picture is."""

    whole: float

    def x(self, seconds: float) -> float:
        share = min(max(seconds / self.whole, 0.0), 1.0)
        return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)

    def ticks(self) -> list[Tick]:
        step = next(s for s in (10, 30, 60, 120, 300, 600, 3600, 36000) if self.whole / s <= 12)
        marks = range(0, int(self.whole) + 1, step)
        return [Tick(self.x(mark), f"{mark // 60}:{mark % 60:02d}") for mark in marks]


def bars(
    spans: Iterable[Span],
    scale: Scale,
    order: Sequence[str],
    name: Callable[[str], tuple[str, str, str]],
) -> tuple[list[Bar], list[Lane], int]:
    """Bars, the lanes of their victims, and the height. `name` gives (zh, en, family) of a fault."""
    of_victim: defaultdict[str, list[Span]] = defaultdict(list)
    for span in spans:
        of_victim[span.victim].append(span)
    known = [victim for victim in order if victim in of_victim]
    found: list[Bar] = []
    lanes: list[Lane] = []
    y = 0
    for victim in [*known, *sorted(of_victim.keys() - set(known))]:
        lanes.append(Lane(victim, y + LANE / 2))
        for row in _rows(sorted(of_victim[victim], key=lambda span: span.start), scale):
            found += _row(row, scale, y, name)
            y += LANE
    return found, lanes, y


def _rows(spans: Sequence[Span], scale: Scale) -> list[list[Span]]:
    """Faults of one victim that overlap stand below each other."""
    rows: list[list[Span]] = []
    for span in spans:
        for row in rows:
            if scale.x(row[-1].end) <= scale.x(span.start):
                row.append(span)
                break
        else:
            rows.append([span])
    return rows


def _row(
    spans: Sequence[Span], scale: Scale, y: float, name: Callable[[str], tuple[str, str, str]]
) -> Iterable[Bar]:
    ends = [scale.x(span.start) for span in spans[1:]] + [WIDTH]
    for span, room_ends in zip(spans, ends, strict=True):
        zh, en, family = name(span.name)
        x = scale.x(span.start)
        width = max(NARROWEST, scale.x(span.end) - x)
        words = _width(zh)
        inside = words + 6 <= width
        label = x + 4 if inside else x + width + 3
        fits = inside or label + words <= room_ends
        yield Bar(
            x, round(width, 1), y, family, zh, en, span.victim, span.start, span.end,
            round(label, 1) if fits else None,
        )  # fmt: skip


def _width(words: str) -> float:
    """Of 11-pixel letters, roughly: Chinese ones are as wide as high."""
    return sum(11.5 if ord(letter) > 0x2E7F else 6.2 for letter in words)


def plot(series: Mapping[str, Series], scale: Scale) -> Plot:
    top = _ceiling(max((v for s in series.values() for _, v in s if v is not None), default=0.0))

    def y(value: float) -> float:
        return round(PLOT - value / top * PLOT, 1)

    curves = [
        Curve(
            name,
            number,
            tuple(
                " ".join(f"{scale.x(at)},{y(value)}" for at, value in piece)
                for piece in _pieces(points)
            ),
            max((v for _, v in points if v is not None), default=0.0),
            next((v for _, v in reversed(points) if v is not None), 0.0),
        )
        for number, (name, points) in enumerate(series.items())
    ]
    marks = [top * n / TICKS for n in range(TICKS + 1)]
    return Plot(tuple(curves), tuple(Tick(y(mark), f"{mark:g}") for mark in marks))


def _pieces(points: Series) -> list[list[tuple[float, float]]]:
    found: list[list[tuple[float, float]]] = [[]]
    for at, value in points:
        if value is None:
            found.append([])
        else:
            found[-1].append((at, value))
    return [piece for piece in found if piece]


def _ceiling(most: float) -> float:
    """The next round number above, so that every tick is one."""
    size = 1.0 if most >= 1 else 0.01
    while True:
        for step in STEPS:
            if most <= step * size * TICKS:
                return step * size * TICKS
        size *= 10


def rate(points: Series) -> list[tuple[float, float | None]]:
    """Of a count from the beginning: by the second, over the last WINDOW seconds."""
    found: list[tuple[float, float | None]] = []
    known: list[tuple[float, float]] = []
    for at, count in points:
        if count is None:
            found.append((at, None))
            continue
        known.append((at, count))
        while len(known) > 2 and known[1][0] < at - WINDOW:
            known.pop(0)
        first = known[0]
        found.append((at, (count - first[1]) / (at - first[0]) if at > first[0] else 0.0))
    return found


def share(part: Series, whole: Series) -> list[tuple[float, float | None]]:
    """Percent of two rates."""
    return [
        (at, None if a is None or b is None else 100 * a / b if b else 0.0)
        for (at, a), (_, b) in zip(part, whole, strict=True)
    ]


def thinned(samples: int, most: int) -> list[int]:
    """At most so many places, evenly, the last one included."""
    if samples <= most:
        return list(range(samples))
    return sorted({round(n * (samples - 1) / (most - 1)) for n in range(most)})
