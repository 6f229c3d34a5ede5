"""Whatever comes in gets a problem that says what to do; never a 500 for bad input, never silence."""

import asyncio
import json
from collections.abc import AsyncIterator, MutableMapping
from time import perf_counter
from typing import Annotated, Any, Literal
from uuid import UUID

import httpx
import pytest
from chassis.auth import permits, public
from chassis.auth.testing import TokenMinter, assert_every_route_has_permission
from chassis.errors import Transient, Unstorable
from chassis.http import Body, BodyLimit, Health, ProblemSpec, RateLimit, Text, create_app
from chassis.metrics import HTTP_REQUESTS
from fastapi import APIRouter, Depends, FastAPI, Form, Query, Request
from fastapi.responses import StreamingResponse
from openapi_spec_validator import validate
from prometheus_client import REGISTRY
from pydantic import AwareDatetime, BaseModel, Field


class Person(Body):
    name: Annotated[Text, Field(max_length=8)]


class Wish(Body):
    words: Annotated[Text, Field(max_length=100)]
    channel: Literal["desk", "visit"] = "desk"
    minutes: int = Field(default=0, ge=0)
    urgent: bool = False
    at: AwareDatetime | None = None
    person: Person | None = None


class WishView(BaseModel):
    words: str


class Gone(Exception):
    def __init__(self, until: str) -> None:
        super().__init__(until)
        self.values = {"until": until}


router = APIRouter(prefix="/v1")


@router.post("/wishes", status_code=201, dependencies=[public()])
async def post_wish(body: Wish) -> WishView:
    return WishView(words=body.words)


@router.get("/wishes", dependencies=[public()])
async def get_wishes(
    limit: Annotated[int, Query(ge=1, le=100)] = 20, q: str = ""
) -> list[WishView]:
    return [WishView(words=q)]


@router.get("/wishes/{wish_id}", dependencies=[permits("wishes.read")])
async def get_wish(wish_id: UUID) -> WishView:
    return WishView(words=str(wish_id))


@router.get("/boom/{kind}", dependencies=[public()])
async def get_boom(kind: str) -> WishView:
    raise {
        "bug": ValueError("张三 13800000001"),
        "away": Transient("PostgreSQL: ConnectionError"),
        "value": Unstorable("PostgreSQL: DataError"),
        "gone": Gone("十点"),
    }[kind]


@router.get("/slow", dependencies=[public(), Depends(RateLimit(rate=0.01, burst=2))])
async def get_slow() -> WishView:
    return WishView(words="")


@router.get("/stream", dependencies=[public()])
async def get_stream() -> StreamingResponse:
    async def pulses() -> AsyncIterator[str]:
        for _ in range(3):
            await asyncio.sleep(0.1)
            yield ": \n\n"

    return StreamingResponse(pulses(), media_type="text/event-stream")


@router.get("/archive", dependencies=[public()])
async def get_archive(late: float = 0) -> StreamingResponse:
    async def parts() -> AsyncIterator[bytes]:
        for part in (b"PK", b"1", b"2"):
            yield part

    await asyncio.sleep(late)
    return StreamingResponse(parts(), media_type="application/zip")


@router.post("/form", dependencies=[public()])
async def post_form(grant_type: Annotated[str, Form()]) -> WishView:
    return WishView(words=grant_type)


OUR_FILE = ProblemSpec(413, "file-too-large", "太大了", "最多 {most}。")


@router.post(
    "/wishes/{wish_id}/files",
    dependencies=[public(), Depends(BodyLimit(100_000, problem=OUR_FILE))],
)
async def post_file(wish_id: UUID, request: Request) -> WishView:
    return WishView(words=f"{len(await request.body())}")


def make_app(minter: TokenMinter | None = None) -> FastAPI:
    return create_app(
        "test",
        [router],
        permissions={"wishes.read": ["community_worker"]},
        problems={Gone: ProblemSpec(410, "gone", "过了", "{until}过了。")},
        verifier=minter.verifier() if minter else None,
        health=Health(),
    )


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(make_app(TokenMinter()))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as found:
        yield found


