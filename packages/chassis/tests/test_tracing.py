"""Spans of one process; what the setting costs when it is off; what a dead collector does."""

import socket
import subprocess
import sys
import threading
import time
from collections.abc import AsyncGenerator
from uuid import uuid4

import httpx
import pytest
from chassis import context, tracing
from chassis.auth import public
from chassis.consumer import Consumer
from chassis.http import create_app, leaves_no_trace
from chassis.metrics import HTTP_REQUESTS
from chassis.outbox import Relay
from chassis.testing import MakeDatabase, TestKafka, eventually
from contracts.topics import WISH
from fastapi import APIRouter, Depends
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from orjson import loads

from .messages.things import MIGRATIONS, change, keep, running, withdrawn

OUTSIDER = "00-" + "ab" * 16 + "-" + "cd" * 8 + "-00"
router = APIRouter(dependencies=[public()])


@router.post("/v1/things/{name}")
async def post_thing(name: str) -> dict[str, str | None]:
    return {"trace": context.traceparent.get()}


@router.post("/v1/broken/{name}")
async def post_broken(name: str) -> None:
    raise ValueError(f"{name} 13800000001")


@router.post("/v1/quiet/{name}", dependencies=[Depends(leaves_no_trace)])
async def post_quiet(name: str) -> dict[str, str | None]:
    return {"trace": context.traceparent.get()}


async def ask(path: str) -> httpx.Response:
    transport = httpx.ASGITransport(create_app("traced", [router], permissions={}))
    async with httpx.AsyncClient(transport=transport, base_url="http://t") as client:
        return await client.post(path, headers={"traceparent": OUTSIDER})


@pytest.fixture
async def memory() -> AsyncGenerator[InMemorySpanExporter]:
    kept = InMemorySpanExporter()
    tracing.start("traced", SimpleSpanProcessor(kept))
    yield kept
    await tracing.stop()


def named(memory: InMemorySpanExporter, name: str) -> list[ReadableSpan]:
    return [span for span in memory.get_finished_spans() if span.name == name]


def place(span: ReadableSpan) -> tuple[int, int]:
    assert span.context is not None
    return span.context.trace_id, span.context.span_id


def links(span: ReadableSpan) -> set[tuple[int, int]]:
    return {(link.context.trace_id, link.context.span_id) for link in span.links}


async def test_off_a_request_has_no_trace_whatever_the_caller_sends() -> None:
    assert not tracing.is_on()
    assert (await ask("/v1/things/a")).json() == {"trace": None}
    assert tracing.headers() == {}


async def test_off_an_event_has_no_header(make_database: MakeDatabase) -> None:
    db = await make_database("wishes", MIGRATIONS)
    key = uuid4()
    async with db.transaction() as tx:
        tx.emit(withdrawn(key), key=key, version=1)
    headers = dict(loads(await db.fetchval("select headers from outbox")))
    assert "traceparent" not in headers


