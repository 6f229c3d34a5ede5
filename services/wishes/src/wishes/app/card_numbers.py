"""Numbers for new cards: short ones as long as there are any, for people read them aloud."""

import contextlib
import secrets
from collections.abc import Awaitable, Callable, Collection
from typing import TypeVar

from wishes.domain.errors import CardNumberTaken

T = TypeVar("T")

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Without 0 O 1 I L: a card number is read aloud."""
SHORT, LONG = 4, 5
"""31^4 = 923,521 and 31^5 = 28,629,151 numbers."""
DRAWS = 50
CROWDED = 8
"""So many more draws were taken than free: more than half of the short numbers are gone."""


class CardNumbers:
    """One per process. A draw that is taken costs a whole command, so it is not tried for ever."""

    def __init__(self) -> None:
        self._taken = 0

    async def until_free(self, once: Callable[[str], Awaitable[T]]) -> T:
        """`once` with a number that is free. Again with another one while it raises CardNumberTaken."""
        for _ in range(DRAWS):
            length = LONG if self._taken >= CROWDED else SHORT
            with contextlib.suppress(CardNumberTaken):
                done = await once(draw(length))
                if length == SHORT:
                    self._taken = max(0, self._taken - 1)
                return done
            if length == SHORT:
                self._taken += 1
        raise RuntimeError("no free card number")

    async def draw_free(
        self, count: int, taken: Callable[[list[str]], Awaitable[Collection[str]]]
    ) -> list[str]:
        """So many different numbers at once, by asking which of those drawn are `taken`. Somebody
        else may still write one of them before it is written."""
        found: list[str] = []
        for _ in range(DRAWS):
            length = LONG if self._taken >= CROWDED else SHORT
            drawn = sorted({draw(length) for _ in range(count - len(found))} - {*found})
            busy = set(await taken(drawn))
            found += [number for number in drawn if number not in busy]
            if length == SHORT:
                self._taken = max(0, self._taken + 2 * len(busy) - len(drawn))
            if len(found) == count:
                return found
        raise RuntimeError("no free card numbers")


def draw(length: int) -> str:
    number, letters = secrets.randbelow(len(ALPHABET) ** length), ""
    for _ in range(length):
        number, letter = divmod(number, len(ALPHABET))
        letters += ALPHABET[letter]
    return letters


numbers = CardNumbers()
