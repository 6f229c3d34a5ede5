"""The service on a real database, as the role `notifications`; the owners of addresses are a small
server of the test's own that can be away."""

from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID, uuid4

import httpx
import pytest_asyncio
from chassis.auth.service_tokens import ServiceTokens
from chassis.auth.testing import TokenMinter
from chassis.clock import now
from chassis.db import Database
from chassis.gateway import LocalOutbox
from chassis.http import AnswerSeal, create_app
from chassis.ids import uuid7
from contracts.codec import decode, encode
from contracts.envelope import Event
from contracts.fields import EventData
from contracts.points import PointsCredited
from contracts.registry import spec_of
from contracts.volunteers import AffiliationChanged, OrganisationChanged, VolunteerApproved
from contracts.wishes import WishClaimed, WishFulfilled, WishSubmitted
from notifications.adapters.owners import HttpAddresses
from notifications.app.send_messages import Sender
from notifications.bootstrap import MIGRATIONS
from notifications.entrypoints import alerts
from notifications.entrypoints.events import tell_everybody
from notifications.entrypoints.http import PROBLEMS, router
from notifications.permissions import PERMISSIONS
from orjson import loads
from pydantic import SecretStr

XIANDONG, XINYUAN = "610102007001", "610102007002"
MASTER = "bW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW0="
MINTER = TokenMinter()
E = TypeVar("E", bound=EventData)
ALERTS_SECRET = "the-secret-of-alertmanager-and-us-alone"


GOLDEN = Path(__file__).parents[3] / "packages" / "contracts" / "golden"


def golden(model: type[E], **changes: Any) -> E:
    """The recorded payload of an event type, with these fields instead."""
    recorded = loads((GOLDEN / f"{spec_of(model).type}.json").read_bytes())["data"]
    return model.model_validate(recorded | changes)


def claimed(claimant: UUID, *, kind: str = "volunteer", wish: UUID | None = None) -> WishClaimed:
    return WishClaimed.model_validate(
        {
            "wish_id": wish or uuid4(),
            "area": XIANDONG,
            "claim_id": uuid4(),
            "beneficiary_id": uuid4(),
            "category": "goods",
            "claimant": {"kind": kind, "id": claimant},
            "claimed_by": claimant,
            "contact_by": now(),
            "fulfil_by": now(),
            "claimed_at": now(),
        }
    )


def fulfilled(
    claimant: UUID,
    *,
    kind: str = "volunteer",
    helpers: Sequence[UUID] = (),
    services: Sequence[UUID] = (),
    wish: UUID | None = None,
) -> WishFulfilled:
    return WishFulfilled.model_validate(
        {
            "wish_id": wish or uuid4(),
            "area": XIANDONG,
            "claim_id": uuid4(),
            "beneficiary_id": uuid4(),
            "category": "goods",
            "counts_as": "first",
            "method": "code",
            "claimant": {"kind": kind, "id": claimant},
            "helpers": list(helpers),
            "services": [{"volunteer_id": who, "minutes": 60} for who in services],
            "fulfilled_at": now(),
        }
    )


def submitted(*, wish: UUID | None = None, area: str = XIANDONG) -> WishSubmitted:
    return WishSubmitted.model_validate(
        {
            "wish_id": wish or uuid4(),
            "area": area,
            "card_no": "7K3Q",
            "category": "goods",
            "channel": "paper",
            "beneficiary_id": uuid4(),
            "by_proxy": False,
            "submitted_at": now(),
        }
    )


def credited(holder: UUID, points: int, minutes: int, fen: int) -> PointsCredited:
    return PointsCredited.model_validate(
        {
            "posting_id": uuid4(),
            "holder_kind": "volunteer",
            "holder_id": holder,
            "wish_id": uuid4(),
            "source_event_id": uuid4(),
            "points": points,
            "minutes": minutes,
            "gift_value_fen": fen,
            "rule_version": 1,
            "credited_at": now(),
        }
    )


