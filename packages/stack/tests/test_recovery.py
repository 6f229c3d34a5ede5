"""A folder that a killed run left is taken over; one that somebody runs is left alone."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest
from chassis.testing import PATIENCE
from stack import EmbeddedPostgres, Ports, Stack, attach
from stack.errors import AlreadyRunning, NotRunning, WrongBrokerCount
from stack.kafka import EmbeddedKafka
from stack.note import Process, end_leftovers, leftovers, read_note
from stack.processes import MARK

RUN = """
import signal, sys
from pathlib import Path
from stack import Ports, Stack
stack = Stack(Path(sys.argv[1]), Ports.free(), purpose="test")
stack.start_infrastructure()
print("up", flush=True)
signal.pause()
"""
SLEEP = [sys.executable, "-c", "print('up', flush=True); import signal; signal.pause()"]


def started(command: list[str], env: dict[str, str] | None = None) -> subprocess.Popen[str]:
    """A program that has said `up`."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env)
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    return process


def end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait(timeout=PATIENCE)
    assert process.stdout is not None
    process.stdout.close()


@pytest.fixture
def stranger() -> Iterator[subprocess.Popen[str]]:
    process = started(SLEEP)
    yield process
    end(process)


async def test_a_killed_run_leaves_nothing_behind_and_its_data_are_taken_over(place: Path) -> None:
    supervisor = started([sys.executable, "-c", RUN, str(place)])
    note = read_note(place)
    assert note is not None
    processes = [p for p in (known.alive() for known in note.processes.values()) if p]
    assert len(processes) == len(note.processes) == 2
    end(supervisor)
    _, alive = psutil.wait_procs(processes, timeout=PATIENCE)
    assert alive == []

    stack = Stack(place, Ports.free(), purpose="test")
    try:
        stack.start_infrastructure()
        connection = await asyncpg.connect(stack.postgres.dsn(), timeout=PATIENCE)
        schemas = (
            "SELECT count(*) FROM pg_namespace WHERE nspowner::regrole::text = nspname || '_owner'"
        )
        assert await connection.fetchval(schemas) == 4
        await connection.close()
        assert len(stack.kafka.admin().list_topics(timeout=PATIENCE).topics) > 4
    finally:
        stack.stop()
    # Whoever was killed after its limit may need a moment to go.
    assert psutil.wait_procs(leftovers(stack.folder), timeout=PATIENCE)[1] == []
    assert read_note(stack.folder) is None


def test_an_orphan_is_recognised_and_ended(tmp_path: Path) -> None:
    """Where the kernel ties no child to its parent, orphans of a killed run are found by their mark."""
    orphan = started(SLEEP, {**os.environ, MARK: str(tmp_path)})
    other = started(SLEEP, {**os.environ, MARK: str(tmp_path / "other")})
    try:
        assert end_leftovers(tmp_path) == [orphan.pid]
        assert not psutil.pid_exists(orphan.pid)
        assert other.poll() is None
    finally:
        end(orphan)
        end(other)


def test_a_stale_pid_that_is_somebody_elses_now_is_no_obstacle_and_no_victim(
    place: Path, stranger: subprocess.Popen[str]
) -> None:
    server = EmbeddedPostgres(place, password="first", fsync=False)
    server.start()
    file = server.data / "postmaster.pid"
    lines = file.read_text(encoding="utf-8").splitlines()
    assert server.child is not None
    server.child.kill()
    file.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n", encoding="utf-8")
    server.start()
    server.stop()
    assert stranger.poll() is None


def test_a_postgres_that_still_runs_is_ended_first(place: Path) -> None:
    left = EmbeddedPostgres(place, password="first", fsync=False)
    left.start()
    assert left.child is not None
    server = EmbeddedPostgres(place, password="first", fsync=False)
    server.start()
    assert left.child.wait(PATIENCE)
    server.stop()


@pytest.mark.xdist_group("machine")
def test_a_running_folder_is_refused_and_not_disturbed(machine: Stack) -> None:
    second = Stack(machine.folder, Ports.free(), purpose="test")
    with pytest.raises(AlreadyRunning, match="stack down"):
        second.start()
    second.stop()
    assert machine.postgres.running
    assert machine.kafka.running
    assert read_note(machine.folder) is not None


@pytest.mark.xdist_group("machine")
def test_another_number_of_brokers_is_refused_with_both_numbers(machine: Stack) -> None:
    three = EmbeddedKafka(machine.kafka.folder, password="x", brokers=3)
    with pytest.raises(WrongBrokerCount, match=r"--brokers 1.*not 3"):
        three.begin()


def test_a_pid_that_was_given_to_somebody_else_is_not_ours(
    stranger: subprocess.Popen[str],
) -> None:
    began = psutil.Process(stranger.pid).create_time()
    assert Process(pid=stranger.pid, began=began).alive() is not None
    assert Process(pid=stranger.pid, began=began - 100).alive() is None


@pytest.mark.xdist_group("machine")
async def test_another_program_attaches_by_the_folder(machine: Stack) -> None:
    attached = attach(machine.folder)
    assert attached.environment("wishes") == machine.environment("wishes")
    connection = await asyncpg.connect(attached.dsn("points"), timeout=PATIENCE)
    assert await connection.fetchval("SELECT current_user::text") == "points"
    await connection.close()


def test_nobody_attaches_to_a_folder_that_nobody_runs(tmp_path: Path) -> None:
    with pytest.raises(NotRunning, match="stack up"):
        attach(tmp_path)
