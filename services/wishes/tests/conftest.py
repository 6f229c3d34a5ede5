"""The service as its users meet it: over HTTP, on a real database, as the role `wishes`."""

import asyncio
import base64
import json
import re
from collections.abc import AsyncGenerator
from datetime import datetime, timedelta
from ipaddress import ip_address
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio
from chassis.auth.testing import TokenMinter
from chassis.clock import now
from chassis.clocks import Clocks
from chassis.consumer import one_by_one
from chassis.http import AnswerSeal, create_app
from chassis.ids import uuid7
from chassis.privacy import Vault
from contracts.envelope import Event
from contracts.registry import spec_of
from contracts.volunteers import OrganisationChanged, VolunteerApproved
from fastapi import FastAPI
from wishes.bootstrap import MIGRATIONS, dials_of, parts_of
from wishes.entrypoints.events import HANDLERS
from wishes.entrypoints.http import ROUTERS
from wishes.entrypoints.parts import Parts
from wishes.entrypoints.problems import PROBLEMS
from wishes.permissions import PERMISSIONS

XIANDONG, XINYUAN = "610102007001", "610102007002"
MASTER = base64.b64encode(b"m" * 32).decode()
INDEX = base64.b64encode(b"i" * 32).decode()
MINTER = TokenMinter()
OUTBOX = "select event_id, key, headers, payload from outbox order by shard, id"
NEW_TERMS = """
insert into category_rule (id, district, category, version, valid_from, terms, set_at)
select gen_random_uuid(), '', category, max(version) + 1, '2000-01-01', $1::jsonb, now()
from category_rule where district = '' and category = coalesce($2, category) group by category
"""
NO_LOTTERY = {"callback_percent": 0}
TABLES = """
select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname = 'wishes' and c.relkind = 'r' order by 1
"""


class Api:
    """Verbs of the service, each with a token and an idempotency key of its own."""

    def __init__(self, client: httpx.AsyncClient, parts: Parts, clock: SimpleNamespace) -> None:
        self.client = client
        self.parts = parts
        self.db: Any = parts.db
        self.clock = clock
        self.worker = MINTER.header("community_worker", XIANDONG, subject=uuid4())
        self.colleague = MINTER.header("community_worker", XIANDONG, subject=uuid4())

    def volunteer(self, subject: UUID) -> dict[str, str]:
        return MINTER.header("volunteer", XINYUAN, subject=subject)

    def as_role(self, role: str, area: str = XIANDONG, **more: Any) -> dict[str, str]:
        return MINTER.header(role, area, **more)

    async def post(
        self, path: str, body: Any, who: dict[str, str] | None = None, key: str | None = None
    ) -> httpx.Response:
        headers = {**(who or {}), "Idempotency-Key": key or str(uuid4())}
        return await self.client.post(f"/v1/{path}", json=body, headers=headers)

    async def get(self, path: str, who: dict[str, str] | None = None) -> httpx.Response:
        return await self.client.get(f"/v1/{path}", headers=who or {})

    async def ok(self, path: str, body: Any, who: dict[str, str] | None = None) -> dict[str, Any]:
        answer = await self.post(path, body, who)
        assert answer.status_code < 300, answer.text
        return answer.json()

    async def submitted(self, **more: Any) -> dict[str, Any]:
        return await self.ok("wishes", wish_body(**more), self.worker)

    async def drafted(self, **more: Any) -> dict[str, Any]:
        content = wish_body(**more)
        outer = {name: content.pop(name) for name in ("area", "channel")}
        return await self.ok("drafts", outer | {"content": content}, self.worker)

    async def verified(self, **more: Any) -> dict[str, Any]:
        wish = await self.submitted(**more)
        checks = {"identity_checked": True, "need_checked": True, "consent_checked": True}
        body = {"method": "visit", "checklist": checks}
        return wish | await self.ok(f"wishes/{wish['id']}/verification", body, self.worker)

    async def publish(self, wish: dict[str, Any], **more: Any) -> httpx.Response:
        body = {"title": "冬天想有一台取暖器", "effort": "one_item"} | more
        return await self.post(f"wishes/{wish['id']}/publication", body, self.colleague)

    async def posted(self, title: str = "冬天想有一台取暖器", **more: Any) -> dict[str, Any]:
        wish = await self.verified(**more)
        answer = await self.publish(wish, title=title)
        assert answer.status_code == 200, answer.text
        return wish | answer.json()

    async def claimed(self, by: UUID | None = None, **more: Any) -> dict[str, Any]:
        wish = await self.posted(**more)
        by = by or await self.approved()
        claim = await self.ok(f"wishes/{wish['id']}/claims", {}, self.volunteer(by))
        return {"wish": wish, "claim": claim, "by": by}

    async def delivered(self, **more: Any) -> dict[str, Any]:
        held = await self.claimed(**more)
        body = {"gifts": [gift(held["by"])], "services": []}
        path = f"claims/{held['claim']['id']}"
        if held["wish"]["two_people"]:
            await self.ok(f"{path}/helpers", {}, self.volunteer(await self.approved()))
        await self.ok(f"{path}/delivery", body, self.volunteer(held["by"]))
        return held

    async def fulfilled(self, **more: Any) -> dict[str, Any]:
        held = await self.delivered(**more)
        await self.ok(f"cards/{slip(held['wish'])}/confirmation", {"answer": "satisfied"})
        return held

    async def tell(self, data: Any) -> None:
        """An event arrives from the volunteer service."""
        spec = spec_of(type(data))
        event = Event(uuid7(), spec.type, spec.source, "subject", now(), data, 1, "test")
        async with self.db.transaction() as tx:
            await one_by_one(HANDLERS)(tx, [event])

    async def approved(self, unit: UUID | None = None) -> UUID:
        """Somebody who may claim."""
        person = uuid4()
        approval = VolunteerApproved(
            volunteer_id=person,
            kind="guest",
            area=XINYUAN,
            organisation_id=unit,
            approved_by=uuid4(),
            approved_at=now(),
        )
        await self.tell(approval)
        return person

    async def unit(
        self, kind: str = "resident_unit", *, active: bool = True, area: str = XIANDONG
    ) -> UUID:
        unit = uuid4()
        change = {"organisation_id": unit, "kind": kind, "area": area, "active": active}
        await self.tell(OrganisationChanged.model_validate(change | {"changed_at": now()}))
        return unit

    async def terms(self, **terms: Any) -> None:
        """A new version of the terms of all categories, before the first wish is handed in."""
        async with self.db.transaction() as tx:
            await tx.execute(NEW_TERMS, json.dumps(terms), None)

    async def own_account(self, wish: dict[str, Any], account: UUID) -> None:
        """The person who wished has an account."""
        async with self.db.transaction() as tx:
            sql = "update beneficiary set account_id = $2 where id = $1"
            await tx.execute(sql, UUID(wish["beneficiary_id"]), account)

    async def rule(self, category: str, **terms: Any) -> None:
        """The same for one category."""
        async with self.db.transaction() as tx:
            await tx.execute(NEW_TERMS, json.dumps(NO_LOTTERY | terms), category)

    async def events(self, wish_id: str) -> list[dict[str, Any]]:
        """What was published of one wish, in order: type, version and data."""
        found: list[dict[str, Any]] = []
        for row in await self.db.fetch(OUTBOX):
            if row["key"] == str(wish_id):
                headers = dict(json.loads(row["headers"]))
                data = json.loads(row["payload"])
                type_ = headers["ce_type"].split(".")[1]
                version = int(headers["ce_aggregateversion"])
                found.append({"id": row["event_id"], "type": type_, "version": version} | data)
        return found

    async def types(self, wish_id: str) -> list[str]:
        return [event["type"] for event in await self.events(wish_id)]

    async def snapshot(self) -> dict[str, Any]:
        """Everything in the service's schema, to see that a refusal changed nothing."""
        tables = [row["relname"] for row in await self.db.fetch(TABLES)]
        return {
            name: await self.db.fetch(f"select t::text from {name} t order by 1") for name in tables
        }


