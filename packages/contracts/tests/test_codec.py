"""The codec: round trips, the CloudEvents SDK as an oracle, and every kind of broken message."""

import dataclasses
import json
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary, to_binary
from cloudevents.core.formats.json import JSONFormat
from contracts.codec import decode, encode
from contracts.envelope import Event
from contracts.errors import ContractError, MalformedEvent, UnknownEventType
from contracts.fields import BEIJING, EventData
from contracts.registry import EVENTS, EventSpec, spec_of
from contracts.schemas import example_of
from hypothesis import given
from hypothesis import strategies as st

SPECS = list(EVENTS.values())
times = st.datetimes(
    min_value=datetime(2017, 1, 1),  # noqa: DTZ001 - the strategy adds the zone
    max_value=datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
texts = st.text(st.characters(codec="ascii", exclude_categories=["C"]), min_size=1, max_size=40)


def an_event(spec: EventSpec, **changes: object) -> Event[EventData]:
    event = Event(
        id=uuid4(),
        type=spec.type,
        source=spec.source,
        subject=str(uuid4()),
        time=datetime(2026, 2, 1, 9, 30, tzinfo=BEIJING),
        data=example_of(spec.model),
        aggregate_version=7,
        correlation_id="c-1234567",
        causation_id=str(uuid4()),
        traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    )
    return dataclasses.replace(event, **changes)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_what_was_encoded_is_decoded(spec: EventSpec) -> None:
    event = an_event(spec)
    message = encode(event)
    read = decode(message.headers, message.value)
    assert message.topic == spec.topic.name
    assert message.key.decode() == event.subject
    assert isinstance(read.data, spec.model)
    assert read.data.model_dump() == event.data.model_dump()
    assert dataclasses.replace(read, data=event.data) == event


@given(times, st.integers(1, 2**62 - 1), texts)
def test_the_envelope_survives(time: datetime, version: int, correlation: str) -> None:
    event = an_event(SPECS[0], time=time, aggregate_version=version, correlation_id=correlation)
    message = encode(event)
    read = decode(message.headers, message.value)
    assert abs((read.time - time).total_seconds()) < 0.001
    assert (read.aggregate_version, read.correlation_id) == (version, correlation)


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_the_sdk_reads_what_we_write(spec: EventSpec) -> None:
    event = an_event(spec)
    message = encode(event)
    read = from_binary(
        KafkaMessage(dict(message.headers), message.key, message.value), JSONFormat()
    )
    assert read.get_id() == str(event.id)
    assert read.get_type() == spec.type
    assert read.get_source() == spec.source
    assert read.get_subject() == event.subject
    assert read.get_time() == event.time
    assert read.get_extension("aggregateversion") == "7"
    assert read.get_data() == json.loads(message.value)


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_we_read_what_the_sdk_writes(spec: EventSpec) -> None:
    ours = encode(an_event(spec))
    theirs = to_binary(
        from_binary(KafkaMessage(dict(ours.headers), ours.key, ours.value), JSONFormat()),
        JSONFormat(),
    )
    read = decode(theirs.headers.items(), theirs.value)
    again = decode(ours.headers, ours.value)
    assert read.data.model_dump() == again.data.model_dump()
    assert (read.id, read.subject, read.time) == (again.id, again.subject, again.time)


def test_a_consumer_ignores_what_a_newer_producer_added() -> None:
    spec = EVENTS["wishtree.WishFulfilled.v1"]
    message = encode(an_event(spec))
    data = json.loads(message.value)
    data["new"] = 1
    data["claimant"]["new"] = 1
    data["gifts"][0]["giver"]["new"] = 1
    read = decode((*message.headers, ("ce_new", b"x")), json.dumps(data).encode())
    assert isinstance(read.data, spec.model)
    assert spec_of(type(read.data)) is spec


def test_a_producer_says_nothing_that_is_not_in_the_language() -> None:
    model = EVENTS["wishtree.WishWithdrawn.v1"].model
    with pytest.raises(ValueError, match="extra_forbidden"):
        model.model_validate({**example_of(model).model_dump(), "name": "x"})


@pytest.mark.parametrize(
    ("header", "value", "says"),
    [
        ("ce_type", None, "ce_type is missing"),
        ("ce_id", None, "ce_id is missing"),
        ("ce_id", b"7", "ce_id is not a UUID"),
        ("ce_time", b"today", "ce_time is not an RFC 3339 time"),
        ("ce_time", b"2026-02-01T09:30:00", "ce_time has no zone"),
        ("ce_aggregateversion", b"0", "ce_aggregateversion"),
        ("ce_aggregateversion", b"-1", "ce_aggregateversion"),
        ("ce_aggregateversion", "７".encode(), "ce_aggregateversion"),
        ("ce_aggregateversion", b"9" * 30, "ce_aggregateversion"),
        ("ce_time", b"0001-01-01T00:00:00+14:00", "ce_time is outside the calendar"),
        ("ce_subject", b"\xff", "ce_subject is not UTF-8"),
        ("ce_subject", b"a\x00b", "ce_subject holds a control character"),
        ("ce_correlationid", b"", "ce_correlationid is empty"),
        ("ce_correlationid", b"a\nlevel=error", "ce_correlationid holds a control character"),
        ("ce_causationid", b"x" * 1001, "ce_causationid is longer than 1000 characters"),
        ("content-type", b"application/jsonx", "content-type"),
        ("content-type", b"application/cloudevents+json", "content-type"),
        ("ce_specversion", b"0.3", "ce_specversion"),
        ("content-type", b"text/plain", "content-type"),
    ],
)
def test_a_broken_header_is_named(header: str, value: bytes | None, says: str) -> None:
    message = encode(an_event(SPECS[0]))
    headers = {name: raw for name, raw in message.headers if name != header}
    if value is not None:
        headers[header] = value
    with pytest.raises(MalformedEvent, match=says):
        decode(headers.items(), message.value)


def test_a_trace_that_cannot_be_read_never_stops_a_fact() -> None:
    message = encode(an_event(SPECS[0]))
    for broken in (b"", b"\xff\x00", b"00-zz"):
        read = decode((dict(message.headers) | {"traceparent": broken}).items(), message.value)
        assert read.traceparent is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("area", "６１０１０２００７００１"),
        ("area", "610102007001\n"),
        ("leaf", "17"),
        ("leaf", 17.5),
        ("leaf", True),
        ("leaf", 320),
        ("posted_at", 1_769_909_400),
        ("posted_at", "2026-02-01T09:30:00"),
        ("posted_at", "0001-01-01T00:00:00+14:00"),
        ("wish_id", 7),
        ("effort", "OneHour"),
        ("category", None),
    ],
)
def test_data_that_its_schema_refuses_is_refused(field: str, value: object) -> None:
    message = encode(an_event(EVENTS["wishtree.WishPosted.v1"]))
    data = json.loads(message.value) | {field: value}
    with pytest.raises(MalformedEvent, match=field):
        decode(message.headers, json.dumps(data).encode())


