"""Rendering: one Jinja environment, what every page needs, and the errors as pages."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from chassis.clock import BEIJING, now
from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from web import words

HERE = Path(__file__).parent
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self'; object-src 'none'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


def waited(since: str) -> str:
    """挂了几天, in words."""
    days = (now().date() - datetime.fromisoformat(since).astimezone(BEIJING).date()).days
    return "今天挂上" if days <= 0 else f"挂了 {days} 天"


def day(text: str | None) -> str:
    return f"{datetime.fromisoformat(text).astimezone(BEIJING):%m月%d日}" if text else ""


_environment = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.filters |= {"waited": waited, "day": day}
_environment.globals["words"] = words  # pyright: ignore[reportArgumentType]
_symbols = Markup((HERE / "templates" / "symbols.svg").read_text())  # noqa: S704 - our own file
_environment.globals["symbols"] = _symbols  # pyright: ignore[reportArgumentType]


def page(
    request: Request,
    template: str,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **values: Any,
) -> HTMLResponse:
    """A whole page. `size` and `night` come from the cookie that needs no account."""
    size = request.cookies.get("size", "24")
    asked = request.cookies.get("night") == "1" or request.query_params.get("night") is not None
    night = asked or bool(values.pop("dark", False))
    html = _environment.get_template(template).render(
        size=size if size in words.SIZES else "24",
        night=night,
        signed_in="wishtree" in request.cookies,
        path=request.url.path,
        **values,
    )
    return HTMLResponse(html, status, {**HEADERS, **(headers or {}), "Cache-Control": "no-store"})


def error_page(
    request: Request, status: int, detail: str = "", headers: Mapping[str, str] | None = None
) -> HTMLResponse:
    title, sentence = words.ERRORS.get(status, words.ERRORS[400])
    return page(request, "error.html", status, headers, title=title, sentence=detail or sentence)
