"""Another program's view of a running stack: addresses and credentials, read from its folder."""

from dataclasses import dataclass
from pathlib import Path

from stack.environment import environment, url
from stack.errors import NotRunning
from stack.kafka import client_settings
from stack.note import Note, read_note
from stack.ports import HOST, Ports
from stack.postgres import DATABASE
from stack.secrets import Secrets


@dataclass(frozen=True)
class Attached:
    """A stack that somebody else runs. It cannot be started or ended from here."""

    folder: Path
    note: Note
    ports: Ports
    secrets: Secrets

    @property
    def bootstrap(self) -> str:
        return self.note.bootstrap

    def url(self, service: str) -> str:
        return url(self.ports, service)

    def environment(self, service: str) -> dict[str, str]:
        return environment(
            service, self.ports, self.secrets, self.bootstrap, self.folder, self.note.purpose
        )

    def dsn(self, service: str) -> str:
        """The DSN of a service's runtime role."""
        password = self.secrets.roles[service]
        return f"postgresql://{service}:{password}@{HOST}:{self.ports.postgres}/{DATABASE}"

    def kafka_client(self, user: str) -> dict[str, str | int | float | bool]:
        """librdkafka's options for a user, `partner` for instance."""
        return client_settings(self.bootstrap, user, self.secrets.kafka[user])


def attach(folder: Path | str) -> Attached:
    """Reads a running stack's folder. NotRunning if nobody runs it."""
    place = Path(folder).expanduser().resolve()
    note = read_note(place)
    if note is None or note.supervisor.alive() is None:
        raise NotRunning(place)
    return Attached(place, note, Ports(**note.ports), Secrets.load(place))
