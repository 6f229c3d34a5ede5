"""For tests of one service alone: an issuer of our own with a real key, and the fence of routes."""

import time
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

import httpx
from fastapi import FastAPI
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from chassis.auth.route import routes_without_permission
from chassis.auth.verifier import TokenVerifier
from chassis.settings import Issuer

ISSUER = "http://issuer.test"
NAME = "王晓燕"
"""Of everybody in a test who says no other name; services have none."""


def _nobody(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("nobody is there", request=request)


class TokenMinter:
    """Signs what a test asks for; `verifier()` trusts it."""

    issuer = ISSUER

    def __init__(self) -> None:
        self._key = ECKey.generate_key("P-256", parameters={"kid": "test", "use": "sig"})

    def verifier(self) -> TokenVerifier:
        issuer = Issuer(issuer=ISSUER, jwks_url=f"{ISSUER}/jwks")
        # Nobody is asked for keys; a client for real addresses reads all certificates first, for 30 ms.
        client = httpx.AsyncClient(transport=httpx.MockTransport(_nobody))
        verifier = TokenVerifier([issuer], client)
        verifier.trust(ISSUER, KeySet([self._key]))
        return verifier

    def jwks(self) -> dict[str, Any]:
        """The page of public keys, for a service in a process of its own."""
        return dict(KeySet([self._key]).as_dict(private=False))

    def token(
        self,
        kind: str = "staff",
        roles: Sequence[Mapping[str, Any]] = (),
        subject: UUID | None = None,
        **claims: Any,
    ) -> str:
        now = int(time.time())
        body = {
            "iss": ISSUER,
            "aud": "wishtree",
            "sub": str(subject or uuid4()),
            "iat": now,
            "exp": now + 600,
            "kind": kind,
            "roles": list(roles),
        }
        if kind != "service":
            body["name"] = NAME
        return jwt.encode({"alg": "ES256", "kid": "test"}, body | claims, self._key)

    def header(self, role: str, area: str = "", **more: Any) -> dict[str, str]:
        """An Authorization header for somebody with one role."""
        grant: dict[str, Any] = {"role": role, "area": area}
        if organisation := more.pop("organisation", None):
            grant["organisation"] = str(organisation)
        kind = {"volunteer": "volunteer", "service": "service"}.get(role, "staff")
        return {"Authorization": f"Bearer {self.token(kind, [grant], **more)}"}


def assert_every_route_has_permission(app: FastAPI) -> None:
    """Fails with the list of routes that state neither a permission nor that they are public."""
    forgotten = routes_without_permission(app)
    if forgotten:
        raise AssertionError(f"routes without permits() or public(): {forgotten}")
