"""The ways in over HTTP: what comes in goes to a use case, what comes out is its view."""

from wishes.entrypoints.http import (
    aftercare,
    cards,
    changes,
    claims,
    contacts,
    desk,
    escalation,
    evidence,
    fairness,
    intake,
    invitations,
    likenesses,
    messages,
    overrules,
    own,
    paper,
    programmes,
    queue,
    referrals,
    rules,
    trees,
    visits,
)

ROUTERS = (
    desk.router,
    claims.router,
    contacts.router,
    paper.router,  # before the cards: "print" is no card's code
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
    # Before the cards: "print" would be taken for a code.
    queue.router,
    overrules.router,
    likenesses.router,
    fairness.router,
    invitations.router,
    changes.router,
    visits.router,
    own.router,
)

__all__ = ["ROUTERS"]
