"""The published language: what it may say, what is generated from it, what must parse for ever."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from contracts import schemas
from contracts.__main__ import main as generate
from contracts.codec import decode, encode
from contracts.fields import Part, Privacy
from contracts.registry import EVENTS, EventSpec
from contracts.topics import ALL, READERS, dlq_name
from jsonschema import Draft7Validator, Draft202012Validator, FormatChecker
from pydantic import create_model

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
SPECS = list(EVENTS.values())
GOLDEN = sorted((HERE.parent / "golden").glob("*.json"))
PERSONAL = {
    "name", "phone", "address", "words", "title", "note", "text", "email", "birthday", "id_number",
    "reference", "witness", "relation", "party_member", "age", "sex", "photo", "body", "comment",
}  # fmt: skip


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_every_field_declares_a_privacy_class(spec: EventSpec) -> None:
    declared = dict(schemas.privacy_of(spec.model))
    assert declared
    assert [place for place, privacy in declared.items() if privacy is None] == []


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_no_field_is_named_for_a_person_or_for_free_text(spec: EventSpec) -> None:
    names = {place.rsplit(".", 1)[1] for place, _ in schemas.privacy_of(spec.model)}
    words = {word for name in names for word in (name, *name.split("_"))}
    assert words & PERSONAL == set()


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_every_string_is_bound_by_a_pattern_a_format_or_a_list(spec: EventSpec) -> None:
    assert list(_free_strings(schemas.schema_of(spec))) == []


def test_the_walk_finds_a_field_without_a_class() -> None:
    """The test itself must be able to fail."""
    leaky = create_model("Leaky", __base__=Part, remark=(str, ...))
    assert dict(schemas.privacy_of(leaky)) == {"Leaky.remark": None}
    assert _free_strings(leaky.model_json_schema()) == ["remark"]
    listed = create_model("Listed", __base__=Part, parts=(tuple[leaky, ...] | None, ...))
    assert _free_strings(listed.model_json_schema()) == ["remark"]
    assert dict(schemas.privacy_of(listed)) != {}
    assert None in dict(schemas.privacy_of(listed)).values()


def test_there_is_no_class_for_personal_data() -> None:
    assert {privacy.value for privacy in Privacy} == {"id", "code", "number", "time", "flag"}


def test_generating_again_leaves_no_difference() -> None:
    stale = [path.name for path, text in schemas.files() if path.read_text() != text]
    assert stale == []


@pytest.mark.parametrize("recorded", GOLDEN, ids=lambda path: path.stem)
def test_a_golden_payload_parses_for_ever_and_fits_its_schema(recorded: Path) -> None:
    golden = json.loads(recorded.read_text())
    headers = [(name, value.encode()) for name, value in golden["headers"].items()]
    event = decode(headers, json.dumps(golden["data"]).encode())
    spec = EVENTS[golden["headers"]["ce_type"]]
    assert isinstance(event.data, spec.model)
    schema = json.loads((HERE.parent / "schemas" / f"{spec.type}.json").read_text())
    for dialect in (Draft7Validator, Draft202012Validator):
        dialect.check_schema(schema)
        dialect(schema, format_checker=FormatChecker()).validate(golden["data"])
    again = encode(event)
    assert json.loads(again.value) == golden["data"]
    assert {name: value.decode() for name, value in again.headers} == golden["headers"]


def test_every_event_type_has_a_golden_payload() -> None:
    assert {path.stem for path in GOLDEN} >= set(EVENTS)


def test_a_recorded_payload_is_never_written_anew(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(schemas, "PACKAGE", tmp_path)
    first = {path: text for path, text in schemas.files() if path.parent.name == "golden"}
    old = next(iter(first))
    old.parent.mkdir()
    old.write_text("recorded long ago")
    assert dict(schemas.files())[old] == "recorded long ago"


def test_the_generator_says_what_is_not_current(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(schemas, "PACKAGE", tmp_path / "contracts")
    monkeypatch.setattr(schemas, "ROOT", tmp_path)
    monkeypatch.setattr("sys.argv", ["contracts", "--check"])
    assert generate() == 1
    assert "wishtree.WishFulfilled.v1.json" in capsys.readouterr().err
    monkeypatch.setattr("sys.argv", ["contracts"])
    assert generate() == 0
    monkeypatch.setattr("sys.argv", ["contracts", "--check"])
    assert generate() == 0


def test_schemas_are_open_so_that_the_language_can_grow() -> None:
    closed = [
        spec.name for spec in SPECS if "additionalProperties" in json.dumps(schemas.schema_of(spec))
    ]
    assert closed == []


def test_asyncapi_is_valid_by_its_own_schema() -> None:
    errors = [
        f"{error.json_path}: {error.message}"
        for error in _asyncapi_validator().iter_errors(_asyncapi())
    ]
    assert errors == []


def test_the_asyncapi_schema_refuses_a_wrong_action() -> None:
    document = _asyncapi()
    next(iter(document["operations"].values()))["action"] = "shout"
    assert list(_asyncapi_validator().iter_errors(document)) != []


def test_asyncapi_says_who_sends_and_who_receives() -> None:
    document = _asyncapi()
    addresses = {channel["address"] for channel in document["channels"].values()}
    assert addresses == {topic.name for topic in ALL}
    said = {message["name"] for message in document["components"]["messages"].values()}
    assert said == set(EVENTS)
    receiving = [o for o in document["operations"].values() if o["action"] == "receive"]
    outside = 2 * len(ALL)  # web without a group, partners in groups of their own
    assert len(receiving) == sum(len(read) for read in READERS.values()) + outside
    groups = {
        o["bindings"]["kafka"]["groupId"].get("pattern") for o in receiving if "bindings" in o
    }
    assert groups == {None, r"^partner\..+$"}


def test_names_use_dots_only() -> None:
    names = [topic.name for topic in ALL] + [
        dlq_name(topic.name, group) for group, read in READERS.items() for topic in read
    ]
    assert [name for name in names if "_" in name or "-" in name] == []
    assert len(set(names)) == len(names)


def _asyncapi() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "docs" / "asyncapi.yaml").read_text())


@cache
def _asyncapi_validator() -> Draft7Validator:
    """The AsyncAPI 3.0.0 schema as published by the AsyncAPI initiative (Apache-2.0)."""
    text = (HERE / "asyncapi-3.0.0.json").read_text()
    return Draft7Validator(json.loads(text))


def _free_strings(schema: Any, name: str = "") -> list[str]:
    """Names under which a string stands that could hold anything, at any depth."""
    if isinstance(schema, list):
        return [found for part in schema for found in _free_strings(part, name)]
    if not isinstance(schema, dict):
        return []
    bounds = {"format", "pattern", "enum", "const"}
    here = [name] if schema.get("type") == "string" and not bounds & set(schema) else []
    for key in ("items", "prefixItems", "anyOf", "oneOf", "allOf", "additionalProperties"):
        here += _free_strings(schema.get(key), name)
    for key in ("properties", "$defs"):
        for inner, part in schema.get(key, {}).items():
            here += _free_strings(part, inner)
    return here
