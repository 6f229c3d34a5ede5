"""Log lines for people: JSON becomes a sentence, everything else stays as it is."""

from pathlib import Path

import pytest
from stack.lines import Follower, readable

JSON = '{"event": "claimed", "level": "info", "timestamp": "2026-11-23T10:24:03.120+08:00", "service": "wishes", "card_no": "7K3Q"}'


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (JSON, "10:24:03 info    claimed card_no=7K3Q"),
        ("2026-11-23 02:24:03 UTC [7] LOG:  ready", "2026-11-23 02:24:03 UTC [7] LOG:  ready"),
        ('{"half": ', '{"half": '),
        ('["a list"]', '["a list"]'),
        ('{"event": "no time", "level": "info"}', '{"event": "no time", "level": "info"}'),
        ("", ""),
    ],
)
def test_a_line(line: str, shown: str) -> None:
    assert readable(line) == shown


def test_a_follower_shows_whole_lines_that_are_new(tmp_path: Path) -> None:
    (tmp_path / "wishes.log").write_text("old\n", encoding="utf-8")
    seen: list[tuple[str, str]] = []
    follower = Follower(tmp_path, lambda name, line: seen.append((name, line)))
    follower.start()
    with (tmp_path / "wishes.log").open("ab") as log:
        log.write("心愿\nhalf".encode())
    (tmp_path / "web.log").write_text("first\n", encoding="utf-8")
    follower.stop()
    assert sorted(seen) == [("web", "first"), ("wishes", "心愿")]


def test_a_follower_of_one_service_is_deaf_to_the_others(tmp_path: Path) -> None:
    seen: list[str] = []
    follower = Follower(tmp_path, lambda name, line: seen.append(name), only="web")
    follower.start()
    for name in ("web", "points"):
        (tmp_path / f"{name}.log").write_text("line\n", encoding="utf-8")
    follower.stop()
    assert seen == ["web"]
