"""Alerts reach the operators: by severity, to a service that exists, with a secret from a file."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.operations.programs import DEPLOY, ROOT, program, run
from tests.operations.test_rules import ALERTS

CONFIG = DEPLOY / "alertmanager" / "alertmanager.yml"
COMPOSE = ROOT / "docker-compose.yml"


def configuration() -> Any:
    return yaml.safe_load(CONFIG.read_text(encoding="utf-8"))


def test_the_configuration_is_sound() -> None:
    if (amtool := program("amtool")) is None:
        return
    status, said = run(amtool, "check-config", str(CONFIG))
    assert status == 0, said


def test_a_misspelt_key_is_refused(tmp_path: Path) -> None:
    if (amtool := program("amtool")) is None:
        return
    bad = tmp_path / "alertmanager.yml"
    text = CONFIG.read_text(encoding="utf-8").replace("group_wait", "group_wiat", 1)
    bad.write_text(text, encoding="utf-8")
    status, said = run(amtool, "check-config", str(bad))
    assert (status != 0, "group_wiat" in said) == (True, True), said


@pytest.mark.parametrize("name", sorted(ALERTS))
def test_every_alert_has_a_way(name: str) -> None:
    if (amtool := program("amtool")) is None:
        return
    severity = ALERTS[name]["labels"]["severity"]
    receiver = {"page": "at-once", "ticket": "by-day"}[severity]
    status, said = run(
        *(amtool, "config", "routes", "test", f"--config.file={CONFIG}"),
        *(f"--verify.receivers={receiver}", f"alertname={name}", f"severity={severity}"),
    )
    assert status == 0, said


def test_an_alert_without_a_severity_is_not_lost() -> None:
    if (amtool := program("amtool")) is None:
        return
    status, said = run(
        *(amtool, "config", "routes", "test", f"--config.file={CONFIG}"),
        *("--verify.receivers=by-day", "alertname=Anything"),
    )
    assert status == 0, said


def test_receivers_are_the_notifications_service_with_a_secret_from_a_file() -> None:
    services = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))["services"]
    for receiver in configuration()["receivers"]:
        for hook in receiver["webhook_configs"]:
            host, _, path = hook["url"].removeprefix("http://").partition(":8000")
            assert (host in services, path) == (True, "/v1/alerts")
            assert hook["send_resolved"] is True
            secret = hook["http_config"]["authorization"]
            assert secret == {"type": "Bearer", "credentials_file": "alerts-secret"}
    assert not CONFIG.with_name("alerts-secret").exists()


def test_what_is_kept_quiet_are_alerts_that_exist() -> None:
    for rule in configuration()["inhibit_rules"]:
        for matcher in (*rule["source_matchers"], *rule["target_matchers"]):
            name = matcher.partition("=")[2].strip('"')
            if "!~" not in matcher:
                assert name in ALERTS
