"""What goes out about people's own data."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from wishes.app.views import ContactView
from wishes.domain.rights import DataRequest

LATE = 2


class DataRequestView(BaseModel):
    """`due_at`: by then it is answered. `soon`, `late`: the desk has been reminded. `filed_with`: the
    erasure that this one was filed with, for another entry of the same person."""

    id: UUID
    person_id: UUID
    area: str
    kind: str
    state: str
    end_claims: bool
    filed_at: datetime
    due_at: datetime
    soon: bool
    late: bool
    checked_by: UUID | None
    answered_at: datetime | None
    reason: str | None
    filed_with: UUID | None

    @staticmethod
    def of(request: DataRequest) -> "DataRequestView":
        return DataRequestView(
            id=request.id,
            person_id=request.person_id,
            area=request.area,
            kind=request.kind,
            state=request.state,
            end_claims=request.end_claims,
            filed_at=request.filed_at,
            due_at=request.due_at,
            soon=request.warned > 0,
            late=request.warned == LATE,
            checked_by=request.checked_by,
            answered_at=request.answered_at,
            reason=request.reason,
            filed_with=request.filed_with,
        )


class FiledRequestView(DataRequestView):
    """`also`: the erasures filed with it for the other entries of the same person; not told by a card that
    somebody else wrote for them."""

    also: list[UUID]

    @staticmethod
    def of_all(request: DataRequest, also: Sequence[DataRequest]) -> "FiledRequestView":
        filed = DataRequestView.of(request).model_dump()
        return FiledRequestView(**filed, also=[other.id for other in also])


class WantedView(BaseModel):
    name: str | None = None
    phone: str | None = None
    no_phone: bool = False
    address: str | None = None
    born: str | None = None


class RequestDetailView(BaseModel):
    """What a correction asks for, beside what is there now. When the person was born is shown where that
    is asked about."""

    current: ContactView
    wanted: WantedView


class CopyView(BaseModel):
    """Everything that is kept here about a person. `data`: section → rows; `page`: the same to read and
    to print, a whole HTML document. `of_card`: asked for by the card of a child, or by one that somebody
    else wrote for the person, so of what was written down with that card alone. Times are RFC 3339, values
    0.01 yuan."""

    person_id: UUID
    made_at: datetime
    of_card: bool
    data: dict[str, list[dict[str, Any]]]
    page: str


class OwnWish(BaseModel):
    id: UUID
    card_no: str
    state: str


class OwnPerson(BaseModel):
    person_id: UUID
    area: str
    wishes: list[OwnWish]


class SpokenFor(OwnPerson):
    """`kind`: guardian, proxy. `wishes`: those that were noted with them."""

    kind: str


class MineView(BaseModel):
    """The people that an account is linked with: one for each time somebody wrote a wish down.
    `speaks_for`: those whose guardian or proxy it is, for whom it sees who looked at their data."""

    items: list[OwnPerson]
    speaks_for: list[SpokenFor]
