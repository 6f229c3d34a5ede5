"""The web front before services of the test's own: what they answer is what the pages show."""

from collections.abc import AsyncGenerator
from typing import Any
from uuid import uuid4

import httpx
import pytest_asyncio
from chassis.auth.testing import TokenMinter
from chassis.http import Health
from chassis.kafka import KafkaSettings
from fastapi import Response
from web.bootstrap import application
from web.live import Trees
from web.parts import Parts
from web.services import Services
from web.session import COOKIE, Session, Sessions
from web.stream import EventStream

AREA = "610102007001"
MASTER = "bW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW0="
MINTER = TokenMinter()


class Upstream:
    """Stands where the other services stand. Paths that nobody set are not found."""

    def __init__(self) -> None:
        self.answers: dict[tuple[str, str], tuple[int, Any]] = {}
        self.asked: list[tuple[str, str]] = []

    def says(self, path: str, body: Any, status: int = 200, method: str = "GET") -> None:
        self.answers[method, path] = status, body

    def refuses(self, path: str, slug: str, detail: str, status: int = 409) -> None:
        problem = {"type": f"/problems/{slug}", "detail": detail, "status": status}
        self.says(path, problem, status, "POST")

    def __call__(self, request: httpx.Request) -> httpx.Response:
        place = request.method, request.url.path
        self.asked.append(place)
        nothing = 404, {"type": "/problems/not-found", "detail": "没有找到。"}
        status, body = self.answers.get(place, nothing)
        return httpx.Response(status, json=body)


class Front:
    """The pages, what stands behind them, and a reader without and with a session."""

    def __init__(self, upstream: Upstream, parts: Parts, client: httpx.AsyncClient) -> None:
        self.upstream = upstream
        self.parts = parts
        self.client = client

    def sign_in(self) -> None:
        """As a volunteer, as if by the sign-in page."""
        token = MINTER.token("volunteer", [{"role": "volunteer", "area": AREA}])
        answer = Response()
        self.parts.sessions.keep(answer, Session.of({"access_token": token, "expires_in": 600}))
        sealed = answer.headers["set-cookie"].partition(";")[0].partition("=")[2]
        self.client.cookies.set(COOKIE, sealed)

    async def tree(self, *leaves: dict[str, Any]) -> None:
        """What wishes says of the tree from now on."""
        states = [leaf["state"] for leaf in leaves]
        counts = {name: states.count(name) for name in ("open", "claimed", "fulfilled")}
        by_category = {"goods": counts["open"], "service": 0, "companionship": 0, "skills": 0}
        tree = {
            "area": AREA,
            "as_of": "2026-11-24T10:24:00+08:00",
            "counts": {**counts, "by_category": by_category},
            "leaves": list(leaves),
        }
        self.upstream.says(f"/v1/trees/{AREA}", tree)

    async def claim(self, card_no: str) -> httpx.Response:
        form = {"key": str(uuid4())}
        return await self.client.post(f"/w/{card_no}/claim", data=form)


@pytest_asyncio.fixture(loop_scope="session")
async def front() -> AsyncGenerator[Front]:
    upstream = Upstream()
    behind = httpx.AsyncClient(transport=httpx.MockTransport(upstream))
    services = Services({"wishes": "http://w", "volunteers": "http://v"}, behind)
    trees, health = Trees(services), Health()
    kafka = KafkaSettings("nowhere:1")
    parts = Parts(services, Sessions(MASTER, services), trees, EventStream(kafka, trees), health)
    app = application(MINTER.verifier(), health, parts)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://web") as client:
        yield Front(upstream, parts, client)
    await behind.aclose()
