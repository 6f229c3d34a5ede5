"""The organisation tree: district, street, community, and the units inside a community."""

from uuid import UUID

from volunteers.domain.errors import BadUscc, WrongParent
from volunteers.domain.numbers import is_uscc

ABOVE: dict[str, tuple[str, ...]] = {
    "district": (),
    "street": ("district",),
    "community": ("street",),
    "branch": ("community", "street", "resident_unit"),
    "resident_unit": ("community", "street"),
    "social_organisation": ("community", "street", "district"),
}
LENGTH = {"district": 6, "street": 9}
"""Significant digits of an area code."""


def check_place(kind: str, area: str, parent: tuple[UUID, str, str] | None) -> None:
    """`parent` is (id, kind, area). Raises WrongParent."""
    allowed = ABOVE[kind]
    if parent is None:
        if allowed:
            raise WrongParent
        return
    _, parent_kind, parent_area = parent
    prefix = parent_area[: LENGTH.get(parent_kind, 12)]
    if parent_kind not in allowed or not area.startswith(prefix):
        raise WrongParent


def check_uscc(kind: str, uscc: str | None) -> str | None:
    """The reason for having none. Raises BadUscc; branches and grass-roots groups have no code."""
    if uscc is None:
        return "unregistered" if kind == "social_organisation" else "not_a_legal_person"
    if not is_uscc(uscc):
        raise BadUscc
    return None
