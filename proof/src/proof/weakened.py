"""The protections, switched off one at a time: so that a campaign that finds nothing means something.

Each weakness changes a few words of the real source while a service imports it. The services' own
code has no such switch. A word that is not found, or found twice, ends the process: a weakness that
does not weaken would prove nothing.
"""

import importlib.abc
import importlib.machinery
import importlib.util
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

SETTING = "PROOF_WEAKENED"
SITE = Path(__file__).with_name("site")
"""A folder for PYTHONPATH: its sitecustomize calls `weaken` in every process that finds it there."""


@dataclass(frozen=True)
class Change:
    """In `module`, these words instead of those. Both are whole lines or parts of one."""

    module: str
    words: str
    instead: str


@dataclass(frozen=True)
class Weakness:
    """A protection that is off, and why it is there."""

    protects: str
    changes: tuple[Change, ...]
    found_by: frozenset[str]
    """The checks of which at least one must fail."""
    sql: str = ""
    """Run by the superuser before the load: a constraint that holds what the code no longer does."""


WEAKNESSES: dict[str, Weakness] = {
    "no-inbox": Weakness(
        "an event that is delivered again has no second effect",
        (
            Change(
                "chassis.consumer",
                'return {row["event_id"] for row in await tx.fetch(RECEIVE, ids, self._group)}',
                "return set(ids)",
            ),
        ),
        frozenset({"Each person is told once per fact, and nothing that never happened"}),
        # The table's own key would hide it: told once stands on two legs.
        sql="alter table notifications.message drop constraint told_once;"
        "alter table notifications.message add constraint told_once unique (id)",
    ),
    "outbox-by-cursor": Weakness(
        "a row that commits late is not lost",
        (
            Change(
                "chassis.outbox",
                "lows, highs = dict.fromkeys(owned, 0),",
                "lows, highs = {shard: _CURSOR.get(shard, 0) for shard in owned},",
            ),
            Change(
                "chassis.outbox",
                "                OUTBOX_RELAYED.inc(len(sent))\n",
                "                OUTBOX_RELAYED.inc(len(sent))\n"
                "                _CURSOR.update((row['shard'], row['id']) for row in moved)\n",
            ),
            Change(
                "chassis.outbox", "WORKERS = 4\n", "WORKERS = 4\n_CURSOR: dict[int, int] = {}\n"
            ),
        ),
        frozenset({"Outboxes are empty and lag is zero"}),
    ),
    "unsorted-locks": Weakness(
        "two batches that concern the same people wait for each other, and never in a circle",
        (
            Change(
                "points.adapters.postgres",
                "        rows = await tx.fetch(COUNT_HOLDERS, ids, kinds, list(times.values()))\n",
                "        rows = []\n"
                "        lines = list(zip(ids, kinds, times.values()))\n"
                "        __import__('random').shuffle(lines)\n"
                "        for line in lines:\n"
                "            rows += await tx.fetch(COUNT_HOLDERS, *([one] for one in line))\n"
                # A slower walk: two of them meet on the way more often.
                "            await __import__('asyncio').sleep(0.15)\n",
            ),
        ),
        frozenset({"No deadlock"}),
    ),
    "no-idempotency-key": Weakness(
        "a request that is repeated is the same command",
        (
            Change(
                "chassis.http.unit_of_work",
                "        if await tx.fetchval(RECEIVE, self._principal, key, route, self._sha):\n",
                "        await tx.fetchval(RECEIVE, self._principal, key, route, self._sha)\n"
                "        if True:\n",
            ),
            # A command that reads nothing brings its key with its writes.
            Change(
                "chassis.http.unit_of_work",
                "values ($1, $2, $3, $4, $5, $6, $7, $8)\n",
                "values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing\n",
            ),
        ),
        frozenset({"Every acknowledged command's effect exists exactly once"}),
    ),
    "skip-locked-relays": Weakness(
        "one relay at a time sends the events of one key",
        (
            Change(
                "chassis.outbox",
                "where pg_try_advisory_lock(hashtext('wishtree.outbox.' || current_schema()), shard)\n",
                "",
            ),
            Change(
                "chassis.outbox",
                "shards = list(range(number, SHARDS, WORKERS))",
                "shards = list(range(SHARDS))",
            ),
            Change(
                "chassis.outbox",
                "order by id limit $4\n",
                "order by id limit least($4, 1) for update skip locked\n",
            ),
            Change(
                "chassis.outbox",
                "            if not await self._pass(connection, sorted(owned), stop):\n",
                "            async with connection.transaction():\n"
                "                well = await self._pass(connection, sorted(owned), stop)\n"
                "            if not well:\n",
            ),
        ),
        frozenset({"Per aggregate the versions are 1, 2, 3, … in order and without a gap"}),
    ),
    "offset-before-transaction": Weakness(
        "an event counts as read only when its effects are committed",
        (
            Change(
                "chassis.consumer",
                "                        try:\n                            messages = ",
                "                        ends = {place: rs[-1].offset + 1 for place, rs in batch.items()}\n"
                "                        await _commit(consumer, ends)\n"
                "                        try:\n                            messages = ",
            ),
        ),
        frozenset({"Every group has handled every event once"}),
    ),
    "producer-not-rebuilt": Weakness(
        "a producer that lived through a long outage is replaced",
        (Change("chassis.outbox", "await self._producer.replace(generation)", "finished = False"),),
        frozenset({"Outboxes are empty and lag is zero"}),
    ),
    "no-gate": Weakness(
        "no offset is committed while a rebalance goes on",
        (
            Change(
                "chassis.gate",
                "        self.closed = True\n        async with self._at_work:\n            pass\n",
                "        return\n",
            ),
        ),
        frozenset({"No commit during a rebalance"}),
    ),
    "fence-before-getmany": Weakness(
        "what was fetched after a rebalance is handled, not dropped",
        (
            Change(
                "chassis.consumer",
                "                fetched = await consumer.getmany(timeout_ms=500,",
                # A longer wait: the moment of the rebalance lies inside it more often.
                "                epoch = gate.epoch\n"
                "                fetched = await consumer.getmany(timeout_ms=1000,",
            ),
            Change(
                "chassis.consumer",
                "                epoch = gate.epoch\n                for place, records",
                "                for place, records",
            ),
        ),
        frozenset({"Every group has handled every event once"}),
    ),
    "key-not-destroyed": Weakness(
        "nobody can read the data of whoever was erased",
        (
            Change(
                "wishes.app.decide_request",
                "        await records.vault.destroy(tx, one)",
                "        pass",
            ),
        ),
        frozenset({"Nothing is left of whoever was erased"}),
    ),
}


