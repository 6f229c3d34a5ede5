"""The local outbox sends each reference once and shows it to its owner only."""

import asyncio
import stat
from pathlib import Path

import pytest
from chassis.gateway import LocalOutbox


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def test_what_was_sent_can_be_read_in_order(tmp_path: Path) -> None:
    outbox = LocalOutbox(tmp_path / "outbox")
    await outbox.send("sms", "13800000001", "您的心愿有人认领了", "a-1")
    await outbox.send("email", "branch@example.org", "有新消息", "a-2")
    assert [sent.reference for sent in outbox.messages()] == ["a-1", "a-2"]
    assert [sent.text for sent in outbox.messages("13800000001")] == ["您的心愿有人认领了"]


async def test_the_same_reference_is_sent_once_even_by_twenty_at_once(tmp_path: Path) -> None:
    outbox = LocalOutbox(tmp_path)
    sends = (outbox.send("sms", "1", f"text {n}", "a-1") for n in range(20))
    await asyncio.gather(*sends)
    first = outbox.messages()
    await outbox.send("sms", "1", "later", "a-1")
    assert outbox.messages() == first
    assert len(first) == 1
    assert names(tmp_path) == ["a-1.json"]


async def test_nobody_else_can_read_it(tmp_path: Path) -> None:
    folder = tmp_path / "outbox"
    await LocalOutbox(folder).send("sms", "1", "text", "a-1")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "a-1.json").stat().st_mode) == 0o600


async def test_what_is_forgotten_is_gone_and_nothing_else(tmp_path: Path) -> None:
    outbox = LocalOutbox(tmp_path)
    for reference in ("a-1", "a-2"):
        await outbox.send("sms", "1", "text", reference)
    for _ in range(2):
        await outbox.forget("a-1")
    assert names(tmp_path) == ["a-2.json"]
    with pytest.raises(ValueError, match="reference"):
        await outbox.forget("../a-2")


@pytest.mark.parametrize("reference", ["", "../a", "a/b", ".hidden", "a\n", "x" * 300])
async def test_a_reference_is_no_path(tmp_path: Path, reference: str) -> None:
    with pytest.raises(ValueError, match="reference"):
        await LocalOutbox(tmp_path).send("sms", "1", "text", reference)
    assert names(tmp_path) == []
