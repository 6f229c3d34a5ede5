"""What comes in after the help: evaluation, callback, complaint."""

from typing import Annotated, Literal
from uuid import UUID

from chassis.http.body import Body, Text
from pydantic import Field

from wishes.app.requests import Code
from wishes.domain.complaint import About, Outcome

Score = Annotated[int, Field(ge=1, le=5)]
"""5: very content."""
Note = Annotated[Text, Field(max_length=200)]


class EvaluationIn(Body):
    """By a worker who was told, or by the person who wished, signed in: `tap`."""

    score: Score
    means: Literal["call", "visit", "paper", "tap"]
    by_proxy: bool = False
    proxy_id: UUID | None = None
    """Where whoever speaks for the person is a volunteer: one who took part in the help can't, nor can
    who lives with one."""
    remark: Note | None = None


class CardEvaluation(Body):
    score: Score
    means: Literal["code", "qr"] = "code"
    by_proxy: bool = False
    remark: Note | None = None


class CallbackIn(Body):
    """What came out of a call."""

    outcome: Literal["satisfied", "unsatisfied", "not_reached"]
    reason: Code | None = None
    """Why not satisfied."""
    note: Note | None = None


class ComplaintIn(Body):
    about: About
    words: Annotated[Text, Field(max_length=500)]


class ComplaintAnswerIn(Body):
    outcome: Outcome
    words: Annotated[Text, Field(max_length=500)]
    """For whoever complained: read to them, and shown by the code on the card."""


class Reading(Body):
    purpose: Literal["after_care", "complaint"]
