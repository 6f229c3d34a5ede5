"""A copy of somebody's data as one ZIP file: the page to read, the data for a program, the files.

Written as it is sent: what is in memory is what was put in last.
"""

import zipfile
from collections.abc import AsyncGenerator, AsyncIterable
from datetime import datetime

from contracts.fields import BEIJING
from pydantic_core import to_json

from wishes.app.copy_person import Copied
from wishes.entrypoints.copy_page import copy_page

PAGE, DATA = "您的资料.html", "data.json"


async def archive(
    copied: Copied,
    made_at: datetime,
    files: AsyncIterable[tuple[str, bytes]],
) -> AsyncGenerator[bytes]:
    """`files`: name and content; photos, recordings and scans are as small as they get."""
    sink = _Sink()
    at = made_at.astimezone(BEIJING).timetuple()[:6]
    with zipfile.ZipFile(sink, "w") as whole:
        for name, content in (
            (PAGE, copy_page(copied, made_at).encode()),
            (DATA, to_json(copied.data, indent=2)),
        ):
            whole.writestr(zipfile.ZipInfo(name, at), content, zipfile.ZIP_DEFLATED)
            yield sink.take()
        async for name, content in files:
            whole.writestr(zipfile.ZipInfo(name, at), content, zipfile.ZIP_STORED)
            yield sink.take()
    yield sink.take()


class _Sink:
    """What was written since it was last taken."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, part: bytes, /) -> int:
        self._parts.append(part)
        return len(part)

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """Nothing is held."""

    def take(self) -> bytes:
        whole = b"".join(self._parts)
        self._parts.clear()
        return whole
