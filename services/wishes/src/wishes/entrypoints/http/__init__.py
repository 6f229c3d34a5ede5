"""The ways in over HTTP: what comes in goes to a use case, what comes out is its view."""

from wishes.entrypoints.http import cards, claims, consents, contacts, desk, rights, trees

ROUTERS = (
    desk.router,
    claims.router,
    contacts.router,
    cards.router,
    trees.router,
    consents.router,
    rights.router,
)

__all__ = ["ROUTERS"]
