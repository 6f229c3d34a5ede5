"""Logs: one JSON object a line on stdout, with correlation ids and without personal data."""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog

from chassis import context

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
LONG_NUMBER = re.compile(r"(?<![\w-])(?:\+?86)?1[3-9]\d{9}(?!\w)|(?<!\w)\d{17}[\dXx](?!\w)")
"""A mobile number or an ID number, wherever it slipped into a sentence."""
HIDDEN = "…"


def configure(service: str, level: str = "info") -> None:
    """Route structlog and the standard library's loggers into the same JSON lines."""
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=False),
        _add_ids,
        structlog.processors.format_exc_info,
        redact,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[level.upper()]
        ),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service)
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.contextvars.merge_contextvars, *shared],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.contextvars.merge_contextvars,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for noisy in ("httpx", "httpcore", "uvicorn.access"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    kafka = logging.getLogger("aiokafka")
    kafka.setLevel(logging.WARNING)
    kafka.addFilter(AtMost(per_minute=20))


class AtMost(logging.Filter):
    """Lets so many lines a minute through: a client shouts 25 a second while the brokers are away."""

    def __init__(self, per_minute: int) -> None:
        super().__init__()
        self._per_minute = per_minute
        self._minute = 0
        self._seen = 0

    def filter(self, record: logging.LogRecord) -> bool:
        minute = int(record.created // 60)
        if minute != self._minute:
            self._minute, self._seen = minute, 0
        self._seen += 1
        return self._seen <= self._per_minute


def redact(_: Any, __: str, record: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Hide personal keys, and numbers that look like a phone's or a person's."""
    for key, value in record.items():
        if key in PERSONAL:
            record[key] = HIDDEN
        elif isinstance(value, str):
            record[key] = LONG_NUMBER.sub(HIDDEN, value)
    return record


def _add_ids(_: Any, __: str, record: MutableMapping[str, Any]) -> Mapping[str, Any]:
    if correlation := context.correlation_id.get():
        record.setdefault("correlation_id", correlation)
    if causation := context.causation_id.get():
        record.setdefault("causation_id", causation)
    return record
