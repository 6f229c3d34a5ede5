"""What comes in: every field with its limits."""

import re
import unicodedata
from datetime import date, datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

from chassis.clock import now
from chassis.http.body import LARGEST, UNCLEAN, Body, Text
from contracts.fields import Channel, Effort, GiftItem, GiverKind
from contracts.wishes import FollowUpReason
from phonenumbers import NumberParseException, PhoneMetadata, is_valid_number, parse
from pydantic import (
    AfterValidator,
    AwareDatetime,
    Field,
    PlainValidator,
    StringConstraints,
    model_validator,
)
from pydantic_core import PydanticCustomError

from wishes.domain.questions import LONGEST_ANSWER, MOST_QUESTIONS
from wishes.domain.working_days import today

Area = Annotated[str, StringConstraints(pattern=r"^[0-9]{12}$")]
Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Ask = Annotated[
    str, StringConstraints(pattern=r"^(skill|training|insurance|vetting):[a-z][a-z0-9_]{0,39}$")
]
Relation = Literal["neighbour", "family", "worker", "other"]


def _mobile() -> re.Pattern[str]:
    """The library's own rule for a mobile number in China."""
    metadata = PhoneMetadata.metadata_for_region("CN")
    if metadata is None or metadata.mobile is None:
        raise LookupError("phonenumbers knows no mobile number in China")
    return re.compile(metadata.mobile.national_number_pattern or "", re.ASCII)


MOBILE = _mobile()


def _phone(text: str) -> str:
    """E.164. Raises ValueError for what no telephone in China has."""
    # Nearly all are written like this, and the whole way through the library costs ten times more.
    if len(text) == 11 and text.isascii() and MOBILE.fullmatch(text):
        return f"+86{text}"
    try:
        number = parse(text, "CN")
    except NumberParseException:
        raise ValueError("phone") from None
    if not is_valid_number(number):
        raise ValueError("phone")
    return f"+{number.country_code}{number.national_number}"


Phone = Annotated[Text, Field(max_length=20), AfterValidator(_phone)]


def _answer(value: object) -> object:
    """A text, a whole number, yes or no, or several texts; the category says which."""
    if isinstance(value, bool | int):
        if abs(value) > LARGEST:
            raise PydanticCustomError("number_too_large", "number too large")
        return value
    if isinstance(value, str):
        return _short(value)
    if isinstance(value, list) and len(value) <= MOST_QUESTIONS:
        return [_short(part) if isinstance(part, str) else _answer(None) for part in value]
    raise PydanticCustomError("answer_type", "not an answer")