class Owners:
    """Stands where wishes and volunteers stand: hands out tokens and addresses, or is away."""

    def __init__(self) -> None:
        self.away = False
        self.addresses: dict[str, dict[str, Any]] = {}
        self.invitations: dict[str, tuple[str, str]] = {}
        """Those that stand: whom each asks, as (kind, id)."""
        self.asked: list[tuple[str, dict[str, Any], str]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/oauth2/token":
            return httpx.Response(200, json={"access_token": "t", "expires_in": 600})
        if self.away:
            raise httpx.ConnectError("away", request=request)
        assert request.headers["Authorization"] == "Bearer t"
        body = loads(request.content)
        self.asked.append((request.url.host, body, request.headers["Idempotency-Key"]))
        if request.url.path == "/v1/invitations/recipients":
            assert (request.url.host, body["purpose"]) == ("w", "notify")
            stand = [(i, *self.invitations[i]) for i in body["ids"] if i in self.invitations]
            lines = [{"id": i, "kind": kind, "recipient_id": who} for i, kind, who in stand]
            return httpx.Response(200, json={"items": lines})
        assert request.url.path == "/v1/contacts"
        known = [person for person in body["ids"] if person in self.addresses]
        items = [{"id": person, **self.addresses[person]} for person in known]
        return httpx.Response(200, json={"items": items})


class Counting:
    """A transaction that counts its statements."""

    def __init__(self, tx: Any) -> None:
        self._tx = tx
        self.statements = 0

    def __getattr__(self, name: str) -> Any:
        if name in ("fetch", "fetchrow", "fetchval", "execute", "executemany"):
            self.statements += 1
        return getattr(self._tx, name)


class Post:
    """Everything of the service that a test moves or looks at."""

    def __init__(self, db: Database, api: httpx.AsyncClient, folder: Path) -> None:
        self.db: Any = db
        self.api = api
        self.folder = folder
        self.owners = Owners()
        self.client = httpx.AsyncClient(transport=httpx.MockTransport(self.owners))
        tokens = ServiceTokens("http://v/oauth2/token", "notifications", "secret", self.client)
        self.addresses = HttpAddresses("http://w", "http://v", tokens, self.client)
        self.sender = Sender(db, LocalOutbox(folder), self.addresses)

    async def hear(self, data: EventData, event_id: UUID | None = None) -> Event[Any]:
        """An event arrives, through the codec, as the consumer hands it over."""
        (read,) = await self.hear_all([data], event_id)
        return read

    async def hear_all(
        self, batch: Sequence[EventData], event_id: UUID | None = None
    ) -> list[Event[Any]]:
        """Several events arrive together."""
        read = self.read(batch, event_id)
        async with self.db.transaction() as tx:
            await tell_everybody(tx, read)
        return read

    def read(self, batch: Sequence[EventData], event_id: UUID | None = None) -> list[Event[Any]]:
        """As a consumer reads them."""
        read: list[Event[Any]] = []
        for data in batch:
            spec = spec_of(type(data))
            subject = str(getattr(data, "wish_id", uuid4()))
            event = Event(
                event_id or uuid7(), spec.type, spec.source, subject, now(), data, 1, "story"
            )
            message = encode(event)
            read.append(decode(message.headers, message.value))
        return read

    async def count_statements(self, batch: Sequence[EventData]) -> int:
        async with self.db.transaction() as tx:
            counting = Counting(tx)
            await tell_everybody(counting, self.read(batch))  # pyright: ignore[reportArgumentType]
        return counting.statements

    async def unit(self, kind: str, area: str = XIANDONG, email: str | None = None) -> UUID:
        unit = uuid4()
        change = {"organisation_id": unit, "kind": kind, "area": area, "active": True}
        await self.hear(OrganisationChanged.model_validate(change | {"changed_at": now()}))
        self.owners.addresses[str(unit)] = {"name": "…", "email": email}
        return unit

    async def volunteer(self, *units: UUID, phone: str | None = "13800000001") -> UUID:
        """Approved and told so; further units by dual affiliation."""
        person = uuid4()
        self.owners.addresses[str(person)] = {"name": "…", "phone": phone}
        approval = {"volunteer_id": person, "kind": "local", "area": XIANDONG}
        first = {"organisation_id": units[0] if units else None}
        by = {"approved_by": uuid4(), "approved_at": now()}
        await self.hear(VolunteerApproved.model_validate(approval | first | by))
        for unit in units[1:]:
            more = {"volunteer_id": person, "organisation_id": unit, "kind": "work"}
            when = {"active": True, "changed_at": now()}
            await self.hear(AffiliationChanged.model_validate(more | when))
        return person

    async def wish(self, phone: str | None = "13900000001", area: str = XIANDONG) -> Any:
        """A submitted wish: its event's data."""
        data = submitted(area=area)
        self.owners.addresses[str(data.beneficiary_id)] = {"phone": phone}
        await self.hear(data)
        return data

    async def send_all(self) -> None:
        """Everything pending is tried once, due or not."""
        await self.db.fetch(
            "update message set next_try_at = now() - interval '1 second' where state = 'pending'"
        )
        while await self.sender.send_due():
            pass

    async def messages(self, recipient: UUID) -> list[Any]:
        sql = "select * from message where recipient_id = $1 order by id"
        return await self.db.fetch(sql, recipient)

    def sent(self) -> list[dict[str, Any]]:
        """What the gateway took."""
        return [loads(path.read_bytes()) for path in sorted(self.folder.glob("[0-9a-f]*.json"))]

    async def published(self) -> list[Event[Any]]:
        rows = await self.db.fetch("select headers, payload from outbox order by created_at, id")
        return [
            decode([(k, v.encode()) for k, v in loads(row["headers"])], row["payload"])
            for row in rows
        ]

    async def get(self, path: str, who: dict[str, str]) -> httpx.Response:
        return await self.api.get(f"/v1/{path}", headers=who)

    async def call(self, message: UUID, outcome: str, who: dict[str, str]) -> httpx.Response:
        headers = who | {"Idempotency-Key": str(uuid4())}
        body = {"outcome": outcome}
        return await self.api.post(f"/v1/deliveries/{message}/call", json=body, headers=headers)


@pytest_asyncio.fixture(loop_scope="session")
async def post(make_database: Any, tmp_path: Path) -> AsyncGenerator[Post]:
    db = await make_database("notifications", MIGRATIONS)
    app = create_app(
        "notifications",
        [router, alerts.router],
        permissions=PERMISSIONS,
        problems=PROBLEMS,
        db=db,
        seal=AnswerSeal(MASTER),
        verifier=MINTER.verifier(),
        state=alerts.Shared(SecretStr(ALERTS_SECRET)),
    )
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://notifications") as api:
        made = Post(db, api, tmp_path / "outbox")
        yield made
        await made.client.aclose()
