"""Roles and schemas: one schema per service, an owner who migrates it, a runtime role that uses it.

Idempotent. A service's role reaches its own schema only; it creates nothing, it reads nobody else.
"""

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeAlias

import asyncpg

from stack.layout import OWN_SCHEMA

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


async def create_roles(connection: Connection, passwords: Mapping[str, str]) -> None:
    """Creates or updates login roles with these passwords; roles belong to the whole server."""
    for role, password in passwords.items():
        known = await connection.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", role)
        verb = "ALTER" if known else "CREATE"
        await _run(connection, f"{verb} ROLE %I LOGIN PASSWORD %L", role, password)


async def create_database(connection: Connection, database: str) -> None:
    """Creates a database that nobody may enter unless a schema in it is theirs."""
    if not await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", database):
        await _run(connection, "CREATE DATABASE %I", database)
    await _run(connection, "REVOKE ALL ON DATABASE %I FROM PUBLIC", database)


async def create_schemas(connection: Connection, services: Sequence[str] = OWN_SCHEMA) -> None:
    """In the connection's database: a schema per service, owned by X_owner, used by X."""
    database = await connection.fetchval("SELECT current_database()")
    await connection.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
    for service in services:
        owner = f"{service}_owner"
        await _run(connection, "CREATE SCHEMA IF NOT EXISTS %I AUTHORIZATION %I", service, owner)
        for role in (owner, service):
            await _run(connection, "GRANT CONNECT, TEMPORARY ON DATABASE %I TO %I", database, role)
            await _run(
                connection,
                "ALTER ROLE %I IN DATABASE %I SET search_path TO %I",
                role,
                database,
                service,
            )
        await _run(connection, "GRANT USAGE ON SCHEMA %I TO %I", service, service)
        for privileges in (
            "SELECT, INSERT, UPDATE, DELETE ON TABLES",
            "USAGE, SELECT ON SEQUENCES",
        ):
            await _run(
                connection,
                f"ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA %I GRANT {privileges} TO %I",
                *(owner, service, service),
            )


async def provision(admin_dsn: str, database: str, passwords: Mapping[str, str]) -> None:
    """Roles, database and schemas. `admin_dsn` is a superuser's, to any database of the server."""
    roles = {role: password for role, password in passwords.items() if role != "postgres"}
    connection = await asyncpg.connect(admin_dsn, timeout=10)
    try:
        await create_roles(connection, roles)
        await create_database(connection, database)
    finally:
        await connection.close(timeout=5)
    inside = await asyncpg.connect(admin_dsn, database=database, timeout=10)
    try:
        await create_schemas(inside)
    finally:
        await inside.close(timeout=5)


def blocking(work: Coroutine[Any, Any, None]) -> None:
    """Runs a coroutine to its end from synchronous code, also below a running loop."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result(timeout=60)


async def _run(connection: Connection, template: str, *names: str) -> None:
    # DDL takes no parameters: the server itself quotes the names.
    places = ", ".join(f"${i + 2}::text" for i in range(len(names)))
    await connection.execute(
        await connection.fetchval(f"SELECT format($1, {places})", template, *names)
    )
