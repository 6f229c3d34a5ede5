"""What goes out to the desk."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel

from wishes.app.overrule_store import Overrule


class OverruleView(BaseModel):
    """Without the text: whoever has to judge it asks for it, and that is written down."""

    id: UUID
    wish_id: UUID
    field: str
    kind: str
    first: int
    last: int
    reason: str
    asked_by: UUID
    asked_at: datetime
    answer: str | None
    answered_by: UUID | None
    answered_at: datetime | None

    @staticmethod
    def of(overrule: Overrule) -> "OverruleView":
        return OverruleView.model_validate(overrule, from_attributes=True)


class OverrulesView(BaseModel):
    items: list[OverruleView]


class OverruleText(BaseModel):
    text: str | None
    remark: str | None


class StepView(BaseModel):
    method: str
    done_at: datetime
    spoke_with: str
    seen: list[str]


class VerificationView(BaseModel):
    at: datetime
    verified_by: UUID
    method: str
    steps: list[StepView]


class VerificationsView(BaseModel):
    items: list[VerificationView]


class QueueLine(BaseModel):
    """A wish as it waits at the desk; never a name. `late`: `due` has passed."""

    id: UUID
    card_no: str
    category: str
    channel: str
    state: str
    state_word: str
    """The state as people say it (no colour has to be understood)."""
    level: Literal["community", "resident_units", "street", "district"]
    follow_up: bool
    by_proxy: bool
    claimant_kind: str | None
    since: datetime
    due: datetime
    late: bool


class QueueCounts(BaseModel):
    area: str
    queues: dict[str, int]


class LikenessView(BaseModel):
    """A wish that may be the same one, or of the same people. `score`: how alike the words are, 0 to 1;
    `why`: what the two have in common."""

    wish_id: UUID
    card_no: str
    category: str
    state: str
    state_word: str
    submitted_at: datetime
    fulfilled_at: datetime | None
    why: list[Literal["same_entry", "same_household", "same_phone", "same_address"]]
    same_category: bool
    score: float


class LikenessesView(BaseModel):
    """`helped_in_year`: wishes of these people, this one aside, that came true in 365 days."""

    helped_in_year: int
    items: list[LikenessView]


class LikenessDecision(BaseModel):
    wish_id: UUID
    other_id: UUID
    duplicate: bool
    state: str
    """Of the wish that was decided about, afterwards."""


class BuildingView(BaseModel):
    id: UUID
    area: str
    name: str


class PrintCard(BaseModel):
    """`target`: where the QR code on the hung half leads, below the address of the site. The six digits
    are not here: only their keyed hash is kept."""

    wish_id: UUID
    card_no: str
    area: str
    title: str
    note: str | None
    category: str
    effort: str
    posted_at: datetime
    follows: str | None
    target: str


class CodeView(BaseModel):
    """`code` is shown this once; the one before opens nothing any more."""

    card_no: str
    code: str
    target: str


class Count(BaseModel):
    """`number` is None where it is not shown; `shown` is what people read."""

    number: int | None
    shown: str


class PeopleCell(Count):
    bucket: Literal["never_served", "waiting", "helped", "often"]
    waited: Literal["week", "month", "quarter", "longer"] | None


class PeopleRow(BaseModel):
    area: str
    cells: list[PeopleCell]


class FairnessView(BaseModel):
    """`exact`: every number is as it is; else small ones are not shown. The first row is `area`."""

    area: str
    exact: bool
    as_of: datetime
    rows: list[PeopleRow]


class PersonLine(BaseModel):
    """Somebody who waits or was helped, found by one of their wishes; never a name."""

    wish_id: UUID
    card_no: str
    bucket: str
    since: datetime
    open: int
    helped_in_year: int


class UntakenCell(Count):
    category: str
    waited: Literal["to_5", "to_10", "to_15", "over_15"]
    """Working days since it was hung first."""


class UntakenRow(BaseModel):
    area: str
    cells: list[UntakenCell]


class BuildingCell(Count):
    building_id: UUID | None
    """None: no building was chosen."""
    name: str | None


class UntakenView(BaseModel):
    area: str
    exact: bool
    as_of: datetime
    rows: list[UntakenRow]
    buildings: list[BuildingCell]
    """Of a community only. Where not everything is shown: those with enough wishes to be shown."""
