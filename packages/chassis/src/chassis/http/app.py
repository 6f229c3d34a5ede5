"""The FastAPI application of a service, with everything that all services share."""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from fastapi.telemetry import TelemetryConfig

from chassis.auth.route import PermissionTable, routes_calling
from chassis.auth.verifier import TokenVerifier
from chassis.db import Database
from chassis.http.body_limit import larger_limits
from chassis.http.health import Health
from chassis.http.middleware import Surround
from chassis.http.no_trace import untold_routes
from chassis.http.problems import ProblemTable, ProblemView, handlers
from chassis.http.unit_of_work import AnswerSeal, Replayed, replay, unit_of_work
from chassis.metrics import declare_service

VERSION = "1.0.0"
NO_TELEMETRY: TelemetryConfig = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "auto_configure": False,
}
"""Of FastAPI's own: it reports full paths and refused input, which are personal. See chassis.tracing."""


def create_app(
    name: str,
    routers: Sequence[APIRouter],
    *,
    permissions: PermissionTable,
    problems: ProblemTable | None = None,
    db: Database | None = None,
    seal: AnswerSeal | None = None,
    verifier: TokenVerifier | None = None,
    health: Health | None = None,
    state: Any = None,
) -> FastAPI:
    """`state` is what the service's routes find as `request.app.state.service`."""
    app = FastAPI(
        title=f"Wishtree {name}",
        version=VERSION,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        redirect_slashes=False,
        exception_handlers={**handlers(problems or {}), Replayed: replay},
        telemetry=NO_TELEMETRY,
    )
    declare_service(name, VERSION)
    app.state.db = db
    app.state.seal = seal
    app.state.verifier = verifier
    app.state.permissions = permissions
    app.state.service = state
    for router in routers:
        _take_routes(app, router)
    _take_routes(app, (health or Health()).router())
    app.add_middleware(Surround, larger=larger_limits(app.routes))
    app.state.untold = untold_routes(app)
    make = app.openapi
    app.openapi = lambda: _with_problems(make(), routes_calling(app, unit_of_work))
    return app


def _take_routes(app: FastAPI, router: APIRouter) -> None:
    """The routes themselves, not the router: one that is included is searched twice per request."""
    if all(isinstance(route, APIRoute) for route in router.routes):
        app.router.routes.extend(router.routes)
    else:
        app.include_router(router)


def _with_problems(document: dict[str, Any], commands: set[tuple[str, str]]) -> dict[str, Any]:
    """Say in the document what a refusal looks like, and which routes want an Idempotency-Key."""
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    if "Problem" in schemas:
        return document
    schema = ProblemView.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(schema.pop("$defs", {}))
    schemas["Problem"] = schema
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    answer = {
        "description": "没有办成，什么都没有改动",
        "content": {
            "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
        },
    }
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            operation["responses"].pop("422", None)
            operation["responses"] |= {"4XX": answer, "503": answer}
            if (method.upper(), path) in commands:
                operation.setdefault("parameters", []).append(
                    {
                        "name": "Idempotency-Key",
                        "in": "header",
                        "required": True,
                        "description": "一件事一个编号，按两次也只办一次",
                        "schema": {"type": "string", "minLength": 1, "maxLength": 200},
                    }
                )
    return document
