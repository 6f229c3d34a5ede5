"""The ways in over HTTP: what comes in goes to a use case, what comes out is its view."""

from wishes.entrypoints.http import (
    cards,
    claims,
    contacts,
    desk,
    fairness,
    likenesses,
    overrules,
    paper,
    queue,
    trees,
)

ROUTERS = (
    desk.router,
    claims.router,
    contacts.router,
    # Before the cards: "print" would be taken for a code.
    paper.router,
    cards.router,
    trees.router,
    queue.router,
    overrules.router,
    likenesses.router,
    fairness.router,
)

__all__ = ["ROUTERS"]
