"""What comes in: every field with its limits."""

import re
from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from chassis.http.body import Body, Text
from contracts.fields import Channel, Effort, GiftItem, GiverKind
from contracts.wishes import FollowUpReason
from phonenumbers import NumberParseException, PhoneMetadata, is_valid_number, parse
from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints

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


class BeneficiaryIn(Body):
    name: Annotated[Text, Field(max_length=40)]
    address: Annotated[Text, Field(max_length=120)]
    phone: Phone | None = None


class ConsentIn(Body):
    kind: Literal["paper_photo", "voice", "witness", "spoken"]
    reference: Annotated[Text, Field(max_length=200)]
    given_at: AwareDatetime


class ProxyIn(Body):
    """Who wrote the card for the person who wishes, and how that person agreed."""

    name: Annotated[Text, Field(max_length=40)]
    relation: Relation
    consent: ConsentIn
    phone: Phone | None = None


class SubmitWish(Body):
    channel: Channel
    category: Code
    area: Area
    words: Annotated[Text, Field(max_length=500)]
    beneficiary: BeneficiaryIn
    effort: Effort | None = None
    proxy: ProxyIn | None = None


class FollowUp(Body):
    reason: FollowUpReason
    channel: Channel
    words: Annotated[Text, Field(max_length=500)]
    category: Code | None = None


class Checklist(Body):
    identity_checked: Literal[True]
    need_checked: Literal[True]
    consent_checked: Literal[True]


class Verification(Body):
    method: Literal["phone", "visit"]
    checklist: Checklist
    asks: Annotated[tuple[Ask, ...], Field(max_length=10)] = ()
    """What whoever claims must know or have, as seen on the spot."""


class Reason(Body):
    reason: Code


class Publication(Body):
    title: Annotated[Text, Field(max_length=24)]
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
