"""What goes out after the help: evaluations, callbacks, complaints, and the checked lottery."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, computed_field

from wishes.domain.complaint import LEVELS, Complaint, ComplaintLevel
from wishes.domain.fulfilling import DAYS_OF_CALLS


class EvaluationView(BaseModel):
    wish_id: UUID
    score: int
    by_proxy: bool
    means: str


class CallbackLine(BaseModel):
    """A wish whose person is to be rung up. `late`: the day is over, it is still to be done.
    `in_vain`: on so many days nobody was reached."""

    id: UUID
    wish_id: UUID
    card_no: str
    category: str
    drawn_at: datetime
    due_by: datetime
    late: bool
    in_vain: int

    @computed_field
    @property
    def in_vain_word(self) -> str:
        """What the number means for whoever rings up next."""
        if not self.in_vain:
            return "还没打过"
        left = DAYS_OF_CALLS - self.in_vain
        return f"已有 {self.in_vain} 天没打通，换一天再打；再有 {left} 天打不通，就记作联系不上"


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
    """`commitment`: SHA-256 of the seed, hex. `seed`: hex, from the first day of the next month on.
    `in_vain`: of those drawn in it, whose people nobody reached."""

    month: str
    commitment: str
    seed: str | None
    in_vain: int


class MonthsOfCalls(BaseModel):
    district: str
    items: list[MonthOfCalls]
