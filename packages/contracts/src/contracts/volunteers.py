"""Events of the volunteer stream, published by volunteers. Key: the organisation's or person's id."""

from typing import Annotated, Literal

from contracts.fields import AreaCode, Code, EventData, Flag, Id, Privacy, Time

OrganisationKind = Annotated[
    Literal["district", "street", "community", "branch", "resident_unit", "social_organisation"],
    Privacy.CODE,
]
VolunteerKind = Annotated[Literal["local", "guest"], Privacy.CODE]


class OrganisationChanged(EventData):
    organisation_id: Id
    kind: OrganisationKind
    area: AreaCode
    parent_id: Id | None = None
    active: Flag
    changed_at: Time


class VolunteerRegistered(EventData):
    volunteer_id: Id
    kind: VolunteerKind
    area: AreaCode
    organisation_id: Id | None = None
    registered_at: Time


class VolunteerApproved(EventData):
    """From now on this person may claim. Says nothing of party membership: that is sensitive."""

    volunteer_id: Id
    kind: VolunteerKind
    area: AreaCode
    organisation_id: Id | None = None
    approved_by: Id
    approved_at: Time


class AffiliationChanged(EventData):
    """Dual affiliation (双报到): a home community and a work unit."""

    volunteer_id: Id
    organisation_id: Id
    kind: Annotated[Literal["home", "work", "social"], Privacy.CODE]
    active: Flag
    changed_at: Time


class QualificationChanged(EventData):
    """A skill, a training, an insurance or a check that some wishes ask for (条例 Art. 15–17)."""

    volunteer_id: Id
    kind: Annotated[Literal["skill", "training", "insurance", "vetting"], Privacy.CODE]
    code: Code
    """Which skill or training: `electrician`, `first_aid`, …"""
    active: Flag
    valid_until: Time | None = None
    changed_at: Time