@pytest.mark.parametrize("value", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 100_000, None])
def test_data_that_is_no_object_is_refused(value: bytes | None) -> None:
    message = encode(an_event(SPECS[0]))
    with pytest.raises(MalformedEvent, match=SPECS[0].name):
        decode(message.headers, value)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"data": example_of(SPECS[1].model)}, "another type"),
        ({"aggregate_version": 0}, "aggregate_version"),
        ({"subject": ""}, "subject is empty"),
        ({"correlation_id": "a\nb"}, "control character"),
        ({"time": datetime(2026, 2, 1)}, "time has no zone"),  # noqa: DTZ001
    ],
)
def test_what_nobody_could_read_is_not_sent(changes: dict[str, object], says: str) -> None:
    with pytest.raises(MalformedEvent, match=says):
        encode(an_event(SPECS[0], **changes))


@given(st.text(max_size=20), st.text(max_size=20), st.integers(), st.datetimes())
def test_what_is_sent_can_be_read(
    subject: str, correlation: str, version: int, time: datetime
) -> None:
    changes = {
        "subject": subject,
        "correlation_id": correlation,
        "aggregate_version": version,
        "time": time.replace(tzinfo=UTC),
    }
    event = an_event(SPECS[0], **changes)
    try:
        message = encode(event)
    except MalformedEvent:
        return
    read = decode(message.headers, message.value)
    assert (read.subject, read.correlation_id, read.aggregate_version) == (
        subject,
        correlation,
        version,
    )


def test_an_unknown_type_is_told_from_a_broken_event() -> None:
    message = encode(an_event(SPECS[0]))
    headers = dict(message.headers) | {"ce_type": b"wishtree.WishFlown.v9"}
    with pytest.raises(UnknownEventType):
        decode(headers.items(), message.value)


def test_an_error_never_repeats_a_value() -> None:
    message = encode(an_event(EVENTS["wishtree.WishWithdrawn.v1"]))
    data = json.loads(message.value) | {"reason": "黄先生 13800138000"}
    with pytest.raises(MalformedEvent) as caught:
        decode(message.headers, json.dumps(data).encode())
    assert "13800138000" not in str(caught.value)
    assert "reason" in str(caught.value)


@given(
    st.dictionaries(
        st.sampled_from([n for n, _ in encode(an_event(SPECS[0])).headers]), st.binary(max_size=60)
    ),
    st.one_of(st.none(), st.binary(max_size=200)),
)
def test_garbage_is_an_error_of_the_language_or_an_event(
    headers: dict[str, bytes], value: bytes | None
) -> None:
    whole = dict(encode(an_event(SPECS[0])).headers) | headers
    try:
        decode(whole.items(), value)
    except ContractError:
        return
