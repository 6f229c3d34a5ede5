"""The books on a real database, as the role `points`, with events as wishes publishes them."""

from collections.abc import AsyncGenerator, Sequence
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest_asyncio
from chassis.auth.testing import TokenMinter
from chassis.clock import now
from chassis.db import Database
from chassis.http import create_app
from chassis.ids import uuid7
from contracts.codec import decode, encode
from contracts.envelope import Event
from contracts.fields import EventData, Gift, Giver, Service
from contracts.registry import spec_of
from contracts.wishes import WishFulfilled, WishReopened
from orjson import loads
from points.adapters.postgres import PostgresBooks
from points.app.post_events import PostEvents
from points.bootstrap import MIGRATIONS
from points.entrypoints.http import router
from points.permissions import PERMISSIONS

AREA = "610102007001"
MINTER = TokenMinter()


def received(data: EventData, event_id: UUID | None = None) -> Event[Any]:
    """The event as a consumer reads it: through the codec and back."""
    spec = spec_of(type(data))
    subject = str(getattr(data, "wish_id", uuid4()))
    event = Event(event_id or uuid7(), spec.type, spec.source, subject, now(), data, 1, "story")
    message = encode(event)
    return decode(message.headers, message.value)


def fulfilled(
    claimant: UUID,
    *,
    kind: str = "volunteer",
    helpers: Sequence[UUID] = (),
    gifts: Sequence[tuple[UUID, str, int]] = (),
    services: Sequence[tuple[UUID, int]] = (),
    category: str = "goods",
    **more: Any,
) -> WishFulfilled:
    values: dict[str, Any] = {
        "wish_id": uuid4(),
        "area": AREA,
        "claim_id": uuid4(),
        "beneficiary_id": uuid4(),
        "category": category,
        "counts_as": "first",
        "method": "code",
        "claimant": Giver.model_validate({"kind": kind, "id": claimant}),
        "helpers": tuple(helpers),
        "gifts": tuple(gift(*line) for line in gifts),
        "services": tuple(Service(volunteer_id=who, minutes=n) for who, n in services),
        "fulfilled_at": now(),
    }
    return WishFulfilled.model_validate(values | more)


def gift(who: UUID, kind: str, fen: int) -> Gift:
    giver = {"kind": kind, "id": who}
    return Gift.model_validate({"giver": giver, "item": "heater", "quantity": 1, "value_fen": fen})


def reopened(of: Event[Any], *, was: str = "fulfilled") -> WishReopened:
    return WishReopened.model_validate(
        {
            "wish_id": of.data.wish_id,
            "area": AREA,
            "claim_id": of.data.claim_id,
            "claimant": of.data.claimant,
            "helpers": of.data.helpers,
            "was": was,
            "reason": "not_right",
            "fulfilled_event_id": of.id if was == "fulfilled" else None,
            "reopened_at": now(),
        }
    )


class Books:
    def __init__(self, db: Database, client: httpx.AsyncClient) -> None:
        self.db: Any = db
        self.client = client
        self.post_events = PostEvents(PostgresBooks())

    async def handle(self, *events: Event[Any]) -> None:
        async with self.db.transaction() as tx:
            await self.post_events(tx, events)

    async def balances(self, holder: UUID) -> tuple[int, int, int]:
        """Points, minutes, fen."""
        rows = await self.db.fetch("select book, balance from account where holder_id = $1", holder)
        found = {row["book"]: row["balance"] for row in rows}
        return found.get("points", 0), found.get("hours", 0), found.get("gifts", 0)

    async def published(self, holder: UUID) -> list[Event[Any]]:
        sql = "select headers, payload from outbox where key = $1 order by id"
        rows = await self.db.fetch(sql, str(holder))
        return [
            decode([(k, v.encode()) for k, v in loads(row["headers"])], row["payload"])
            for row in rows
        ]

    async def get(self, path: str, who: dict[str, str] | None = None) -> httpx.Response:
        return await self.client.get(f"/v1/{path}", headers=who or {})


@pytest_asyncio.fixture(loop_scope="session")
async def books(make_database: Any) -> AsyncGenerator[Books]:
    db = await make_database("points", MIGRATIONS)
    app = create_app("points", [router], permissions=PERMISSIONS, db=db, verifier=MINTER.verifier())
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://points") as client:
        yield Books(db, client)
