"""argon2id, in a thread: a hash takes tens of milliseconds of a whole core."""

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError


class Argon2Passwords:
    """`cheap` is for tests: the same algorithm with the least cost."""

    def __init__(self, *, cheap: bool = False) -> None:
        self._hasher = (
            PasswordHasher(time_cost=1, memory_cost=8, parallelism=1) if cheap else PasswordHasher()
        )
        self._nobody = self._hasher.hash("nobody")

    async def hash(self, word: str) -> str:
        return await asyncio.to_thread(self._hasher.hash, word)

    async def matches(self, word: str, hashed: str | None) -> bool:
        """Takes as long for an account that does not exist."""
        try:
            await asyncio.to_thread(self._hasher.verify, hashed or self._nobody, word)
        except VerificationError:
            return False
        return hashed is not None
