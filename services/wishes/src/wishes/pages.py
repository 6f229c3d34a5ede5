"""Where the first page of a list begins.

A page begins after a place in every case: `$2 is null or …` would be read from the beginning as soon as
the plan is shared between requests.
"""

from datetime import UTC, datetime
from uuid import UUID

FIRST_ID, LAST_ID = UUID(int=0), UUID(int=2**128 - 1)
FIRST = datetime(1970, 1, 1, tzinfo=UTC), FIRST_ID
LAST = datetime(9000, 1, 1, tzinfo=UTC), LAST_ID
"""Before and after every row that is ordered by a time and an id."""
