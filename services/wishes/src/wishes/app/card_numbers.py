"""Numbers for new cards: short ones as long as there are any, for people read them aloud."""

import contextlib
import secrets
from collections.abc import Awaitable, Callable
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


def draw(length: int) -> str:
    number, letters = secrets.randbelow(len(ALPHABET) ** length), ""
    for _ in range(length):
        number, letter = divmod(number, len(ALPHABET))
        letters += ALPHABET[letter]
    return letters


numbers = CardNumbers()
