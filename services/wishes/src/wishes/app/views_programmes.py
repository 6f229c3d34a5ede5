"""What goes out about programmes: what was given in all, and by whom; no person beside a sum."""

from datetime import date, datetime
from uuid import UUID

from contracts.fields import GiverKind
from pydantic import BaseModel

from wishes.domain.programme import Programme


class ProgrammeView(BaseModel):
    id: UUID
    area: str
    name: str
    brand: str
    valid_from: date
    valid_until: date
    cap_fen: int | None
    closed_at: datetime | None

    @staticmethod
    def of(programme: Programme) -> "ProgrammeView":
        return ProgrammeView.model_validate(programme, from_attributes=True)


class ProgrammeTotals(BaseModel):
    """Of its wishes in the caller's area. Gifts in kind by estimate, in 0.01 yuan; minutes actually given."""

    wishes: int
    fulfilled: int
    gifts: int
    gifts_fen: int
    minutes: int
    volunteers: int
    organisations: int


class ProgrammeDetail(ProgrammeView):
    totals: ProgrammeTotals


class GiverLine(BaseModel):
    kind: GiverKind
    id: UUID


class ProgrammeWish(BaseModel):
    id: UUID
    card_no: str
    area: str
    category: str
    state: str
