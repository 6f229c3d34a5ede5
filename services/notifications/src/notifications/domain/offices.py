"""The offices of an area: the community's desk, the street, the district."""

from typing import Literal
from uuid import UUID

Office = Literal["community", "street", "district"]
OFFICES: tuple[Office, ...] = ("community", "street", "district")
SIGNIFICANT: dict[Office, int] = {"community": 12, "street": 9, "district": 6}
"""Digits of the 12-digit area code (GB/T 2260 and its extension); the rest are zeros."""
NOT_KNOWN: dict[Office, UUID] = {
    "community": UUID(int=0),
    "street": UUID(int=1),
    "district": UUID(int=2),
}
"""Stands for an office whose founding has not arrived yet; the sender finds it by the area."""
UNKNOWN: dict[UUID, Office] = {stand_in: office for office, stand_in in NOT_KNOWN.items()}


def area_of(office: Office, area: str) -> str:
    """The area code of the office that an area belongs to."""
    return area[: SIGNIFICANT[office]].ljust(12, "0")
