"""What a use case gets instead of a request: a transaction, the time, and a place for the answer."""

from collections.abc import Collection
from datetime import datetime
from types import TracebackType
from typing import Protocol, TypeVar
from uuid import UUID

from pydantic import BaseModel

from chassis.db import Transaction

M = TypeVar("M", bound=BaseModel)


class UnitOfWork(Protocol):
    """One command: `async with uow as tx: …; return uow.reply(view)`. Leaving the block commits.

    A repeated command under the same idempotency key reads and changes nothing: its first statement,
    or leaving the block, raises what the entrypoint turns into the stored answer. So nothing but
    statements of `tx` may have an effect in the block.
    """

    @property
    def now(self) -> datetime: ...

    async def __aenter__(self) -> Transaction: ...

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    def reply(self, view: M, *, version: int | None = None, people: Collection[UUID] = ()) -> M:
        """Keep the answer in the same transaction. Exactly once, before the block ends.

        `people`: everybody whose personal data stand in the answer. What is kept of it is sealed
        with their keys, so that it is gone with the first of them who is erased.
        """
        ...

    def require_version(self, version: int, *, missing_ok: bool = True) -> None:
        """Compare with If-Match, where the caller sent one: somebody else may have been faster."""
        ...
