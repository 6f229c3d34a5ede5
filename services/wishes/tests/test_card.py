"""The slip in the resident's hand: its six digits open it, guessing does not."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from wishes.entrypoints.http import parameters

from .conftest import Api, slip


def wrong(wish: dict[str, Any], number: int = 1) -> str:
    return f"{wish['card_no']}-{(int(wish['code']) + number) % 10**6:06}"


def unknown(wish: dict[str, Any], number: int = 0) -> str:
    first = "2" if wish["card_no"][0] != "2" else "3"
    return f"{first}{wish['card_no'][1:]}-{(int(wish['code']) + number) % 10**6:06}"


async def test_the_slip_shows_how_far_it_is_and_no_name(api: Api) -> None:
    wish = await api.posted()
    answer = await api.get(f"cards/{slip(wish)}")
    card = answer.json()
    assert answer.status_code == 200
    assert (card["card_no"], card["title"]) == (wish["card_no"], "冬天想有一台取暖器")
    assert [step["step"] for step in card["steps"] if step["at"]] == ["submitted", "posted"]
    assert "黄" not in answer.text


async def test_wrong_digits_and_unknown_cards_look_the_same(api: Api, problem: Any) -> None:
    wish = await api.posted()
    seen: list[list[dict[str, Any]]] = []
    for guess in (wrong, unknown):
        codes = [guess(wish, number) for number in range(1, 7)]
        bodies = [
            problem(await api.get(f"cards/{code}"), 404, "card-not-found") for code in codes[:5]
        ]
        bodies.append(problem(await api.get(f"cards/{codes[5]}"), 429, "card-locked"))
        for body in bodies:
            del body["instance"], body["correlation_id"]
            body["detail"] = body["detail"].split("，先停 15 分钟")[0]
        seen.append(bodies)
    assert seen[0] == seen[1]
    assert "还可以试 4 次" in seen[0][0]["detail"]


async def test_locked_even_the_right_digits_wait(api: Api, problem: Any) -> None:
    wish = await api.posted()
    for number in range(1, 6):
        problem(await api.get(f"cards/{wrong(wish, number)}"), 404, "card-not-found")
    answer = await api.get(f"cards/{slip(wish)}")
    problem(answer, 429, "card-locked")
    assert 0 < int(answer.headers["retry-after"]) <= 900
    problem(
        await api.post(f"cards/{slip(wish)}/confirmation", {"answer": "satisfied"}),
        429,
        "card-locked",
    )
    later = api.clock.now() + timedelta(minutes=15, seconds=1)
    api.clock.now = lambda: later
    assert (await api.get(f"cards/{slip(wish)}")).status_code == 200


async def test_the_right_digits_forget_the_wrong_tries(api: Api, problem: Any) -> None:
    wish = await api.posted()
    for _ in range(3):
        for number in range(1, 5):
            problem(await api.get(f"cards/{wrong(wish, number)}"), 404, "card-not-found")
        assert (await api.get(f"cards/{slip(wish)}")).status_code == 200


async def test_the_same_wrong_digits_again_are_one_try(api: Api, problem: Any) -> None:
    """A slow line sends one mistyped tap again and again, at once, too; a guesser learns nothing by it."""
    wish = await api.posted()
    body, path = {"answer": "satisfied"}, f"cards/{wrong(wish)}/confirmation"
    for _ in range(2):
        answers = await asyncio.gather(*(api.post(path, body, key="one-tap") for _ in range(4)))
        for answer in answers:
            told = problem(answer, 404, "card-not-found")
            assert "还可以试 4 次" in told["detail"]
    # The key is not what counts: with one and the same, others are tried.
    for number in (2, 3, 1, 2):
        path = f"cards/{wrong(wish, number)}/confirmation"
        problem(await api.post(path, body, key="one-tap"), 404, "card-not-found")
    problem(await api.get(f"cards/{slip(wish)}"), 429, "card-locked")


async def test_a_refusal_for_another_reason_is_no_wrong_try(api: Api, problem: Any) -> None:
    wish = await api.posted()
    path = f"cards/{slip(wish)}/confirmation"
    for _ in range(7):
        problem(await api.post(path, {"answer": "satisfied"}), 409, "wrong-state")
    assert await api.db.fetchval("select count(*) from card_tries") == 0


async def test_guessing_at_once_gives_no_more_tries(api: Api) -> None:
    wish = await api.posted()
    right = int(wish["code"])
    codes = [f"{wish['card_no']}-{(right + number) % 10**6:06}" for number in range(1, 41)]
    answers = await asyncio.gather(*(api.get(f"cards/{code}") for code in codes))
    statuses = [answer.status_code for answer in answers]
    assert statuses.count(404) <= 5
    assert statuses.count(429) >= 34


async def test_one_client_can_not_try_card_after_card(
    api: Api, problem: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Two more are allowed each second: on a busy machine seventy took so long that the last was one of them.
    monkeypatch.setattr(parameters.tries, "_rate", 0.001)
    answers = [await api.get(f"cards/AAAA-{number:06}") for number in range(5)]
    for first in "BCDEFGHJKMNPQRSTUVWXYZ":
        for second in "234":
            answers.append(await api.get(f"cards/{first}{second}AA-000000"))
    problem(answers[-1], 429, "too-many-requests")
    assert "retry-after" in answers[-1].headers
