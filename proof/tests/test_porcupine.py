"""The real checker over small histories: what is possible, what is not, and what takes too long."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from proof.record import Act, Attempt
from proof.verdicts import lapsed

from proof import porcupine
from proof.porcupine import linearizable, most_at_once, operations_of

from .town import a_long_year, a_town


def attempt(
    act: Act,
    at: tuple[float, float],
    *,
    claim: str = "",
    won: str = "",
    status: int | None = 200,
    wish: str = "w",
    command: str = "",
) -> Attempt:
    return Attempt(
        command=command or f"{act}-{at[0]}-{at[1]}-{won}",
        act=act,
        client="somebody",
        called=at[0],
        returned=at[1],
        status=status,
        problem="already-claimed" if status == 409 else "",
        wish=wish,
        claim=claim,
        answer={"id": won} if won else {},
    )


def won(claim: str, at: tuple[float, float]) -> Attempt:
    return attempt("claim", at, won=claim)


def lost(at: tuple[float, float]) -> Attempt:
    return attempt("claim", at, status=409)


def released(claim: str, at: tuple[float, float], status: int | None = 200) -> Attempt:
    return attempt("release", at, claim=claim, status=status)


def found(attempts: Sequence[Attempt], folder: Path) -> list[str]:
    return list(linearizable(attempts, folder).found)


@pytest.mark.parametrize(
    "attempts",
    [
        [won("a", (0, 1)), lost((0.5, 2)), lost((3, 4))],
        [won("a", (0, 1)), released("a", (2, 3)), won("b", (2.5, 4))],
        [won("a", (0, 1)), released("a", (2, 3)), won("b", (4, 5)), lost((3.5, 6))],
        # Nobody was told, but somebody holds it from then on.
        [attempt("claim", (0, 1), status=None), lost((2, 3))],
        # Nobody was told, and it never happened.
        [attempt("claim", (0, 1), status=None), won("a", (2, 3))],
        [won("a", (0, 1)), released("a", (2, 3), None), won("b", (4, 5))],
        [won("a", (0, 1)), attempt("deliver", (2, 3), claim="a"), lost((4, 5))],
    ],
)
def test_what_is_possible(attempts: list[Attempt], tmp_path: Path) -> None:
    check = linearizable(attempts, tmp_path / "pictures")
    assert check.passed
    assert check.counted >= 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "attempts",
    [
        [won("a", (0, 1)), won("b", (0.5, 2))],
        [lost((0, 1)), won("a", (2, 3))],
        [won("a", (0, 1)), released("a", (2, 3)), lost((4, 5)), won("b", (6, 7))],
        [won("a", (0, 1)), released("a", (2, 3), None), won("b", (1.2, 1.8))],
        [won("a", (0, 1)), attempt("deliver", (2, 3), claim="b")],
        [attempt("claim", (0, 1), status=None), lost((2, 3)), won("b", (4, 5))],
    ],
)
def test_what_is_impossible_is_drawn(attempts: list[Attempt], tmp_path: Path) -> None:
    check = linearizable(attempts, tmp_path)
    assert not check.passed
    assert check.found == ("wish w: Illegal, drawn in claims-w.html",)
    picture = (tmp_path / "claims-w.html").read_text(encoding="utf-8")
    assert "<svg" in picture


def answered(claim: str, at: tuple[float, float], answer: str) -> Attempt:
    return replace(attempt("answer_change", at, claim=claim), asked={"answer": answer})


def test_time_may_end_a_claim_at_any_time_after_it(tmp_path: Path) -> None:
    first = won("a", (0, 1))
    then = [lost((2, 3)), won("b", (4, 5))]
    assert found([first, *then], tmp_path)
    assert linearizable([first, *then], tmp_path, {first.command}).passed
    # But not before somebody still acts on it, and not twice.
    late = attempt("contact", (6, 7), claim="a")
    assert not linearizable([first, *then, late], tmp_path, {first.command}).passed
    assert not linearizable([first, *then, won("c", (8, 9))], tmp_path, {first.command}).passed


def test_a_claim_that_nobody_was_told_of_may_lapse_too(tmp_path: Path) -> None:
    unseen = attempt("claim", (0, 1), status=None)
    then = [lost((2, 3)), won("b", (4, 5))]
    assert found([unseen, *then], tmp_path)
    assert linearizable([unseen, *then], tmp_path, {unseen.command}).passed


def test_who_does_not_accept_a_change_gives_the_wish_back(tmp_path: Path) -> None:
    first, second = won("a", (0, 1)), won("b", (4, 5))
    assert found([first, answered("a", (2, 3), "no"), second], tmp_path) == []
    assert found([first, answered("a", (2, 3), "yes"), second], tmp_path) != []


def test_wishes_are_judged_each_for_itself(tmp_path: Path) -> None:
    both = [won("a", (0, 1)), attempt("claim", (0.5, 2), won="b", wish="other")]
    assert found(both, tmp_path) == []


def test_attempts_of_one_command_are_one_operation() -> None:
    tries = [
        attempt("claim", (0, 1), status=None, command="c"),
        attempt("claim", (5, 6), won="a", command="c"),
        attempt("claim", (8, 9), won="a", command="c"),
    ]
    (seen,) = operations_of(tries)["w"]
    assert (seen.saw, seen.claim, seen.call, seen.end) == ("done", "a", 0, 6_000_000_000)


def test_the_town_is_linearizable(tmp_path: Path) -> None:
    for town in (a_town(), a_long_year()):
        evidence = town.evidence()
        check = linearizable(town.attempts, tmp_path, lapsed(evidence))
        assert check.passed
        assert check.counted > 10


def test_more_at_once_than_can_be_judged_is_a_failure(tmp_path: Path) -> None:
    crowd = [won("a", (0, 1)), *(lost((0.1 + n / 1000, 5)) for n in range(21))]
    assert most_at_once(operations_of(crowd)["w"]) == 22
    assert found(crowd, tmp_path) == ["wish w: 22 operations at once, more than 20 can't be judged"]


def test_no_verdict_in_time_is_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two winners among many losers: the search is exponential exactly here."""
    monkeypatch.setattr(porcupine, "PER_WISH", 0.05)
    crowd = [won("a", (0, 1)), won("b", (0, 1)), *(lost((0.1 + n / 1000, 5)) for n in range(60))]
    check = linearizable(crowd, tmp_path)
    assert not check.passed
    assert any("Unknown" in line or "Illegal" in line for line in check.found)


def test_without_go_nothing_passes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(porcupine, "GO", str(tmp_path / "go"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (line,) = found([won("a", (0, 1))], tmp_path / "pictures")
    assert line.endswith("make install brings it")


def test_a_program_that_does_not_build_is_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("go.sum", "main.go"):
        (tmp_path / name).write_text("not Go")
    (tmp_path / "go.mod").write_text("module wishtree/porcupine\n\ngo 1.22\n")
    monkeypatch.setattr(porcupine, "SOURCES", tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (line,) = found([won("a", (0, 1))], tmp_path / "pictures")
    assert line.startswith("go:")
