"""A copy of somebody's data as a page to read and to print: one document, nothing to fetch.

Letters as the elder mode asks: 18 pt and more, contrast above 4.5:1 (FEATURES E1). What has no word
here, a reason that the desk made up, is shown as it is kept: nothing may be missing from a copy.
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from contracts.fields import BEIJING
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from orjson import loads

from wishes.app.copy_person import Copied
from wishes.domain.attachment import PHOTOS
from wishes.entrypoints.copy_words import CODES, FIELDS, HIDDEN, LABELS, TITLES

TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
)


def copy_page(copied: Copied, made_at: datetime) -> str:
    """Where the rows of attachments name a `file`, it lies beside the page, and photos are shown."""
    sections = [
        {"title": TITLES.get(name, name), "rows": [_row(row) for row in rows]}
        for name, rows in copied.data.items()
    ]
    files = [_shown(row) for row in copied.data["attachments"] if "file" in row]
    return TEMPLATES.get_template("copy.html").render(
        made_at=_time(made_at), of_card=copied.of_card, sections=sections, files=files
    )


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    words = f"{row['card_no']} · {_words('purpose', row['purpose'])} · {_time(row['at'])}"
    return {"name": row["file"], "words": words, "is_photo": row["kind"] in PHOTOS}


def _row(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What is empty has nothing to say."""
    return [
        (LABELS.get(name, name), _words(name, value))
        for name, value in row.items()
        if value is not None and name not in HIDDEN
    ]


def _words(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return _time(value)
    if name == "answers":
        return "、".join(str(answer) for answer in loads(value).values())
    if name == "wanted":
        return "、".join(_wanted(field, right) for field, right in loads(value).items())
    if isinstance(value, list | tuple):
        return "、".join(FIELDS.get(str(part), str(part)) for part in value)
    if name in CODES:
        return CODES[name].get(value, f"别的（{value}）")
    return str(value)


def _wanted(field: str, right: str | bool) -> str:
    """What a correction asks for; True: no value, the field's words say all."""
    words = FIELDS.get(field, field)
    return words if right is True else f"{words}：{right}"


def _time(at: datetime) -> str:
    there = at.astimezone(BEIJING)
    return f"{there.year}年{there.month}月{there.day}日 {there:%H:%M}"
