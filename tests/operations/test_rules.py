"""Every alert can be read at night, leads to the runbook, and has a test in which it fires."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from stack.layout import SERVICES

from tests.operations.programs import DEPLOY, ROOT, program, run

FOLDER = DEPLOY / "prometheus"
RULES = sorted((FOLDER / "rules").glob("*.yml"))
TESTS = sorted((FOLDER / "tests").glob("*.yml"))
RUNBOOK = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def rules() -> Iterator[dict[str, Any]]:
    for path in RULES:
        for group in read(path)["groups"]:
            yield from group["rules"]


ALERTS = {rule["alert"]: rule for rule in rules() if "alert" in rule}


@pytest.mark.parametrize("name", sorted(ALERTS))
def test_an_alert_can_be_read_by_whoever_is_woken(name: str) -> None:
    rule = ALERTS[name]
    assert set(rule["labels"]) == {"severity"}
    assert rule["labels"]["severity"] in ("page", "ticket")
    said = rule["annotations"]
    assert set(said) == {"summary", "description", "runbook"}
    for text in (said["summary"], said["description"]):
        assert CHINESE.search(text)
        # In an inbox, beside what is said to residents: no shouting, no blame.
        assert not re.search("[!！]|失败|请知悉", text)
    assert not said["summary"].endswith("。")
    assert said["description"].endswith("。")


@pytest.mark.parametrize("name", sorted(ALERTS))
def test_an_alert_leads_to_its_section_of_the_runbook(name: str) -> None:
    place = ALERTS[name]["annotations"]["runbook"]
    assert place.startswith("docs/runbook.md#")
    anchor = place.partition("#")[2]
    start = RUNBOOK.find(f'### <a id="{anchor}"></a>')
    assert start >= 0, f"docs/runbook.md has no section #{anchor}"
    section = RUNBOOK[start : RUNBOOK.find("\n#", start + 5)]
    assert f"`{name}`" in section, f"the section #{anchor} does not name {name}"
    for part in ("**意思**", "**看**", "**做**"):
        assert part in section


def test_no_section_speaks_of_an_alert_that_is_not_there() -> None:
    """In a heading, a name like `ThisOne` is an alert."""
    named = {
        name
        for line in RUNBOOK.splitlines()
        if line.startswith("### ")
        for name in re.findall(r"`([A-Z]\w+)`", line)
    }
    assert named == set(ALERTS)


def test_an_alert_is_named_once() -> None:
    names = [rule["alert"] for rule in rules() if "alert" in rule]
    assert sorted(names) == sorted(set(names))


def fires_and_is_silent() -> tuple[set[str], set[str]]:
    fires: set[str] = set()
    silent: set[str] = set()
    for path in TESTS:
        for case in read(path)["tests"]:
            for line in case["alert_rule_test"]:
                (fires if line.get("exp_alerts") else silent).add(line["alertname"])
    return fires, silent


def test_every_alert_has_a_case_in_which_it_fires_and_one_in_which_it_is_silent() -> None:
    fires, silent = fires_and_is_silent()
    assert fires == set(ALERTS)
    assert silent == set(ALERTS)


def test_every_rule_file_is_tested() -> None:
    assert {FOLDER / "tests" / f for path in TESTS for f in read(path)["rule_files"]} == {
        FOLDER / "tests" / ".." / "rules" / path.name for path in RULES
    }


def test_every_service_is_a_target_under_its_compose_name() -> None:
    targets = {
        entry["labels"]["service"]: entry["targets"] for entry in read(FOLDER / "targets.yml")
    }
    assert targets == {service: [f"{service}:8000"] for service in SERVICES}


# By Prometheus' own programs ---------------------------------------------------------------------


def test_the_configuration_and_the_rules_are_sound() -> None:
    if (promtool := program("promtool")) is None:
        return
    status, said = run(promtool, "check", "config", str(FOLDER / "prometheus.yml"))
    assert status == 0, said
    lint = [promtool, "check", "rules", "--lint=all", "--lint-fatal"]
    status, said = run(*lint, *map(str, RULES))
    assert status == 0, said


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.stem)
def test_alerts_fire_in_their_case_and_are_silent_when_all_is_well(path: Path) -> None:
    if (promtool := program("promtool")) is None:
        return
    status, said = run(promtool, "test", "rules", str(path))
    assert status == 0, said


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("> 60", "> 6000"),  # never fires
        ("< 16", "<= 16"),  # always fires
        ("{{ $labels.service }}", "{{ $labels.sevice }}"),  # names nobody
        ("runbook.md#outbox-age", "runbook.md#elsewhere"),
    ],
)
def test_a_wrong_rule_is_found_by_its_test(tmp_path: Path, old: str, new: str) -> None:
    if (promtool := program("promtool")) is None:
        return
    for part in ("rules", "tests"):
        shutil.copytree(FOLDER / part, tmp_path / part)
    rule = tmp_path / "rules" / "events.yml"
    text = rule.read_text(encoding="utf-8")
    assert old in text
    rule.write_text(text.replace(old, new), encoding="utf-8")
    status, said = run(promtool, "test", "rules", str(tmp_path / "tests" / "events.yml"))
    assert status != 0, said


def test_an_expression_that_is_no_promql_is_refused(tmp_path: Path) -> None:
    if (promtool := program("promtool")) is None:
        return
    text = (FOLDER / "rules" / "events.yml").read_text(encoding="utf-8")
    bad = tmp_path / "events.yml"
    bad.write_text(text.replace("max by (service) (", "max by (service (", 1), encoding="utf-8")
    status, said = run(promtool, "check", "rules", str(bad))
    assert (status != 0, "parse error" in said) == (True, True), said
