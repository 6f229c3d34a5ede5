"""What comes in: every field with its limits."""

from typing import Annotated, Literal
from uuid import UUID

from chassis.http.body import Body, Text
from contracts.volunteers import OrganisationKind, VolunteerKind
from phonenumbers import NumberParseException, is_valid_number, parse
from pydantic import AfterValidator, Field, StringConstraints

Area = Annotated[str, StringConstraints(pattern=r"^[0-9]{12}$")]
AreaPrefix = Annotated[str, StringConstraints(pattern=r"^([0-9]{6}|[0-9]{9}|[0-9]{12})$")]
Login = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9.-]{2,39}$")]
SixDigits = Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]
Email = Annotated[str, StringConstraints(pattern=r"^[\w.+-]{1,64}@[\w.-]{1,100}$")]
Skill = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]{1,30}$")]
StaffRole = Literal[
    "community_worker",
    "street_officer",
    "district_operator",
    "auditor",
    "branch_secretary",
    "unit_contact",
]


def phone_number(text: str) -> str:
    """E.164. Raises ValueError for what no telephone in China has."""
    try:
        number = parse(text, "CN")
    except NumberParseException:
        raise ValueError("phone") from None
    if not is_valid_number(number):
        raise ValueError("phone")
    return f"+{number.country_code}{number.national_number}"


Phone = Annotated[Text, Field(max_length=20), AfterValidator(phone_number)]


class OrganisationIn(Body):
    kind: OrganisationKind
    name: Annotated[Text, Field(max_length=60)]
    area: Area
    parent_id: UUID | None = None
    uscc: Annotated[str, Field(max_length=18)] | None = None
    email: Email | None = None


class PhoneIn(Body):
    phone: Phone


class Registration(Body):
    phone: Phone
    code: SixDigits
    name: Annotated[Text, Field(max_length=40)]
    kind: VolunteerKind
    area: Area
    organisation_id: UUID | None = None
    party_member: bool | None = None
    skills: Annotated[tuple[Skill, ...], Field(max_length=10)] = ()


class Decision(Body):
    decision: Literal["approve", "refuse"]
    reason: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")] | None = None


class AffiliationIn(Body):
    organisation_id: UUID
    kind: Literal["home", "work", "social"]


class RoleIn(Body):
    role: StaffRole
    area: AreaPrefix
    organisation_id: UUID | None = None


class StaffIn(Body):
    login: Login
    name: Annotated[Text, Field(max_length=40)]
    roles: Annotated[tuple[RoleIn, ...], Field(min_length=1, max_length=10)]


class Purpose(Body):
    purpose: Literal["arrange", "find_way", "verify", "notify", "show"]


class ContactsToNotify(Body):
    """Volunteers and organisations together: ids are unique over all of them."""

    purpose: Literal["notify"]
    ids: Annotated[tuple[UUID, ...], Field(min_length=1, max_length=100)]


class NamesIn(Body):
    ids: Annotated[tuple[UUID, ...], Field(min_length=1, max_length=50)]
    purpose: Literal["show"]
