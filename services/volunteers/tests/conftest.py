"""The service as its users meet it: over HTTP, on a real database, as the role `volunteers`."""

import base64
import re
from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio
from chassis.auth.testing import TokenMinter
from chassis.clock import now
from chassis.consumer import one_by_one
from chassis.gateway import LocalOutbox
from chassis.http import AnswerSeal, create_app
from chassis.ids import uuid7
from chassis.privacy import Vault
from contracts.envelope import Event
from contracts.registry import spec_of
from pyotp.totp import TOTP
from volunteers.adapters.passwords import Argon2Passwords
from volunteers.adapters.postgres import PostgresAccounts, PostgresOrganisations, PostgresPeople
from volunteers.adapters.qualifications import PostgresQualifications
from volunteers.adapters.signing import Signer
from volunteers.app.open_district import Opening, Operator, open_district
from volunteers.app.sign_in import SignIn
from volunteers.bootstrap import MIGRATIONS, ROUTERS
from volunteers.entrypoints.events import HANDLERS
from volunteers.entrypoints.http import PROBLEMS
from volunteers.entrypoints.parts import Parts
from volunteers.permissions import PERMISSIONS

DISTRICT, STREET, XIANDONG, XINYUAN = (
    "610102000000",
    "610102007000",
    "610102007001",
    "610102007002",
)
MASTER = base64.b64encode(b"m" * 32).decode()
INDEX = base64.b64encode(b"i" * 32).decode()
ISSUER = "http://volunteers.test"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
MINTER = TokenMinter()


class Api:
    """Verbs of the service, with a clock that the test moves."""

    def __init__(self, client: httpx.AsyncClient, parts: Parts, outbox: Path, clock: Any) -> None:
        self.client = client
        self.parts = parts
        self.db: Any = parts.db
        self.clock = clock
        self._outbox = outbox
        self.operator = MINTER.header("district_operator", "610102", subject=uuid4())
        self.worker = MINTER.header("community_worker", XIANDONG, subject=uuid4())
        self.stranger = MINTER.header("community_worker", XINYUAN, subject=uuid4())

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

    async def token(self, **form: str) -> httpx.Response:
        return await self.client.post("/oauth2/token", data=form)

    async def code(self, phone: str) -> str:
        """Ask for a code and read it off the phone."""
        await self.ok("sign-in-codes", {"phone": phone})
        texts = [
            m.read_text() for m in sorted(self._outbox.glob("*.json")) if phone in m.read_text()
        ]
        return re.findall(r"验证码是 (\d{6})", texts[-1])[0]

    async def registered(self, phone: str = "13800138001", **more: Any) -> dict[str, Any]:
        body = {
            "phone": phone,
            "code": await self.code(phone),
            "name": "包小红",
            "kind": "local",
            "area": XIANDONG,
        }
        return await self.ok("volunteers", body | more)

    async def approved(self, phone: str = "13800138001", **more: Any) -> dict[str, Any]:
        volunteer = await self.registered(phone, **more)
        path = f"volunteers/{volunteer['id']}/approval"
        return await self.ok(path, {"decision": "approve"}, self.worker)

    async def unit(self, kind: str, name: str, area: str, parent: str | None, **more: Any) -> str:
        body = {"kind": kind, "name": name, "area": area} | more
        if parent:
            body["parent_id"] = parent
        return (await self.ok("organisations", body, self.operator))["id"]

    async def tree(self) -> dict[str, str]:
        district = await self.unit("district", "新城区", DISTRICT, None)
        street = await self.unit("street", "韩森寨街道", STREET, district)
        community = await self.unit("community", "咸东社区", XIANDONG, street)
        branch = await self.unit("branch", "咸东社区党支部", XIANDONG, community)
        return {"district": district, "street": street, "community": community, "branch": branch}

    async def open_district(self) -> None:
        operator = Operator(
            login="operator", name="区运营员", area="610102", password="a word", totp_secret=SECRET
        )
        opening = Opening(operator=operator, clients={"notifications": "a secret"})
        parts = self.parts
        await open_district(self.db, parts.accounts, parts.passwords, parts.vault, opening)

    def totp(self) -> str:
        return TOTP(SECRET).at(self.clock.now())

    async def tell(self, data: Any, event_id: UUID | None = None) -> UUID:
        """An event arrives from another service."""
        spec = spec_of(type(data))
        event = Event(event_id or uuid7(), spec.type, spec.source, "s", now(), data, 1, "test")
        async with self.db.transaction() as tx:
            await one_by_one(HANDLERS)(tx, [event])
        return event.id

    async def events(self) -> list[str]:
        rows = await self.db.fetch("select headers->2->>1 as type from outbox order by event_id")
        return [row["type"].split(".")[1] for row in rows]


@pytest_asyncio.fixture(loop_scope="session")
async def api(make_database: Any, tmp_path: Path) -> AsyncGenerator[Api]:
    db = await make_database("volunteers", MIGRATIONS)
    moment = SimpleNamespace(ahead=timedelta())
    clock = SimpleNamespace(now=lambda: now() + moment.ahead, moment=moment)
    vault = Vault(MASTER, INDEX)
    people, accounts = PostgresPeople(), PostgresAccounts()
    passwords, signer = Argon2Passwords(cheap=True), Signer(db, vault)
    parts = Parts(
        db=db,
        people=people,
        organisations=PostgresOrganisations(),
        qualifications=PostgresQualifications(),
        accounts=accounts,
        passwords=passwords,
        vault=vault,
        gateway=LocalOutbox(tmp_path / "outbox"),
        sign_in=SignIn(db, people, accounts, passwords, vault, signer, ISSUER),
        keys=signer,
        issuer=ISSUER,
        clock=clock.now,
    )
    app = create_app(
        "volunteers",
        ROUTERS,
        permissions=PERMISSIONS,
        problems=PROBLEMS,
        db=db,
        seal=AnswerSeal(MASTER),
        verifier=MINTER.verifier(),
        state=parts,
    )
    transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=(str(uuid4()), 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://volunteers") as client:
        yield Api(client, parts, tmp_path / "outbox", clock)


@pytest.fixture
def problem() -> Any:
    """Checks that an answer is a problem with this status and slug, and gives its body."""

    def check(answer: httpx.Response, status: int, slug: str) -> dict[str, Any]:
        body = answer.json()
        assert (answer.status_code, body["type"]) == (status, f"/problems/{slug}"), body
        assert not set("!！") & set(body["detail"])
        return body

    return check
