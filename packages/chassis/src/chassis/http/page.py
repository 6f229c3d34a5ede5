"""Keyset pages with opaque cursors: no totals, no offsets, the same cost at every page."""

import base64
import binascii
import json
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from chassis.http.problems import Problem, ProblemSpec

T = TypeVar("T")
BAD_CURSOR = ProblemSpec(400, "bad-cursor", "翻页标记不对", "翻页标记不对，请从第一页重新开始。")


class Page(BaseModel, Generic[T]):
    """`next` is None on the last page."""

    items: list[T]
    next: str | None = None


def encode_cursor(*place: Any) -> str:
    text = json.dumps([str(part) for part in place], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode_cursor(cursor: str | None, width: int) -> list[str] | None:
    """The place of a cursor with `width` parts; raises the problem `bad-cursor`."""
    if cursor is None:
        return None
    try:
        parts = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error):
        raise Problem(BAD_CURSOR) from None
    if not isinstance(parts, list) or len(parts) != width:
        raise Problem(BAD_CURSOR)
    if not all(isinstance(part, str) and part.isprintable() and len(part) < 100 for part in parts):
        raise Problem(BAD_CURSOR)
    return parts
