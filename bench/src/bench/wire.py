"""Counts what a process says to PostgreSQL: a TCP proxy that reads the frames going to the server.

A statement is an Execute or a simple Query; a round trip is a Sync or a simple Query, each of which
the client waits for (PostgreSQL protocol 3.0, message flow). Nothing is changed on the way.
"""

import asyncio
import threading
from collections import Counter

HEAD = 5
TLS_REQUEST = 8


class Wire:
    """A proxy to `port` on loopback, on a thread of its own; `counts` may be read at any time."""

    def __init__(self, port: int) -> None:
        self.port = 0
        self.counts: Counter[str] = Counter()
        self._to = port
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Wire":
        self._thread.start()
        if not self._ready.wait(10):
            raise TimeoutError("the counting proxy did not start")
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    @property
    def statements(self) -> int:
        return self.counts["E"] + self.counts["Q"]

    @property
    def round_trips(self) -> int:
        return self.counts["S"] + self.counts["Q"]

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        if left := asyncio.all_tasks(self._loop):
            # Both ends are gone by now; what does not notice within a second is cut.
            self._loop.run_until_complete(asyncio.wait(left, timeout=1))
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back, forth = await asyncio.open_connection("127.0.0.1", self._to)
        ways = [
            asyncio.create_task(self._count(reader, forth)),
            asyncio.create_task(_pipe(back, writer)),
        ]
        # Who hangs up first ends both ways: the other side waits for it.
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        forth.close()
        writer.close()

    async def _count(self, reader: asyncio.StreamReader, forth: asyncio.StreamWriter) -> None:
        held, typed = b"", False
        while data := await reader.read(65_536):
            forth.write(data)
            await forth.drain()
            held += data
            while len(held) >= HEAD:
                # Untyped are the question for TLS (8 bytes) and the StartupMessage after it.
                size = int.from_bytes(held[1:HEAD], "big") + 1 if typed else _size(held)
                if len(held) < size:
                    break
                if typed:
                    self.counts[chr(held[0])] += 1
                held, typed = held[size:], typed or size > TLS_REQUEST


def _size(message: bytes) -> int:
    return int.from_bytes(message[:4], "big")


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
        await writer.drain()
