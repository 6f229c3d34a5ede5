"""Addresses from the services that hold the people: service token, purpose `notify`, audited there."""

from uuid import UUID

import httpx
from chassis import context
from chassis.auth.service_tokens import ServiceTokens
from chassis.errors import Transient

from notifications.app.addresses import Address

LIMIT = 5.0


class HttpAddresses:
    def __init__(
        self, wishes_url: str, volunteers_url: str, tokens: ServiceTokens, client: httpx.AsyncClient
    ) -> None:
        self._urls = {
            "resident": f"{wishes_url}/v1/beneficiaries",
            "volunteer": f"{volunteers_url}/v1/volunteers",
            "organisation": f"{volunteers_url}/v1/organisations",
        }
        self._tokens = tokens
        self._client = client

    async def of(self, kind: str, recipient_id: UUID, reference: str) -> Address:
        """The key is the message's: asked again after a crash, the owner notes one reveal, not two."""
        headers = await self._tokens.header()
        headers["Idempotency-Key"] = f"notify-{reference}"
        if correlation := context.correlation_id.get():
            headers["X-Correlation-Id"] = correlation
        url = f"{self._urls[kind]}/{recipient_id}/contact"
        try:
            answer = await self._client.post(
                url, json={"purpose": "notify"}, headers=headers, timeout=LIMIT
            )
            answer.raise_for_status()
            found = answer.json()
        except httpx.HTTPStatusError as error:
            # 404 too: the event may have been faster than the owner's replica.
            raise Transient(f"owner answered {error.response.status_code}") from None
        except (httpx.HTTPError, ValueError) as error:
            raise Transient(f"owner: {type(error).__name__}") from None
        return Address(found.get("phone"), found.get("email"))
