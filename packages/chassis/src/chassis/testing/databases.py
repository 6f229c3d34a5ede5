"""Fresh databases for tests: copied from a migrated template, with the real roles and rights."""

import hashlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg

from chassis import migrate
from chassis.db import Database

HOST = "127.0.0.1"
LOCK = 8_812_001


class ScratchDatabase(Database):
    """An opened database, connected as the service's runtime role."""

    def __init__(self, name: str, service: str, dsn: str, owner_dsn: str, admin_dsn: str) -> None:
        super().__init__(dsn, service=service, size=10)
        self.name = name
        self.owner_dsn = owner_dsn
        """As the role that migrates: `<service>_owner`."""
        self.admin_dsn = admin_dsn
        """As the superuser: for looking behind the scenes, never for the code under test."""


class Databases:
    """One PostgreSQL server; every database on it belongs to one test."""

    def __init__(self, folder: Path, address: dict[str, Any]) -> None:
        from stack import Secrets

        self.port: int = address["port"]
        self._secrets = Secrets.load(folder)

    def dsn(self, role: str, password: str, database: str) -> str:
        return f"postgresql://{role}:{password}@{HOST}:{self.port}/{database}"

    async def make(self, service: str, migrations: Path) -> ScratchDatabase:
        """A database with all schemas and roles; `service`'s own schema is migrated."""
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
        secrets = self._secrets
        database = ScratchDatabase(
            name,
            service,
            self.dsn(service, secrets.roles[service], name),
            self.dsn(f"{service}_owner", secrets.owners[service], name),
            self._admin(name),
        )
        await database.open()
        return database

    async def drop(self, database: ScratchDatabase) -> None:
        await database.close()
        async with self._alone() as server:
            await server.execute(f"drop database if exists {database.name} with (force)")

    def _admin(self, database: str) -> str:
        return self.dsn("postgres", self._secrets.postgres, database)

    async def _template(self, server: Any, service: str, migrations: Path) -> str:
        """The name of the migrated template for exactly these files; made once per session."""
        from stack.provision import database as provision

        name = f"template_{service}_{_fingerprint(migrate.OWN, migrations)}"
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
        server = await asyncpg.connect(self._admin("postgres"), timeout=10, command_timeout=60)
        try:
            await server.execute("select pg_advisory_lock($1)", LOCK)
            yield server
        finally:
            await server.close(timeout=5)


def _fingerprint(*folders: Path) -> str:
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(folder.glob("*.sql")):
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]
