"""The ways in over HTTP: what comes in goes to a use case, what comes out is its view."""

from wishes.entrypoints.http import (
    aftercare,
    cards,
    claims,
    contacts,
    desk,
    escalation,
    evidence,
    intake,
    messages,
    programmes,
    referrals,
    rules,
    trees,
)

ROUTERS = (
    desk.router,
    claims.router,
    contacts.router,
    cards.router,
    trees.router,
    aftercare.router,
    escalation.router,
    messages.router,
    programmes.router,
    referrals.router,
    intake.router,
    evidence.router,
    rules.router,
)

__all__ = ["ROUTERS"]
