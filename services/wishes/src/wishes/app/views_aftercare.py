"""What goes out after the help: evaluations, callbacks, complaints, and the checked lottery."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from wishes.domain.complaint import LEVELS, Complaint, ComplaintLevel


class EvaluationView(BaseModel):
    wish_id: UUID
    score: int
    by_proxy: bool
    means: str


class CallbackLine(BaseModel):
    """A wish whose person is to be rung up. `late`: the day is over, it is still to be done."""

    id: UUID
    wish_id: UUID
    card_no: str
    category: str
    drawn_at: datetime
    due_by: datetime
    late: bool


class ComplaintView(BaseModel):
    id: UUID
    wish_id: UUID
    area: str
    about: str
    level: ComplaintLevel
    filed_at: datetime
    due_by: datetime
    answered_at: datetime | None

    @staticmethod
    def of(complaint: Complaint) -> "ComplaintView":
        return ComplaintView(
            id=complaint.id,
            wish_id=complaint.wish_id,
            area=complaint.area,
            about=complaint.about,
            level=LEVELS[complaint.level],
            filed_at=complaint.filed_at,
            due_by=complaint.due_by,
            answered_at=complaint.answered_at,
        )


class CardComplaint(BaseModel):
    """For the holder of the card: where their complaint stands, and the answer in full."""

    about: str
    filed_at: datetime
    due_by: datetime
    answered_at: datetime | None
    outcome: str | None
    answer: str | None


class CardComplaints(BaseModel):
    items: list[CardComplaint]


class ReadEvaluation(BaseModel):
    score: int
    means: str
    by_proxy: bool
    remark: str | None
    at: datetime


class ReadCall(BaseModel):
    outcome: str
    called_by: UUID
    note: str | None
    at: datetime


class ReadComplaint(BaseModel):
    id: UUID
    about: str
    level: ComplaintLevel
    words: str | None
    filed_at: datetime
    outcome: str | None
    answer: str | None


class AftercareView(BaseModel):
    """All that was said about a wish after the help, opened: the look is written down."""

    evaluations: list[ReadEvaluation]
    calls: list[ReadCall]
    complaints: list[ReadComplaint]


class MonthOfCalls(BaseModel):
    """`commitment`: SHA-256 of the seed, hex. `seed`: hex, from the first day of the next month on."""

    month: str
    commitment: str
    seed: str | None


class MonthsOfCalls(BaseModel):
    district: str
    items: list[MonthOfCalls]
