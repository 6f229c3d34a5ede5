"""A service that ends by itself is started again, in growing pauses, five times; one ended on purpose is not."""

import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from chassis.testing import PATIENCE
from stack.errors import NotReady
from stack.processes import Child, inherited_environment, spawn
from stack.watch import CALM, TRIES, Watch


class District:
    """Short-lived real processes, and a clock that the test turns."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now = 1000.0
        self.children: dict[str, Child] = {}
        self.servers: list[Child] = []
        self.watch = Watch(self.children, lambda: self.servers, self.launch, clock=lambda: self.now)

    def launch(self, name: str, extra: Mapping[str, str]) -> None:
        command = [sys.executable, "-S", "-c", "raise SystemExit('no tree')"]
        log = self.folder / f"{name}.log"
        child = spawn(name, command, log=log, env=inherited_environment(), stack=self.folder)
        assert child.wait(PATIENCE)
        self.children[name] = child

    def check(self, *, after: float) -> list[str]:
        self.now += after
        return self.watch.check()


@pytest.fixture
def district(tmp_path: Path) -> District:
    made = District(tmp_path)
    made.launch("points", {})
    return made


def test_it_is_started_again_at_once_and_then_after_growing_pauses(district: District) -> None:
    assert district.check(after=0) == ["points"]
    assert district.check(after=0.5) == []
    assert district.check(after=0.6) == ["points"]
    assert district.check(after=1.5) == []
    assert district.check(after=0.6) == ["points"]


def test_after_some_tries_the_reason_is_told(district: District) -> None:
    for _ in range(TRIES):
        assert district.check(after=CALM / 2) == ["points"]
    with pytest.raises(NotReady, match="no tree"):
        district.check(after=CALM / 2)


def test_failures_long_ago_no_longer_count(district: District) -> None:
    for _ in range(3 * TRIES):
        assert district.check(after=CALM + 1) == ["points"]


def test_what_was_ended_on_purpose_stays_ended_until_it_is_started(district: District) -> None:
    district.watch.forget("points")
    assert district.check(after=100) == []
    district.launch("points", {})
    assert district.check(after=100) == ["points"]


def test_a_server_that_ended_by_itself_is_reported_and_not_started(district: District) -> None:
    district.servers.append(district.children.pop("points"))
    with pytest.raises(NotReady, match="no tree"):
        district.check(after=0)
