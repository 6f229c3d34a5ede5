"""JSON Schemas, golden payloads and docs/asyncapi.yaml, all made from the registry."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, get_args
from uuid import UUID, uuid5

import yaml
from annotated_types import Le
from pydantic.fields import FieldInfo

from contracts.codec import encode
from contracts.envelope import Event
from contracts.fields import BEIJING, Part, Privacy
from contracts.registry import EVENTS, EventSpec
from contracts.topics import ALL, READERS

PACKAGE = Path(__file__).parents[2]
ROOT = PACKAGE.parents[1]
NAMES = UUID("5b2c3d0e-0000-5000-8000-00000000c0de")
AT = datetime(2026, 2, 1, 9, 30, tzinfo=BEIJING)
DIALECT = "http://json-schema.org/draft-07/schema#"
"""The newest dialect that every AsyncAPI tool must read; nothing in our schemas needs a newer one."""


def files() -> Iterator[tuple[Path, str]]:
    """Every generated file and what must stand in it."""
    for spec in EVENTS.values():
        yield PACKAGE / "schemas" / f"{spec.type}.json", _json(schema_of(spec))
        golden = PACKAGE / "golden" / f"{spec.type}.json"
        # Never written anew: an old recording that no longer parses is a broken promise, not a stale file.
        yield golden, golden.read_text() if golden.exists() else _json(golden_of(spec))
    yield ROOT / "docs" / "asyncapi.yaml", asyncapi()


def schema_of(spec: EventSpec) -> dict[str, Any]:
    """Open objects: a consumer must not refuse what a later version adds."""
    schema = spec.model.model_json_schema(mode="serialization")
    for part in (schema, *schema.get("$defs", {}).values()):
        part.pop("additionalProperties", None)
    return {"$schema": DIALECT, "$id": f"urn:wishtree:{spec.type}", **schema}


def golden_of(spec: EventSpec) -> dict[str, Any]:
    """One message as it stands on the topic. Recorded for ever: an old one must always parse."""
    data = example_of(spec.model)
    message = encode(
        Event(
            id=uuid5(NAMES, spec.type),
            type=spec.type,
            source=spec.source,
            subject=str(uuid5(NAMES, "subject")),
            time=AT,
            data=data,
            aggregate_version=1,
            correlation_id="0198d1c0-golden",
            causation_id=str(uuid5(NAMES, "cause")),
            traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        )
    )
    headers = {name: value.decode() for name, value in message.headers}
    return {"headers": headers, "data": json.loads(message.value)}


def example_of(model: type[Part]) -> Any:
    """A value for every field, the optional ones too: the richest form of the event."""
    values = {name: _value(name, info) for name, info in model.model_fields.items()}
    return model.model_validate(values)


def _value(name: str, info: FieldInfo) -> Any:
    return _of_annotation(name, info.annotation, info.metadata)


def _of_annotation(name: str, annotation: Any, metadata: list[Any]) -> Any:
    arguments = get_args(annotation)
    if isinstance(annotation, type) and issubclass(annotation, Part):
        return example_of(annotation)
    if arguments and (type(None) in arguments or Ellipsis in arguments):
        inner = arguments[0]
        extra = list(getattr(inner, "__metadata__", ()))
        base = getattr(inner, "__origin__", inner) if extra else inner
        made = _of_annotation(name, base, extra)
        return (made,) if Ellipsis in arguments else made
    if arguments:
        return arguments[0]
    patterns = [p for m in metadata if (p := getattr(m, "pattern", None))]
    if annotation is UUID:
        return uuid5(NAMES, name)
    if annotation is datetime:
        return AT
    if annotation is bool:
        return True
    if annotation is int:
        most = next((m.le for m in metadata if isinstance(m, Le)), 17)
        return min(17, most)
    return {r"^[0-9]{12}$": "610102007001", r"^[2-9A-HJKMNP-Z]{4,5}$": "7K3Q"}.get(
        patterns[0] if patterns else "", "other"
    )


def privacy_of(model: type[Part]) -> Iterator[tuple[str, Privacy | None]]:
    """Every field of an event, down to the last part, with its privacy class (None: undeclared)."""
    for name, info in model.model_fields.items():
        yield from _privacy(f"{model.__name__}.{name}", info.annotation, info.metadata)


def _privacy(place: str, annotation: Any, metadata: list[Any]) -> Iterator[tuple[str, Any]]:
    declared = next((m for m in metadata if isinstance(m, Privacy)), None)
    if declared is not None:
        yield place, declared
        return
    arguments = [a for a in get_args(annotation) if a not in (type(None), Ellipsis)]
    if isinstance(annotation, type) and issubclass(annotation, Part):
        for name, info in annotation.model_fields.items():
            yield from _privacy(f"{place}.{name}", info.annotation, info.metadata)
    elif len(arguments) == 1:
        inner = arguments[0]
        extra = list(getattr(inner, "__metadata__", ()))
        yield from _privacy(place, getattr(inner, "__origin__", inner), extra)
    else:
        yield place, None


def asyncapi() -> str:
    """The AsyncAPI 3.0 document: channels are topics, operations say who sends and who receives."""
    channels: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    messages: dict[str, Any] = {}
    for topic in ALL:
        specs = [spec for spec in EVENTS.values() if spec.topic is topic]
        name = topic.name.split(".")[1]
        channels[name] = {
            "address": topic.name,
            "title": f"{name} events",
            "description": f"Key: the aggregate's id. Written by {topic.owner} only.",
            "messages": {s.name: {"$ref": f"#/components/messages/{s.name}"} for s in specs},
            "bindings": {
                "kafka": {
                    "topic": topic.name,
                    "partitions": topic.partitions,
                    "topicConfiguration": {
                        "cleanup.policy": ["delete"],
                        "retention.ms": topic.retention_ms,
                    },
                    "bindingVersion": "0.5.0",
                }
            },
        }
        channel = {"$ref": f"#/channels/{name}"}
        operations[f"{topic.owner}Sends"] = {"action": "send", "channel": channel}
        for group, read in READERS.items():
            if topic in read:
                operations[f"{group}Receives{name.title()}"] = _receive(channel, {"enum": [group]})
        operations[f"webReceives{name.title()}"] = _receive(channel)
        operations[f"partnerReceives{name.title()}"] = _receive(
            channel, {"pattern": r"^partner\..+$"}
        )
        messages |= {spec.name: _message(spec) for spec in specs}
    document = {
        "asyncapi": "3.0.0",
        "info": {
            "title": "心愿树 Wishtree events",
            "version": "1.0.0",
            "description": "CloudEvents 1.0, Kafka binding, binary mode. Ids, codes, numbers and times; "
            "no personal data. At least once: repeats have the same ce_id. Order per key by "
            "ce_aggregateversion; never by ce_time.",
        },
        "defaultContentType": "application/json",
        "servers": {
            "district": {
                "host": "kafka.wishtree.example:9093",
                "protocol": "kafka-secure",
                "security": [{"$ref": "#/components/securitySchemes/scram"}],
            }
        },
        "channels": channels,
        "operations": operations,
        "components": {
            "messages": messages,
            "securitySchemes": {"scram": {"type": "scramSha512"}},
        },
    }
    return yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=100)


def _receive(channel: dict[str, str], group: dict[str, Any] | None = None) -> dict[str, Any]:
    """Without a group: from the end of the topic, for what is shown live and not kept."""
    operation: dict[str, Any] = {"action": "receive", "channel": channel}
    if group:
        kafka = {"groupId": {"type": "string", **group}, "bindingVersion": "0.5.0"}
        operation["bindings"] = {"kafka": kafka}
    return operation


def _message(spec: EventSpec) -> dict[str, Any]:
    golden = golden_of(spec)
    names = (
        "content-type",
        "ce_specversion",
        "ce_id",
        "ce_source",
        "ce_type",
        "ce_time",
        "ce_subject",
        "ce_aggregateversion",
        "ce_correlationid",
    )
    return {
        "name": spec.type,
        "title": spec.title,
        "contentType": "application/json",
        "headers": {
            "type": "object",
            "required": list(names),
            "properties": {
                **{name: {"type": "string"} for name in names},
                "ce_type": {"type": "string", "const": spec.type},
                "ce_source": {"type": "string", "const": spec.source},
                "ce_causationid": {"type": "string"},
                "traceparent": {"type": "string"},
            },
        },
        "payload": {
            "schemaFormat": "application/schema+json;version=draft-07",
            "schema": {"$ref": f"../packages/contracts/schemas/{spec.type}.json"},
        },
        "bindings": {
            "kafka": {"key": {"type": "string", "format": "uuid"}, "bindingVersion": "0.5.0"}
        },
        "examples": [{"headers": golden["headers"], "payload": golden["data"]}],
    }


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