def environment(name: str) -> dict[str, str]:
    """What a service's process gets so that the protection `name` is off in it."""
    return {SETTING: name, "PYTHONPATH": str(SITE)}


def rewritten(source: str, changes: Sequence[Change]) -> str:
    """The source with the changes made. LookupError unless each is found exactly once."""
    for change in changes:
        if source.count(change.words) != 1:
            count = source.count(change.words)
            raise LookupError(f"{change.module}: found {count} times: {change.words!r}")
        source = source.replace(change.words, change.instead)
    return source


def weaken() -> None:
    """In a service's process: from now on its modules are imported with the changes."""
    name = os.environ.get(SETTING)
    if name:
        sys.meta_path.insert(0, _Finder(WEAKNESSES[name].changes))


class _Finder(importlib.abc.MetaPathFinder):
    def __init__(self, changes: Sequence[Change]) -> None:
        self._changes = changes

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        changes = [change for change in self._changes if change.module == fullname]
        if not changes:
            return None
        sys.meta_path.remove(self)
        try:
            spec = importlib.util.find_spec(fullname)
        finally:
            sys.meta_path.insert(0, self)
        if spec is None or spec.origin is None:
            return None
        return importlib.util.spec_from_loader(
            fullname, _Loader(Path(spec.origin), changes), origin=spec.origin
        )


class _Loader(importlib.abc.Loader):
    def __init__(self, path: Path, changes: Sequence[Change]) -> None:
        self._path = path
        self._changes = changes

    def exec_module(self, module: ModuleType) -> None:
        source = self._path.read_text(encoding="utf-8")
        try:
            changed = rewritten(source, self._changes)
        except LookupError as error:
            sys.exit(f"{SETTING}: {error}")
        exec(compile(changed, str(self._path), "exec"), module.__dict__)  # noqa: S102
