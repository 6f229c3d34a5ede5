"""The one who asks, with roles and their scopes."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal
from uuid import UUID

from chassis.errors import ChassisError

UNIT_ROLES = frozenset({"branch_secretary", "unit_contact"})
"""Roles that reach their own unit and no area."""
ANYWHERE = frozenset({"volunteer", "service", "auditor"})
"""Roles that may come without an area. An office whose area was forgotten reaches nothing."""
MOST_ROLES = 100
LONGEST_NAME = 40
"""Characters."""
Kind = Literal["volunteer", "staff", "service"]


class OutOfScope(ChassisError):
    """The role is right, the area or the organisation is not."""


@dataclass(frozen=True)
class RoleGrant:
    """A role in an area (a prefix of the 12-digit code; empty: anywhere) or for an organisation."""

    role: str
    area: str = ""
    organisation_id: UUID | None = None


@dataclass(frozen=True)
class Principal:
    """From a verified token. On a route, `grants` holds only those that gave the permission."""

    subject: UUID
    kind: Kind
    grants: tuple[RoleGrant, ...] = ()
    service: str | None = None
    name: str | None = field(default=None, repr=False)
    """As the account shows it, where the issuer says so. For the list of looks; no log, no event."""

    @staticmethod
    def from_claims(claims: Mapping[str, Any]) -> "Principal":
        """Raises KeyError, ValueError or TypeError for claims that are not ours."""
        kind = claims["kind"]
        if len(claims.get("roles", ())) > MOST_ROLES:
            raise ValueError("roles")
        if kind not in ("volunteer", "staff", "service"):
            raise ValueError("kind")
        name = claims.get("name")
        if name is not None and not (isinstance(name, str) and len(name) <= LONGEST_NAME):
            raise ValueError("name")
        grants = tuple(
            RoleGrant(
                str(role["role"]),
                str(role.get("area") or ""),
                UUID(role["organisation"]) if role.get("organisation") else None,
            )
            for role in claims.get("roles", ())
        )
        return Principal(UUID(claims["sub"]), kind, grants, claims.get("service"), name or None)

    def limited_to(self, roles: Collection[str]) -> "Principal":
        grants = tuple(grant for grant in self.grants if grant.role in roles)
        return self if grants == self.grants else replace(self, grants=grants)

    def has(self, role: str) -> bool:
        return any(grant.role == role for grant in self.grants)

    def covers(self, area: str, organisation_id: UUID | None = None) -> bool:
        """Whether a grant reaches an area or, for those who act for a unit only, that very unit."""
        return any(
            organisation_id is not None and grant.organisation_id == organisation_id
            if grant.role in UNIT_ROLES
            else area.startswith(grant.area) and (grant.area != "" or grant.role in ANYWHERE)
            for grant in self.grants
        )

    def require_scope(self, area: str, organisation_id: UUID | None = None) -> None:
        """THE check of scope: every route that touches something of an area passes through here."""
        if not self.covers(area, organisation_id):
            raise OutOfScope(area)

    def areas(self) -> list[str]:
        """The prefixes that a list is limited to."""
        return sorted({grant.area for grant in self.grants})

    def organisations(self) -> list[UUID]:
        return sorted({g.organisation_id for g in self.grants if g.organisation_id is not None})

    def require_organisation(self, organisation_id: UUID) -> None:
        """The same check for those who act for a unit."""
        if organisation_id not in self.organisations():
            raise OutOfScope(str(organisation_id))
