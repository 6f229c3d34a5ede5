"""What comes in at intake beside the wish itself: own wishes, drafts, batches, changes, rules."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from chassis.http.body import Body, Text
from contracts.fields import Channel, Effort
from pydantic import AfterValidator, Field, StringConstraints, model_validator
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from wishes.app.requests import (
    Answer,
    Answers,
    Area,
    Ask,
    BeneficiaryIn,
    Code,
    ConsentWitnessIn,
    Past,
    Phone,
    Relation,
    Said,
    SubmitWish,
    YearMonth,
)

MOST_ROWS = 200
AS_SUBMITTED: JsonDict = {"items": {"$ref": "#/components/schemas/SubmitWish"}}
AttachmentPurpose = Literal["card", "need", "proxy_consent", "guardian_consent"]
"""What a file shows; photos of a delivery come by the claim."""


class OwnConsentIn(Body):
    """Online nobody of the desk was there: a witness is named, or a file is uploaded."""

    kind: Literal["paper_photo", "voice", "witness"]
    witness: ConsentWitnessIn | None = None
    given_at: Past

    @model_validator(mode="after")
    def _can_be_shown(self) -> "OwnConsentIn":
        if self.kind == "witness" and self.witness is None:
            raise PydanticCustomError("missing", "who heard it")
        return self


class OwnProxyIn(Body):
    name: Annotated[Text, Field(max_length=40)]
    relation: Relation
    consent: OwnConsentIn
    phone: Phone | None = None


class OwnGuardianIn(Body):
    name: Annotated[Text, Field(max_length=40)]
    relation: Literal["parent", "grandparent", "other"]
    consent: OwnConsentIn
    phone: Phone | None = None


class OwnWish(Body):
    """By somebody who is signed in: for themselves, or with `proxy` (who they are) for a neighbour."""

    category: Code
    area: Area
    words: Annotated[Said, Field(max_length=500)]
    beneficiary: BeneficiaryIn
    effort: Effort | None = None
    proxy: OwnProxyIn | None = None
    guardian: OwnGuardianIn | None = None
    answers: Answers = Field(default_factory=dict[str, Answer])

    def as_submission(self) -> SubmitWish:
        return SubmitWish.model_validate(
            {"channel": "online", **self.model_dump(exclude_none=True)}
        )


class Batch(Body):
    """Returned paper cards, each as for POST /v1/wishes; all or none."""

    # Whether it is an object is looked at with the row: what is wrong is said by the row's number.
    rows: Annotated[
        list[Any],
        Field(min_length=1, max_length=MOST_ROWS, json_schema_extra=AS_SUBMITTED),
    ]


class DraftIn(Body):
    """`content`: as for POST /v1/wishes, without area and channel, as far as it is known."""

    area: Area
    channel: Channel
    content: dict[str, Any]


class DraftContent(Body):
    """Replaces what was there."""

    content: dict[str, Any]


class ChangeIn(Body):
    """What is named becomes another thing, the rest stays."""

    words: Annotated[Said, Field(max_length=500)] | None = None
    category: Code | None = None
    effort: Effort | None = None
    answers: Answers | None = None
    born: YearMonth | None = None
    """Of the person, where it was not known before or is another; a child's wish stays a child's."""


class HouseholdIn(Body):
    beneficiary_id: UUID
    volunteer_id: UUID


class HouseholdLeaving(Body):
    volunteer_id: UUID


def _never_a_photo(code: str) -> str:
    # 国办函〔2026〕12号: no unnecessary photos, videos, tracks.
    if any(word in code for word in ("photo", "video", "position", "track")):
        raise PydanticCustomError("photo", "no photo is ever asked for")
    return code


Evidence = Annotated[
    str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$"), AfterValidator(_never_a_photo)
]
Days = Annotated[int, Field(ge=1, le=60)]
Times = Annotated[int, Field(ge=0, le=20)]


class TermsIn(Body):
    """What is not named stays as it is in the rule that began last before, whether it is in force still or
    has ended. Days are working days."""

    contact_days: Days | None = None
    fulfil_days: Days | None = None
    remind_days: Days | None = None
    grace_days: Times | None = None
    extension_days: Days | None = None
    extensions: Times | None = None
    promise_days: tuple[Days, Days, Days] | None = None
    answer_days: Days | None = None
    offer_days: Days | None = None
    invite_days: Days | None = None
    referral_days: Days | None = None
    close_days: Days | None = None
    callback_days: Days | None = None
    callback_percent: Annotated[int, Field(ge=0, le=100)] | None = None
    live_claims: Annotated[int, Field(ge=1, le=20)] | None = None
    value_cap_fen: Annotated[int, Field(ge=0, le=100_000_000)] | None = None
    two_people: bool | None = None
    two_at_first: bool | None = None
    visit_hours: Annotated[int, Field(ge=1, le=12)] | None = None
    asks: Annotated[tuple[Ask, ...], Field(max_length=10)] | None = None
    evidence: Annotated[tuple[Evidence, ...], Field(max_length=5)] | None = None
    questions: dict[str, Any] | None = None
    """JSON Schema 2020-12 of a small closed form; `{}`: nothing is asked."""

    @model_validator(mode="after")
    def _in_order(self) -> "TermsIn":
        steps = self.promise_days
        if steps is not None and not steps[0] < steps[1] < steps[2]:
            raise PydanticCustomError("promise_days", "community, street, district: one later")
        return self


class RuleIn(Body):
    """A new version of the terms of one category in one district. `valid_until` closes the category:
    after that day no such wish comes in until a version with a later `valid_from` opens it again."""

    district: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]
    category: Code
    valid_from: date
    valid_until: date | None = None
    terms: TermsIn

    @model_validator(mode="after")
    def _ends_later(self) -> "RuleIn":
        if self.valid_until is not None and self.valid_until < self.valid_from:
            raise PydanticCustomError("valid_until", "ends before it begins")
        return self
