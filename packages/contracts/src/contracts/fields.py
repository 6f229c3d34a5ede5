"""Field types of the published language, each with its privacy class.

An event carries ids, codes, numbers, times and flags, and nothing else: no name, no phone, no
address, no free text (DESIGN 2.4), so the log never needs erasing. The class is declared in the
type, and a test walks every field of every event and refuses one without.
"""

from datetime import datetime, timedelta, timezone
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
)

BEIJING = timezone(timedelta(hours=8))
YEARS = (1900, 9000)
"""Outside of these a time cannot be turned into every zone without an overflow."""


class Privacy(StrEnum):
    """What a published field may be. There is deliberately no class for personal data."""

    ID = "id"
    CODE = "code"
    NUMBER = "number"
    TIME = "time"
    FLAG = "flag"


def _aware(value: datetime) -> datetime:
    """A time without a zone is read differently by every partner, so it never leaves."""
    if value.tzinfo is None:
        raise ValueError("a published time needs a zone")
    if not YEARS[0] <= value.year <= YEARS[1]:
        raise ValueError("a published time lies within the calendar")
    return value


def wire_time(time: datetime) -> str:
    """RFC 3339 in +08:00 with milliseconds: the JavaScript SDK cuts what is finer."""
    return time.astimezone(BEIJING).isoformat(timespec="milliseconds")


Id = Annotated[UUID, Privacy.ID]
AreaCode = Annotated[str, Field(pattern=r"^[0-9]{12}$"), Privacy.CODE]
"""GB/T 2260 and its extension: 6 digits to the district, 3 street, 3 community."""
CardNo = Annotated[str, Field(pattern=r"^[2-9A-HJKMNP-Z]{4,5}$"), Privacy.ID]
"""Public number on the hung half of a card; without 0 O 1 I L, so that it can be read aloud."""
Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$"), Privacy.CODE]
Time = Annotated[
    datetime,
    AfterValidator(_aware),
    PlainSerializer(wire_time, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}, mode="serialization"),
    Privacy.TIME,
]
Flag = Annotated[bool, Privacy.FLAG]
Count = Annotated[int, Field(ge=0, le=1_000_000), Privacy.NUMBER]
Minutes = Annotated[int, Field(ge=0, le=60_000), Privacy.NUMBER]
Fen = Annotated[int, Field(ge=0, le=100_000_000), Privacy.NUMBER]
"""Money value of a gift in kind in 0.01 yuan. Estimated, never paid: there is no money here."""

Category = Annotated[Literal["goods", "service", "companionship", "skills"], Privacy.CODE]
Channel = Annotated[Literal["online", "desk", "visit", "paper", "phone"], Privacy.CODE]
Effort = Annotated[
    Literal["half_hour", "one_hour", "half_day", "one_day", "one_item"], Privacy.CODE
]
GiverKind = Annotated[Literal["volunteer", "organisation"], Privacy.CODE]
GiftItem = Annotated[
    Literal["heater", "appliance", "furniture", "food", "medicine", "daily", "other"], Privacy.CODE
]


class Part(BaseModel):
    """A value inside an event. Frozen: an event is a fact."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class EventData(Part):
    """The `data` of one event."""


class Giver(Part):
    kind: GiverKind
    id: Id


class Gift(Part):
    giver: Giver
    item: GiftItem
    quantity: Annotated[int, Field(ge=1, le=10_000), Privacy.NUMBER]
    value_fen: Fen


class Service(Part):
    """Time actually given by one volunteer (民政部令67 Art. 7)."""

    volunteer_id: Id
    minutes: Minutes
