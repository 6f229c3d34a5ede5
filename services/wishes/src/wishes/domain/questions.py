"""The questions of a category (JSON Schema 2020-12) and whether answers are as they ask.

What a district may ask is a small closed form: a flat object of named questions, each a text, a whole
number, a yes or no, or a choice. Nothing in it can refer elsewhere, nest, or make a reader compute
for long (no `$ref`, no `pattern`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

DIALECT = "https://json-schema.org/draft/2020-12/schema"
MOST_QUESTIONS = 20
LONGEST_ANSWER = 200
_NAME = r"^[a-z][a-z0-9_]{0,39}\Z"
# No control characters, no marks that turn the reading direction, no half characters.
_READABLE = r"^[^\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]*\Z"
_WORDS = {"type": "string", "minLength": 1, "maxLength": 40, "pattern": _READABLE}
_CHOICES = {"type": "array", "items": _WORDS, "minItems": 1, "maxItems": 20, "uniqueItems": True}
_COUNT = {"type": "integer", "minimum": 0, "maximum": 20}
_LENGTH = {"type": "integer", "minimum": 1, "maximum": LONGEST_ANSWER}
_NUMBER = {"type": "integer", "minimum": -1_000_000_000, "maximum": 1_000_000_000}


def _kind(name: str, required: Sequence[str] = (), **more: object) -> dict[str, object]:
    """One kind of question; every question has a title, which is what people read."""
    return {
        "type": "object",
        "required": ["type", "title", *required],
        "additionalProperties": False,
        "properties": {
            "type": {"const": name},
            "title": _WORDS,
            "description": {"type": "string", "maxLength": 120, "pattern": _READABLE},
            **more,
        },
    }


_OF_TYPE = {
    "string": _kind("string", minLength=_LENGTH, maxLength=_LENGTH, enum=_CHOICES),
    "integer": _kind("integer", minimum=_NUMBER, maximum=_NUMBER),
    "boolean": _kind("boolean"),
    "array": _kind(
        "array",
        required=["items"],
        items={
            "type": "object",
            "required": ["type", "enum"],
            "additionalProperties": False,
            "properties": {"type": {"const": "string"}, "enum": _CHOICES},
        },
        minItems=_COUNT,
        maxItems=_COUNT,
        uniqueItems={"type": "boolean"},
    ),
}
_QUESTION = {
    "type": "object",
    "required": ["type"],
    "properties": {"type": {"enum": list(_OF_TYPE)}},
    "allOf": [
        {
            "if": {"required": ["type"], "properties": {"type": {"const": name}}},
            "then": form,
        }
        for name, form in _OF_TYPE.items()
    ],
}
FORM: Mapping[str, Any] = {
    "$schema": DIALECT,
    "type": "object",
    "required": ["type", "properties", "additionalProperties"],
    "additionalProperties": False,
    "properties": {
        "$schema": {"const": DIALECT},
        "type": {"const": "object"},
        "additionalProperties": {"const": False},
        "required": {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
        "properties": {
            "type": "object",
            "propertyNames": {"pattern": _NAME},
            "additionalProperties": _QUESTION,
            "minProperties": 1,
            "maxProperties": MOST_QUESTIONS,
        },
    },
}
"""What questions must look like, itself a schema."""


@dataclass(frozen=True)
class Wrong:
    """`path` leads to the place; `rule` is the keyword that is broken, `limit` its value."""

    path: tuple[str | int, ...]
    rule: str
    limit: object = None


def wrong_questions(questions: Mapping[str, Any]) -> list[Wrong]:
    """Why these may not be asked; empty: they may."""
    found = _wrong(Draft202012Validator(FORM), questions)
    # Only what has the right form is looked at as a schema: the form keeps it small.
    found = found or _wrong(Draft202012Validator(Draft202012Validator.META_SCHEMA), questions)
    if not found:
        asked = questions["properties"]
        unknown = (name for name in questions.get("required", ()) if name not in asked)
        found = [Wrong(("required",), "unknown", name) for name in unknown]
    return found


def wrong_answers(questions: Mapping[str, Any], answers: Mapping[str, Any]) -> list[Wrong]:
    """What is missing or not as asked; empty: all is well."""
    if not questions:
        return [Wrong((name,), "additionalProperties") for name in answers]
    return _wrong(Draft202012Validator(questions), answers)


def _wrong(checker: Draft202012Validator, instance: Any) -> list[Wrong]:
    found = [wrong for error in checker.iter_errors(instance) for wrong in _of(error)]
    return sorted(set(found), key=lambda wrong: ([str(part) for part in wrong.path], wrong.rule))


def _of(error: ValidationError) -> list[Wrong]:
    """A field that is missing, or that nobody asked for, is pointed at itself, not at its object."""
    path, rule = tuple(error.absolute_path), str(error.validator)
    given: Any = error.instance
    value: Any = error.validator_value
    if rule == "required" and isinstance(given, Mapping):
        missing = (name for name in value if name not in given)
        return [Wrong((*path, name), rule) for name in missing]
    if rule == "additionalProperties" and isinstance(given, Mapping):
        known = error.schema.get("properties", {}) if isinstance(error.schema, Mapping) else {}
        return [Wrong((*path, name), rule) for name in given if name not in known]
    return [Wrong(path, rule, value if isinstance(value, int | str) else None)]
