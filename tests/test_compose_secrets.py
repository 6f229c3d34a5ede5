"""deploy/compose/secrets gives exactly what docker-compose.yml asks for, fresh every time."""

import base64
import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def made() -> dict[str, str]:
    script = ROOT / "deploy" / "compose" / "secrets"
    text = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, check=True, timeout=30
    ).stdout
    return dict(line.split("=", 1) for line in text.splitlines())


def test_it_gives_what_compose_asks_for() -> None:
    asked = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text()))
    assert set(made()) == asked


def test_nothing_is_ever_the_same_or_known() -> None:
    first, second = made(), made()
    assert [name for name in first if first[name] == second[name]] == []
    assert min(len(value) for value in first.values()) >= 32


def test_keys_and_the_opening_have_the_shape_the_services_expect() -> None:
    values = made()
    assert len(base64.b64decode(values["WISHTREE_MASTER_KEY"])) == 32
    opening = json.loads(values["WISHTREE_BOOTSTRAP"].strip("'"))
    assert opening["clients"]["web"] == values["WEB_CLIENT_SECRET"]
    assert opening["operator"]["login"] == "operator"
