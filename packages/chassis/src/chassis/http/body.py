"""Request bodies: unknown fields are refused, strings are clean, numbers are numbers."""

import re
import types
import unicodedata
from datetime import date, datetime
from functools import cache
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import AwareDatetime, BaseModel, ConfigDict, StringConstraints, field_validator
from pydantic_core import PydanticCustomError

LARGEST = 2**63 - 1
"""What a bigint column holds."""
TIMES = frozenset({datetime, date, AwareDatetime})
UNCLEAN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Control characters (Unicode category Cc) but for new line and tab, and marks that turn the reading

direction: on a card they would show another text than was checked.
"""
BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and a symbol by their category, and nothing to be seen."""


def _clean(text: str) -> str:
    """PostgreSQL takes no NUL, and control characters in a name are never meant."""
    text = text.replace("\r\n", "\n")
    if UNCLEAN.search(text):
        raise PydanticCustomError("control_characters", "control characters")
    if text.strip() and not any(map(_is_seen, text)):
        raise PydanticCustomError("nothing_to_read", "nothing to read")
    return text


def _is_seen(letter: str) -> bool:
    """A card of zero-width characters would be a blank leaf."""
    return unicodedata.category(letter)[0] in "LNPS" and letter not in BLANK


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
"""Non-empty text; add a max_length where it is used. In a Body it has no control characters, and something
to be seen."""


class Body(BaseModel):
    """Base of everything that comes in. `extra="forbid"`: a misspelt field is an answer, not silence."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, str_max_length=10_000, allow_inf_nan=False
    )

    @field_validator("*", mode="before")
    @classmethod
    def _as_written(cls, value: Any, info: Any) -> Any:
        """No guessing: "5", 5.0 and true are no integers, 1 is no truth, and 1 is no date."""
        kinds = _kinds_of(cls, info.field_name)
        if isinstance(value, str):
            if kinds in (frozenset({int}), frozenset({bool})):
                code = "bool_type" if bool in kinds else "int_type"
                raise PydanticCustomError(code, "not a text")
            if kinds & TIMES and value.replace(".", "", 1).lstrip("+-").isdigit():
                raise PydanticCustomError("datetime_type", "seconds since 1970 are nobody's time")
            return _clean(value)
        if isinstance(value, list):
            return [_clean(part) if isinstance(part, str) else part for part in value]
        _check(value, kinds)
        return value


def _check(value: Any, kinds: frozenset[type]) -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if number and abs(value) > LARGEST:
        raise PydanticCustomError("number_too_large", "number too large")
    if number and kinds & TIMES:
        raise PydanticCustomError("datetime_type", "a time is a text")
    if kinds == frozenset({int}) and (isinstance(value, bool | float)):
        raise PydanticCustomError("int_type", "not an integer")
    if kinds == frozenset({bool}) and number:
        raise PydanticCustomError("bool_type", "not a boolean")


@cache
def _kinds_of(model: type[BaseModel], field: str) -> frozenset[type]:
    return _kinds(model.model_fields[field].annotation)


def _kinds(annotation: Any) -> frozenset[type]:
    """The plain types that a field may hold, None aside."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _kinds(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        parts = [_kinds(part) for part in get_args(annotation) if part is not types.NoneType]
        return frozenset[type]().union(*parts)
    return frozenset({annotation}) if isinstance(annotation, type) else frozenset()
