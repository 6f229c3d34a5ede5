"""Whatever is sent, by whoever may: a refusal that helps, and never a 5xx."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import content_type_conformance, status_code_conformance

from tests.conftest import System

DOCUMENTS = Path(__file__).parents[1] / "docs" / "openapi"
SERVICES = ("wishes", "volunteers", "points", "notifications")
EXAMPLES = 12
CHECKS = [schemathesis.checks.not_a_server_error, status_code_conformance, content_type_conformance]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("service", SERVICES)
def test_schemathesis_finds_no_server_error(system: System, service: str) -> None:
    document = json.loads((DOCUMENTS / f"{service}.json").read_text())
    schema = schemathesis.openapi.from_dict(document)
    desk = system.telling.desk
    callers = [desk.operator(), desk.staff("wang-juan"), desk.volunteer("helper")]
    wrong: list[str] = []
    for result in schema.get_all_operations():
        operation = result.ok()
        for caller in callers:
            wrong += _run(operation, system.url(service), caller.authorization)
    assert wrong == []


def _run(operation: Any, url: str, authorization: str) -> list[str]:
    found: list[str] = []

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def run(case: Any) -> None:
        headers = {"Authorization": authorization}
        answer = case.call(base_url=url, headers=headers)
        try:
            case.validate_response(answer, checks=CHECKS)
        except FailureGroup as error:
            found.append(f"{operation.method} {operation.path}: {str(error)[:400]}")

    run()
    return found[:3]


@pytest.mark.parametrize("service", SERVICES)
def test_the_document_in_docs_is_the_one_that_runs(system: System, service: str) -> None:
    running = httpx.get(f"{system.url(service)}/openapi.json", timeout=60).json()
    kept = json.loads((DOCUMENTS / f"{service}.json").read_text())
    assert running == kept


@pytest.mark.parametrize(
    ("content", "kind", "status", "slug"),
    [
        (b"{", "application/json", 400, "bad-json"),
        (b"x" * 70_000, "application/json", 413, "too-large"),
        (b"<a/>", "text/xml", 415, "wrong-content-type"),
        (b'{"channel": "pigeon"}', "application/json", 422, "invalid"),
    ],
)
def test_bad_bodies_are_problems_in_words(
    system: System, content: bytes, kind: str, status: int, slug: str
) -> None:
    token = system.telling.desk.staff("wang-juan").authorization
    headers = {"Authorization": token, "Idempotency-Key": "bad", "Content-Type": kind}
    answer = httpx.post(
        f"{system.url('wishes')}/v1/wishes", content=content, headers=headers, timeout=60
    )
    problem = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, problem["type"]) == (status, f"/problems/{slug}")
    assert any("\u4e00" <= letter <= "\u9fff" for letter in problem["detail"])