def problem(answer: httpx.Response, status: int, slug: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["type"] == f"/problems/{slug}"
    assert body["status"] == status
    assert body["correlation_id"] == answer.headers["x-correlation-id"]
    assert any("\u4e00" <= letter <= "\u9fff" for letter in body["detail"])
    return body


async def test_a_good_request_is_answered_with_its_correlation_id(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.post(
        "/v1/wishes", json={"words": "取暖器"}, headers={"X-Correlation-Id": "story-0001"}
    )
    assert (answer.status_code, answer.json()) == (201, {"words": "取暖器"})
    assert answer.headers["x-correlation-id"] == "story-0001"
    assert answer.headers["cache-control"] == "no-store"


async def test_a_crooked_correlation_id_is_replaced(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/wishes", headers={"X-Correlation-Id": '"; drop table'})
    assert UUID(answer.headers["x-correlation-id"]).version == 7


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({}, "/words", "missing"),
        ({"words": "灯", "wrods": 1}, "/wrods", "extra_forbidden"),
        ({"words": "灯", "a/b~c": 1}, "/a~1b~0c", "extra_forbidden"),
        ({"words": "  "}, "/words", "string_too_short"),
        ({"words": "灯" * 101}, "/words", "string_too_long"),
        ({"words": 7}, "/words", "string_type"),
        ({"words": "灯\x00"}, "/words", "control_characters"),
        ({"words": "灯\x1b[31m"}, "/words", "control_characters"),
        ({"words": "\u202e灯"}, "/words", "control_characters"),
        ({"words": "\u200b"}, "/words", "nothing_to_read"),
        ({"words": "\u3164\u00ad"}, "/words", "nothing_to_read"),
        ({"words": "灯", "channel": "fax"}, "/channel", "literal_error"),
        ({"words": "灯", "minutes": "5"}, "/minutes", "int_type"),
        ({"words": "灯", "minutes": 5.0}, "/minutes", "int_type"),
        ({"words": "灯", "minutes": True}, "/minutes", "int_type"),
        ({"words": "灯", "minutes": -1}, "/minutes", "greater_than_equal"),
        ({"words": "灯", "minutes": 10**30}, "/minutes", "number_too_large"),
        ({"words": "灯", "urgent": 1}, "/urgent", "bool_type"),
        ({"words": "灯", "urgent": "yes"}, "/urgent", "bool_type"),
        ({"words": "灯", "at": 0}, "/at", "datetime_type"),
        ({"words": "灯", "at": "1700000000"}, "/at", "datetime_type"),
        ({"words": "灯", "at": "2026-01-01T10:00:00"}, "/at", "timezone_aware"),
        ({"words": "灯", "person": {"name": "长" * 9}}, "/person/name", "string_too_long"),
        ({"words": "灯", "person": []}, "/person", None),
        ([], "", None),
        ("灯", "", None),
        (None, "", None),
    ],
)
async def test_bad_input_gets_a_pointer_and_a_sentence(
    client: httpx.AsyncClient, body: Any, pointer: str, code: str | None
) -> None:
    answer = await client.post(
        "/v1/wishes", content=json.dumps(body), headers={"Content-Type": "application/json"}
    )
    found = problem(answer, 422, "invalid")["errors"]
    assert [error["pointer"] for error in found] == [pointer]
    if code:
        assert found[0]["code"] == code
    assert any("\u4e00" <= letter <= "\u9fff" for letter in found[0]["detail"])
    assert "灯" not in found[0]["detail"]


async def test_line_ends_of_a_form_are_made_one(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/wishes", json={"words": "一\r\n二 👨‍👩‍👧 "})
    assert answer.json() == {"words": "一\n二 👨‍👩‍👧"}


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"\xff\xfe",
        b"[" * 30_000,
        b'{"words": ' + b"9" * 5000 + b"}",
        b'{"words": "\\ud800"}',
        b'{"\\ud800": 1}',
        b'{"words": "\xed\xa0\x80"}',
        b'{"words": "a", "minutes": NaN}',
        b'{"words": "a", "minutes": 1e400}',
        b"",
    ],
)
async def test_broken_json_is_never_our_fault(client: httpx.AsyncClient, content: bytes) -> None:
    answer = await client.post(
        "/v1/wishes", content=content, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code in (400, 422), answer.text
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("kind", ["text/plain", "application/jsonx", "multipart/form-data", "x"])
async def test_another_content_type_is_refused(client: httpx.AsyncClient, kind: str) -> None:
    answer = await client.post(
        "/v1/wishes", content=b'{"words": "a"}', headers={"Content-Type": kind}
    )
    problem(answer, 415, "wrong-content-type")


async def test_a_form_wants_a_form(client: httpx.AsyncClient) -> None:
    assert (await client.post("/v1/form", data={"grant_type": "x"})).status_code == 200
    answer = await client.post("/v1/form", json={"grant_type": "x"})
    assert "x-www-form-urlencoded" in problem(answer, 415, "wrong-content-type")["detail"]


async def test_too_much_is_refused_with_and_without_a_length(client: httpx.AsyncClient) -> None:
    async def parts() -> AsyncIterator[bytes]:
        for _ in range(70):
            yield b"a" * 1024

    for content in (b"a" * 70_000, parts()):
        answer = await client.post(
            "/v1/wishes", content=content, headers={"Content-Type": "application/json"}
        )
        problem(answer, 413, "too-large")
        assert answer.headers["connection"] == "close"


async def test_a_route_may_take_more_than_the_others(client: httpx.AsyncClient) -> None:
    path = f"/v1/wishes/{UUID(int=1)}/files"
    assert (await client.post(path, content=b"a" * 100_000)).json() == {"words": "100000"}
    refused = problem(await client.post(path, content=b"a" * 100_001), 413, "file-too-large")
    assert refused["detail"] == "最多 97 KB。"
    elsewhere = await client.post(f"{path}/more", content=b"a" * 100_000)
    assert "64 KB" in problem(elsewhere, 413, "too-large")["detail"]


@pytest.mark.parametrize(
    ("method", "path", "status", "slug"),
    [
        ("GET", "/v1/nowhere", 404, "not-found"),
        ("GET", "/v1/wishes/", 404, "not-found"),
        ("DELETE", "/v1/wishes", 405, "wrong-method"),
        ("BREW", "/v1/wishes", 405, "wrong-method"),
        ("GET", "/v1/wishes?limit=0", 422, "invalid"),
        ("GET", "/v1/wishes?limit=many", 422, "invalid"),
        ("GET", "/v1/wishes?q=%00", 400, "bad-address"),
        ("GET", "/v1/wish%00es", 400, "bad-address"),
        ("GET", "/v1/boom/value", 422, "bad-value"),
        ("GET", "/v1/boom/gone", 410, "gone"),
    ],
)
async def test_every_refusal_is_a_problem(
    client: httpx.AsyncClient, method: str, path: str, status: int, slug: str
) -> None:
    problem(await client.request(method, path), status, slug)


async def test_a_query_parameter_is_pointed_at(client: httpx.AsyncClient) -> None:
    body = problem(await client.get("/v1/wishes?limit=500"), 422, "invalid")
    assert body["errors"] == [
        {"pointer": "?limit", "code": "less_than_equal", "detail": "不能大于 100"}
    ]


async def test_a_crooked_host_is_survived(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/nowhere", headers={"Host": "[::"})
    problem(answer, 404, "not-found")


async def test_trouble_that_passes_says_when_to_come_back(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/boom/away")
    problem(answer, 503, "try-again")
    assert int(answer.headers["retry-after"]) >= 1


async def test_a_bug_shows_a_number_and_nothing_else(
    client: httpx.AsyncClient, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = await client.get("/v1/boom/bug")
    logged = "".join(capsys.readouterr())
    assert "unexpected" in logged
    assert "get_boom" in logged
    assert "张三" not in logged
    body = problem(answer, 500, "internal")
    assert body["correlation_id"][-12:] in body["detail"]
    assert "张三" not in answer.text
    assert "ValueError" not in answer.text


async def test_too_fast_says_how_long_to_wait(client: httpx.AsyncClient) -> None:
    answers = [await client.get("/v1/slow") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[-1].headers["retry-after"]) >= 1


def test_the_rate_limit_fills_up_again_and_keeps_few() -> None:
    limit = RateLimit(rate=1, burst=1)
    limit.take("a", 0.0)
    with pytest.raises(Exception, match="too-many-requests"):
        limit.take("a", 0.5)
    limit.take("a", 2.0)
    for client in range(20_000):
        limit.take(str(client), 3.0)
    assert len(limit._buckets) <= 10_000  # pyright: ignore[reportPrivateUsage]


async def test_health_and_metrics(client: httpx.AsyncClient) -> None:
    await client.get("/v1/wishes")
    await client.request("BREW", "/v1/wishes")
    assert (await client.get("/livez")).status_code == 200
    assert (await client.get("/readyz")).status_code == 200
    text = (await client.get("/metrics")).text
    assert 'route="/v1/wishes"' in text
    assert 'method="other"' in text
    assert "BREW" not in text
    assert "process_resident_memory_bytes" in text


async def test_strangers_make_no_series(client: httpx.AsyncClient) -> None:
    def series() -> set[tuple[str, ...]]:
        (family,) = HTTP_REQUESTS.collect()
        return {
            tuple(sample.labels.values())
            for sample in family.samples
            if sample.name.endswith("_total")
        }

    for method in ("GET", "BREW", "DELETE"):
        await client.request(method, "/first")
    await client.request("BREW", "/v1/wishes")
    known = series()
    assert ("unmatched", "other", "404") in known
    for number in range(50):
        await client.get(f"/v1/wishes{number}")
        await client.request(f"BREW{number}", "/v1/wishes")
        await client.request("PATCH", f"/nowhere/{number}")
        await client.get(f"/%00{number}")
    assert series() - known <= {("unmatched", "other", "400")}
    await client.get("/v1/wishes/123")
    assert {route for route, _, _ in series() - known} <= {"unmatched", "/v1/wishes/{wish_id}"}


async def test_a_stream_that_stays_open_is_no_slow_answer(client: httpx.AsyncClient) -> None:
    labels = {"route": "/v1/stream", "method": "GET"}
    began = perf_counter()
    assert (await client.get("/v1/stream")).text == ": \n\n" * 3
    took = perf_counter() - began
    assert REGISTRY.get_sample_value("wishtree_http_request_seconds_count", labels) == 1
    # Not against a limit: a busy machine may stand still for as long as the stream stays open.
    counted = REGISTRY.get_sample_value("wishtree_http_request_seconds_sum", labels)
    assert counted is not None
    assert counted < took - 0.29


async def test_a_slow_line_is_no_slow_answer_and_slow_work_is_one() -> None:
    app = make_app()
    received: list[bytes] = []
    on_the_line = 0.0

    async def receive() -> dict[str, Any]:
        await asyncio.Event().wait()
        return {}

    async def slow_line(message: MutableMapping[str, Any]) -> None:
        nonlocal on_the_line
        if message["type"] == "http.response.body":
            began = perf_counter()
            await asyncio.sleep(0.1)
            on_the_line += perf_counter() - began
            received.append(message.get("body", b""))

    async def measured(path: str, query: bytes = b"") -> float:
        """Seconds that were counted; those on the line are none of them."""
        nonlocal on_the_line
        labels = {"route": path, "method": "GET"}
        name = "wishtree_http_request_seconds_sum"
        before = REGISTRY.get_sample_value(name, labels) or 0
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": query,
            "headers": [],
            "client": ("127.0.0.1", 1),
            "server": ("test", 80),
        }
        on_the_line, began = 0.0, perf_counter()
        await app(scope, receive, slow_line)
        counted = (REGISTRY.get_sample_value(name, labels) or 0) - before
        assert counted + on_the_line <= perf_counter() - began
        return counted

    assert await measured("/v1/archive") > 0
    assert b"".join(received) == b"PK12"
    # In one piece or in many, it is the line.
    assert await measured("/v1/wishes") > 0
    assert await measured("/v1/archive", b"late=0.2") >= 0.2


async def test_the_build_says_which_service_and_version_runs(client: httpx.AsyncClient) -> None:
    text = (await client.get("/metrics")).text
    assert text.count("wishtree_build_info{") == 1
    assert 'service="test"' in text
    assert "_created" not in text


async def test_a_check_that_fails_or_hangs_or_breaks_is_not_ready() -> None:
    health = Health()

    async def breaks() -> bool:
        raise OSError

    health.ready["database"] = breaks
    app = create_app("test", [], permissions={}, health=health)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://test"
    ) as client:
        answer = await client.get("/readyz")
        assert (answer.status_code, answer.json()) == (503, {"database": False})
        assert (await client.get("/livez")).status_code == 200
        health.live["consumer"] = lambda: False
        assert (await client.get("/livez")).status_code == 503
        health.live["consumer"] = lambda: bool(1 / 0)
        assert (await client.get("/livez")).json() == {"consumer": False}


def test_a_route_that_says_nothing_fails() -> None:
    app = make_app()
    assert_every_route_has_permission(app)
    forgotten = APIRouter()

    @forgotten.get("/forgotten")
    async def get_forgotten() -> None: ...

    app.include_router(forgotten)
    with pytest.raises(AssertionError, match="/forgotten"):
        assert_every_route_has_permission(app)


def test_the_document_is_valid_and_shows_problems() -> None:
    document = make_app().openapi()
    validate(document)
    post = document["paths"]["/v1/wishes"]["post"]
    assert set(post["responses"]) == {"201", "4XX", "503"}
    assert "parameters" not in post
    assert "Problem" in document["components"]["schemas"]
