"""Whether a fulfilment is in the sample of those who are rung up; see domain/sample.py."""

from datetime import datetime

from chassis.db import Transaction
from contracts.wishes import CallbackDrawn

from wishes.app.aftercare_store import AftercareStore
from wishes.domain.rule import Terms
from wishes.domain.sample import district_of, is_drawn, month_of
from wishes.domain.wish import Claim, Events, Wish


async def is_sampled(
    tx: Transaction, aftercare: AftercareStore, wish: Wish, terms: Terms, now: datetime
) -> bool:
    """Of the fulfilment that makes the next version of this wish."""
    if not terms.callback_percent:
        return False
    seed = await aftercare.seed(tx, district_of(wish.area), month_of(now))
    return is_drawn(seed, wish.id, wish.version + 1, terms.callback_percent)


def keep_draw(
    tx: Transaction,
    aftercare: AftercareStore,
    wish: Wish,
    claim: Claim,
    events: Events,
    now: datetime,
) -> None:
    """With its day, where the fulfilment was drawn."""
    for event in events:
        if isinstance(event, CallbackDrawn):
            aftercare.add_callback(tx, wish, claim, event.due_by, now)
