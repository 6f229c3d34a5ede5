"""A real Prometheus and Alertmanager beside the running system: every expression of every rule and board
finds what it asks for, and an alert becomes a message to the operators."""

import json
import re
import shutil
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import promql_parser
import pytest
import yaml
from stack.layout import SERVICES, write_private
from stack.ports import free_port
from stack.processes import Child, inherited_environment, spawn, wait_until

from tests import wishes
from tests.conftest import System
from tests.operations.programs import DEPLOY, program, run

START_LIMIT = 120.0
ANSWER_LIMIT = 120.0
ALERT_LIMIT = 120.0
QUICK = {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"}
AT_ONCE = {"group_wait": "0s", "group_interval": "1s", "repeat_interval": "2s"}
VARIABLES = {"$__rate_interval": "1m", "$__range": "1h"}
EMPTY_WHEN_WELL = {"status"}
"""Labels that no series may have while nothing is wrong: nobody answers 5xx."""


@dataclass
class Watch:
    """Prometheus' and Alertmanager's addresses, and what the forced alert is called in this run."""

    prometheus: str
    alertmanager: str
    marker: str

    def ask(self, expr: str) -> list[Any]:
        """The answer now. An expression that Prometheus refuses fails here, with its words."""
        answer = httpx.post(
            f"{self.prometheus}/api/v1/query", data={"query": expr}, timeout=ANSWER_LIMIT
        )
        assert answer.status_code == 200, f"{expr}: {answer.text}"
        return answer.json()["data"]["result"]

    def unanswered(self, exprs: set[str], limit: float = ANSWER_LIMIT) -> set[str]:
        """Those that stay without an answer until the limit."""
        deadline = time.monotonic() + limit
        left = exprs
        while left := {expr for expr in left if not self.ask(expr)}:
            if time.monotonic() > deadline:
                break
            time.sleep(0.3)
        return left


@pytest.fixture(scope="module")
def watch(system: System, tmp_path_factory: pytest.TempPathFactory) -> Generator[Watch | None]:
    """None where the programs are missing, which is said aloud; in CI it fails."""
    prometheus, alertmanager = program("prometheus"), program("prometheus-alertmanager")
    if prometheus is None or alertmanager is None:
        yield None
        return
    folder = tmp_path_factory.mktemp("operations")
    first = free_port(2)
    made = Watch(f"http://127.0.0.1:{first}", f"http://127.0.0.1:{first + 1}", f"试-{uuid4()}")
    rules = _rules(folder / "prometheus", system, made)
    routes = _routes(folder / "alertmanager", system)
    started: list[Child] = []

    def start(name: str, url: str, *command: str) -> None:
        child = spawn(
            name,
            [*command, f"--web.listen-address={url.removeprefix('http://')}", "--log.level=warn"],
            log=folder / f"{name}.log",
            env=inherited_environment(),
            stack=system.stack.folder,
        )
        started.append(child)
        wait_until(lambda: _ready(url), child, seconds=START_LIMIT)

    try:
        start(
            *("alertmanager", made.alertmanager, alertmanager, f"--config.file={routes}"),
            *(f"--storage.path={folder / 'kept'}", "--cluster.listen-address="),
        )
        start(
            *("prometheus", made.prometheus, prometheus, f"--config.file={rules}"),
            f"--storage.tsdb.path={folder / 'series'}",
        )
        yield made
    finally:
        for child in reversed(started):
            child.end(within=5)


def _ready(url: str) -> bool:
    with suppress(httpx.TransportError):
        return httpx.get(f"{url}/-/ready", timeout=2).status_code == 200
    return False


def _rules(folder: Path, system: System, made: Watch) -> Path:
    """The shipped folder with this system's addresses, quick looks, and one alert to be forced."""
    shutil.copytree(DEPLOY / "prometheus", folder)
    targets = [
        {"targets": [system.url(s).removeprefix("http://")], "labels": {"service": s}}
        for s in SERVICES
    ]
    _write(folder / "targets.yml", targets)
    _write(folder / "alertmanagers.yml", [{"targets": [made.alertmanager.removeprefix("http://")]}])
    configuration = _read(folder / "prometheus.yml")
    configuration["global"] |= QUICK
    _write(folder / "prometheus.yml", configuration)
    for path in (folder / "rules").glob("*.yml"):
        file = _read(path)
        for group in file["groups"]:
            group["interval"] = "1s"
        _write(path, file)
    forced = {
        "alert": "SomebodyLooks",
        # A look that a busy machine answers too late, after a second, is no end of what was seen before it.
        "expr": 'sum(last_over_time(wishtree_web_streams{job="wishtree", service="web"}[1m])) > 0',
        "labels": {"severity": "page", "service": "web", "run": made.marker},
        "annotations": {
            "summary": f"{made.marker}有人看着树",
            "description": "{{ $value }} 个页面开着。",
            "runbook": "docs/runbook.md#target-down",
        },
    }
    _write(folder / "rules" / "forced.yml", {"groups": [{"name": "forced", "rules": [forced]}]})
    return folder / "prometheus.yml"


def _routes(folder: Path, system: System) -> Path:
    shutil.copytree(DEPLOY / "alertmanager", folder)
    configuration = _read(folder / "alertmanager.yml")
    for route in (configuration["route"], *configuration["route"]["routes"]):
        route |= AT_ONCE
    for receiver in configuration["receivers"]:
        for hook in receiver["webhook_configs"]:
            hook["url"] = f"{system.url('notifications')}/v1/alerts"
    _write(folder / "alertmanager.yml", configuration)
    write_private(folder / "alerts-secret", f"{system.stack.secrets.alerts}\n")
    return folder / "alertmanager.yml"


def _read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def _write(path: Path, what: Any) -> None:
    path.write_text(yaml.safe_dump(what, allow_unicode=True), encoding="utf-8")


@pytest.fixture(scope="module")
def lived(system: System, watch: Watch | None) -> System:
    """Two wishes' whole lives while Prometheus looks on: it sees a counter grow only once it knows it."""
    live(system)
    if watch is not None:
        answered = 'count by (service) (wishtree_http_requests_total{route=~"/v1/.*|/t/.*"})'
        until(lambda: len(watch.ask(answered)) == len(SERVICES))
    live(system)
    return system


def live(system: System) -> None:
    """A wish's whole life; somebody at the web, somebody at the rules of points, somebody at their inbox."""
    key = f"operations/{uuid4()}"
    slip = wishes.a_submitted_wish(system, key)
    wishes.post(system, key, str(slip["id"]))
    wishes.fulfil(system, key, slip)
    assert system.http.get(f"{system.url('web')}/t/{wishes.XIANDONG}").status_code == 200
    system.telling.desk.volunteer("bao-xiaohong").get("points", "/v1/rules")
    system.telling.desk.operator().get("notifications", "/v1/inbox")


def rules() -> Iterator[dict[str, Any]]:
    for path in sorted((DEPLOY / "prometheus" / "rules").glob("*.yml")):
        for group in _read(path)["groups"]:
            yield from group["rules"]


def panels() -> Iterator[str]:
    for path in sorted((DEPLOY / "grafana").glob("*.json")):
        for panel in json.loads(path.read_text(encoding="utf-8"))["panels"]:
            for target in panel.get("targets", ()):
                yield target["expr"]


def replaced(expr: str) -> str:
    for name, value in VARIABLES.items():
        expr = expr.replace(name, value)
    return expr


def selectors(expr: str) -> set[str]:
    """What an expression looks at: name and labels, without thresholds, windows and offsets."""
    found: set[str] = set()

    def visit(node: Any) -> bool:
        if isinstance(node, promql_parser.MatrixSelector):
            node = node.vector_selector
        if isinstance(node, promql_parser.VectorSelector):
            matchers = [str(m) for m in node.matchers.matchers if m.name not in EMPTY_WHEN_WELL]
            found.add(f"{node.name}{{{', '.join(matchers)}}}")
        return True

    promql_parser.walk(promql_parser.parse(expr), pre_visit=visit)
    return found


def test_every_recording_rule_records(watch: Watch | None, lived: System) -> None:
    if watch is None:
        return
    recorded = {rule["record"] for rule in rules() if "record" in rule}
    assert len(recorded) > 20
    assert watch.unanswered(recorded) == set()


def test_every_panel_has_an_answer(watch: Watch | None, lived: System) -> None:
    if watch is None:
        return
    asked = {replaced(expr) for expr in panels()}
    assert len(asked) > 100
    assert watch.unanswered(asked) == set()


def test_every_alert_looks_at_something_that_is_there(watch: Watch | None, lived: System) -> None:
    """An alert over a metric that nobody exports is silent for ever."""
    if watch is None:
        return
    looked = {s for rule in rules() if "alert" in rule for s in selectors(rule["expr"])}
    assert len(looked) > 20
    assert watch.unanswered(looked) == set()
    assert watch.ask('wishtree_http_requests_total{job="wishtree", status!=""}')


@pytest.mark.parametrize(
    "wrong",
    [
        'wishtree_outbox_oldest_age{job="wishtree"}',
        'wishtree_outbox_oldest_age_seconds{job="wishtee"}',
        'wishtree_events_written_total{job="wishtree", type="wishtree.WishForgotten.v1"}',
    ],
)
def test_a_misspelt_name_has_no_answer(watch: Watch | None, lived: System, wrong: str) -> None:
    """The tests above can fail."""
    if watch is None:
        return
    right = 'up{job="wishtree"}'
    assert watch.unanswered({right}) == set()
    assert watch.unanswered({right, wrong}, limit=0) == {wrong}


def test_prometheus_can_work_out_every_rule(watch: Watch | None, lived: System) -> None:
    """No rule fails by itself: many matches for one, doubled series after aggregation."""
    if watch is None:
        return

    def groups() -> list[Any]:
        answer = httpx.get(f"{watch.prometheus}/api/v1/rules", timeout=ANSWER_LIMIT).json()
        return answer["data"]["groups"]

    until(lambda: all(rule["health"] != "unknown" for g in groups() for rule in g["rules"]))
    worked = [rule for group in groups() for rule in group["rules"]]
    assert [(r["name"], r["lastError"]) for r in worked if r["health"] != "ok"] == []
    assert {r["name"] for r in worked} >= {r.get("alert", r.get("record")) for r in rules()}


def test_a_forced_alert_becomes_a_message_to_the_operators_and_so_does_its_end(
    watch: Watch | None, lived: System
) -> None:
    if watch is None:
        return

    def said(template: str) -> list[str]:
        operator = lived.telling.desk.operator()
        inbox = operator.get("notifications", "/v1/inbox", limit=100)["items"]
        return [
            message["text"]
            for message in inbox
            if message["template"] == template and watch.marker in message["text"]
        ]

    url = f"{lived.url('web')}/t/{wishes.XIANDONG}/events"
    with httpx.stream("GET", url, timeout=ALERT_LIMIT) as page:
        assert page.status_code == 200
        until(lambda: bool(said("alert_at_once")))
        (text,) = said("alert_at_once")
        assert text.startswith(f"请马上看：{watch.marker}有人看着树。")
        assert re.search(r"\d 个页面开着。.*“target-down”一段，告警 SomebodyLooks。$", text)
    until(lambda: bool(said("alert_over")))
    # Alertmanager repeated it every two seconds while the page was open.
    assert (len(said("alert_at_once")), len(said("alert_over"))) == (1, 1)


def test_an_operator_can_silence_an_alert_as_the_runbook_says(watch: Watch | None) -> None:
    amtool = program("amtool")
    if watch is None or amtool is None:
        return
    page = (DEPLOY.parent / "docs" / "runbook.md").read_text(encoding="utf-8")
    (command,) = re.findall(r"`amtool (silence add [^`]+)`", page)
    words = command.replace("地址", watch.alertmanager).split()
    status, answer = run(amtool, *words)
    assert status == 0, answer
    kept = httpx.get(f"{watch.alertmanager}/api/v2/silences", timeout=ANSWER_LIMIT).json()
    assert [s["matchers"][0]["value"] for s in kept] == ["NothingHappens"]


def until(look: Callable[[], bool]) -> None:
    deadline = time.monotonic() + ALERT_LIMIT
    while not look():
        assert time.monotonic() < deadline, "not in time"
        time.sleep(0.3)
