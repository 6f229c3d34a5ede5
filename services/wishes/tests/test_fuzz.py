"""Anything at all, sent by somebody who may: never a 5xx."""

import json
import random
from collections import Counter
from typing import Any
from uuid import uuid4

from wishes.bootstrap import describe

from .conftest import XIANDONG, Api

STRANGE: list[Any] = [
    None, True, 0, -1, 1.5, 2**63, 1e308, "", " ", "0", "\ud800", "\u202e", "😀" * 300, "a" * 9_000,
    [], [[]], {}, {"": {}}, "610102007001", str(uuid4()), "2026-02-01T09:30:00+08:00",
]  # fmt: skip
FILES = [b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"%PDF-1.7", b"ID3", b"\0\0\0\x1cftypM4A "]
SEGMENTS = ["0", "%00", "..", "%ED%A0%80", "'", "2222", "2222-000000", XIANDONG, str(uuid4())]


def value(schema: dict[str, Any], parts: dict[str, Any], dice: random.Random) -> Any:
    """Mostly what the document says, now and then something strange."""
    if dice.random() < 0.1:
        return dice.choice(STRANGE)
    if "$ref" in schema:
        return value(parts[schema["$ref"].rsplit("/", 1)[1]], parts, dice)
    if "anyOf" in schema:
        return value(dice.choice(schema["anyOf"]), parts, dice)
    if "enum" in schema or "const" in schema:
        return dice.choice(schema.get("enum") or [schema["const"]])
    match schema.get("type"):
        case "object":
            made = {
                name: value(of, parts, dice)
                for name, of in schema.get("properties", {}).items()
                if dice.random() < 0.9
            }
            return made | ({"extra": 1} if dice.random() < 0.05 else {})
        case "array":
            several = schema.get("prefixItems") or [schema["items"]] * dice.randrange(3)
            return [value(of, parts, dice) for of in several]
        case "integer":
            return dice.choice([0, 1, 30, 60_001, 10**9, 2**31, 2**63])
        case "boolean":
            return True
        case "null":
            return None
        case _:
            texts = ["取暖器", "取暖 13891234567", XIANDONG, str(uuid4()), "not_right", "\u0000"]
            return dice.choice([*texts, "2026-02-01T09:30:00+08:00", "+8613891234567"])


async def test_nothing_that_is_sent_breaks_it(api: Api) -> None:
    document = describe().openapi()
    parts = document["components"]["schemas"]
    held, given = await api.claimed(), await api.delivered()
    ids = [held["wish"]["id"], given["wish"]["id"], held["claim"]["id"], given["claim"]["id"]]
    cards = [f"{given['wish']['card_no']}-{given['wish']['code']}", held["wish"]["card_no"]]
    people = [api.worker, api.colleague, api.volunteer(held["by"]), api.as_role("notifier"), {}]
    dice = random.Random(7)
    routes = [
        (method, path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if path.startswith("/v1")
    ]
    answered: Counter[int] = Counter()
    for method, path, operation in routes * 30:
        while "{" in path:
            before, _, rest = path.partition("{")
            segment = dice.choice([*ids, *cards, XIANDONG] * 2 + SEGMENTS)
            path = before + segment + rest.partition("}")[2]
        headers = dict(dice.choice(people)) | {"Idempotency-Key": str(uuid4())}
        if dice.random() < 0.2:
            headers["If-Match"] = dice.choice(['"3"', '"x"', "*", "W/1", "3"])
        content = b""
        if "requestBody" in operation:
            kind, body = dice.choice(list(operation["requestBody"]["content"].items()))
            content = dice.choice(FILES) + dice.randbytes(200)
            if kind == "application/json":
                content = json.dumps(value(body["schema"], parts, dice)).encode()
            headers["Content-Type"] = kind
        query = {
            parameter["name"]: str(dice.choice(STRANGE[:12])).encode("utf-8", "replace")
            for parameter in operation.get("parameters", ())
            if parameter["in"] == "query" and dice.random() < 0.5
        }
        answer = await api.client.request(
            method, path, content=content, headers=headers, params=query
        )
        assert answer.status_code < 500, (method, path, content[:300], query, answer.text)
        answered[answer.status_code] += 1
    # Else it would only have knocked at the door.
    assert sum(answered[status] for status in (200, 201)) > 20, answered
    assert min(answered[status] for status in (401, 403, 404, 422)) > 0, answered
