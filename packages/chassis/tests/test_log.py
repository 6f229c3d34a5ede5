"""Log lines are JSON, carry the ids of the work at hand, and never what a person is or typed."""

import json
import logging
import subprocess
import sys
from typing import Any
from uuid import UUID

import pytest
from chassis.log import HIDDEN, AtMost, redact
from hypothesis import given
from hypothesis import strategies as st

SCRIPT = """
import asyncio, logging, structlog
from chassis import context, log
from chassis.errors import Permanent

log.configure("wishes", "info")
written = structlog.get_logger("test")

def fail(kind, words):
    try:
        raise kind(words)
    except kind:
        return True

with context.bound("correlation-1", "cause-1"):
    written.info("claimed", wish_id="w-1", phone="13800000001", nested={"name": "张三", "n": 3})
logging.getLogger("uvicorn.error").warning("call 138-0000-0001 or +86 13900000002")
try:
    raise ValueError("张三 13800000001")
except ValueError:
    written.exception("broke")
    logging.getLogger("uvicorn.error").exception("broke too")
try:
    raise Permanent("our own words")
except Permanent:
    written.exception("refused")

async def forgotten():
    async def dies():
        raise ValueError("张三 forgotten")
    asyncio.create_task(dies())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
asyncio.run(forgotten())
for n in range(100):
    logging.getLogger("aiokafka.conn").warning("no broker")
"""


@pytest.fixture(scope="module")
def lines() -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stderr == ""
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_every_line_names_its_service_time_and_level(lines: list[dict[str, Any]]) -> None:
    for line in lines:
        assert line["service"] == "wishes"
        assert line["timestamp"].endswith("+08:00")
        assert line["level"] in ("info", "warning", "error")


def test_the_ids_of_the_work_stand_in_its_lines(lines: list[dict[str, Any]]) -> None:
    claimed = next(line for line in lines if line["event"] == "claimed")
    assert claimed["correlation_id"] == "correlation-1"
    assert claimed["causation_id"] == "cause-1"
    assert claimed["wish_id"] == "w-1"


def test_nothing_personal_is_written(lines: list[dict[str, Any]]) -> None:
    text = json.dumps(lines, ensure_ascii=False)
    for secret in ("张三", "13800000001", "138-0000-0001", "13900000002"):
        assert secret not in text


def test_an_exception_is_its_type_and_frames(lines: list[dict[str, Any]]) -> None:
    for event in ("broke", "broke too"):
        line = next(line for line in lines if line["event"] == event)
        assert line["error"] == "ValueError"
        assert line["frames"]
        assert "reason" not in line


def test_our_own_errors_keep_their_words(lines: list[dict[str, Any]]) -> None:
    line = next(line for line in lines if line["event"] == "refused")
    assert line["reason"] == "our own words"


def test_a_forgotten_task_is_told_without_its_words(lines: list[dict[str, Any]]) -> None:
    line = next(line for line in lines if "never retrieved" in line["event"])
    assert line["error"] == "ValueError"


def test_a_loud_client_is_cut_off(lines: list[dict[str, Any]]) -> None:
    assert 0 < sum(line["event"] == "no broker" for line in lines) <= 40


@pytest.mark.parametrize(
    "text",
    [
        "电话13800000001。",
        "打 138 0000 0001",
        "+8613800000001",
        "家里029-88880001",
        "证号61010219500101123X",
        "610102195001011234",
        "phone-13800000001",
    ],
)
def test_numbers_of_people_are_found_in_a_sentence(text: str) -> None:
    assert HIDDEN in redact(None, "", {"event": text})["event"]


@pytest.mark.parametrize("text", ["610102007001", "2026-02-01T09:30:00.123+08:00", "1732390000000"])
def test_area_codes_and_times_stay(text: str) -> None:
    assert redact(None, "", {"event": text})["event"] == text


@given(st.uuids())
def test_ids_stay(number: UUID) -> None:
    assert redact(None, "", {"wish_id": number, "t": str(number)}) == {
        "wish_id": str(number),
        "t": str(number),
    }


def test_the_limit_starts_again_each_minute() -> None:
    limit = AtMost(["aiokafka"], per_minute=2)
    record = logging.makeLogRecord({"name": "aiokafka.conn", "created": 60.0})
    assert [limit.filter(record) for _ in range(3)] == [True, True, False]
    record.created = 120.0
    assert limit.filter(record)
    record.name = "chassis.outbox"
    assert all(limit.filter(record) for _ in range(10))
