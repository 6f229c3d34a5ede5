"""The live table: numbers from two looks, a refusal in a sentence, an end by Ctrl-C."""

import os
import pty
import select
import signal
import subprocess
import sys
from math import inf
from pathlib import Path

import pytest
from chassis.testing import PATIENCE
from stack import Stack, attach
from stack.layout import SERVICES
from stack.processes import inherited_environment
from stack.top import Look, Metrics, Usage, quantile, table

from .test_command_line import run

pytestmark = pytest.mark.xdist_group("machine")

EARLIER = """
wishtree_http_requests_total{route="/v1/wishes",method="GET",status="200"} 100
wishtree_http_requests_total{route="/v1/wishes",method="POST",status="201"} 50
wishtree_http_request_seconds_bucket{route="/v1/wishes",method="GET",le="0.1"} 100
wishtree_http_request_seconds_bucket{route="/v1/wishes",method="GET",le="0.2"} 100
wishtree_http_request_seconds_bucket{route="/v1/wishes",method="GET",le="+Inf"} 100
wishtree_outbox_relayed_total 500
"""
LATER = """
wishtree_http_requests_total{route="/v1/wishes",method="GET",status="200"} 120
wishtree_http_requests_total{route="/v1/wishes",method="POST",status="201"} 60
wishtree_http_request_seconds_bucket{route="/v1/wishes",method="GET",le="0.1"} 100
wishtree_http_request_seconds_bucket{route="/v1/wishes",method="GET",le="0.2"} 120
wishtree_http_request_seconds_bucket{route="/v1/wishes",method="GET",le="+Inf"} 120
wishtree_outbox_relayed_total 520
wishtree_outbox_pending 7
wishtree_outbox_oldest_age_seconds 1.25
wishtree_consumer_lag_events{topic="a"} 3
wishtree_consumer_lag_events{topic="b"} 4
wishtree_consumer_lag_seconds{topic="a"} 0.5
wishtree_consumer_lag_seconds{topic="b"} 12.5
wishtree_dead_letters_open 2
wishtree_outbox_dead_rows 1
"""


def at(moment: float, text: str, cpu: float, pid: int = 7) -> Look:
    usage = Usage(pid, 90 * 2**20, {pid: cpu})
    return Look(moment, {"wishes": usage}, {"wishes": Metrics(text)}, (9, int(moment * 10)))


def row(before: Look, now: Look, name: str = "wishes") -> list[str]:
    shown = table(before, now)
    number = SERVICES.index(name)
    return [str(list(column.cells)[number]) for column in shown.columns]


def test_a_row_is_the_difference_of_two_looks() -> None:
    assert row(at(10, EARLIER, 1.0), at(12, LATER, 1.5)) == [
        "wishes",
        "7",
        "90",
        "25",
        "15.0",
        "199",
        "7",
        "1.2",
        "10.0",
        "7",
        "[red]12.5[/]",
        "[red]3[/]",
        "[green]在 up[/]",
    ]
    assert "15.0 请求/s" in str(table(at(10, EARLIER, 1), at(12, LATER, 1)).caption)
    assert "10 事务/s" in str(table(at(10, EARLIER, 1), at(12, LATER, 1)).caption)


def test_a_process_that_was_started_again_counts_from_nothing() -> None:
    found = row(at(10, LATER, 99.0, pid=7), at(12, EARLIER, 0.5, pid=8))
    assert found[3:5] == ["25", "75.0"]
    assert "-" not in "".join(found)


def test_who_is_gone_or_silent_is_said_so() -> None:
    here = at(10, LATER, 1.0)
    silent = Look(12, here.usage, {"wishes": None}, None)
    assert row(here, silent)[-1] == "[yellow]不答 silent[/]"
    assert row(here, silent, "points")[-1] == "[red]不在 gone[/]"
    assert "PostgreSQL 不答" in str(table(here, silent).caption)


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        ({}, {0.1: 0.0, inf: 0.0}, None),
        ({}, {0.1: 100.0, inf: 100.0}, 0.099),
        ({0.1: 100.0, inf: 100.0}, {0.1: 100.0, inf: 100.0}, None),
        ({0.1: 50.0, 0.2: 50.0, inf: 50.0}, {0.1: 50.0, 0.2: 150.0, inf: 150.0}, 0.199),
        ({}, {0.1: 50.0, inf: 100.0}, 0.1),
    ],
    ids=["nothing", "all fast", "nothing new", "only the new", "beyond the last bound"],
)
def test_quantiles(
    before: dict[float, float], now: dict[float, float], expected: float | None
) -> None:
    found = quantile(0.99, before, now)
    assert found is None if expected is None else found == pytest.approx(expected)


def test_nothing_to_see_where_nothing_runs(tmp_path: Path) -> None:
    shown = run("top", "--once", "--data", str(tmp_path))
    assert shown.returncode == 1
    assert "No stack runs in" in shown.stdout
    assert "Traceback" not in shown.stderr


def test_once_prints_one_table_of_what_runs(machine: Stack) -> None:
    shown = run("top", "--once", "--data", str(machine.folder))
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout.count("内存") == 1
    (postgres,) = [line for line in shown.stdout.splitlines() if "postgres" in line]
    assert str(attach(machine.folder).note.processes["postgres"].pid) in postgres
    assert "在 up" in postgres
    assert "连接 connections" in shown.stdout


def said(terminal: int) -> bytes:
    """What has come; nothing for a minute is a failure, not a wait for ever."""
    assert select.select([terminal], [], [], PATIENCE)[0]
    return os.read(terminal, 65536)


def test_a_live_table_ends_cleanly_by_ctrl_c(machine: Stack) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "stack", "top", "--every", "0.5"]
    live = subprocess.Popen(
        [*command, "--data", str(machine.folder)],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**inherited_environment(), "COLUMNS": "170", "TERM": "xterm"},
    )
    os.close(theirs)
    try:
        seen = b""
        while seen.count(b"postgres") < 3:
            seen += said(ours)
        live.send_signal(signal.SIGINT)
        while True:
            try:
                seen += said(ours)
            except OSError:  # the other side has closed it: the process has ended
                break
        assert live.wait(PATIENCE) == 0
        assert b"Traceback" not in seen
        assert seen.rstrip().endswith(b"\x1b[?25h")  # the cursor is back
    finally:
        live.kill()
        live.wait(PATIENCE)
        os.close(ours)
    assert attach(machine.folder).note.supervisor.alive()
