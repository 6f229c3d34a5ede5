"""The time as the product speaks it: Asia/Shanghai, milliseconds."""

from collections.abc import Callable
from datetime import datetime, timedelta, timezone

Clock = Callable[[], datetime]
BEIJING = timezone(timedelta(hours=8), "Asia/Shanghai")


def now() -> datetime:
    """The present time, cut to the milliseconds that travel in an event."""
    time = datetime.now(BEIJING)
    return time.replace(microsecond=time.microsecond // 1000 * 1000)
