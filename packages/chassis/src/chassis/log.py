"""Logs: one JSON object a line on stdout, with correlation ids and without personal data."""

import json
import logging
import re
import sys
import traceback
from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any
from uuid import UUID

import orjson
import structlog

from chassis import context
from chassis.clock import now
from chassis.errors import ChassisError

Record = MutableMapping[str, Any]
META = frozenset({"_record", "_from_structlog", "level", "timestamp", "service"})

PERSONAL = frozenset(
    [
        "name",
        "phone",
        "address",
        "words",
        "title",
        "note",
        "body",
        "payload",
        "password",
        "code",
        "totp",
        "token",
        "secret",
        "id_number",
        "email",
        "text",
        "reference",
        "witness",
        "authorization",
        "cookie",
    ]
)
"""Keys that never reach a log, whatever stands in them."""
LONG_NUMBER = re.compile(
    r"(?<![0-9A-Za-z])(?:"
    r"(?:\+?86[- ]?)?1[3-9]\d[- .]?\d{4}[- .]?\d{4}"  # a mobile number
    r"|0\d{2,3}[- ]?\d{7,8}"  # a number at home
    r"|\d{17}[\dXx]|\d{15}"  # an ID number
    r")(?![0-9A-Za-z])",
    re.ASCII,
)
"""A phone or an ID number, wherever it slipped into a sentence; not a part of a UUID."""
HIDDEN = "…"


def configure(service: str, level: str = "info") -> None:
    """Route structlog and the standard library's loggers into the same JSON lines."""
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        _add_time,
        _add_ids,
        _Name(service),
        where_it_happened,
        redact,
    ]
    # Our own lines go straight out: by way of the standard library a line cost as much as a round
    # trip to the database, and there is one for each request.
    structlog.configure(
        processors=[*shared, _line],
        logger_factory=structlog.BytesLoggerFactory(sys.stdout.buffer),
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[level.upper()]
        ),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_first_line, *shared],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for noisy in ("httpx", "httpcore", "uvicorn.access", "asyncio", "aiokafka"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    # On the handler: a filter on a logger does not see what its children say.
    handler.addFilter(AtMost(("aiokafka", "asyncio", "uvicorn"), per_minute=20))


class AtMost(logging.Filter):
    """Lets so many lines a minute through from each of these loggers and their children.

    A Kafka client shouts 25 lines a second while the brokers are away.
    """

    def __init__(self, loggers: Sequence[str], per_minute: int) -> None:
        super().__init__()
        self._per_minute = per_minute
        self._minute = 0
        self._seen = dict.fromkeys(loggers, 0)

    def filter(self, record: logging.LogRecord) -> bool:
        family = record.name.partition(".")[0]
        if family not in self._seen:
            return True
        minute = int(record.created // 60)
        if minute != self._minute:
            self._minute, self._seen = minute, dict.fromkeys(self._seen, 0)
        self._seen[family] += 1
        return self._seen[family] <= self._per_minute


def frames(error: BaseException, last: int = 8) -> list[str]:
    """Where an exception came from, without its message: that may hold what a person typed."""
    return [
        f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)[-last:]
    ]


def where_it_happened(_: Any, __: str, record: Record) -> Record:
    """Replace `exc_info` by the exception's type and frames; only our own errors keep their words."""
    given = record.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        record["error"] = type(error).__name__
        record["frames"] = frames(error)
        if isinstance(error, ChassisError):
            record["reason"] = str(error)
    return record


def redact(_: Any, __: str, record: Record) -> Record:
    """Hide personal keys, and numbers that look like a phone's or a person's, at any depth."""
    for key, value in record.items():
        if key not in META:
            record[key] = _hidden(key, value)
    return record


def _hidden(key: str, value: Any) -> Any:
    if key.lower() in PERSONAL:
        return HIDDEN
    if isinstance(value, str):
        return LONG_NUMBER.sub(HIDDEN, value)
    if isinstance(value, Mapping):
        return {str(inner): _hidden(str(inner), part) for inner, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_hidden("", part) for part in value]
    if value is None or isinstance(value, bool | int | float | UUID):
        return value if value is None or isinstance(value, bool | float) else _number(value)
    # Anything else would be written by its repr, whatever stands in it.
    return type(value).__name__


def _number(value: int | UUID) -> Any:
    if isinstance(value, UUID):
        return str(value)
    return value if LONG_NUMBER.fullmatch(str(value)) is None else HIDDEN


def _first_line(_: Any, __: str, record: Record) -> Record:
    """asyncio writes the repr of a future, with its exception's message, on the lines that follow."""
    if isinstance(event := record.get("event"), str):
        record["event"] = event.partition("\n")[0]
    return record


def _line(_: Any, __: str, record: Record) -> bytes:
    try:
        return orjson.dumps(record)
    except TypeError:
        # A number beyond 64 bits, or half a surrogate pair.
        return json.dumps(record, default=lambda value: type(value).__name__).encode()


class _Name:
    """Puts the service's name into every line, whichever thread or task writes it."""

    def __init__(self, service: str) -> None:
        self._service = service

    def __call__(self, _: Any, __: str, record: Record) -> Record:
        record["service"] = self._service
        return record


def _add_time(_: Any, __: str, record: Record) -> Record:
    record["timestamp"] = now().isoformat(timespec="milliseconds")
    return record


def _add_ids(_: Any, __: str, record: Record) -> Record:
    if correlation := context.correlation_id.get():
        record.setdefault("correlation_id", correlation)
    if causation := context.causation_id.get():
        record.setdefault("causation_id", causation)
    return record
