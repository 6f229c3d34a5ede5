"""Addresses from the services that hold the people: service token, purpose `notify`, audited there."""

from collections.abc import Collection, Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid5

import httpx
from chassis import tracing
from chassis.auth.service_tokens import ServiceTokens
from chassis.errors import Transient

from notifications.app.addresses import Address, Invitee, Owner

LIMIT = 5.0
SPACE = UUID("5d0c3c5e-64a1-5c0b-9a0e-0f3f5f7b3a11")
"""For keys made of what is asked (RFC 9562 §5.5)."""


class HttpAddresses:
    def __init__(
        self, wishes_url: str, volunteers_url: str, tokens: ServiceTokens, client: httpx.AsyncClient
    ) -> None:
        self._urls: dict[Owner, str] = {"wishes": wishes_url, "volunteers": volunteers_url}
        self._tokens = tokens
        self._client = client

    async def of(
        self, owner: Owner, recipients: Collection[UUID], reference: str
    ) -> Mapping[UUID, Address]:
        """One request for all of them. `reference` names the batch: asked again after a lost answer,
        the owner notes one look, not two."""
        lines = await self._ask(owner, "/v1/contacts", recipients, reference)
        with _understood(owner):
            return {UUID(line["id"]): _address(line) for line in lines}

    async def invitees(
        self, invitations: Collection[UUID], reference: str
    ) -> Mapping[UUID, Invitee]:
        lines = await self._ask("wishes", "/v1/invitations/recipients", invitations, reference)
        with _understood("wishes"):
            return {
                UUID(line["id"]): Invitee(str(line["kind"]), UUID(line["recipient_id"]))
                for line in lines
            }

    async def _ask(
        self, owner: Owner, path: str, asked: Collection[UUID], reference: str
    ) -> Sequence[Mapping[str, Any]]:
        ids = [str(one) for one in sorted(asked)]
        headers = tracing.headers() | await self._tokens.header()
        headers["Idempotency-Key"] = f"notify-{uuid5(SPACE, ' '.join([reference, *ids]))}"
        with _understood(owner):
            answer = await self._client.post(
                f"{self._urls[owner]}{path}",
                json={"purpose": "notify", "ids": ids},
                headers=headers,
                timeout=LIMIT,
            )
            answer.raise_for_status()
            return answer.json()["items"]


@contextmanager
def _understood(owner: Owner) -> Generator[None]:
    """Whatever is wrong with an answer passes: the owner is asked again."""
    try:
        yield
    except httpx.HTTPStatusError as error:
        raise Transient(f"{owner} answered {error.response.status_code}") from None
    except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
        raise Transient(f"{owner}: {type(error).__name__}") from None


def _address(line: Mapping[str, Any]) -> Address:
    return Address(line.get("phone"), line.get("email"), line.get("erased") is True)