def wish_body(**more: Any) -> dict[str, Any]:
    person = {"name": "黄建国", "address": "省建八公司家属院3号楼2单元501", "phone": "13891234567"}
    body = {
        "channel": "paper",
        "category": "goods",
        "area": XIANDONG,
        "words": "天冷了，想有个取暖的电器。",
        "beneficiary": person,
    }
    return body | more


def gift(by: UUID, kind: str = "volunteer", **more: Any) -> dict[str, Any]:
    item = {"item": "heater", "name": "小太阳取暖器", "quantity": 1, "value_fen": 15_000}
    return {"giver": {"kind": kind, "id": str(by)}} | item | more


def mentions(text: str, number: str) -> bool:
    """Whether a number stands there. Digits alone by themselves only: one card in two hundred has no letter,
    and any digits may stand in an id, a time or something sealed."""
    alone = rf"(?<![0-9a-f.:-]){number}(?![0-9a-f.:-])"
    return re.search(alone if number.isdigit() else number, text) is not None


def slip(wish: dict[str, Any]) -> str:
    return f"{wish['card_no']}-{wish['code']}"


def service(db: Any, clock: SimpleNamespace) -> FastAPI:
    """The whole service on this database."""
    parts = parts_of(db, Vault(MASTER, INDEX), lambda: clock.now())
    return create_app(
        "wishes",
        ROUTERS,
        permissions=PERMISSIONS,
        problems=PROBLEMS,
        db=db,
        seal=AnswerSeal(MASTER),
        verifier=MINTER.verifier(),
        state=parts,
    )


@pytest_asyncio.fixture(loop_scope="session")
async def api(make_database: Any) -> AsyncGenerator[Api]:
    db = await make_database("wishes", MIGRATIONS)
    clock = SimpleNamespace(now=now)
    # One in ten is drawn for a callback: a test that does not speak of that must not depend on it.
    async with db.transaction() as tx:
        await tx.execute(NEW_TERMS, json.dumps(NO_LOTTERY), None)
    app = service(db, clock)
    # An address of its own: the limit of tries counts per client.
    address = str(ip_address(uuid4().int % 2**32))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=(address, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://wishes") as client:
        yield Api(client, app.state.service, clock)


class Time:
    """The service's clocks, at a time of the test's choice."""

    def __init__(self, api: Api) -> None:
        self.at = now()
        self.clocks = [Clocks(api.db, lambda: self.at, dials_of(api.parts)) for _ in range(3)]

    async def reaches(self, at: datetime) -> None:
        """Three workers look at once, a minute later."""
        self.at = at + timedelta(minutes=1)
        await asyncio.gather(*(clocks.look() for clocks in self.clocks))


@pytest.fixture
def time(api: Api) -> Time:
    return Time(api)


@pytest.fixture
def problem() -> Any:
    """Checks that an answer is a problem with this status and slug, and gives its body."""

    def check(answer: httpx.Response, status: int, slug: str) -> dict[str, Any]:
        body = answer.json()
        assert (answer.status_code, body["type"]) == (status, f"/problems/{slug}"), body
        assert answer.headers["content-type"] == "application/problem+json"
        assert not set("!！") & set(body["detail"])
        return body

    return check
