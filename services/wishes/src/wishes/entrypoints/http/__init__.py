"""The ways in over HTTP: what comes in goes to a use case, what comes out is its view."""

from wishes.entrypoints.http import (
    cards,
    claims,
    contacts,
    desk,
    evidence,
    intake,
    rules,
    trees,
)

ROUTERS = (
    desk.router,
    claims.router,
    contacts.router,
    cards.router,
    trees.router,
    intake.router,
    evidence.router,
    rules.router,
)

__all__ = ["ROUTERS"]
