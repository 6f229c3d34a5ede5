"""A service's own token for reading from another service: OAuth 2.0 client credentials (RFC 6749)."""

import asyncio
import time

import httpx

from chassis.errors import Transient

EARLY = 60.0
"""Seconds before its end that a token is renewed."""


class ServiceTokens:
    """Holds one token and renews it; many callers at once ask only once."""

    def __init__(self, url: str, client_id: str, secret: str, client: httpx.AsyncClient) -> None:
        self._url = url
        self._id = client_id
        self._secret = secret
        self._client = client
        self._token: str | None = None
        self._until = 0.0
        self._asking = asyncio.Lock()

    async def header(self) -> dict[str, str]:
        """The Authorization header. Raises Transient while the issuer is away."""
        async with self._asking:
            if self._token is None or time.monotonic() > self._until:
                await self._renew()
        return {"Authorization": f"Bearer {self._token}"}

    async def _renew(self) -> None:
        form = {"grant_type": "client_credentials", "client_id": self._id}
        try:
            answer = await self._client.post(self._url, data=form | {"client_secret": self._secret})
            answer.raise_for_status()
            grant = answer.json()
            token, seconds = str(grant["access_token"]), float(grant["expires_in"])
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            raise Transient(f"token: {type(error).__name__}") from error
        self._token = token
        self._until = time.monotonic() + max(1.0, seconds - EARLY)
