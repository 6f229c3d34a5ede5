"""Access tokens: signature by the issuer's published keys, then issuer, audience, expiry, subject."""

import asyncio
import base64
import hashlib
import json
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
import structlog
from joserfc import jwt
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import KeySet

from chassis.auth.principal import Principal
from chassis.errors import ChassisError, Transient
from chassis.settings import Issuer

log = structlog.get_logger(__name__)
ALGORITHMS = ["ES256", "Ed25519", "EdDSA", "RS256"]
"""Ed25519 is EdDSA's name since RFC 9864; issuers still send the old one."""
OLD_AFTER = 600.0
"""Seconds after which keys are asked for again, so that a withdrawn one does not stay for ever."""
ASK_AGAIN_AFTER = 60.0
"""Seconds between two questions for an unknown key id: else anybody could make us ask at will."""
FETCH_LIMIT = 5.0
LEEWAY = 30
TOKEN_LIMIT = 8_192
KNOWN_TOKENS = 5_000
"""Remembered as verified; the oldest goes first, so that memory has a bound."""


class Unauthenticated(ChassisError):
    """No token, or one that is not good (any more). `challenge` is for WWW-Authenticate (RFC 6750)."""

    def __init__(self, why: str, *, given: bool = True) -> None:
        super().__init__(why)
        self.challenge = 'Bearer error="invalid_token"' if given else "Bearer"


class Forbidden(ChassisError):
    """Signed in, but without the role that this needs."""


@dataclass
class _Keys:
    issuer: Issuer
    keys: KeySet | None = None
    kids: frozenset[str | None] = frozenset()
    """The ids of `keys`, which are asked for with each request."""
    asked: float = -1e9
    own: bool = False
    """Given by this process, never fetched."""
    asking: asyncio.Lock = field(default_factory=asyncio.Lock)

    def hold(self, keys: KeySet) -> None:
        self.keys, self.kids = keys, frozenset(key.kid for key in keys.keys)


@dataclass(frozen=True)
class _Known:
    """A token that was verified: with which keys, and until when it may be believed again."""

    principal: Principal
    held: _Keys
    keys: KeySet
    kid: str | None
    until: float
    """Seconds since 1970."""


class TokenVerifier:
    """Trusts a list of issuers. Keys once seen stay good while their issuer is away.

    A signature is checked once per token and set of keys: whoever comes again with the same token is
    known by its hash until it expires. New keys, asked for every ten minutes, forget all of them.
    """

    def __init__(
        self,
        issuers: Sequence[Issuer],
        client: httpx.AsyncClient | None = None,
        time: Callable[[], float] = time.monotonic,
    ) -> None:
        self._time = time
        self._issuers = {issuer.issuer: _Keys(issuer) for issuer in issuers}
        self._client = client or httpx.AsyncClient(timeout=FETCH_LIMIT)
        self._known: dict[bytes, _Known] = {}

    async def close(self) -> None:
        await self._client.aclose()

    def trust(self, issuer: str, keys: KeySet) -> None:
        """Give the keys of an issuer that this very process is."""
        held = self._issuers[issuer]
        held.hold(keys)
        held.own = True

    async def verify(self, token: str) -> Principal:
        """Raises Unauthenticated, or Transient when the issuer's keys were never seen."""
        if len(token) > TOKEN_LIMIT:
            raise Unauthenticated("too long")
        mark = hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
        known = self._known.get(mark)
        # The keys are asked for each time: those that were withdrawn end what they signed.
        if (
            known is not None
            and time.time() < known.until
            and await self._keys(known.held, known.kid) is known.keys
        ):
            return known.principal
        known = await self._verified(token)
        while len(self._known) >= KNOWN_TOKENS:
            del self._known[next(iter(self._known))]
        self._known[mark] = known
        return known.principal

    async def _verified(self, token: str) -> _Known:
        try:
            header, claims = _unverified(token)
            held = self._issuers[claims["iss"]]
        except (KeyError, ValueError, TypeError, RecursionError, JoseError):
            raise Unauthenticated("not a token of a trusted issuer") from None
        kid = header.get("kid")
        keys = await self._keys(held, kid)
        try:
            decoded = _decode(token, keys, header.get("alg"))
            _rules(held.issuer).validate(decoded.claims)
            principal = Principal.from_claims(decoded.claims)
            return _Known(principal, held, keys, kid, float(decoded.claims["exp"]) + LEEWAY)
        except (
            JoseError,
            LookupError,
            ValueError,
            TypeError,
            AttributeError,
            OverflowError,
        ) as error:
            raise Unauthenticated(type(error).__name__) from None

    async def _keys(self, held: _Keys, kid: str | None) -> KeySet:
        if self._should_ask(held, kid):
            async with held.asking:
                # Somebody else may have asked while this one waited.
                if self._should_ask(held, kid):
                    await self._ask(held)
        elif held.keys is None and held.asking.locked():
            # The first requests of a new process come together: one asks, the others wait for it.
            async with held.asking:
                pass
        if held.keys is None:
            raise Transient("the issuer's keys are not available yet")
        return held.keys

    def _should_ask(self, held: _Keys, kid: str | None) -> bool:
        since = self._time() - held.asked
        if held.keys is None:
            # The issuer may just be starting: the waiting time is short.
            return since > 1.0
        if held.own:
            return False
        return since > (OLD_AFTER if kid in held.kids else ASK_AGAIN_AFTER)

    async def _ask(self, held: _Keys) -> None:
        """Fetch the keys; those that are held stay good when the issuer does not answer."""
        held.asked = self._time()
        try:
            answer = await self._client.get(held.issuer.jwks_url)
            answer.raise_for_status()
            held.hold(KeySet.import_key_set(answer.json()))
        except (httpx.HTTPError, ValueError, KeyError, TypeError, JoseError) as error:
            log.warning("jwks_not_available", error=type(error).__name__)


def _rules(issuer: Issuer) -> jwt.JWTClaimsRegistry:
    return jwt.JWTClaimsRegistry(
        leeway=LEEWAY,
        iss={"essential": True, "value": issuer.issuer},
        aud={"essential": True, "value": issuer.audience},
        exp={"essential": True},
        sub={"essential": True},
    )


def _decode(token: str, keys: KeySet, algorithm: Any) -> jwt.Token:
    if algorithm != "EdDSA":
        return jwt.decode(token, keys, algorithms=ALGORITHMS)
    with warnings.catch_warnings():
        # The library warns of the name, not of the algorithm.
        warnings.simplefilter("ignore", SecurityWarning)
        return jwt.decode(token, keys, algorithms=ALGORITHMS)


def _unverified(token: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Header and claims before the signature is checked: only to choose the keys."""
    header, payload, _ = token.split(".")
    parts = [json.loads(base64.urlsafe_b64decode(part + "==")) for part in (header, payload)]
    if not all(isinstance(part, dict) for part in parts):
        raise ValueError("not an object")
    return parts[0], parts[1]
