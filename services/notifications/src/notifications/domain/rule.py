"""One line of the table: whom an event tells what, in which case, by which channel."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

Who = Literal[
    "resident",
    "claimant",
    "helpers",
    "partners",
    "left",
    "offered",
    "unit",
    "visitors",
    "invited",
    "branch",
    "volunteer",
    "holder",
    "desk",
    "street",
    "district",
    "units_nearby",
]
"""`helpers`: everybody of a claim but the claimant; `partners`: both. `desk`, `street` and `district`
are the offices of the event's area, `units_nearby` the resident units there."""
Channel = Literal["inbox", "sms", "email"]
Details = Callable[[Any], Mapping[str, object]]
Case = Callable[[Any], bool]


def saying(*names: str, **others: str) -> Details:
    """Fields of the event that the sentence says; `others` under another name."""
    fields = dict.fromkeys(names) | others

    def details(data: Any) -> Mapping[str, object]:
        return {name: _plain(getattr(data, field or name)) for name, field in fields.items()}

    return details


def where(**fields: object) -> Case:
    """Only when these fields of the event are so."""
    return lambda data: all(getattr(data, name) == value for name, value in fields.items())


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


def _nothing(_: Any) -> Mapping[str, object]:
    return {}


def _always(_: Any) -> bool:
    return True


@dataclass(frozen=True)
class Rule:
    """`who` is told by `template`; the channel is what the person has, at the best `channel`."""

    who: Who
    template: str
    channel: Channel
    details: Details = _nothing
    when: Case = _always
    urgent: bool = False
    """Sent before everything that waits, at any hour."""
