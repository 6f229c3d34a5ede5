"""The operator's procedures as the runbook says them, on the running system."""

import asyncio
import os
import re
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from chassis.testing import PATIENCE
from hansenzhai.stream import faults, without_repeats
from hansenzhai.world import world_of

from tests.conftest import System
from tests.wishes import a_submitted_wish, fulfil, post

COPIES = {
    "wishes": ("membership", "giver", "qualification"),
    "volunteers": ("savings_line", "feedback_card", "activity_card", "contact_card", "claim_seen"),
    "notifications": ("partner", "wish_known", "membership", "member", "unit"),
}


def operate(system: System, service: str, *command: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", service, *command],
        env={**os.environ, **system.stack.environment(service)},
        timeout=PATIENCE * 2,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def ask(system: System, service: str, sql: str) -> Any:
    """As the service's own role, behind its back."""

    async def fetch() -> Any:
        dsn = system.stack.environment(service)["WISHTREE_DATABASE_URL"]
        connection = await asyncpg.connect(dsn, timeout=PATIENCE, command_timeout=PATIENCE)
        try:
            return await connection.fetchval(sql)
        finally:
            await connection.close(timeout=5)

    return asyncio.run(fetch())


def until(true: Any, limit: float = PATIENCE) -> None:
    deadline = time.monotonic() + limit
    while not true():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.1)


@pytest.fixture(scope="module")
def fulfilled(system: System) -> str:
    """A wish whose every consequence has arrived."""
    slip = a_submitted_wish(system, "procedures")
    post(system, "procedures", slip["id"])
    fulfil(system, "procedures", slip)
    mine = f"select count(*) > 0 from savings_line where wish_id = '{slip['id']}'"
    until(lambda: ask(system, "volunteers", mine))
    # Each by a consumer of its own: that the hours are in the book says nothing of the messages.
    told = (
        "select count(distinct template) = 2 from message where wish_id = '{}' and template in ({})"
    )
    last = told.format(slip["id"], "'wish_blossoms', 'saved'")
    until(lambda: ask(system, "notifications", last))
    return slip["id"]


@pytest.mark.parametrize("service", ["wishes", "volunteers", "points", "notifications"])
def test_every_shard_has_an_owner(system: System, service: str) -> None:
    status, said = operate(system, service, "shards")
    assert status == 0, said
    lines = said.splitlines()
    assert lines[0].split() == ["owner", "backend", "since", "waiting", "oldest"]
    assert [int(line.split()[0]) for line in lines[1:]] == list(range(16))
    owners = {line.split()[1] for line in lines[1:]}
    assert len(owners) == 1
    assert owners.pop().startswith(f"{service}@")


def test_a_replayed_wish_changes_nothing_for_anybody(system: System, fulfilled: str) -> None:
    told = f"select count(*) from message where wish_id = '{fulfilled}'"
    booked = f"select count(*) from posting where wish_id = '{fulfilled}'"
    before = ask(system, "notifications", told), ask(system, "points", booked)
    since = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    asked = ("replay", "--since", since, "--key", fulfilled)
    status, said = operate(system, "wishes", *asked)
    assert status == 0, said
    # One more if it was drawn for a callback.
    found = re.search(r"wishtree\.wish\.events\.v1: ([67]) events would be put back", said)
    assert found, said
    put_back = int(found[1])
    assert "--really" in said
    reader = world_of(system.stack).reader
    count = len([event for event in reader.read_all() if event.key == fulfilled])
    status, said = operate(system, "wishes", *asked, "--really")
    assert (status, f"{put_back} events put back" in said) == (0, True), said
    until(lambda: len([e for e in reader.read_all() if e.key == fulfilled]) == count + put_back)
    events = [event for event in without_repeats(reader.read_all()) if event.key == fulfilled]
    assert [event.version for event in events] == list(range(1, put_back + 1))
    assert faults(reader.read_all()) == []
    # What comes after it on the same way has been handled: so have the repeats.
    later = a_submitted_wish(system, "after-the-replay")["id"]
    known = f"select count(*) > 0 from wish_known where wish_id = '{later}'"
    until(lambda: ask(system, "notifications", known))
    assert before == (ask(system, "notifications", told), ask(system, "points", booked))


def test_a_copy_is_made_anew_from_the_topics(system: System, fulfilled: str) -> None:
    wrong = "with gone as (delete from savings_line returning 1) select count(*) from gone"
    lines = ask(system, "volunteers", wrong)
    assert lines > 0
    status, said = operate(system, "volunteers", "rebuild")
    assert (status, "rolled back; --really" in said) == (0, True), said
    assert ask(system, "volunteers", "select count(*) from savings_line") == 0
    status, said = operate(system, "volunteers", "rebuild", "--really")
    assert status == 0, said
    assert f"savings_line: 0 rows before, {lines} after" in said
    assert ask(system, "volunteers", "select count(*) from savings_line") == lines


@pytest.mark.parametrize("service", COPIES)
def test_a_copy_that_was_right_is_the_same_afterwards(
    system: System, fulfilled: str, service: str
) -> None:
    content = " || ".join(
        f"coalesce((select md5(string_agg(t::text, '' order by t::text)) from {table} t), '')"
        for table in COPIES[service]
    )
    before = ask(system, service, f"select {content}")
    status, said = operate(system, service, "rebuild", "--really")
    assert status == 0, said
    assert re.findall(r"^(\w+): \d+ rows", said, re.MULTILINE) == list(COPIES[service])
    assert all(was == now for was, now in re.findall(r"(\d+) rows before, (\d+) after", said))
    assert ask(system, service, f"select {content}") == before


@pytest.mark.parametrize(
    ("service", "command", "status", "sentence"),
    [
        ("points", ("rebuild",), 0, "points has no copy of what others said"),
        ("web", ("shards",), 0, "web keeps nothing"),
        ("wishes", ("replay",), 2, "replay needs --since"),
        ("wishes", ("replay", "--since", "2020-01-01"), 2, "more than 90 days ago"),
        ("wishes", ("replay", "--since", "soon"), 2, "invalid moment value: 'soon'"),
    ],
)
def test_what_cannot_be_done_is_said(
    system: System, service: str, command: tuple[str, ...], status: int, sentence: str
) -> None:
    found, said = operate(system, service, *command)
    assert (found, sentence in said) == (status, True), said
