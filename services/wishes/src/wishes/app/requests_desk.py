"""What comes in at the desk: overrules, hand-over, likenesses, buildings, new codes."""

from typing import Annotated, Literal
from uuid import UUID

from chassis.http.body import Body, Text
from pydantic import Field

from wishes.app.requests import Area, Code

Place = Annotated[int, Field(ge=1, le=60)]


class OverruleIn(Body):
    """A finding as the refusal `card-leaks` named it, in the text as it is to hang."""

    field: Literal["title", "note"]
    text: Annotated[Text, Field(max_length=60)]
    kind: Code
    first: Place
    """Letters are counted from 1; `last` is the last one of the finding."""
    last: Place
    reason: Code
    remark: Annotated[Text, Field(max_length=200)] | None = None


class OverruleAnswer(Body):
    answer: Literal["yes", "no"]


class ToJudge(Body):
    purpose: Literal["verify"]


class HandOver(Body):
    handed_to: Literal["resident_units", "street", "district", "other"]
    note: Code


class OtherWish(Body):
    wish_id: UUID


class BuildingIn(Body):
    area: Area
    name: Annotated[Text, Field(max_length=40)]


class NewCode(Body):
    reason: Literal["lost", "damaged", "not_received", "seen_by_others"]
