"""Who asks, what they may do, and where: tokens, permissions per route, scope in one place."""

from chassis.auth.principal import OutOfScope, Principal, RoleGrant
from chassis.auth.route import Permits, Public, permits, public
from chassis.auth.verifier import Forbidden, TokenVerifier, Unauthenticated

__all__ = [
    "Forbidden",
    "OutOfScope",
    "Permits",
    "Principal",
    "Public",
    "RoleGrant",
    "TokenVerifier",
    "Unauthenticated",
    "permits",
    "public",
]
