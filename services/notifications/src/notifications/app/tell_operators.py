"""An alert becomes a message to every district's operators, once, however often it is repeated."""

from collections.abc import Sequence

from chassis import context
from chassis.db import Database
from chassis.errors import Transient
from orjson import dumps

from notifications.domain.alerts import Alert

# The inbox shows it at once; the sender adds an e-mail, where the district has an address.
TELL = """
with told as (
    insert into message (id, source_event_id, recipient_kind, recipient_id, area, template, details,
        channel, state, correlation_id, next_try_at, created_at)
    select uuidv7(), a.id, 'organisation', u.id, u.area, a.template, a.details, 'email', 'pending', $4,
        now(), now()
    from unnest($1::uuid[], $2::text[], $3::jsonb[]) as a (id, template, details)
        cross join unit u where u.kind = 'district' and u.active
    on conflict on constraint told_once do nothing
    returning id
)
select (select count(*) from told) as told,
    exists (select from unit u where u.kind = 'district' and u.active) as anybody
"""


class NobodyToTell(Transient):
    """No district is founded yet. The sender keeps an alert and comes again."""


async def tell_operators(db: Database, alerts: Sequence[Alert]) -> int:
    """How many messages are new. Raises NobodyToTell, Transient."""
    row = await db.fetchrow(
        TELL,
        [alert.id for alert in alerts],
        [alert.template for alert in alerts],
        [dumps(dict(alert.details)).decode() for alert in alerts],
        context.correlation_id.get() or "alertmanager",
    )
    if row is None or not row["anybody"]:
        raise NobodyToTell
    return int(row["told"])
