"""The boards are current, of Grafana's own shape, and ask in PromQL for what we export."""

import importlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import promql_parser
import pytest
from prometheus_client import REGISTRY

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "deploy" / "grafana"
CHECK = FOLDER / "check"
RUNBOOK = ROOT / "docs" / "runbook.md"
BOARDS = sorted(path.name for path in FOLDER.glob("wishtree-*.json"))
SERVICES = ("wishes", "volunteers", "points", "notifications", "web")
MEASURING = ("chassis", "wishes", "points", "notifications", "web")
UNITS = {
    "none", "short", "s", "bytes", "percentunit", "reqps", "eps", "epm", "cpm",
}  # fmt: skip
VARIABLES = {"$__rate_interval": "5m", "$__range": "3h"}
COMMON_LABELS = {"job", "service", "instance"}
NOT_OURS = {"up": set[str](), "process_resident_memory_bytes": set[str](), "process_cpu_seconds_total": set[str]()}  # fmt: skip
HISTOGRAM = re.compile(r"_(bucket|count|sum)$")


@dataclass(frozen=True)
class Asked:
    """One expression of one panel."""

    board: str
    panel: dict[str, Any]
    expr: str
    legend: str

    @property
    def parsed(self) -> Any:
        expr = self.expr
        for name, value in VARIABLES.items():
            expr = expr.replace(name, value)
        return promql_parser.parse(expr)


def read(name: str) -> dict[str, Any]:
    return json.loads((FOLDER / name).read_text("utf-8"))


def panels(name: str) -> list[dict[str, Any]]:
    return [panel for panel in read(name)["panels"] if panel["type"] != "row"]


def asked() -> Iterator[Asked]:
    for board in BOARDS:
        for panel in panels(board):
            for target in panel["targets"]:
                yield Asked(board, panel, target["expr"], target["legendFormat"])


def nodes(expr: Any) -> list[Any]:
    found: list[Any] = []

    def visit(node: Any) -> bool:
        found.append(node)
        return True

    promql_parser.walk(expr, pre_visit=visit)
    return found


def exported() -> dict[str, set[str]]:
    """Every metric of ours and its labels, as they are declared."""
    for part in MEASURING:
        importlib.import_module(f"{part}.metrics")
    found: dict[str, set[str]] = {}
    for collector in list(REGISTRY._collector_to_names):
        name = getattr(collector, "_name", "")
        if name.startswith("wishtree_"):
            kind = getattr(collector, "_type", "")
            full = f"{name}_total" if kind == "counter" else name
            found[full] = set(getattr(collector, "_labelnames", ())) | (
                {"le"} if kind == "histogram" else set()
            )
    return found


def test_there_is_a_board_for_everything() -> None:
    wanted = {f"wishtree-{name}.json" for name in ("overview", "events", *SERVICES)}
    assert set(BOARDS) == wanted


