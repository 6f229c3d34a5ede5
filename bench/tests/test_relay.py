"""Work 1 in small, and the look at the order itself."""

from pathlib import Path

import pytest
from stack.room import own_folder

from bench.outcome import Setting
from bench.rows import Row, disorder, rows
from bench.works import relay


@pytest.mark.timeout(300)
@pytest.mark.xdist_group("bench")
def test_ours_and_the_bare_loop_bring_every_row_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    # The peers are make bench's: a test fetches nothing.
    monkeypatch.setattr(relay, "PEERS", Path("not-here"))
    with own_folder("bench-test", memory=1, disk=1) as place:
        outcome = relay.run(Setting(place, True, 1, print))
    assert [who.role for who in outcome.contestants] == ["ours", "limit"]
    for who in outcome.contestants:
        assert who.figure("lost").runs == (0,), who.name
        assert who.figure("order violations").runs == (0,), who.name
        assert who.figure("events").value > 0


def pairs(made: list[Row]) -> list[tuple[str, int]]:
    return [(row.key, row.number) for row in made]


def test_rows_as_made_are_in_order_and_a_swap_of_one_key_is_seen() -> None:
    made = pairs(rows(500, seed=3))
    assert disorder(made) == (500, 0, 0)
    key = made[0][0]
    one, two = [n for n, (found, _) in enumerate([*made, (key, 10_000)]) if found == key][:2]
    made = [*made, (key, 10_000)]
    made[one], made[two] = made[two], made[one]
    assert disorder(made) == (501, 0, 1)


def test_a_repeat_is_not_a_wrong_order() -> None:
    assert disorder([("a", 1), ("a", 2), ("a", 1), ("a", 2), ("b", 1)]) == (3, 2, 0)
