"""Permission per route: `permits("wishes.claim")` or `public()`; a route with neither fails a test."""

from collections.abc import Collection, Mapping
from typing import Any

from fastapi import Depends, FastAPI, Request
from fastapi.routing import APIRoute, iter_route_contexts
from fastapi.security import HTTPBearer

from chassis.auth.principal import Principal
from chassis.auth.verifier import Forbidden, TokenVerifier, Unauthenticated

PermissionTable = Mapping[str, Collection[str]]
"""Permission → the roles that have it."""


class Permits(HTTPBearer):
    """Dependency: the principal, limited to the grants that give this permission."""

    def __init__(self, permission: str) -> None:
        super().__init__(scheme_name="bearer", bearerFormat="JWT", auto_error=False)
        self.permission = permission

    async def __call__(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, request: Request
    ) -> Principal:
        verifier: TokenVerifier = request.app.state.verifier
        table: PermissionTable = request.app.state.permissions
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unauthenticated("no token", given=False)
        principal = (await verifier.verify(token.strip())).limited_to(table[self.permission])
        if not principal.grants:
            raise Forbidden(self.permission)
        request.state.principal = principal
        return principal


class Public:
    """Dependency: says that anybody may, and that somebody thought about it."""

    async def __call__(self) -> None:
        """Asynchronous: a plain function would cost every request a trip to another thread."""


def permits(permission: str) -> Any:
    return Depends(Permits(permission))


def public() -> Any:
    return Depends(Public())


def routes_without_permission(app: FastAPI) -> list[str]:
    """`METHOD /path` of every route that states neither a permission nor that it is public."""
    return [
        f"{sorted(route.methods or ())} {route.path}"
        for route in _routes(app)
        if not any(isinstance(d.call, Permits | Public) for d in _all(route.dependant))
    ]


def permissions_of(app: FastAPI) -> dict[tuple[str, str], str | None]:
    """(method, path) → permission; None for a public route."""
    found: dict[tuple[str, str], str | None] = {}
    for route in _routes(app):
        marks = [d.call for d in _all(route.dependant) if isinstance(d.call, Permits)]
        for method in route.methods or ():
            found[method, route.path] = marks[0].permission if marks else None
    return found


def routes_calling(app: FastAPI, dependency: Any) -> set[tuple[str, str]]:
    """(method, path) of the routes that depend on this function."""
    return {
        (method, route.path)
        for route in _routes(app)
        if any(d.call is dependency for d in _all(route.dependant))
        for method in route.methods or ()
    }


def _routes(app: FastAPI) -> list[Any]:
    """Every route with its prefix and its router's dependencies: `app.routes` holds routers unopened."""
    return [
        context
        for context in iter_route_contexts(app.routes)
        if isinstance(context.original_route, APIRoute)
    ]


def _all(dependant: Any) -> list[Any]:
    return [d for child in dependant.dependencies for d in (child, *_all(child))]