def _short(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise PydanticCustomError("string_unicode", "half a character") from None
    if UNCLEAN.search(text):
        raise PydanticCustomError("control_characters", "control characters")
    if len(text) > LONGEST_ANSWER:
        raise PydanticCustomError("string_too_long", "too long", {"max_length": LONGEST_ANSWER})
    return text.strip()


Answer = Annotated[
    bool | int | str | list[str],
    PlainValidator(_answer, json_schema_input_type=bool | int | str | list[str]),
]
Answers = Annotated[dict[Code, Answer], Field(max_length=MOST_QUESTIONS)]
"""To the questions of the category, by their names."""


def _past(at: datetime) -> datetime:
    """Some minutes ahead are a clock that is a little fast."""
    if at > now() + timedelta(minutes=5):
        raise PydanticCustomError("datetime_past", "in the future")
    return at


Past = Annotated[AwareDatetime, AfterValidator(_past)]


def _begun(month: str) -> str:
    """Nobody is born in a month to come: a mistyped year would make a child of an old lady."""
    if month > f"{today(now()):%Y-%m}":
        raise PydanticCustomError("datetime_past", "in the future")
    return month


YearMonth = Annotated[
    str,
    StringConstraints(pattern=r"^(19|20)\d\d-(0[1-9]|1[0-2])$"),
    AfterValidator(_begun),
]
"""Of a birth, in Beijing."""


def _with_words(text: str) -> str:
    """A leaf of dots says nothing that somebody could make come true."""
    if not any(unicodedata.category(letter)[0] in "LNS" for letter in text):
        raise PydanticCustomError("nothing_to_read", "nothing to read")
    return text


Said = Annotated[Text, AfterValidator(_with_words)]
"""What a card says: with a letter, a number or a picture in it."""


class BeneficiaryIn(Body):
    name: Annotated[Text, Field(max_length=40)]
    address: Annotated[Text, Field(max_length=120)]
    phone: Phone | None = None
    born: YearMonth | None = None
    """Year and month, where the person may be a child."""
    building_id: UUID | None = None
    """One of the community's own list, so that a house that is forgotten can be seen."""


class ConsentWitnessIn(Body):
    name: Annotated[Text, Field(max_length=40)]
    relation: Relation


class ConsentIn(Body):
    """How somebody agreed, and what shows it: where the paper lies or who was there (`reference`), a
    witness, or a photo or recording that is uploaded before the wish is verified."""

    kind: Literal["paper_photo", "voice", "witness", "spoken"]
    reference: Annotated[Text, Field(max_length=200)] | None = None
    witness: ConsentWitnessIn | None = None
    given_at: Past

    @model_validator(mode="after")
    def _can_be_shown(self) -> "ConsentIn":
        heard = self.kind in ("witness", "spoken")
        if heard and self.reference is None and self.witness is None:
            raise PydanticCustomError("missing", "who heard it")
        return self


class ProxyIn(Body):
    """Who wrote the card for the person who wishes, and how that person agreed."""

    name: Annotated[Text, Field(max_length=40)]
    relation: Relation
    consent: ConsentIn
    phone: Phone | None = None
    account_id: UUID | None = None
    """Their account, where they have one: it sees who looked at the person's data."""


class GuardianIn(Body):
    """Who answers for a child, and how they agreed (PIPL Art. 31)."""

    name: Annotated[Text, Field(max_length=40)]
    relation: Literal["parent", "grandparent", "other"]
    consent: ConsentIn
    phone: Phone | None = None
    account_id: UUID | None = None
    """As for a proxy."""


class SubmitWish(Body):
    channel: Channel
    category: Code
    area: Area
    words: Annotated[Said, Field(max_length=500)]
    beneficiary: BeneficiaryIn
    effort: Effort | None = None
    proxy: ProxyIn | None = None
    guardian: GuardianIn | None = None
    answers: Answers = Field(default_factory=dict[str, Answer])


class OwnFollowUp(Body):
    """By the person who wished, signed in: it comes in online."""

    reason: FollowUpReason
    words: Annotated[Said, Field(max_length=500)]
    category: Code | None = None
    answers: Answers = Field(default_factory=dict[str, Answer])


class FollowUp(OwnFollowUp):
    """At the desk, by whatever way it came there."""

    channel: Channel
    proxy: ProxyIn | None = None
    """Who wrote this one down for the person; not who wrote the first."""


class Checklist(Body):
    identity_checked: Literal[True]
    need_checked: Literal[True]
    consent_checked: Literal[True]
    """The person wants this help and knows what their data are used for."""
    publish_agreed: bool | None = None
    """What they say about the card, which is a consent of its own (PIPL Art. 14, 25). Not said: yes
    where they have never spoken of it; what they said before stays."""


class CheckStep(Body):
    """One call or visit of a verification: whom somebody spoke with, and what was seen. The consents are
    those of whoever was reached: the person, a child's guardian, or else the proxy who wrote the card."""

    method: Literal["phone", "visit"]
    done_at: Past
    spoke_with: Literal["person", "guardian", "family", "proxy", "neighbour", "nobody"]
    seen: Annotated[
        tuple[Literal["person", "identity", "home", "need", "consent", "danger"], ...],
        Field(max_length=6),
    ] = ()


class Verification(Body):
    """`method`: what the verification rests on; `steps`: each call and each visit on the way there."""

    method: Literal["phone", "visit"]
    checklist: Checklist
    steps: Annotated[tuple[CheckStep, ...], Field(max_length=10)] = ()
    asks: Annotated[tuple[Ask, ...], Field(max_length=10)] = ()
    """What whoever claims must know or have, as seen on the spot."""
    born: YearMonth | None = None
    """Of the person, where whoever checked learned it: a child is a child from then on."""


class Reason(Body):
    reason: Code


class Publication(Body):
    title: Annotated[Said, Field(max_length=24)]
    effort: Effort
    note: Annotated[Text, Field(max_length=60)] | None = None


class PledgeIn(Body):
    """What somebody wants to bring: an estimate, no duty."""

    kind: Literal["goods", "time", "company"]
    value_fen: Annotated[int, Field(ge=0, le=100_000_000)] = 0
    minutes: Annotated[int, Field(ge=0, le=60_000)] = 0


class JoinIn(Body):
    organisation_id: UUID | None = None
    brings: Annotated[tuple[PledgeIn, ...], Field(max_length=10)] = ()


class ClaimIn(JoinIn):
    invitation_id: UUID | None = None
    """Where the claimant was asked: a yes to it."""


class LeaveIn(Body):
    organisation_id: UUID | None = None


class ReleaseIn(Body):
    everybody: bool = False
    """Whether those who joined give it back, too; else they go on."""


class ExtensionIn(Body):
    until: date
    reason: Code


class Decision(Body):
    answer: Literal["yes", "no"]
    reason: Code


class Nothing(Body):
    pass


class GiverIn(Body):
    kind: GiverKind
    id: UUID


class GiftIn(Body):
    giver: GiverIn
    item: GiftItem
    name: Annotated[Text, Field(max_length=60)]
    quantity: Annotated[int, Field(ge=1, le=10_000)]
    value_fen: Annotated[int, Field(ge=0, le=100_000_000)]


class ServiceIn(Body):
    volunteer_id: UUID
    minutes: Annotated[int, Field(ge=1, le=60_000)]


class Delivery(Body):
    gifts: Annotated[tuple[GiftIn, ...], Field(max_length=50)] = ()
    services: Annotated[tuple[ServiceIn, ...], Field(max_length=50)] = ()
    evidence: Annotated[tuple[Code, ...], Field(max_length=5)] = ()
    """What is there of that which the rule of the category asks for; what came with a part counts."""


class PartDelivery(Delivery):
    organisation_id: UUID | None = None
    """The unit that the caller delivers for."""


class WitnessIn(Body):
    name: Annotated[Text, Field(max_length=40)]
    relation: Relation
    volunteer_id: UUID | None = None
    """Where the witness is a volunteer: one who took part in the help can't be the witness."""


class Confirmation(Body):
    """A worker's logged call or visit, or the word of a witness where the person can't say it."""

    method: Literal["call", "visit", "witness"]
    answer: Literal["satisfied", "unsatisfied", "unsure"]
    witness: WitnessIn
    reason: Code | None = None
    note: Annotated[Text, Field(max_length=200)] | None = None


class OwnAnswer(Body):
    answer: Literal["satisfied", "unsatisfied", "unsure"]
    reason: Code | None = None


class CardAnswer(OwnAnswer):
    means: Literal["code", "qr"] = "code"
    """How whoever answers came to the page: the digits typed in, or the code on the slip scanned."""


class Contact(Body):
    purpose: Literal["arrange", "find_way", "verify", "notify"]


class ContactsToNotify(Body):
    purpose: Literal["notify"]
    ids: Annotated[tuple[UUID, ...], Field(min_length=1, max_length=100)]
