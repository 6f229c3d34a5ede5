"""Request bodies: unknown fields are refused, strings are clean."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints


def _clean(text: str) -> str:
    """PostgreSQL takes no NUL, and control characters in a name are never meant."""
    if any(ord(letter) < 32 and letter not in "\n\t" for letter in text):
        raise ValueError("control characters")
    return text


Text = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1), AfterValidator(_clean)
]
"""Non-empty text without control characters; add a max_length where it is used."""


class Body(BaseModel):
    """Base of everything that comes in. `extra="forbid"`: a misspelt field is an answer, not silence."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_max_length=10_000)
