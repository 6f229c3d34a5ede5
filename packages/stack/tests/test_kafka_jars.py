"""Nothing is run that is not exactly what was locked."""

from pathlib import Path

import pytest
from stack import kafka_jars
from stack.errors import JarsChanged


@pytest.fixture
def jars(tmp_path: Path) -> Path:
    """A copy, by links, of what was resolved."""
    source = Path(kafka_jars.class_path().split("/modules/", 1)[0])
    for part in ("modules", "jars"):
        (tmp_path / part).mkdir()
        for jar in (source / part).glob("*.jar"):
            (tmp_path / part / jar.name).symlink_to(jar)
    return tmp_path


def test_what_is_resolved_is_what_is_locked(jars: Path) -> None:
    assert kafka_jars.differences(jars) == []


@pytest.mark.parametrize("change", ["altered", "missing", "added"])
def test_every_difference_is_named(jars: Path, change: str) -> None:
    jar = jars / "modules" / "kafka-clients-4.3.0.jar"
    if change == "added":
        jar = jars / "jars" / "stranger.jar"
    else:
        jar.unlink()
    if change != "missing":
        jar.write_bytes(b"something else")
    assert kafka_jars.differences(jars) == [jar.name]


def test_a_difference_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kafka_jars, "LOCK", "py.typed")
    with pytest.raises(JarsChanged, match=r"kafka_2.13-4.3.0.jar"):
        kafka_jars.class_path()


def test_the_lock_holds_no_address() -> None:
    assert all(
        len(digest) == 64 and "/" not in name for name, digest in kafka_jars.read_lock().items()
    )
