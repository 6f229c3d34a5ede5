"""Children: they end with us, when asked, and for certain; their last words reach the error."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from chassis.testing import PATIENCE
from stack.errors import NotReady
from stack.processes import LOG_LIMIT, MARK, Child, inherited_environment, spawn, wait_until

DEAF = "import signal; signal.signal(15, signal.SIG_IGN); print('up', flush=True); signal.pause()"
PARENT = """
import signal, sys
from pathlib import Path
from stack.processes import inherited_environment, spawn
child = spawn("child", [sys.executable, "-c", "import signal; signal.pause()"],
              log=Path(sys.argv[1]) / "child.log", env=inherited_environment(), stack=Path(sys.argv[1]))
print(child.pid, flush=True)
signal.pause()
"""


def python(folder: Path, code: str, name: str = "child") -> Child:
    command = [sys.executable, "-c", code]
    return spawn(
        name, command, log=folder / f"{name}.log", env=inherited_environment(), stack=folder
    )


def said(child: Child, word: str) -> bool:
    return word in child.log.read_text(encoding="utf-8")


def gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def eventually(check: Callable[[], bool], seconds: float = PATIENCE) -> bool:
    deadline = time.monotonic() + seconds
    while not check():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def test_a_killed_supervisor_leaves_no_orphan(tmp_path: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    assert not gone(child)
    parent.kill()
    parent.wait(timeout=PATIENCE)
    parent.stdout.close()
    assert eventually(lambda: gone(child))


def test_a_child_outlives_the_thread_that_asked_for_it(tmp_path: Path) -> None:
    made: list[Child] = []
    code = "import signal; print('up', flush=True); signal.pause()"
    thread = threading.Thread(target=lambda: made.append(python(tmp_path, code)))
    thread.start()
    thread.join()
    (child,) = made
    wait_until(lambda: said(child, "up"), child, seconds=PATIENCE)
    assert child.running
    child.kill()


def test_a_deaf_child_is_killed_when_its_time_is_up(tmp_path: Path) -> None:
    child = python(tmp_path, DEAF)
    wait_until(lambda: said(child, "up"), child, seconds=PATIENCE)
    assert child.end(within=0.2) is False
    assert child.wait(PATIENCE)
    assert child.process.returncode == -signal.SIGKILL


def test_a_stopped_child_hears_the_request_to_end(tmp_path: Path) -> None:
    child = python(tmp_path, "import signal; print('up', flush=True); signal.pause()")
    wait_until(lambda: said(child, "up"), child, seconds=PATIENCE)
    os.kill(child.pid, signal.SIGSTOP)
    assert child.end(within=PATIENCE) is True
    assert child.process.returncode == -signal.SIGTERM


def test_the_error_of_a_child_that_ended_names_it_and_has_its_last_lines(tmp_path: Path) -> None:
    child = python(tmp_path, "print('没有钥匙'); raise SystemExit(3)", name="points")
    with pytest.raises(NotReady) as caught:
        wait_until(lambda: False, child, seconds=PATIENCE)
    assert caught.value.name == "points"
    assert "3" in str(caught.value)
    assert "points │ 没有钥匙" in str(caught.value)


def test_a_child_that_is_never_ready_is_not_waited_for_longer_than_the_limit(
    tmp_path: Path,
) -> None:
    child = python(tmp_path, "import signal; signal.pause()")
    began = time.monotonic()
    with pytest.raises(NotReady, match=r"0\.3 s"):
        wait_until(lambda: False, child, seconds=0.3)
    assert time.monotonic() - began < PATIENCE / 2
    child.kill()


def test_a_program_that_does_not_exist_says_so(tmp_path: Path) -> None:
    child = spawn("x", ["/no/such"], log=tmp_path / "x.log", env={}, stack=tmp_path)
    with pytest.raises(NotReady, match="FileNotFoundError"):
        wait_until(lambda: False, child, seconds=PATIENCE)


def test_children_are_marked_and_inherit_no_setting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WISHTREE_KAFKA_PASSWORD", "of somebody else")
    monkeypatch.setenv("PGPASSWORD", "of somebody else")
    child = python(tmp_path, "import signal; print('up', flush=True); signal.pause()")
    wait_until(lambda: said(child, "up"), child, seconds=PATIENCE)
    environment = psutil.Process(child.pid).environ()
    child.kill()
    assert environment[MARK] == str(tmp_path)
    assert "of somebody else" not in environment.values()


def test_a_long_log_is_put_away_at_the_next_start(tmp_path: Path) -> None:
    log = tmp_path / "child.log"
    with log.open("wb") as file:
        file.truncate(LOG_LIMIT + 1)
    child = python(tmp_path, "print('new')")
    assert child.wait(PATIENCE)
    assert log.read_text(encoding="utf-8") == "new\n"
    assert (tmp_path / "child.log.1").stat().st_size == LOG_LIMIT + 1
