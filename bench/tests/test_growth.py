"""Work 7 in small, and the fence: no new list goes unmeasured."""

import json
from pathlib import Path
from typing import Any

import pytest
from stack.room import own_folder

from bench.outcome import Setting
from bench.works import growth

DOCUMENTS = Path(__file__).parents[2] / "docs" / "openapi"


@pytest.mark.timeout(300)
@pytest.mark.xdist_group("bench")
def test_every_question_has_an_answer_at_every_size() -> None:
    with own_folder("bench-test", memory=2, disk=1) as place:
        outcome = growth.run(Setting(place, True, 1, lambda _: None))
    found = {contestant.name: contestant for contestant in outcome.contestants}
    assert {question.name for question in growth.QUESTIONS} <= found.keys()
    assert {"claim", "insert"} <= found.keys()
    for size in growth.QUICK_SIZES:
        assert all(who.figure(f"{size:,}").value > 0 for who in found.values())
        # Without the counter of pages every ratio of them would be met.
        assert found["desk: all wishes"].figure(f"pages at {size:,}").value >= 2
    assert [goal.wanted for goal in outcome.goals] == [1.2, 1.2, 1.2]


def test_every_list_is_measured_or_it_is_said_why_not() -> None:
    documents = [json.loads(path.read_text(encoding="utf-8")) for path in DOCUMENTS.glob("*.json")]
    lists = {route for document in documents for route in _lists(document)}
    measured = {question.route for question in growth.QUESTIONS}
    assert lists - measured == growth.NOT_MEASURED.keys()
    # Counts are measured, too, though nothing is listed there.
    assert measured <= {route for document in documents for route in document["paths"]}


def test_every_list_with_a_cursor_is_asked_in_its_middle() -> None:
    for document in DOCUMENTS.glob("*.json"):
        for route, doors in json.loads(document.read_text(encoding="utf-8"))["paths"].items():
            names = {one["name"] for one in doors.get("get", {}).get("parameters", ())}
            if "cursor" in names and route not in growth.NOT_MEASURED:
                asked = [q for q in growth.QUESTIONS if q.route == route]
                assert any(question.cursor for question in asked), route


def _lists(document: dict[str, Any]) -> list[str]:
    """Routes whose answer holds an array, at whatever depth."""
    schemas = document["components"]["schemas"]

    def holds(schema: Any, seen: tuple[str, ...] = ()) -> bool:
        name = str(schema.get("$ref", "")).rsplit("/", 1)[-1]
        if name:
            return name not in seen and holds(schemas[name], (*seen, name))
        parts = [*schema.get("properties", {}).values(), *schema.get("anyOf", ())]
        return schema.get("type") == "array" or any(holds(part, seen) for part in parts)

    found: list[str] = []
    for route, doors in document["paths"].items():
        answer = doors.get("get", {}).get("responses", {}).get("200", {})
        schema = answer.get("content", {}).get("application/json", {}).get("schema", {})
        if holds(schema):
            found.append(route)
    return found
