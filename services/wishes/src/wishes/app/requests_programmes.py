"""What comes in for programmes."""

from datetime import date
from typing import Annotated
from uuid import UUID

from chassis.http.body import Body, Text
from pydantic import Field

from wishes.app.requests import Area
from wishes.domain.programme import Brand


class ProgrammeIn(Body):
    area: Area
    """Of a street or a district the rest are zeros: `610102007000`."""
    name: Annotated[Text, Field(max_length=40)]
    """What it is called in public; never a person's name."""
    brand: Brand
    valid_from: date
    valid_until: date
    cap_fen: Annotated[int, Field(ge=1, le=10_000_000_000)] | None = None
    """0.01 yuan of gifts in kind, all its wishes together."""


class JoinProgramme(Body):
    programme_id: UUID
