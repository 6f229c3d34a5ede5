"""Keyset pages with opaque cursors: no totals, no offsets, the same cost at every page."""

import base64
import json
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel

from chassis.http.problems import Problem, ProblemSpec

T = TypeVar("T")
BAD_CURSOR = ProblemSpec(400, "bad-cursor", "翻页标记不对", "翻页标记不对，请从第一页重新开始。")

CURSOR_LIMIT, CURSOR_LETTERS = 500, r"^[A-Za-z0-9_-]+$"
Cursor = Annotated[str | None, Query(max_length=CURSOR_LIMIT, pattern=CURSOR_LETTERS)]
"""The `next` of the page before."""
Limit = Annotated[int, Query(ge=1, le=100)]


class Page(BaseModel, Generic[T]):
    """`next` is None on the last page."""

    items: list[T]
    next: str | None = None


def encode_cursor(*place: Any) -> str:
    text = json.dumps([str(part) for part in place], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode_cursor(cursor: str | None, *kinds: Callable[[str], Any]) -> list[Any] | None:
    """The place of a cursor, each part read by its kind: `decode_cursor(cursor, moment, UUID)`.

    None for no cursor. Raises the problem `bad-cursor` for one that we did not make.
    """
    if cursor is None:
        return None
    if len(cursor) > CURSOR_LIMIT:
        raise Problem(BAD_CURSOR)
    try:
        parts = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
            raise Problem(BAD_CURSOR)
        return [read(part) for read, part in zip(kinds, parts, strict=True)]
    except (ValueError, RecursionError):
        raise Problem(BAD_CURSOR) from None


def moment(text: str) -> datetime:
    """A part of a cursor that is a time with its zone."""
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError("no time zone")
    return time
