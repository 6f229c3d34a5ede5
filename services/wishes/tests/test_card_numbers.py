"""Short card numbers while there are any; then long ones, without a search for the last short ones."""

import re

import pytest
from wishes.app.card_numbers import CROWDED, LONG, SHORT, CardNumbers, draw
from wishes.domain.errors import CardNumberTaken


@pytest.mark.parametrize("length", [SHORT, LONG])
def test_a_number_has_only_letters_that_can_be_read_aloud(length: int) -> None:
    assert all(re.fullmatch(rf"[2-9A-HJKMNP-Z]{{{length}}}", draw(length)) for _ in range(1_000))


async def test_short_while_they_are_free() -> None:
    numbers = CardNumbers()

    async def keep(card_no: str) -> str:
        return card_no

    assert {len(await numbers.until_free(keep)) for _ in range(100)} == {SHORT}


async def test_long_when_the_short_ones_are_used_up() -> None:
    numbers, draws = CardNumbers(), list[int]()

    async def full(card_no: str) -> str:
        draws.append(len(card_no))
        if len(card_no) == SHORT:
            raise CardNumberTaken
        return card_no

    assert len(await numbers.until_free(full)) == LONG
    assert draws == [SHORT] * CROWDED + [LONG]
    await numbers.until_free(full)
    assert draws[CROWDED + 1 :] == [LONG]


async def test_a_few_that_are_taken_change_nothing() -> None:
    numbers, tries = CardNumbers(), 0

    async def one_in_three_is_taken(card_no: str) -> str:
        nonlocal tries
        tries += 1
        if tries % 3 == 0:
            raise CardNumberTaken
        return card_no

    assert {len(await numbers.until_free(one_in_three_is_taken)) for _ in range(200)} == {SHORT}
