"""A run's own folder: refused without room, gone afterwards, and cleared up after a killed run."""

import contextlib
import itertools
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil
import pytest
from chassis.testing import PATIENCE
from stack.processes import spawn
from stack.room import OWNER, NoRoom, own_folder


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_it_is_there_for_the_run_and_gone_afterwards(place: Path) -> None:
    with own_folder("here", memory=0, disk=0) as folder:
        assert folder.parent == place.resolve()
        (folder / "data").mkdir()
    assert not folder.exists()


def test_what_is_written_while_it_ends_goes_too() -> None:
    def write_on(data: Path, until: float) -> None:
        with contextlib.suppress(FileNotFoundError):
            for number in itertools.count():
                if time.monotonic() > until:
                    return
                # Gone between the try and the look at what was in the way: it is written again.
                with contextlib.suppress(FileExistsError):
                    data.mkdir(exist_ok=True)
                    (data / f"{number % 100}").mkdir(exist_ok=True)

    with own_folder("here", memory=0, disk=0) as folder:
        writer = threading.Thread(target=write_on, args=(folder / "data", time.monotonic() + 0.5))
        writer.start()
    writer.join()
    assert not folder.exists()


@pytest.mark.parametrize(
    ("needs", "words"), [({"memory": 1e6, "disk": 0}, "内存"), ({"memory": 0, "disk": 1e9}, "磁盘")]
)
def test_without_room_it_says_what_is_missing_and_makes_nothing(
    place: Path, needs: dict[str, float], words: str
) -> None:
    with pytest.raises(NoRoom, match=words), own_folder("here", **needs):
        pass
    assert list(place.iterdir()) == []


def test_what_a_killed_run_left_behind_goes_at_the_next_start(place: Path) -> None:
    with own_folder("here", memory=0, disk=0) as left:
        run = subprocess.Popen([sys.executable, "-c", "pass"])
        run.wait()
        (left / OWNER).write_text(f'{{"pid": {run.pid}, "began": 1.0}}', encoding="utf-8")
        child = spawn(
            "sleeper",
            [sys.executable, "-c", "import time; time.sleep(600)"],
            log=left / "log",
            env={},
            stack=left,
        )
        with own_folder("here", memory=0, disk=0) as folder:
            assert folder != left
        assert not left.exists()
        assert child.wait(PATIENCE)
        assert not psutil.pid_exists(child.pid)


def test_a_run_that_lives_keeps_its_folder() -> None:
    with own_folder("here", memory=0, disk=0) as first, own_folder("here", memory=0, disk=0):
        assert first.exists()
