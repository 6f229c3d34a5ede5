"""A visit as those who go and the desk see it."""

from chassis.auth import Principal
from chassis.privacy import Vault

from wishes.app.sight import is_staff_of
from wishes.app.views_claims import VisitView
from wishes.app.visit_code import visit_code
from wishes.domain.errors import NotYourVisit
from wishes.domain.visiting import Visit
from wishes.domain.wish import Wish


def look_at_visit(vault: Vault, who: Principal, wish: Wish, visit: Visit) -> VisitView:
    """Only those who go are shown the word; the desk asks for it with a purpose, which is written
    down. Raises NotYourVisit."""
    if visit.is_of(who.subject):
        return VisitView.of(visit, visit_code(vault, visit.claim_id, visit.number))
    if is_staff_of(who, wish):
        return VisitView.of(visit)
    raise NotYourVisit
