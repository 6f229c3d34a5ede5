"""A complaint (意见) about a wish, with a clock: answered by somebody who was not involved.

Not answered in time it goes to the street, then to the district, each with a time of its own; there it
stays on the list until it is answered. It is never dropped for being old. The way in by the product is
asked for by 国办函〔2026〕12号, its handling by 志愿服务条例 Art. 26.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from contracts.wishes import ComplaintAnswered, ComplaintEscalated, ComplaintFiled

from wishes.domain import errors
from wishes.domain.replace import replace
from wishes.domain.rule import Terms, by_then
from wishes.domain.wish import Events, Wish, noted

About = Literal["late", "not_as_agreed", "manners", "privacy", "money_asked", "safety", "other"]
PERSONAL: frozenset[About] = frozenset({"manners", "privacy", "money_asked", "safety"})
"""About those who helped: who said that is not asked to meet them again."""
Outcome = Literal["put_right", "explained", "not_found_true"]
ComplaintLevel = Literal["community", "street", "district"]
LEVELS: tuple[ComplaintLevel, ...] = ("community", "street", "district")
REACH = (12, 9, 6)
"""Digits of the area that whoever answers must be responsible for, by level."""


@dataclass(frozen=True)
class Complaint:
    id: UUID
    wish_id: UUID
    area: str
    about: About
    filed_at: datetime
    due_by: datetime
    level: int = 0
    """Who answers, an index of LEVELS."""
    due_at: datetime | None = None
    """When it goes one level up; None at the last, and when it is answered."""
    answered_at: datetime | None = None

    @property
    def reach(self) -> str:
        """The area that whoever answers must be responsible for."""
        return self.area[: REACH[self.level]]


def file(
    wish: Wish, complaint_id: UUID, about: About, terms: Terms, now: datetime
) -> tuple[Wish, Complaint, Events]:
    due = by_then(now, terms.complaint_days)
    complaint = Complaint(complaint_id, wish.id, wish.area, about, now, due, due_at=due)
    event = ComplaintFiled(
        wish_id=wish.id,
        area=wish.area,
        complaint_id=complaint_id,
        about=about,
        due_by=due,
        filed_at=now,
    )
    return noted(wish), complaint, (event,)


def answer(
    wish: Wish, complaint: Complaint, by: UUID, outcome: Outcome, now: datetime
) -> tuple[Wish, Complaint, Events]:
    """Raises ComplaintAnswered: one answer ends it; what is new is a new complaint."""
    if complaint.answered_at is not None:
        raise errors.ComplaintAnswered
    event = ComplaintAnswered(
        wish_id=wish.id,
        area=wish.area,
        complaint_id=complaint.id,
        outcome=outcome,
        answered_by=by,
        answered_at=now,
    )
    return noted(wish), replace(complaint, due_at=None, answered_at=now), (event,)


def tick(
    wish: Wish, complaint: Complaint, terms: Terms, now: datetime
) -> tuple[Wish, Complaint, Events]:
    """What time has brought about by `now`: one level up, or nothing."""
    if complaint.due_at is None or now < complaint.due_at or complaint.answered_at is not None:
        return wish, complaint, ()
    level = complaint.level + 1
    due = by_then(now, terms.complaint_days)
    last = level == len(LEVELS) - 1
    event = ComplaintEscalated.model_validate(
        {
            "wish_id": wish.id,
            "area": wish.area,
            "complaint_id": complaint.id,
            "about": complaint.about,
            "level": LEVELS[level],
            "due_by": due,
            "escalated_at": now,
        }
    )
    up = replace(complaint, level=level, due_by=due, due_at=None if last else due)
    return noted(wish), up, (event,)
