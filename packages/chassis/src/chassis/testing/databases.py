"""Databases for tests, with the real roles and rights: as the migrations left them, for every test.

The first is a copy of a migrated template. A copy costs 200 to 400 ms of CPU, so it is kept for the
next test: what a test changed is undone (`pristine`), or the copy is dropped where that can't be done.
"""

import asyncio
import hashlib
import time
from collections import defaultdict
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg

from chassis import migrate
from chassis.connections import Connections
from chassis.db import Database
from chassis.testing.pristine import NAME, Pristine
from chassis.testing.waiting import PATIENCE

HOST = "127.0.0.1"
LOCK = 8_812_001
ENDING = PATIENCE
"""Seconds for those that were closed to end on PostgreSQL's side."""
OTHERS = """
select array_agg(concat_ws(' ', application_name, state, left(query, 80))) from pg_stat_activity
where datname = $1 and backend_type = 'client backend' and application_name <> $2
"""


class ScratchDatabase(Database):
    """An opened database, connected as the service's runtime role."""

    def __init__(self, name: str, service: str, dsn: str, owner_dsn: str, admin_dsn: str) -> None:
        super().__init__(dsn, service=service, size=10)
        self.name = name
        self.owner_dsn = owner_dsn
        """As the role that migrates: `<service>_owner`."""
        self.admin_dsn = admin_dsn
        """As the superuser: for looking behind the scenes, never for the code under test."""
        self._ended = False

    async def open(self) -> Connections:
        # What a test forgot to stop opens its pool again: by then the database is somebody else's.
        if self._ended:
            raise RuntimeError(f"the test that had {self.name} has ended")
        return await super().open()

    async def end(self) -> None:
        """Close, for good."""
        self._ended = True
        await self.close()


class Databases:
    """One PostgreSQL server; every database on it belongs to one test at a time."""

    def __init__(self, folder: Path, address: dict[str, Any]) -> None:
        from stack import Secrets

        self.port: int = address["port"]
        self._secrets = Secrets.load(folder)
        self._server: Any = None
        self._turn = asyncio.Lock()
        """Whoever uses `_server`: two at once in this process would collide on the one connection."""
        self._kept: dict[str, Pristine] = {}
        """By the database's name."""
        self._free: defaultdict[str, list[str]] = defaultdict(list)
        """Names of those that no test uses now, by the service and its migrations."""

    async def open(self) -> None:
        self._server = await asyncpg.connect(
            self._admin("postgres"), timeout=PATIENCE, command_timeout=PATIENCE
        )
        # It would gather statistics at times of its own, and plans would change from run to run.
        await self._server.execute("alter system set autovacuum to off")
        await self._server.execute("select pg_reload_conf()")

    async def close(self) -> None:
        for pristine in self._kept.values():
            await pristine.close()
        await self._server.close(timeout=5)

    def dsn(self, role: str, password: str, database: str) -> str:
        return f"postgresql://{role}:{password}@{HOST}:{self.port}/{database}"

    @asynccontextmanager
    async def lend(
        self, service: str, migrations: Path, *, fresh: bool = False
    ) -> AsyncGenerator[ScratchDatabase]:
        """A database with all schemas and roles; `service`'s own schema is migrated.

        `fresh`: one that no test had before, and that none gets afterwards. AssertionError if a
        connection to it is still open at the end.
        """
        free = self._free[_fingerprint(service, migrate.OWN, migrations)]
        if free and not fresh:
            await self._door(name := free.pop(), open_to_all=True)
        else:
            name = await self._copy(service, migrations)
        if not fresh and name not in self._kept:
            self._kept[name] = await Pristine.of(self._admin(name))
        secrets = self._secrets
        database = ScratchDatabase(
            name,
            service,
            self.dsn(service, secrets.roles[service], name),
            self.dsn(f"{service}_owner", secrets.owners[service], name),
            self._admin(name),
        )
        try:
            await database.open()
            yield database
        finally:
            await database.end()
            # Before it is asked who is there: whoever comes later is refused until it is lent again.
            await self._door(name, open_to_all=False)
            others = await self._others(name)
            if fresh or others or not await self._kept[name].fit():
                await self._drop(name)
            else:
                await self.bring_back(name)
                free.append(name)
        if others:
            raise AssertionError(f"the test left connections open: {others}")

    async def bring_back(self, name: str) -> None:
        """Undo what a test did to the rows of this database."""
        await self._kept[name].bring_back()

    async def _copy(self, service: str, migrations: Path) -> str:
        name = f"{service}_{uuid4().hex[:12]}"
        async with self._alone() as server:
            template = await self._template(server, service, migrations)
            await server.execute(f"create database {name} template {template}")
            await server.execute(f"revoke all on database {name} from public")
            for role in (service, f"{service}_owner"):
                await server.execute(f"grant connect, temporary on database {name} to {role}")
                await server.execute(
                    f"alter role {role} in database {name} set search_path to {service}"
                )
        return name

    async def _drop(self, name: str) -> None:
        if name in self._kept:
            await self._kept.pop(name).close()
        async with self._alone() as server:
            await server.execute(f"drop database if exists {name} with (force)")

    async def _door(self, name: str, *, open_to_all: bool) -> None:
        """Closed, nobody can connect; who is connected stays, as the one that brings back."""
        async with self._turn:
            await self._server.execute(f"alter database {name} allow_connections {open_to_all}")

    async def _others(self, name: str) -> list[str]:
        """Who is still connected, once those that were closed have had the time to end."""
        deadline = time.monotonic() + ENDING
        while True:
            async with self._turn:
                others = await self._server.fetchval(OTHERS, name, NAME)
            if not others or time.monotonic() > deadline:
                return others or []
            await asyncio.sleep(0.005)

    def _admin(self, database: str) -> str:
        return self.dsn("postgres", self._secrets.postgres, database)

    async def _template(self, server: Any, service: str, migrations: Path) -> str:
        """The name of the migrated template for exactly these files; made once per session."""
        from stack.provision import database as provision

        name = f"template_{_fingerprint(service, migrate.OWN, migrations)}"
        if await server.fetchval("select true from pg_database where datname = $1", name):
            return name
        draft = f"draft_{service}"
        # A draft that somebody else could not finish is begun anew.
        await server.execute(f"drop database if exists {draft} with (force)")
        await provision(self._admin(draft), self._secrets.owners, self._secrets.roles)
        owner = self.dsn(f"{service}_owner", self._secrets.owners[service], draft)
        await migrate.apply(owner, service, migrations)
        await server.execute(f"alter database {draft} rename to {name}")
        return name

    @asynccontextmanager
    async def _alone(self) -> AsyncGenerator[Any]:
        """Roles belong to the whole server: two processes changing them at once would collide."""
        async with self._turn:
            await self._server.execute("select pg_advisory_lock($1)", LOCK)
            try:
                yield self._server
            finally:
                await self._server.execute("select pg_advisory_unlock($1)", LOCK)


def _fingerprint(service: str, *folders: Path) -> str:
    """Of a service's name and exactly these files."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(folder.glob("*.sql")):
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return f"{service}_{digest.hexdigest()[:12]}"
