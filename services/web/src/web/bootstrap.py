"""Builds the web front; the only file that knows all its parts."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import structlog
from chassis.auth import Forbidden, TokenVerifier, Unauthenticated
from chassis.errors import Transient
from chassis.http import Health, Problem, create_app
from chassis.run import Built, Service
from chassis.settings import Key, ServiceSettings
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from web import account_pages, card_pages, tree_pages
from web.live import Trees
from web.pages import error_page
from web.parts import Parts
from web.permissions import PERMISSIONS
from web.services import Away, Refused, Services, visitor
from web.session import Sessions
from web.stream import EventStream

log = structlog.get_logger(__name__)
NAME = "web"
STATIC = Path(__file__).parent / "static"
ROUTERS = [tree_pages.router, card_pages.router, account_pages.router]


class Settings(ServiceSettings):
    master_key: Key
    wishes_url: str
    volunteers_url: str


async def build(settings: Settings, role: str) -> Built:
    client = httpx.AsyncClient(timeout=5.0)
    urls = {"wishes": settings.wishes_url, "volunteers": settings.volunteers_url}
    services = Services(urls, client)
    trees = Trees(services)
    stream = EventStream(settings.kafka(), trees)
    verifier = TokenVerifier(settings.issuers)
    health = Health()
    sessions = Sessions(settings.master_key.get_secret_value(), services)
    app = application(verifier, health, Parts(services, sessions, trees, stream, health))
    background = {"stream": stream.run, "trees": trees.run}
    return Built(app, health, background, close=(verifier.close, client.aclose))


def application(
    verifier: TokenVerifier | None = None, health: Health | None = None, parts: Parts | None = None
) -> FastAPI:
    app = create_app(
        NAME, ROUTERS, permissions=PERMISSIONS, verifier=verifier, health=health, state=parts
    )
    app.mount("/static", StaticFiles(directory=STATIC), "static")
    for kind, answer in ERRORS.items():
        app.add_exception_handler(kind, answer)
    app.middleware("http")(own_forms_only)
    return app


async def own_forms_only(
    request: Request, go_on: Callable[[Request], Awaitable[Response]]
) -> Response:
    """A form of another site must not act in somebody's name; a renewed session is kept."""
    if request.method == "POST":
        origin = request.headers.get("origin")
        if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
            return error_page(request, 403)
    visitor.set(request.client.host if request.client else None)
    response = await go_on(request)
    renewed = getattr(request.state, "renewed", None)
    if renewed is not None:
        request.app.state.service.sessions.keep(response, renewed)
    if request.url.path.startswith("/static/"):
        response.headers["Cache-Control"] = "public, max-age=3600"
    return response


async def _refused(request: Request, error: Exception) -> Response:
    if not isinstance(error, Refused):
        raise error
    return error_page(request, error.status if error.status != 422 else 400, error.detail)


async def _away(request: Request, _: Exception) -> Response:
    return error_page(request, 503, headers={"Retry-After": "3"})


async def _sign_in(request: Request, _: Exception) -> Response:
    return RedirectResponse("/in/staff" if request.url.path.startswith("/ops") else "/in", 303)


async def _http(request: Request, error: Exception) -> Response:
    return error_page(request, error.status_code if isinstance(error, HTTPException) else 400)


async def _invalid(request: Request, _: Exception) -> Response:
    return error_page(request, 404 if request.method == "GET" else 400)


async def _problem(request: Request, error: Exception) -> Response:
    return error_page(request, error.spec.status if isinstance(error, Problem) else 400)


async def _forbidden(request: Request, _: Exception) -> Response:
    return error_page(request, 403)


ERRORS = {
    Refused: _refused,
    Away: _away,
    Transient: _away,
    Unauthenticated: _sign_in,
    Forbidden: _forbidden,
    HTTPException: _http,
    RequestValidationError: _invalid,
    Problem: _problem,
}

SERVICE = Service(NAME, Settings, build, application)
