"""A programme (项目): several wishes and several givers under one name, such as 美居行动 and 心诚服务.

What is too large for one wish of the tree can be part of one. Gifts in kind and time only: nobody
collects money under its name (慈善法 Art. 22, 114).
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from contracts.wishes import ProgrammeClosed, ProgrammeOpened, WishJoinedProgramme

from wishes.domain import errors
from wishes.domain.replace import replace
from wishes.domain.states import WishState
from wishes.domain.wish import Events, Wish

Brand = Literal["meiju", "xincheng", "other"]
"""美居行动, 心诚服务."""
MAY_JOIN = (
    WishState.SUBMITTED,
    WishState.VERIFIED,
    WishState.POSTED,
    WishState.CLAIMED,
    WishState.DELIVERED,
)


@dataclass(frozen=True)
class Programme:
    """`area`: 12 digits; of a street or a district the rest are zeros."""

    id: UUID
    area: str
    name: str
    brand: Brand
    valid_from: date
    valid_until: date
    """The last day on which a wish can join."""
    cap_fen: int | None = None
    """0.01 yuan: with gifts of so much, no further wish joins. What has joined goes on."""
    version: int = 0
    closed_at: datetime | None = None

    @property
    def reach(self) -> str:
        return reach_of(self.area)


def reach_of(area: str) -> str:
    """The prefix that a code stands for: `610102007000` is all of the street 610102007."""
    return area.removesuffix("000").removesuffix("000")


def start(programme: Programme, by: UUID, now: datetime) -> tuple[Programme, Events]:
    """Raises DatesCrossed."""
    if programme.valid_until < programme.valid_from:
        raise errors.DatesCrossed
    event = ProgrammeOpened(
        programme_id=programme.id, area=programme.area, opened_by=by, opened_at=now
    )
    return replace(programme, version=1), (event,)


def end(programme: Programme, by: UUID, now: datetime) -> tuple[Programme, Events]:
    """No wish joins any more; those that have go on to their end. Raises ProgrammeClosed."""
    if programme.closed_at is not None:
        raise errors.ProgrammeClosed
    event = ProgrammeClosed(
        programme_id=programme.id, area=programme.area, closed_by=by, closed_at=now
    )
    return replace(programme, version=programme.version + 1, closed_at=now), (event,)


def join(
    wish: Wish, programme: Programme, given_fen: int, day: date, now: datetime
) -> tuple[Wish, Events]:
    """`given_fen`: gifts of all its wishes so far. Raises ProgrammeClosed, WishOutsideProgramme,
    AlreadyInProgramme, ProgrammeFull, WrongState."""
    if programme.closed_at is not None or not programme.valid_from <= day <= programme.valid_until:
        raise errors.ProgrammeClosed
    if not wish.area.startswith(programme.reach):
        raise errors.WishOutsideProgramme
    if wish.state not in MAY_JOIN:
        raise errors.WrongState(wish.state, "join_programme")
    if wish.programme_id is not None:
        raise errors.AlreadyInProgramme
    if programme.cap_fen is not None and given_fen >= programme.cap_fen:
        raise errors.ProgrammeFull
    event = WishJoinedProgramme(
        wish_id=wish.id, area=wish.area, programme_id=programme.id, joined_at=now
    )
    return replace(wish, programme_id=programme.id, version=wish.version + 1), (event,)
