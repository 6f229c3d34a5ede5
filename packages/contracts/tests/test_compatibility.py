"""What was released can still be read: the schemas of the last release against those of today.

`released/` holds them as they were published. The library sees shapes only, so formats, patterns and
ids of fields that exist are compared here, and recorded payloads are in test_language.py.
"""

import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from jsoncompat import check_compat

PACKAGE = Path(__file__).parents[1]
RELEASED = sorted((PACKAGE / "released").iterdir())[-1]
OLD = sorted(RELEASED.glob("*.json"))
FIXED = ("format", "pattern", "$id", "const")


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def breaks(old: Any, new: Any) -> list[str]:
    """Why an old reader could stumble over what a new writer writes; empty when it can't."""
    found = []
    if not check_compat(_newest(old), _newest(new), "serializer"):
        found.append("shape")
    before, after = dict(fixed(old)), dict(fixed(new))
    return found + [place for place, words in before.items() if after.get(place) != words]


def _newest(schema: Any) -> str:
    """In the only dialect that the library takes, and without an id, which it follows; nothing in our schemas differs between the two."""
    dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return json.dumps({name: part for name, part in schema.items() if name != "$id"} | dialect)


def fixed(schema: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """Every format, pattern and id with its place: the library ignores them."""
    if isinstance(schema, dict):
        for name, part in schema.items():
            here = f"{place}/{name}"
            if name in FIXED and isinstance(part, str):
                yield here, part
            else:
                yield from fixed(part, here)
    elif isinstance(schema, list):
        for number, part in enumerate(schema):
            yield from fixed(part, f"{place}/{number}")


def test_there_is_a_release_to_compare_with() -> None:
    assert OLD


@pytest.mark.parametrize("path", OLD, ids=lambda path: path.stem)
def test_what_was_released_can_still_be_read(path: Path) -> None:
    today = PACKAGE / "schemas" / path.name
    assert today.exists(), "a published type never goes away"
    assert breaks(read(path), read(today)) == []


FULFILLED = RELEASED / "wishtree.WishFulfilled.v1.json"


def changed(path: list[str], value: Any) -> Any:
    schema = deepcopy(read(FULFILLED))
    place = schema
    for step in path[:-1]:
        place = place[step]
    if value is None:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return schema


@pytest.mark.parametrize(
    ("path", "value", "why"),
    [
        (["properties", "claim_id", "type"], "integer", "shape"),
        (["properties", "claim_id", "format"], "date", "/properties/claim_id/format"),
        (["properties", "area", "pattern"], "^[0-9]{9}$", "/properties/area/pattern"),
        (["properties", "category", "enum"], ["goods", "money"], "shape"),
        (["properties", "beneficiary_id"], None, "shape"),
        (["required"], ["wish_id"], "shape"),
        (["$id"], "urn:wishtree:other", "/$id"),
    ],
)
def test_a_change_that_breaks_a_reader_is_seen(path: list[str], value: Any, why: str) -> None:
    assert why in breaks(read(FULFILLED), changed(path, value))


def test_a_new_optional_field_breaks_nobody() -> None:
    grown = changed(["properties", "remark"], {"type": "string", "pattern": "^[a-z]+$"})
    assert breaks(read(FULFILLED), grown) == []
