"""What comes in about consents."""

from typing import Annotated, Literal

from chassis.http.body import Body, Text
from pydantic import Field

from wishes.domain.wordings import Purpose

Version = Annotated[int, Field(ge=1, le=1_000)]


class CardConsent(Body):
    """By the holder of a card. `wording`: the version that was on the screen."""

    purpose: Purpose
    given: bool
    wording: Version


class ConsentAtDesk(CardConsent):
    """By a worker, or by the person's own account (then `by`, `how` and `witness` say nothing new)."""

    by: Literal["self", "guardian", "proxy"] = "self"
    how: Literal["paper", "spoken"] = "spoken"
    witness: Annotated[Text, Field(max_length=40)] | None = None
    """Who heard a spoken yes."""


class TakeDown(Body):
    reason: Literal["leak", "complaint", "mistake", "other"]
