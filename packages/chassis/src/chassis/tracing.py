"""Traces: spans of requests, transactions and messages. Off until `start`: then nothing is imported.

The context of what is being done travels in `chassis.context.traceparent`, from there into the outbox
row, and with it to Kafka. Attributes are types, places, counts and ids of events, never a value out
of a request or an event; of an error only its class, since its text may be personal.
The provider is our own, not OpenTelemetry's global one: FastAPI would report full paths to that one.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, Literal

from chassis import context

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
    from opentelemetry.trace import Span, SpanContext, Tracer

Kind = Literal["internal", "server", "producer", "consumer"]
Attributes = Mapping[str, str | int]
QUEUE = 8_192
"""Spans that wait for the collector; more are dropped, so that memory has a bound."""
EXPORT_BATCH = 512
EXPORT_EVERY_MS = 1_000
EXPORT_LIMIT = 2.0
"""Seconds for one answer of the collector."""
STOP_LIMIT = 1.0
"""Seconds to hand over what waits when the process ends."""
LINKS = 128
"""Of a batch's events, the first; the count stands in an attribute."""
UNTRACED = frozenset({"/livez", "/readyz", "/metrics"})
NAMELESS = "request"

_provider: "TracerProvider | None" = None
_tracer: "Tracer | None" = None
_give_up: Callable[[], None] | None = None


def is_on() -> bool:
    return _tracer is not None


def start(
    service: str, processor: "SpanProcessor", give_up: Callable[[], None] | None = None
) -> None:
    """Every span goes to `processor` from now on, until `stop`, which calls `give_up` if time runs out.

    Every trace is whole: a collector may choose later, nobody who calls us can.
    """
    global _provider, _tracer, _give_up
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import SpanLimits, TracerProvider
    from opentelemetry.sdk.trace.sampling import ALWAYS_ON

    _provider = TracerProvider(
        sampler=ALWAYS_ON,
        resource=Resource({"service.name": service, "service.namespace": "wishtree"}),
        shutdown_on_exit=False,
        span_limits=SpanLimits(max_links=LINKS),
    )
    _provider.add_span_processor(processor)
    _tracer = _provider.get_tracer("wishtree.chassis")
    _give_up = give_up


def to_collector(url: str) -> "tuple[SpanProcessor, Callable[[], None]]":
    """OTLP over HTTP from a thread of its own, behind a bounded queue: whoever makes spans never waits.

    With it, what ends that thread without handing over what waits.
    """
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    exporter = OTLPSpanExporter(endpoint=f"{url.rstrip('/')}/v1/traces", timeout=EXPORT_LIMIT)
    processor = BatchSpanProcessor(
        exporter,
        max_queue_size=QUEUE,
        schedule_delay_millis=EXPORT_EVERY_MS,
        max_export_batch_size=EXPORT_BATCH,
    )
    return processor, exporter.shutdown


async def stop() -> None:
    """Hand over what waits, for a second at the most; then no more spans."""
    global _provider, _tracer, _give_up
    provider, give_up = _provider, _give_up
    _provider = _tracer = _give_up = None
    if provider is None:
        return
    # A daemon: a collector that does not answer must not keep the process.
    last = threading.Thread(target=provider.shutdown, daemon=True)
    last.start()
    await asyncio.to_thread(last.join, STOP_LIMIT)
    # The SDK itself tries on for half a minute, in a process that thinks that it has stopped.
    if last.is_alive() and give_up is not None:
        give_up()


def span(
    name: str,
    kind: Kind = "internal",
    *,
    links: Iterable[str | None] = (),
    attributes: Attributes | None = None,
) -> "AbstractContextManager[Span | None]":
    """A child of what is being done; whatever is done inside is its child."""
    if _tracer is None:
        return nullcontext()
    parent = context.traceparent.get()
    return entered(begin(name, kind, parent=parent, links=links, attributes=attributes))


def request(path: str, given: str) -> "AbstractContextManager[Span | None]":
    """One request, as the root of its trace. `given`: the caller's traceparent, which becomes a link:

    as the parent it would let anybody hang requests into somebody else's trace.
    """
    if _tracer is None or path in UNTRACED:
        return nullcontext()
    return entered(begin(NAMELESS, "server", parent=None, links=[given]))


def answered(asked: "Span | None", method: str, route: str, status: int) -> None:
    """Name the request by its route's template: a path holds ids and codes."""
    if asked is None:
        return
    from opentelemetry.trace import StatusCode

    asked.update_name(f"{method} {route}")
    asked.set_attributes(
        {"http.request.method": method, "http.route": route, "http.response.status_code": status}
    )
    if status >= 500:
        asked.set_status(StatusCode.ERROR)


def headers() -> dict[str, str]:
    """What a request to another service of ours carries."""
    current = context.traceparent.get()
    return {"traceparent": current} if _tracer is not None and current else {}


def begin(
    name: str,
    kind: Kind,
    *,
    parent: str | None,
    links: Iterable[str | None] = (),
    attributes: Attributes | None = None,
    since: int | None = None,
) -> "Span":
    """A span that the caller ends. `parent` and `links`: traceparents; `since`: ns since 1970.

    Raises RuntimeError when tracing is off.
    """
    from opentelemetry import trace

    if _tracer is None:
        raise RuntimeError("tracing is off")
    above = _read(parent)
    known = [found for found in map(_read, links) if found is not None]
    return _tracer.start_span(
        name,
        # An empty context, not the current one: somebody else's spans are no parents of ours.
        trace.set_span_in_context(
            trace.NonRecordingSpan(above or trace.INVALID_SPAN_CONTEXT), _nothing()
        ),
        kind=trace.SpanKind[kind.upper()],
        attributes=attributes,
        links=[trace.Link(found) for found in known],
        start_time=since,
        record_exception=False,
        set_status_on_exception=False,
    )


def failed(made: "Span", error: BaseException) -> None:
    from opentelemetry.trace import StatusCode

    made.set_status(StatusCode.ERROR)
    made.set_attribute("error.type", type(error).__name__)


@contextmanager
def entered(made: "Span") -> "Generator[Span]":
    token = context.traceparent.set(traceparent_of(made))
    try:
        yield made
    except BaseException as error:
        failed(made, error)
        raise
    finally:
        context.traceparent.reset(token)
        made.end()


def traceparent_of(made: "Span") -> str:
    """W3C Trace Context; flags 03: sampled, random id. https://www.w3.org/TR/trace-context-2/"""
    here = made.get_span_context()
    return f"00-{here.trace_id:032x}-{here.span_id:016x}-{int(here.trace_flags):02x}"


def nanoseconds_ago(seconds: float) -> int:
    """That long ago, in ns since 1970."""
    return time.time_ns() - int(seconds * 1e9)


def _read(traceparent: str | None) -> "SpanContext | None":
    """None for what is no traceparent; what is all zeros is none (W3C Trace Context 3.2.2)."""
    from opentelemetry.trace import SpanContext, TraceFlags

    try:
        version, trace_id, span_id, _ = (traceparent or "").split("-")
        found = SpanContext(int(trace_id, 16), int(span_id, 16), True, TraceFlags(1))
    except ValueError:
        return None
    return found if version == "00" and found.is_valid else None


def _nothing() -> Any:
    from opentelemetry.context import Context

    return Context()
