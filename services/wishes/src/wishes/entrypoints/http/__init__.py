"""The ways in over HTTP: what comes in goes to a use case, what comes out is its view."""

from wishes.entrypoints.http import (
    cards,
    changes,
    claims,
    contacts,
    desk,
    invitations,
    own,
    trees,
    visits,
)

ROUTERS = (
    desk.router,
    claims.router,
    contacts.router,
    cards.router,
    trees.router,
    invitations.router,
    changes.router,
    visits.router,
    own.router,
)

__all__ = ["ROUTERS"]
