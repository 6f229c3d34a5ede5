"""The public HTTP API as a person's program would use it: tokens, idempotency keys, patience."""

import time
from dataclasses import dataclass
from typing import Any

import httpx

PATIENCE = 60.0
"""Seconds that a request is repeated with the same key while a service is away."""
PAUSE = 0.2


class Refused(Exception):
    """A 4xx answer: the problem as the service worded it."""

    def __init__(self, request: str, problem: dict[str, Any], status: int) -> None:
        super().__init__(f"{request}: {status} {problem.get('type')}: {problem.get('detail')}")
        self.status = status
        self.slug = str(problem.get("type", "")).rsplit("/", 1)[-1]


class Unreachable(Exception):
    """A service did not answer for as long as anybody would wait."""


@dataclass(frozen=True)
class Addresses:
    wishes: str
    volunteers: str
    points: str
    notifications: str


class Api:
    """One caller. `token` says who: None is a person without an account."""

    def __init__(self, addresses: Addresses, client: httpx.Client, token: str | None = None):
        self.addresses = addresses
        self._client = client
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    @property
    def authorization(self) -> str:
        """The header of this caller, for a program that sends requests of its own."""
        return self._headers.get("Authorization", "")

    def signed_in(self, token: str) -> "Api":
        return Api(self.addresses, self._client, token)

    def get(self, service: str, path: str, **params: Any) -> Any:
        return self._send("GET", service, path, params=params)

    def post(
        self, service: str, path: str, body: dict[str, Any], *, key: str, wait_for: str = ""
    ) -> Any:
        """POST under an idempotency key. `wait_for` names a refusal that passes by itself."""
        return self._send(
            "POST", service, path, json=body, headers={"Idempotency-Key": key}, wait_for=wait_for
        )

    def upload(self, service: str, path: str, content: bytes, kind: str, *, key: str) -> Any:
        headers = {"Idempotency-Key": key, "Content-Type": kind}
        return self._send("POST", service, path, content=content, headers=headers)

    def delete(self, service: str, path: str) -> None:
        """Without a key: what is gone is gone, however often it is asked."""
        self._send("DELETE", service, path)

    def form(self, service: str, path: str, **fields: str) -> Any:
        return self._send("POST", service, path, data=fields)

    def _send(
        self, method: str, service: str, path: str, *, wait_for: str = "", **parts: Any
    ) -> Any:
        parts["headers"] = self._headers | parts.get("headers", {})
        request = f"{method} {service}{path}"
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                answer = self._client.request(
                    method, f"{getattr(self.addresses, service)}{path}", **parts
                )
            except httpx.TransportError as error:
                reason = f"{request}: {type(error).__name__}"
            else:
                if answer.is_success:
                    return answer.json() if answer.content else None
                if answer.status_code < 500 and answer.status_code != 429:
                    refusal = Refused(request, answer.json(), answer.status_code)
                    if not wait_for or refusal.slug != wait_for:
                        raise refusal
                reason = f"{request}: {answer.status_code}"
            if time.monotonic() > deadline:
                raise Unreachable(reason)
            time.sleep(PAUSE)
