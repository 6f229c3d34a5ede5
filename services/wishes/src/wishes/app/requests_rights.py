"""What comes in about people's own data."""

from typing import Annotated, Literal

from chassis.http.body import Body, Text
from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from wishes.app.requests import Phone, YearMonth

Known = Annotated[Text, Field(max_length=40)]
"""The name or the telephone number that the desk has: a slip that was found on the street is not enough."""


class CorrectionIn(Body):
    """What is right instead; what is left out stays as it is."""

    name: Annotated[Text, Field(max_length=40)] | None = None
    phone: Phone | None = None
    no_phone: Literal[True] | None = None
    """None is to be kept any more: nobody rings there, and no message goes there."""
    address: Annotated[Text, Field(max_length=120)] | None = None
    born: YearMonth | None = None

    @model_validator(mode="after")
    def _one_or_none(self) -> "CorrectionIn":
        if self.no_phone and self.phone is not None:
            raise PydanticCustomError("phone_or_none", "a telephone, or none")
        return self


class FileRequest(Body):
    kind: Literal["correction", "erasure"]
    correction: CorrectionIn | None = None
    end_claims: bool = False
    """An erasure: end what somebody has taken on, instead of waiting for it."""


class CardRequest(FileRequest):
    who: Known


class OnlyWho(Body):
    who: Known


class LookAtRequest(Body):
    purpose: Literal["correct"]
