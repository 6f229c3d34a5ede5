"""Who is looking: the tokens in an encrypted cookie that scripts can't read."""

import base64
import hmac
import json
import os
import time
from dataclasses import asdict, dataclass
from typing import Any

from chassis.auth import Permits, Principal, TokenVerifier, Unauthenticated
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from fastapi import Request, Response

from web.services import Away, Refused, Services

COOKIE = "wishtree"
EARLY = 30
NONCE = 12


@dataclass(frozen=True)
class Session:
    access: str
    until: float
    """Unix time at which the access token ends."""
    refresh: str | None

    @staticmethod
    def of(grant: dict[str, Any]) -> "Session":
        until = time.time() + grant["expires_in"]
        return Session(grant["access_token"], until, grant.get("refresh_token"))


class Sessions:
    """Opens and closes the cookie. `master`: base64, 32 bytes; a key for this use is derived."""

    def __init__(self, master: str, services: Services) -> None:
        key = hmac.digest(base64.b64decode(master), b"web-session", "sha256")
        self._cipher = AESGCM(key)
        self._services = services

    def keep(self, response: Response, session: Session) -> None:
        nonce = os.urandom(NONCE)
        text = json.dumps(asdict(session)).encode()
        sealed = base64.urlsafe_b64encode(nonce + self._cipher.encrypt(nonce, text, None))
        response.set_cookie(COOKIE, sealed.decode(), httponly=True, samesite="lax", path="/")

    def read(self, request: Request) -> Session | None:
        cookie = request.cookies.get(COOKIE)
        if not cookie:
            return None
        try:
            sealed = base64.urlsafe_b64decode(cookie)
            return Session(**json.loads(self._cipher.decrypt(sealed[:NONCE], sealed[NONCE:], None)))
        except (ValueError, InvalidTag, TypeError):
            return None

    async def current(self, request: Request) -> Session | None:
        """The session, renewed when its access token is about to end; None when it is over."""
        session = self.read(request)
        if session is None or session.until - EARLY > time.time():
            return session
        if session.refresh is None:
            return None
        try:
            grant = await self._services.form(
                "volunteers",
                "/oauth2/token",
                grant_type="refresh_token",
                refresh_token=session.refresh,
            )
        except (Refused, Away):
            return None
        renewed = Session.of(grant)
        request.state.renewed = renewed
        return renewed


class CookiePermits(Permits):
    """A route that states a permission, with the token in the cookie instead of a header."""

    async def __call__(self, request: Request) -> Principal:
        sessions: Sessions = request.app.state.service.sessions
        session = await sessions.current(request)
        if session is None:
            raise Unauthenticated("no session")
        verifier: TokenVerifier = request.app.state.verifier
        principal = await verifier.verify(session.access)
        limited = principal.limited_to(request.app.state.permissions[self.permission])
        if not limited.grants:
            raise Refused(403, "not-permitted", "")
        request.state.session = session
        return limited
