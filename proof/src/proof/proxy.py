"""A small TCP proxy: the cable that somebody pulls.

It can let the connections that exist go silent while new ones work (a firewall that forgot them),
and cut an answer in its middle.
"""

import asyncio
import contextlib
import random

HOST = "127.0.0.1"
PIECE = 64 * 1024


class Proxy:
    """Listens on `port` and leads to `target`, both on loopback. One event loop, no threads."""

    def __init__(self, port: int, target: int, rng: random.Random) -> None:
        self.port = port
        self._target = target
        self._rng = rng
        self._server: asyncio.Server | None = None
        self._links: set[asyncio.Task[None]] = set()
        self._age = 0
        self.cut_share = 0.0
        """The share of answers that end after a part of their first piece, from 0 to 1."""

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._accept, HOST, self.port)

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        for link in list(self._links):
            link.cancel()
        await asyncio.gather(*self._links, return_exceptions=True)

    def silence(self) -> None:
        """From now on nothing passes on the connections that exist; they stay open."""
        self._age += 1

    async def _accept(self, near: asyncio.StreamReader, near_out: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None:
            return
        self._links.add(task)
        try:
            await self._link(near, near_out)
        except asyncio.CancelledError:
            # Only `close` cancels a link; the server's own callback must not report it.
            pass
        finally:
            self._links.discard(task)
            near_out.close()

    async def _link(self, near: asyncio.StreamReader, near_out: asyncio.StreamWriter) -> None:
        age = self._age
        try:
            far, far_out = await asyncio.wait_for(asyncio.open_connection(HOST, self._target), 5)
        except (OSError, TimeoutError):
            return
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pump(near, far_out, age, answers=False))
                both.create_task(self._pump(far, near_out, age, answers=True))
        except* (OSError, _Over):
            pass
        finally:
            far_out.close()

    async def _pump(
        self, read: asyncio.StreamReader, write: asyncio.StreamWriter, age: int, *, answers: bool
    ) -> None:
        while piece := await read.read(PIECE):
            if age != self._age:
                await asyncio.Event().wait()
            if answers and self.cut_share and self._rng.random() < self.cut_share:
                write.write(piece[: self._rng.randrange(len(piece))])
                with contextlib.suppress(OSError):
                    await write.drain()
                raise _Over
            write.write(piece)
            await write.drain()
        if age != self._age:
            await asyncio.Event().wait()
        raise _Over


class _Over(Exception):
    """One side has ended: so does the other."""
