"""For each weakness the campaign that must find it: the shortest one that its protection is for."""

from dataclasses import replace

from proof.campaign import Orders
from proof.faults import TOGETHER, Planned
from proof.habits import Habits

SHORT = Orders(seed=20171123, seconds=150, every=8)
"""Three minutes with every fault in them, the same each time."""

_CALM = Orders(seed=11, seconds=20, rate=2.0, brokers=1, planned=(), looks_for=10)
_STRAIGHT = Habits(
    discarded=0,
    returned=0,
    referred=0,
    withdrawn=0,
    off_the_tree=0,
    untaken=0,
    forgotten=0,
    released=0,
    taken_back=0,
    unsatisfied=0,
    impatient=0,
)
"""Lives that go straight on: more events of the kind that moves the books."""

ATTACKS: dict[str, Orders] = {
    # Two consumers die at the one line between commit and offset: their batch comes again.
    "no-inbox": replace(
        _CALM,
        planned=(
            Planned(6, "kill_consumer_after_commit", "notifications", 0),
            Planned(12, "kill_consumer_after_commit", "notifications", 0),
        ),
    ),
    # Numbers that are taken early and committed late.
    "outbox-by-cursor": replace(_CALM, planned=(Planned(8, "commit_late", "wishes", 4),)),
    # Three workers wait for one table, then all of them want the same people's accounts.
    "unsorted-locks": replace(
        _CALM,
        seconds=34,
        rate=3.0,
        habits=replace(_STRAIGHT, joined=1.0),
        planned=(
            Planned(0, "grow", "points", 32),
            *(Planned(at, "hold_table", "points.posting", 3.5) for at in (12, 17, 22, 27)),
        ),
    ),
    # Clients that ask twice.
    "no-idempotency-key": replace(_CALM, seconds=12, habits=Habits(twice=0.5)),
    # Several events of one wish wait while the broker is away; then four relays want them, and what one
    # of them could not send in the middle of that comes behind what another could.
    "skip-locked-relays": replace(
        _CALM,
        seconds=30,
        rate=4.0,
        planned=tuple(Planned(at, "kill_all_brokers", "kafka", 7) for at in (3, 15)),
    ),
    # A batch is at hand, the database is away, the process dies.
    "offset-before-transaction": replace(
        _CALM,
        seconds=24,
        habits=_STRAIGHT,
        planned=(
            Planned(3, "freeze", "points", 12),
            Planned(14.5, "crash_postgres", "postgres", 6),
            Planned(18.5, "kill", "points", 0),
        ),
    ),
    # The outage that an idempotent producer does not survive.
    "producer-not-rebuilt": replace(
        _CALM,
        seconds=34,
        rate=3.0,
        brokers=3,
        planned=(Planned(5, "kill_all_brokers", TOGETHER, 22),),
        looks_for=25,
    ),
    # Members come and go while batches are at work: long ones, because they wait for a table.
    "no-gate": replace(
        _CALM,
        seconds=34,
        planned=(
            Planned(1, "storm", "notifications", 30),
            *(Planned(at, "hold_table", "notifications.message", 3.5) for at in (6, 12, 18, 24)),
        ),
    ),
    # What piled up behind a held table is fetched in the very moment of a rebalance.
    "fence-before-getmany": replace(
        _CALM,
        seconds=34,
        planned=(
            Planned(1, "storm", "notifications", 30),
            *(Planned(at, "hold_table", "notifications.message", 3.5) for at in (6, 12, 18, 24)),
        ),
    ),
    # People who want nothing to be left of them.
    "key-not-destroyed": replace(_CALM, seconds=12, habits=Habits(erased=0.5, alone=0)),
}


def attack(weakness: str, *, weakened: bool = True) -> Orders:
    """The orders that find it; `weakened=False` is the same attack on the system as it is."""
    return replace(ATTACKS[weakness], weakened=weakness if weakened else "")
