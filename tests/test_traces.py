"""One wish's whole life through five real processes, real PostgreSQL and Kafka, seen by a collector."""

import threading
from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic, sleep
from typing import Any

import pytest
from chassis.testing import PATIENCE
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest as Export,
)

from tests.conftest import System, running
from tests.wishes import BENEFICIARY, a_submitted_wish, fulfil, post

READERS = {"points", "notifications", "volunteers", "web"}
FULFILLED = "process wishtree.WishFulfilled.v1"
CREDITED = "process wishtree.PointsCredited.v1"
DELIVERED = "process wishtree.NotificationDelivered.v1"
PUBLISHED = "publish wishtree.wish.events.v1"
ATTRIBUTES = {
    "error.type",
    "http.request.method",
    "http.response.status_code",
    "http.route",
    "messaging.batch.message_count",
    "messaging.consumer.group.name",
    "messaging.destination.name",
    "messaging.destination.partition.id",
    "messaging.kafka.offset",
    "messaging.system",
    "wishtree.event.id",
    "wishtree.event.type",
}
OUTSIDER = "00-" + "ab" * 16 + "-" + "cd" * 8 + "-00"


@dataclass(frozen=True)
class Seen:
    """One span as it arrived."""

    service: str
    name: str
    trace: str
    id: str
    parent: str
    links: frozenset[tuple[str, str]]
    attributes: dict[str, str]
    text: str
    """All of it, resource included, as a person would read it."""

    @property
    def place(self) -> tuple[str, str]:
        return self.trace, self.id


class Collector:
    """The exporters' other end: takes OTLP over HTTP and keeps the spans in memory."""

    def __init__(self) -> None:
        self.spans: list[Seen] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Taking, self))
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def take(self, body: bytes) -> None:
        for resource in Export.FromString(body).resource_spans:
            about = {pair.key: pair.value.string_value for pair in resource.resource.attributes}
            for scope in resource.scope_spans:
                self.spans += [_seen(about["service.name"], resource, one) for one in scope.spans]

    def of(self, trace: str) -> list[Seen]:
        return [one for one in list(self.spans) if one.trace == trace]


