"""How often clients misbehave, and which turns the lives of wishes take."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Habits:
    """Shares from 0 to 1. Who is refused something by the rules ends this life and begins another."""

    # What real clients do to a service.
    twice: float = 0.10
    impatient: float = 0.08
    gives_up: float = 0.15
    claimers: int = 5
    # How a wish comes in and is hung.
    drafted: float = 0.12
    discarded: float = 0.15
    returned: float = 0.05
    referred: float = 0.05
    edited: float = 0.06
    programme: float = 0.05
    withdrawn: float = 0.03
    off_the_tree: float = 0.04
    """Of the cards that hang, and of those that somebody has in hand: their person wants them down."""
    again: float = 0.80
    """Of these: they agree again."""
    invited: float = 0.10
    let_go: float = 0.40
    """Of the follow-ups that are kept for whoever helped first."""
    # Left to time: nobody takes it, or who takes it forgets it; somebody may take it up much later.
    untaken: float = 0.10
    forgotten: float = 0.15
    shelved: float = 0.15
    """Of the forgotten ones: the card comes off, so that it waits where nobody sees it."""
    taken_up: float = 0.20
    handed_over: float = 0.50
    """Of these, where the desk has not yet told whoever looks after it now."""
    # What those who help do.
    contacted: float = 0.50
    released: float = 0.10
    joined: float = 0.30
    unit: float = 0.20
    """Of those who do not help alone: a unit helps, too; half of the time not to the end."""
    left: float = 0.30
    """Of those who do not help alone."""
    written: float = 0.15
    longer: float = 0.12
    changed: float = 0.08
    agreed: float = 0.60
    taken_back: float = 0.03
    visited: float = 0.12
    stays: float = 0.15
    """Of the visits: nobody says that they have left."""
    parts: float = 0.20
    # What comes after.
    unsatisfied: float = 0.12
    reopened: float = 0.05
    evaluated: float = 0.20
    called_back: float = 0.04
    """Beside those that the lot has drawn."""
    complained: float = 0.08
    answered: float = 0.60
    """Of the complaints."""
    followed: float = 0.12
    # What people ask about their own data.
    corrected: float = 0.06
    erased: float = 0.06
    """At each of three moments: while the card hangs, while somebody has it in hand, and afterwards."""
    alone: float = 0.15
    """Of the erasures: whoever has looked wants to do it, too."""
    thought_better: float = 0.15
    """Of the requests: they are taken back."""
