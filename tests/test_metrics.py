"""What the processes export: documented, bounded, and there after a wish's life."""

import importlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from chassis.testing import PATIENCE
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.parser import text_string_to_metric_families
from stack.layout import DATABASE_SERVICES, SERVICES

from tests import wishes
from tests.conftest import System

PAGE = Path(__file__).parent.parent / "docs" / "metrics.md"
MODULES = (
    "chassis.metrics",
    "wishes.metrics",
    "points.metrics",
    "notifications.metrics",
    "web.metrics",
)
AN_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}|\d{6}|[\u4e00-\u9fff]|@")


@dataclass(frozen=True)
class Documented:
    kind: str
    labels: frozenset[str]
    bound: int
    meaning: str


@pytest.fixture(scope="module")
def page() -> dict[str, Documented]:
    found: dict[str, Documented] = {}
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("| `wishtree_"):
            name, kind, labels, _, meaning, bound, _ = line.strip("| ").split(" | ")
            names = frozenset(labels.split(", ")) - {"–"}
            found[name.strip("`")] = Documented(kind, names, int(bound), meaning)
    return found


def declared() -> dict[str, tuple[str, frozenset[str]]]:
    """Name → type and labels, of every metric in our modules."""
    found: dict[str, tuple[str, frozenset[str]]] = {}
    for module in map(importlib.import_module, MODULES):
        for metric in vars(module).values():
            if isinstance(metric, MetricWrapperBase):
                (family,) = metric.describe()
                name = family.name + ("_total" if family.type == "counter" else "")
                found[name] = family.type, frozenset(metric._labelnames)
    return found


def test_every_declared_metric_is_documented_with_its_type_and_labels(
    page: dict[str, Documented],
) -> None:
    assert {name: (row.kind, row.labels) for name, row in page.items()} == declared()
    assert [name for name, row in page.items() if len(row.meaning) < 10] == []


def test_metrics_are_declared_in_these_modules_and_nowhere_else() -> None:
    root = PAGE.parent.parent
    made = re.compile(r"\b(?:Counter|Gauge|Histogram|Summary|Info)\(\s*\"")
    files = [
        path
        for place in ("packages", "services")
        for path in root.glob(f"{place}/*/src/**/*.py")
        if made.search(path.read_text(encoding="utf-8"))
    ]
    modules = {".".join(path.with_suffix("").parts[-2:]) for path in files}
    assert modules == set(MODULES)


Series = dict[str, list[dict[str, str]]]


def scraped(system: System, service: str) -> Series:
    """Metric → the label sets that this process exports."""
    text = system.http.get(f"{system.url(service)}/metrics").text
    found: Series = {}
    for family in text_string_to_metric_families(text):
        if not family.name.startswith("wishtree_"):
            continue
        name = family.name + ("_total" if family.type == "counter" else "")
        sets = [{k: v for k, v in s.labels.items() if k != "le"} for s in family.samples]
        found[name] = [dict(each) for each in {tuple(sorted(labels.items())) for labels in sets}]
    return found


def sample(system: System, place: str, name: str, **labels: str) -> float:
    text = system.http.get(f"{system.url(place)}/metrics").text
    return sum(
        s.value
        for family in text_string_to_metric_families(text)
        for s in family.samples
        if s.name == name and labels.items() <= s.labels.items()
    )


def until(look: Callable[[], bool], seconds: float = PATIENCE) -> None:
    deadline = time.monotonic() + seconds
    while not look():
        assert time.monotonic() < deadline, "not in time"
        time.sleep(0.2)


@pytest.fixture(scope="module")
def lived(system: System) -> System:
    """A whole life, an open page, and strangers who try everything."""
    key = f"metrics/{uuid4()}"
    slip = wishes.a_submitted_wish(system, key)
    wishes.post(system, key, str(slip["id"]))
    wishes.fulfil(system, key, slip)
    until(lambda: sample(system, "points", "wishtree_consumer_events_total") > 0)
    for service in SERVICES:
        for number in range(40):
            for method in ("GET", f"BREW{number}", "DELETE", "POST"):
                path = ("/nowhere", "/static/tree", f"/v1/wishes/{uuid4()}", "/v1/trees")[
                    number % 4
                ]
                system.http.request(method, f"{system.url(service)}{path}/{number}")
                system.http.request(method, f"{system.url(service)}{path}")
    return system


@pytest.mark.parametrize("service", SERVICES)
def test_no_series_beyond_the_documented_bound_and_no_label_that_a_stranger_chose(
    lived: System, page: dict[str, Documented], service: str
) -> None:
    found = scraped(lived, service)
    assert {name for name in found if name not in page} == set()
    for name, sets in found.items():
        assert len(sets) <= page[name].bound, name
        for labels in sets:
            assert frozenset(labels) == page[name].labels, name
            if name != "wishtree_build_info":
                assert [value for value in labels.values() if AN_ID.search(value)] == [], name


def test_every_documented_metric_is_exported_by_somebody(
    lived: System, page: dict[str, Documented]
) -> None:
    def missing() -> set[str]:
        everywhere = [scraped(lived, service) for service in SERVICES]
        return {name for name in page if not any(found.get(name) for found in everywhere)}

    until(lambda: not missing())


def test_what_happened_is_in_the_numbers(lived: System) -> None:
    fulfilled = "wishtree.WishFulfilled.v1"
    assert sample(lived, "wishes", "wishtree_events_written_total", type=fulfilled) >= 1
    until(lambda: sample(lived, "wishes", "wishtree_wishes", state="fulfilled") >= 1)
    until(lambda: sample(lived, "notifications", "wishtree_notifications_total") >= 1)
    for service in DATABASE_SERVICES:
        assert sample(lived, service, "wishtree_db_pool_wait_seconds_count") > 0
        assert sample(lived, service, "wishtree_build_info", service=service) == 1
    until(lambda: sample(lived, "points", "wishtree_ledger_sum") == 0)
    assert sample(lived, "points", "wishtree_ledger_differences") == 0


def test_an_open_page_is_counted_while_it_is_open(lived: System) -> None:
    url = f"{lived.url('web')}/t/{wishes.XIANDONG}/events"
    before = sample(lived, "web", "wishtree_web_streams")
    with httpx.stream("GET", url, timeout=PATIENCE) as page:
        assert page.status_code == 200
        until(lambda: sample(lived, "web", "wishtree_web_streams") == before + 1)
    until(lambda: sample(lived, "web", "wishtree_web_streams") == before)


def test_top_shows_every_service(lived: System) -> None:
    command = [sys.executable, "-m", "stack", "top", "--once", "--data", str(lived.stack.folder)]
    environment = {**os.environ, "COLUMNS": "170"}
    shown = subprocess.run(
        command, capture_output=True, text=True, timeout=PATIENCE * 2, check=False, env=environment
    )
    assert shown.returncode == 0, shown.stdout + shown.stderr
    for service in SERVICES:
        (line,) = [line for line in shown.stdout.splitlines() if line.split()[:1] == [service]]
        assert "在 up" in line
