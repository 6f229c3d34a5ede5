"""The HTTP kit: problems, idempotency, ETags, cursors, limits, health, metrics."""

from chassis.http.app import create_app
from chassis.http.body import Body, Text
from chassis.http.body_limit import BodyLimit
from chassis.http.health import Health
from chassis.http.no_trace import leaves_no_trace
from chassis.http.page import Cursor, Limit, Page, decode_cursor, encode_cursor, moment
from chassis.http.problems import FieldProblem, Problem, ProblemSpec
from chassis.http.rate_limit import RateLimit
from chassis.http.unit_of_work import AnswerSeal, Uow, Work

__all__ = [
    "AnswerSeal",
    "Body",
    "BodyLimit",
    "Cursor",
    "FieldProblem",
    "Health",
    "Limit",
    "Page",
    "Problem",
    "ProblemSpec",
    "RateLimit",
    "Text",
    "Uow",
    "Work",
    "create_app",
    "decode_cursor",
    "encode_cursor",
    "leaves_no_trace",
    "moment",
]
