"""What a wish becomes when the need has changed while somebody has it in hand (FEATURES R7)."""

from dataclasses import dataclass
from uuid import UUID

from contracts.fields import Category, Effort

from wishes.domain.replace import replace
from wishes.domain.wish import Wish


@dataclass(frozen=True)
class Change:
    """What is proposed. The new words, answers and card are sealed beside it."""

    category: Category
    effort: Effort
    rule_id: UUID
    """A new category has the rule of the day of the proposal; else the wish keeps its own."""
    asks: tuple[str, ...]
    two_people: bool
    asked_anew: bool
    """New answers come with it, or none where there were some: else those of the wish stay."""
    proposed_by: UUID


def agreed(wish: Wish, change: Change) -> Wish:
    """With the claimant's yes the new card hangs at once: its proposer wrote it for everybody to see,
    and is not the one who verified the wish."""
    return replace(_changed(wish, change), published_by=change.proposed_by)


def refused(wish: Wish, change: Change) -> Wish:
    """Without it somebody else publishes it anew: the proposer has looked at the new need."""
    return replace(_changed(wish, change), verified_by=change.proposed_by, published_by=None)


def _changed(wish: Wish, change: Change) -> Wish:
    """Whoever turned out to be a child after the proposal stays protected, whatever it says."""
    return replace(
        wish,
        category=change.category,
        effort=change.effort,
        rule_id=change.rule_id,
        asks=change.asks,
        two_people=change.two_people or wish.minor,
    )
