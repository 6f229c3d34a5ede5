"""What comes in for referrals."""

from typing import Annotated, Literal

from chassis.http.body import Body, Text
from pydantic import Field

from wishes.app.requests import Code
from wishes.domain.referral import Outcome, Recipient


class ReferralIn(Body):
    to: Recipient
    reason: Code
    receipt: Annotated[Text, Field(max_length=60)] | None = None
    """The number under which they have taken it on, where they gave one."""


class ReferralAnswerIn(Body):
    outcome: Outcome
    note: Annotated[Text, Field(max_length=200)] | None = None


class ReceiptIn(Body):
    purpose: Literal["receipt", "ask_after"]
