"""`python -m bench` as somebody runs it."""

import json
import os
import signal
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import psutil
import pytest
from typer.testing import CliRunner

from bench import __main__ as command
from bench.outcome import Contestant, Figure, Goal, Outcome, Setting
from bench.works import idle

STARTED = 90.0
ENDED = 90.0


def test_every_work_exists() -> None:
    assert [work for work in command.WORKS if find_spec(f"bench.works.{work}") is None] == []


def test_an_unknown_work_is_refused_before_anything_starts() -> None:
    done = CliRunner().invoke(command.app, ["--only", "relay,tea"])
    assert done.exit_code == command.COULD_NOT
    assert "没有这一项" in done.output
    assert "district_year" in done.output


@pytest.mark.parametrize(("what", "words"), [("MEMORY", "内存不够"), ("DISK", "不够")])
def test_where_there_is_no_room_a_sentence_says_so(
    what: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, what, 1_000_000)
    done = CliRunner().invoke(command.app, ["--only", "idle", "--quick"])
    assert done.exit_code == command.COULD_NOT
    assert words in done.output
    assert "1e+06 GiB" in done.output


def test_a_run_leaves_its_page_and_its_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = Contestant("services", "ours", (Figure("memory", "MB", (300,)),))
    outcome = Outcome("idle", "9 · at rest", (ours,), (Goal("MB", 300, "<=", 600),))
    seen: list[Setting] = []
    monkeypatch.setattr(idle, "run", lambda setting: seen.append(setting) or outcome)
    monkeypatch.setattr(command, "ACCEPTED", tmp_path / "accepted.json")
    page, data = tmp_path / "p.html", tmp_path / "d.json"
    runner = CliRunner()
    options = ["--only", "idle", "--page", str(page), "--data", str(data)]
    assert runner.invoke(command.app, [*options, "--quick", "--accept"]).exit_code == 0
    # A quick run is no measurement.
    assert not (tmp_path / "accepted.json").exists()
    assert runner.invoke(command.app, [*options, "--accept"]).exit_code == 0
    assert [setting.rounds for setting in seen] == [1, 3]
    assert not seen[0].folder.exists()
    assert "9 · at rest" in page.read_text(encoding="utf-8")
    kept = json.loads((tmp_path / "accepted.json").read_text(encoding="utf-8"))
    assert kept == json.loads(data.read_text(encoding="utf-8"))
    assert "没有变化" in runner.invoke(command.app, options).output


@pytest.mark.timeout(300)
@pytest.mark.xdist_group("bench")
def test_ctrl_c_leaves_no_process_and_no_folder(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "bench", "--only", "idle", "--quick"],
        cwd=tmp_path,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    children: list[psutil.Process] = []
    try:
        deadline = time.monotonic() + STARTED
        # PostgreSQL, its backends and Kafka at least.
        while len(children) < 4:
            assert process.poll() is None
            assert time.monotonic() < deadline
            children = psutil.Process(process.pid).children(recursive=True)
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=ENDED)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == command.COULD_NOT
    assert "停下了" in said.decode()
    _, left = psutil.wait_procs(children, timeout=ENDED)
    assert left == []
    assert list(tmp_path.glob("wishtree-*")) == []
