"""What comes in about qualifications."""

from datetime import date
from typing import Annotated, Literal

from chassis.http.body import Body, Text
from pydantic import Field, StringConstraints

LAST_DAY = date(2100, 12, 31)


class QualificationIn(Body):
    kind: Literal["skill", "training", "insurance", "vetting"]
    code: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    valid_until: Annotated[date, Field(le=LAST_DAY)] | None = None
    """The last day on which it holds."""
    evidence: Annotated[Text, Field(max_length=200)] | None = None
    """The number of a certificate or policy, or where the paper lies. Sealed."""


class Revocation(Body):
    """Nothing is asked: why it ends is nobody's record."""


class EvidencePurpose(Body):
    purpose: Literal["verify", "arrange"]
