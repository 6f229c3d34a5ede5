"""Wishtree on one machine: PostgreSQL, Kafka and one process per service.

`Stack` starts and ends all of it; `EmbeddedPostgres` and `EmbeddedKafka` stand alone, for tests
that need only one of them; `attach` reads a running stack's addresses and credentials.
"""

from stack.errors import StackError
from stack.kafka import EmbeddedKafka
from stack.postgres import EmbeddedPostgres
from stack.secrets import Secrets

__all__ = ["EmbeddedKafka", "EmbeddedPostgres", "Secrets", "StackError"]
