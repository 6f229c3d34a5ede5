"""The other services, as the web asks them: reads and the person's own acts, each with a time-out."""

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx
from chassis import context, tracing

LIMIT = 5.0
visitor: ContextVar[str | None] = ContextVar("visitor", default=None)
"""The address of whoever looks at the page: limits of tries count people, not us."""


class Away(Exception):
    """The service does not answer now."""


@dataclass
class Refused(Exception):
    """A 4xx answer: its slug, and the sentence that the service wrote for people."""

    status: int
    slug: str
    detail: str
    errors: tuple[dict[str, str], ...] = ()

    def __post_init__(self) -> None:
        super().__init__(self.slug)


class Services:
    """One HTTP client for all of them."""

    def __init__(self, urls: dict[str, str], client: httpx.AsyncClient) -> None:
        self._urls = urls
        self._client = client

    async def get(self, service: str, path: str, token: str | None = None, **query: Any) -> Any:
        wanted = {name: value for name, value in query.items() if value is not None}
        return await self._ask("GET", service, path, token, params=wanted)

    async def post(
        self,
        service: str,
        path: str,
        body: dict[str, Any],
        *,
        key: str,
        token: str | None = None,
    ) -> Any:
        headers = {"Idempotency-Key": key}
        return await self._ask("POST", service, path, token, json=body, headers=headers)

    async def form(self, service: str, path: str, **fields: str) -> Any:
        return await self._ask("POST", service, path, None, data=fields)

    async def _ask(
        self, method: str, service: str, path: str, token: str | None, **parts: Any
    ) -> Any:
        headers = tracing.headers() | dict(parts.pop("headers", {}))
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if correlation := context.correlation_id.get():
            headers["X-Correlation-Id"] = correlation
        if address := visitor.get():
            headers["X-Forwarded-For"] = address
        try:
            answer = await self._client.request(
                method, self._urls[service] + path, headers=headers, timeout=LIMIT, **parts
            )
        except httpx.TransportError as error:
            raise Away(f"{service}: {type(error).__name__}") from None
        if answer.status_code >= 500:
            raise Away(f"{service}: {answer.status_code}")
        if answer.status_code >= 400:
            problem = answer.json()
            raise Refused(
                answer.status_code,
                str(problem.get("type", "")).rsplit("/", 1)[-1],
                str(problem.get("detail", "")),
                tuple(problem.get("errors", ())),
            )
        return answer.json() if answer.content else None


def segment(text: str) -> str:
    """One path segment of what somebody typed."""
    return quote(text, safe="")