def test_the_json_is_what_the_module_writes() -> None:
    done = subprocess.run(
        [sys.executable, str(FOLDER / "boards.py"), "--check"],
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode == 0, f"python deploy/grafana/boards.py: {done.stdout}{done.stderr}"


@pytest.mark.parametrize("one", list(asked()), ids=lambda one: f"{one.board}-{one.panel['id']}")
def test_expressions_are_promql_over_what_is_exported(one: Asked) -> None:
    known = exported() | NOT_OURS
    labels = set(COMMON_LABELS)
    names: set[str] = set()
    for node in nodes(one.parsed):
        if isinstance(node, promql_parser.MatrixSelector):
            node = node.vector_selector
        if isinstance(node, promql_parser.VectorSelector):
            name = str(node.name)
            base = name if name in known else HISTOGRAM.sub("", name)
            assert base in known, f"nobody exports {name}"
            labels |= known[base]
            names.add(name)
            matched = {matcher.name: str(matcher) for matcher in node.matchers.matchers}
            assert matched.get("job") == 'job="wishtree"'
            assert set(matched) <= known[base] | COMMON_LABELS
    assert names
    for node in nodes(one.parsed):
        if isinstance(node, promql_parser.AggregateExpr) and node.modifier is not None:
            assert set(node.modifier.labels) <= labels
    assert set(re.findall(r"{{(\w+)}}", one.legend)) <= labels


@pytest.mark.parametrize(
    "broken", ["sum by (service) (rate(a[5m])", "rate(a)", "raet(a[5m])", "sum(a) by"]
)
def test_what_is_no_promql_is_refused(broken: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - each sentence is the parser's own
        promql_parser.parse(broken)


@pytest.mark.parametrize("name", BOARDS)
def test_a_board_can_be_read_by_people(name: str) -> None:
    board = read(name)
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
    for panel in panels(name):
        assert re.search(r"[\u4e00-\u9fff]|^p\d\d，", panel["title"]), panel["title"]
        assert re.search(r"[A-Za-z]{3}", panel["description"])
        defaults = panel["fieldConfig"]["defaults"]
        assert defaults["unit"] in UNITS
        assert defaults["thresholds"]["steps"][0]["value"] is None
        values = [step["value"] for step in defaults["thresholds"]["steps"][1:]]
        assert values == sorted(values)
        if panel["type"] == "stat" and panel["options"]["textMode"] != "name":
            assert values, f"{panel['title']}: when is it not well?"


@pytest.mark.parametrize("name", BOARDS)
def test_panels_do_not_cover_each_other(name: str) -> None:
    taken: set[tuple[int, int]] = set()
    for panel in read(name)["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken
        taken |= cells


@pytest.mark.parametrize("name", BOARDS)
def test_a_board_knows_no_address_and_no_data_source(name: str) -> None:
    text = (FOLDER / name).read_text("utf-8")
    assert "://" not in text
    board = read(name)
    assert [one["name"] for one in board["templating"]["list"]] == ["datasource", "runbook"]
    sources = [panel["datasource"] for panel in panels(name)]
    sources += [target["datasource"] for panel in panels(name) for target in panel["targets"]]
    assert all(source["uid"] == "${datasource}" for source in sources)


def test_what_is_well_is_said_in_the_first_line() -> None:
    """On call: one row of coloured numbers, on the screen without scrolling."""
    first = [panel for panel in panels("wishtree-overview.json") if panel["gridPos"]["y"] == 1]
    assert [panel["type"] for panel in first] == ["stat"] * 6
    assert all(panel["options"]["colorMode"] == "background" for panel in first)
    assert all(panel["links"] for panel in first)


# Grafana's own types ---------------------------------------------------------------------------


Compile = Callable[[dict[str, str]], str]
NO_NPM = "no npm on this machine: the shape of the boards is not verified here"


@pytest.fixture(scope="module")
def compiler(
    tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config
) -> Compile | None:
    """Compile boards (name → JSON text) against Grafana's types; returns what tsc has to say.

    None where there is no npm, which is said aloud; in CI it fails.
    """
    if shutil.which("npm") is None:
        if os.environ.get("CI"):
            pytest.fail(NO_NPM)
        capture: Any = pytestconfig.pluginmanager.getplugin("capturemanager")
        with capture.global_and_fixture_disabled():
            print(f"\n{NO_NPM}", file=sys.stderr)  # noqa: T201
        return None
    folder = tmp_path_factory.mktemp("grafana")
    for path in CHECK.iterdir():
        shutil.copy(path, folder)
    # The lock holds hashes and no addresses: npm asks the registry it is set up with.
    run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], folder, check=True)

    def compile_(boards: dict[str, str]) -> str:
        for old in folder.glob("board-*.ts"):
            old.unlink()
        for name, text in boards.items():
            module = folder / f"board-{name}.ts"
            module.write_text(
                f'import type {{ Board }} from "./board";\nexport const board: Board = {text};\n',
                "utf-8",
            )
        options = ["--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext"]
        files = [f"board-{name}.ts" for name in boards]
        return run(["node_modules/.bin/tsc", *options, *files], folder).stdout

    return compile_


def run(command: list[str], folder: Path, *, check: bool = False) -> Any:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
    assert not check or done.returncode == 0, done.stderr
    return done


def test_boards_have_the_shape_of_grafana(compiler: Compile | None) -> None:
    if compiler is None:
        return
    said = compiler({Path(name).stem: (FOLDER / name).read_text("utf-8") for name in BOARDS})
    assert said == ""


BAD = {
    "misspelt-refresh": ('"refresh"', '"refesh"', "'\"refesh\"' does not exist"),
    "misspelt-expr": ('"expr"', '"exprr"', "'\"exprr\"' does not exist"),
    "misspelt-unit": ('"unit"', '"units"', "'\"units\"' does not exist"),
    "misspelt-option": ('"colorMode"', '"colourMode"', "'\"colourMode\"' does not exist"),
    "misspelt-drawing": ('"lineWidth"', '"linewidth"', "'\"linewidth\"' does not exist"),
    "no-such-mode": ('"absolute"', '"absolut"', "Type '\"absolut\"' is not assignable"),
    "text-for-number": ('"w": 12', '"w": "12"', "Type 'string' is not assignable"),
    "no-such-panel": ('"type": "stat"', '"type": "stats"', "Type '\"stats\"' is not assignable"),
}


def test_a_misspelt_key_and_a_wrong_type_are_refused(compiler: Compile | None) -> None:
    if compiler is None:
        return
    good = (FOLDER / "wishtree-points.json").read_text("utf-8")
    said = compiler({name: good.replace(old, new, 1) for name, (old, new, _) in BAD.items()})
    for name, (old, _, sentence) in BAD.items():
        assert old in good
        lines = [line for line in said.splitlines() if line.startswith(f"board-{name}.ts")]
        assert sentence in "\n".join(lines), f"{name} passed: {lines}"


def test_the_lock_holds_hashes_and_no_addresses() -> None:
    lock = json.loads((CHECK / "package-lock.json").read_text("utf-8"))
    for name, package in lock["packages"].items():
        assert "resolved" not in package
        assert name == "" or package["integrity"].startswith("sha512-")


# The runbook -------------------------------------------------------------------------------------


def test_links_lead_to_sections_of_the_runbook() -> None:
    places = set(re.findall(r'<a id="([\w-]+)">', RUNBOOK.read_text("utf-8")))
    used: set[str] = set()
    for name in BOARDS:
        for panel in panels(name):
            for link in panel["links"]:
                start, _, anchor = link["url"].partition("#")
                assert start == "${runbook}"
                used.add(anchor)
    assert used <= places, f"no such place in docs/runbook.md: {sorted(used - places)}"
