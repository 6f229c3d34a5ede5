"""The command line says what is so, and ends with a status that a script can read."""

import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from stack import Stack
from stack.errors import NotReady
from stack.layout import SERVICES
from stack.ports import HOST
from stack.processes import inherited_environment
from stack.secrets import KAFKA_USERS

# One worker: the shared infrastructure is started once.
pytestmark = pytest.mark.xdist_group("machine")


def run(*words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "stack", *words],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**inherited_environment(), "COLUMNS": "200", **settings},
    )


def test_nothing_runs_in_an_empty_folder(tmp_path: Path) -> None:
    shown = run("status", "--data", str(tmp_path))
    assert shown.returncode == 3
    assert "nothing is running" in shown.stdout
    assert run("down", "--data", str(tmp_path)).returncode == 0


def test_a_port_in_use_is_told_in_a_sentence_and_nothing_is_started(place: Path) -> None:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        shown = run("up", "--data", str(place), WISHTREE_PORT_WEB=port)
    assert shown.returncode == 1
    assert f"端口 {port}" in shown.stdout
    assert "WISHTREE_PORT_WEB" in shown.stdout
    assert "Traceback" not in shown.stderr
    assert not (place / "postgres" / "data").exists()


def test_a_running_folder_is_refused(machine: Stack) -> None:
    shown = run("up", "--auto-ports", "--data", str(machine.folder))
    assert shown.returncode == 1
    assert "stack down" in shown.stdout


def test_status_lists_what_runs(machine: Stack) -> None:
    shown = run("status", "--data", str(machine.folder))
    assert shown.returncode == 0
    assert machine.postgres.child is not None
    for child in (machine.postgres.child, *machine.kafka.children.values()):
        assert psutil.pid_exists(child.pid)
        assert str(child.pid) in shown.stdout
    assert str(machine.ports.kafka) in shown.stdout


def test_logs_have_the_name_of_their_process_in_front(machine: Stack) -> None:
    shown = run("logs", "postgres", "-n", "3", "--data", str(machine.folder))
    lines = shown.stdout.splitlines()
    assert 1 <= len(lines) <= 3
    assert all(line.strip().startswith("postgres │ ") for line in lines)


@pytest.mark.parametrize(
    "missing", ["WISHTREE_ADMIN_DATABASE_URL", "WISHTREE_SERVICE_PASSWORD_WEB"]
)
def test_provisioning_elsewhere_names_the_setting_that_is_missing(missing: str) -> None:
    words = {f"WISHTREE_SERVICE_PASSWORD_{name.upper()}": "x" for name in KAFKA_USERS}
    settings = {**words, "WISHTREE_ADMIN_DATABASE_URL": "postgresql://127.0.0.1:1/x", missing: ""}
    shown = run("provision", **settings)
    assert shown.returncode == 1
    assert f"{missing} 没有设置" in shown.stdout


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_gets_its_own_secrets_and_nobody_elses(machine: Stack, service: str) -> None:
    given = " ".join(machine.environment(service).values())
    secrets = machine.secrets
    for words in (secrets.roles, secrets.kafka, secrets.clients, secrets.master_keys):
        for owner, word in words.items():
            assert (word in given) == (owner == service)
    for word in (secrets.postgres, secrets.kafka_admin, *secrets.owners.values()):
        assert word not in given
    assert secrets.operator_password not in given


def test_a_service_that_does_not_come_up_is_named_with_its_last_words(machine: Stack) -> None:
    """A real process that ends at once: the settings check of a service refuses a bad port."""
    with pytest.raises(NotReady) as caught:
        machine.start_service("wishes", extra={"WISHTREE_HTTP_PORT": "none"})
    assert caught.value.name == "wishes"
    assert "WISHTREE_HTTP_PORT" in str(caught.value)
