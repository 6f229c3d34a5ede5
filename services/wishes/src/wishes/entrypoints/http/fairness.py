"""Routes of sums: who waits and who was served, and the wishes nobody takes.

Exact for the workers of that very community; for everybody else small numbers are not shown.
"""

from chassis.http import Cursor, Limit, Page
from fastapi import APIRouter

from wishes import queries_sums
from wishes.app import views_desk
from wishes.app.sight import is_of_community
from wishes.domain.errors import OwnCommunityOnly
from wishes.domain.fairness import Bucket
from wishes.entrypoints.http.parameters import AreaPrefix, Community, Sums, Uses

router = APIRouter(prefix="/v1")


@router.get("/fairness")
async def get_fairness(who: Sums, uses: Uses, area: AreaPrefix) -> views_desk.FairnessView:
    """People by whether they wait, were never served, or are served often (365 days)."""
    who.require_scope(area)
    exact = is_of_community(who, area)
    return await queries_sums.fairness(uses.db, area, uses.clock(), exact=exact)


@router.get("/fairness/people")
async def get_people(
    who: Sums,
    uses: Uses,
    area: Community,
    bucket: Bucket,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> Page[views_desk.PersonLine]:
    """One by one, by a wish of theirs, for the workers of this community."""
    who.require_scope(area)
    if not is_of_community(who, area):
        raise OwnCommunityOnly
    return await queries_sums.people(uses.db, area, bucket, cursor, limit)


@router.get("/untaken")
async def get_untaken(who: Sums, uses: Uses, area: AreaPrefix) -> views_desk.UntakenView:
    """Wishes that hang and wait: by kind and working days; of a community also by building."""
    who.require_scope(area)
    exact = is_of_community(who, area)
    return await queries_sums.untaken(uses.db, area, uses.clock(), exact=exact)