def test_off_nothing_of_the_sdk_is_imported() -> None:
    every = "chassis.run, chassis.consumer, chassis.outbox, chassis.http, chassis.message_spans"
    look = f"import sys, {every}; print([m for m in sys.modules if m.startswith(PARTS)])"
    look = f"PARTS = 'opentelemetry.sdk', 'opentelemetry.exporter'; {look}"
    done = subprocess.run(
        [sys.executable, "-c", look], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"


async def test_a_request_is_named_by_its_route_and_linked_to_its_caller(
    memory: InMemorySpanExporter,
) -> None:
    inside = (await ask("/v1/things/secret")).json()["trace"]
    (asked,) = named(memory, "POST /v1/things/{name}")
    assert asked.parent is None
    assert links(asked) == {(int("ab" * 16, 16), int("cd" * 8, 16))}
    assert inside[:52] == f"00-{place(asked)[0]:032x}-{place(asked)[1]:016x}"
    assert "secret" not in asked.to_json()


async def test_of_what_nobody_may_find_out_there_is_no_span_no_line_and_no_number(
    memory: InMemorySpanExporter, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (await ask("/v1/quiet/secret")).json() == {"trace": None}
    assert memory.get_finished_spans() == ()
    assert capsys.readouterr().out == ""
    counted = {sample.labels["route"] for sample in next(iter(HTTP_REQUESTS.collect())).samples}
    assert "/v1/quiet/{name}" not in counted
    await ask("/v1/things/secret")
    assert "/v1/things/{name}" in capsys.readouterr().out, "else the silence would prove nothing"


async def test_an_errors_text_is_not_kept(memory: InMemorySpanExporter) -> None:
    assert (await ask("/v1/broken/张三")).status_code == 500
    (asked,) = named(memory, "POST /v1/broken/{name}")
    assert not asked.status.is_ok
    assert asked.events == ()
    for word in ("张三", "13800000001", "\\u5f20"):
        assert word not in asked.to_json()


async def test_a_refused_transaction_says_its_class_only(
    memory: InMemorySpanExporter, make_database: MakeDatabase
) -> None:
    db = await make_database("wishes", MIGRATIONS)
    with pytest.raises(ValueError, match="13800000001"):
        async with db.transaction():
            raise ValueError("13800000001")
    (whole,) = named(memory, "transaction")
    assert dict(whole.attributes or {}) == {"error.type": "ValueError"}
    assert "13800000001" not in whole.to_json()


async def test_from_a_transaction_to_what_follows_in_another_service(
    memory: InMemorySpanExporter, make_database: MakeDatabase, kafka: TestKafka
) -> None:
    wishes = await make_database("wishes", MIGRATIONS)
    points = await make_database("points", MIGRATIONS)
    group = kafka.group()
    topic = await kafka.topic(groups=[group])
    keys = [uuid4() for _ in range(3)]
    for key in keys:
        async with wishes.transaction() as tx:
            await change(tx, topic, key)  # without a trace
            tx.emit(withdrawn(key), key=key, version=1)
            await tx.write_outbox()
            await tx.execute("update outbox set topic = $1 where topic = $2", topic, WISH.name)
    consumer = Consumer(points, kafka.settings("points"), group=group, topics=[topic], handle=keep)
    async with running(Relay(wishes, kafka.settings("wishes")).run), running(consumer.run):

        async def all_kept() -> bool:
            return await points.fetchval("select count(*) from effect") == 6

        await eventually(all_kept)
    process = named(memory, "process wishtree.WishWithdrawn.v1")
    publish = named(memory, f"publish {topic}")
    wrote = {place(span) for span in named(memory, "transaction")}
    theirs = [
        span
        for span in process
        if span.parent and (span.parent.trace_id, span.parent.span_id) in wrote
    ]
    assert len(theirs) == len(publish) == 3
    batches = {place(span): span for span in named(memory, f"consume {topic}")}
    for span in theirs:
        (whole,) = links(span)
        assert span.parent is not None
        assert (span.parent.trace_id, span.parent.span_id) in links(batches[whole])
    relayed = {place(span): span for span in named(memory, "relay outbox")}
    for span in publish:
        (whole,) = links(span)
        assert span.parent is not None
        assert (span.parent.trace_id, span.parent.span_id) in links(relayed[whole])


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


async def test_a_dead_collector_slows_and_fails_nothing_and_stopping_takes_a_second() -> None:
    before = set(threading.enumerate())
    tracing.start("traced", *tracing.to_collector(f"http://127.0.0.1:{closed_port()}"))
    began = time.monotonic()
    for number in range(tracing.QUEUE + 2_000):
        with tracing.span(f"work {number % 3}"):
            pass
    # Whoever waited for the collector's answer to each batch would need so long at the least.
    batches = tracing.QUEUE // tracing.EXPORT_BATCH
    assert time.monotonic() - began < batches * tracing.EXPORT_LIMIT
    # One in three may meet a moment in which the machine does other things.
    assert min([await asking() for _ in range(3)]) < tracing.EXPORT_LIMIT
    stopping = time.monotonic()
    await tracing.stop()
    # Left to itself it tries on for 30 seconds, and rolls dice in the middle of other tests.
    await eventually(lambda: exporting(before) == [], seconds=15)
    assert time.monotonic() - stopping < 20


def exporting(before: set[threading.Thread]) -> list[str]:
    """Threads of the exporter that were not there `before`. A pool's worker waits and does nothing."""
    new = set(threading.enumerate()) - before
    return [thread.name for thread in new if not thread.name.startswith("asyncio_")]


async def asking() -> float:
    """Seconds that a request took."""
    began = time.monotonic()
    assert (await ask("/v1/things/a")).status_code == 200
    return time.monotonic() - began


async def test_a_message_without_a_trace_begins_one(
    memory: InMemorySpanExporter,
) -> None:
    for bad in (None, "", "rubbish", "00-" + "0" * 32 + "-" + "0" * 16 + "-01"):
        tracing.begin("alone", "consumer", parent=bad, links=[bad]).end()
    for span in named(memory, "alone"):
        assert span.parent is None
        assert span.links == ()
