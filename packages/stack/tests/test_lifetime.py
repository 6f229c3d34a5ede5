"""The life of a whole stack, as a person at a terminal has it: up, one service crashes, Ctrl-C."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import psutil
from chassis.testing import PATIENCE
from stack import Attached, attach, machine
from stack.layout import SERVICES, STOP_ORDER, log_path
from stack.note import leftovers, read_note
from stack.processes import inherited_environment


def until(true: Callable[[], bool], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


def ready(stack: Attached, service: str) -> bool:
    try:
        return httpx.get(f"{stack.url(service)}/readyz", timeout=2).status_code == 200
    except httpx.TransportError:
        return False


def pid(stack: Attached, service: str) -> int:
    note = read_note(stack.folder)
    assert note is not None
    return note.processes[service].pid


def asked_at(folder: Path, service: str) -> str:
    """When the service wrote that it begins to stop."""
    lines = log_path(folder, service).read_text(encoding="utf-8").splitlines()
    records = [json.loads(line) for line in lines if line.startswith("{")]
    return next(r["timestamp"] for r in reversed(records) if r["event"] == "stopping")


def test_up_crash_and_ctrl_c(place: Path) -> None:
    output = place / "terminal.txt"
    command = [sys.executable, "-m", "stack", "up", "--auto-ports", "--quiet", "--data", str(place)]
    with output.open("wb") as terminal:
        supervisor = subprocess.Popen(
            command, stdout=terminal, stderr=terminal, env=inherited_environment()
        )
    try:
        until(
            lambda: supervisor.poll() is not None or "everything is up" in output.read_text(),
            PATIENCE * 2,
            "not up",
        )
        assert supervisor.poll() is None, output.read_text(encoding="utf-8")
        stack = attach(place)
        assert all(ready(stack, service) for service in SERVICES)

        crashed = pid(stack, "points")
        os.kill(crashed, signal.SIGKILL)
        until(lambda: pid(stack, "points") != crashed, PATIENCE, "points was not started again")
        until(lambda: ready(stack, "points"), PATIENCE, "points is not ready")

        supervisor.send_signal(signal.SIGINT)
        # A second, impatient one must not cut the clean end short.
        supervisor.send_signal(signal.SIGINT)
        assert supervisor.wait(timeout=PATIENCE) == 0, output.read_text(encoding="utf-8")
    finally:
        supervisor.kill()
        supervisor.wait(timeout=PATIENCE)
    # Whoever was killed after its limit may need a moment to go.
    assert psutil.wait_procs(leftovers(place), timeout=PATIENCE)[1] == []
    assert read_note(place) is None
    # The readers' side first; a service that is slow may be overtaken, so no more is certain.
    assert asked_at(place, "web") == min(asked_at(place, service) for service in STOP_ORDER)


def test_the_whole_end_has_ten_seconds() -> None:
    """Not measured: who is killed by the limits of a busy machine goes when it can."""
    assert machine.SERVICES_LIMIT + machine.KAFKA_LIMIT + machine.POSTGRES_LIMIT < 10
