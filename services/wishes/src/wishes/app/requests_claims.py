"""What comes in about invitations, changes of a claimed wish, and visits."""

from typing import Annotated, Literal
from uuid import UUID

from chassis.http.body import Body, Text
from pydantic import AwareDatetime, Field, StringConstraints

from wishes.app.requests import Answers, Code, GiverIn, Publication

Digits = Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]


class InvitationsIn(Body):
    invitees: Annotated[tuple[GiverIn, ...], Field(min_length=1, max_length=20)]


class InvitationsToNotify(Body):
    purpose: Literal["notify"]
    ids: Annotated[tuple[UUID, ...], Field(min_length=1, max_length=100)]


class ChangeIn(Publication):
    """The new need in the person's words, and the card that is to hang for it. The questions of another
    category are answered anew; within the same one the answers stay, where none are named."""

    words: Annotated[Text, Field(max_length=500)]
    category: Code | None = None
    answers: Answers | None = None


class ChangeAnswer(Body):
    answer: Literal["yes", "no"]


class VisitIn(Body):
    visitors: Annotated[tuple[UUID, ...], Field(min_length=1, max_length=6)]
    back_by: AwareDatetime
    carries: Annotated[tuple[Literal["medicine", "money"], ...], Field(max_length=2)] = ()
    organisation_id: UUID | None = None
    """The unit that the caller acts for."""


class VisitCheckIn(Body):
    digits: Digits
    """What whoever stands at the door says."""
