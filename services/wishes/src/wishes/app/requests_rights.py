"""What comes in about people's own data."""

from typing import Annotated, Literal

from chassis.http.body import Body, Text
from pydantic import Field

from wishes.app.requests import Phone, YearMonth

Known = Annotated[Text, Field(max_length=40)]
"""The name or the telephone number that the desk has: a slip that was found on the street is not enough."""


class CorrectionIn(Body):
    """What is right instead; what is left out stays as it is."""

    name: Annotated[Text, Field(max_length=40)] | None = None
    phone: Phone | None = None
    address: Annotated[Text, Field(max_length=120)] | None = None
    born: YearMonth | None = None


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