class _Taking(BaseHTTPRequestHandler):
    def __init__(self, collector: Collector, *rest: Any) -> None:
        self._collector = collector
        super().__init__(*rest)

    def do_POST(self) -> None:
        self._collector.take(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Nothing on the console."""


def _seen(service: str, resource: Any, one: Any) -> Seen:
    return Seen(
        service,
        one.name,
        one.trace_id.hex(),
        one.span_id.hex(),
        one.parent_span_id.hex(),
        frozenset((link.trace_id.hex(), link.span_id.hex()) for link in one.links),
        {pair.key: pair.value.string_value or str(pair.value.int_value) for pair in one.attributes},
        # Texts, not protobuf's print: it writes Chinese as octal escapes, in which nobody finds a name.
        "\n".join([one.name, one.status.message, *_texts(resource.resource), *_texts(one)]),
    )


def _texts(holder: Any) -> list[str]:
    # Without ids of events: six digits of a code may stand in a random id by chance.
    known = [pair for pair in holder.attributes if pair.key != "wishtree.event.id"]
    found = [f"{pair.key}={pair.value.string_value}" for pair in known]
    for inner in (*getattr(holder, "events", ()), *getattr(holder, "links", ())):
        found += [getattr(inner, "name", ""), *_texts(inner)]
    return found


@pytest.fixture(scope="module")
def collector() -> Generator[Collector]:
    taking = Collector()
    yield taking
    taking.close()


@pytest.fixture(scope="module")
def traced(collector: Collector) -> Generator[System]:
    """A stack with the one setting on."""
    yield from running("traced", {"WISHTREE_TRACES": collector.url})


@dataclass(frozen=True)
class Life:
    slip: dict[str, Any]
    spans: list[Seen]
    trace: str
    """Of the request that fulfilled the wish."""

    def one(self, name: str, service: str) -> Seen:
        (found,) = (s for s in self.in_trace() if (s.name, s.service) == (name, service))
        return found

    def named(self, name: str) -> list[Seen]:
        return [one for one in self.in_trace() if one.name == name]

    def in_trace(self) -> list[Seen]:
        return [one for one in self.spans if one.trace == self.trace]

    def parent_of(self, child: Seen) -> Seen:
        (found,) = (one for one in self.in_trace() if one.id == child.parent)
        return found

    def holder_of(self, place: tuple[str, str]) -> Seen:
        (found,) = (one for one in self.spans if one.place == place)
        return found


@pytest.fixture(scope="module")
def life(traced: System, collector: Collector) -> Life:
    slip = a_submitted_wish(traced, "traced")
    post(traced, "traced", str(slip["id"]))
    fulfil(traced, "traced", slip)

    def confirmed() -> str | None:
        name = "POST /v1/cards/{code}/confirmation"
        return next((one.trace for one in list(collector.spans) if one.name == name), None)

    trace = _eventually(confirmed)

    def all_told() -> bool:
        here = collector.of(trace)
        told = {(one.name, one.service) for one in here}
        # Each process sends its spans when it likes: a child may be here long before its parent.
        places = {one.place for one in list(collector.spans)}
        return (
            {(FULFILLED, reader) for reader in READERS} <= told
            # Nobody's parent and nobody's link: it would not be waited for otherwise.
            and (PUBLISHED, "wishes") in told
            and {(CREDITED, "volunteers"), (CREDITED, "web"), (DELIVERED, "web")} <= told
            and all(place in places for one in here for place in one.links)
            and all((trace, one.parent) in places for one in here if one.parent)
        )

    _eventually(all_told)
    return Life(slip, list(collector.spans), trace)


def _eventually(look: Callable[[], Any], seconds: float = PATIENCE) -> Any:
    until = monotonic() + seconds
    while not (found := look()):
        if monotonic() > until:
            raise AssertionError(f"{look.__name__}: not within {seconds} s")
        sleep(0.1)
    return found


def test_one_trace_from_the_request_to_every_reader(life: Life) -> None:
    asked = life.one("POST /v1/cards/{code}/confirmation", "wishes")
    assert asked.parent == ""
    for reader in sorted(READERS):
        handled = life.one(FULFILLED, reader)
        wrote = life.parent_of(handled)
        assert (wrote.name, wrote.service) == ("transaction", "wishes")
        assert life.parent_of(wrote) == asked
    published = life.named(PUBLISHED)
    assert {one.service for one in published} == {"wishes"}
    assert {life.parent_of(one).name for one in published} == {"transaction"}


def test_what_is_written_because_of_it_stays_in_the_trace(life: Life) -> None:
    because = life.one(FULFILLED, "points")
    for reader in ("volunteers", "web"):
        for handled in (one for one in life.named(CREDITED) if one.service == reader):
            assert life.parent_of(handled) == because
    for one in life.named("publish wishtree.points.events.v1"):
        assert life.parent_of(one) == because
    sent = life.named(DELIVERED)
    assert sent
    assert {life.parent_of(one).service for one in sent} == {"notifications"}
    assert {life.parent_of(one).name.partition(" ")[0] for one in sent} == {"process"}


def test_batches_are_linked_both_ways(life: Life) -> None:
    published = life.named(PUBLISHED)
    wrote = {life.parent_of(one).place for one in published}
    for one in published:
        (whole,) = map(life.holder_of, one.links)
        assert whole.name == "relay outbox"
        assert whole.links & wrote
    for reader in sorted(READERS - {"web"}):
        handled = life.one(FULFILLED, reader)
        (whole,) = map(life.holder_of, handled.links)
        assert whole.name == "consume wishtree.wish.events.v1"
        assert whole.trace != life.trace
        assert (handled.trace, handled.parent) in whole.links


def test_a_callers_trace_is_neither_a_parent_nor_a_choice_of_what_is_kept(
    traced: System, collector: Collector, life: Life
) -> None:
    wish = life.slip["id"]
    answer = traced.http.get(
        f"{traced.url('wishes')}/v1/wishes/{wish}", headers={"traceparent": OUTSIDER}
    )
    assert answer.status_code == 401

    def arrived() -> Seen | None:
        outside = ("ab" * 16, "cd" * 8)
        return next((one for one in list(collector.spans) if outside in one.links), None)

    asked = _eventually(arrived)
    assert asked.parent == ""
    assert asked.trace != "ab" * 16
    assert asked.attributes["http.response.status_code"] == "401"


def test_no_personal_data_in_any_span(life: Life) -> None:
    # wishes.py says these of the wish; the others are of the people who acted.
    said = [*BENEFICIARY.values(), "厨房", "包小红", "王娟", "bao-xiaohong", "wang-juan"]
    codes = [str(life.slip[name]) for name in ("id", "card_no", "code")]
    assert len(life.spans) > 50
    for one in life.spans:
        assert set(one.attributes) <= ATTRIBUTES
        for word in (*said, *codes):
            assert word not in one.text, one.name


def test_probes_make_no_spans(life: Life) -> None:
    for one in life.spans:
        assert not one.name.endswith(("/livez", "/readyz", "/metrics"))
