"""What comes in as a word to the other side."""

from typing import Annotated, Literal

from chassis.http.body import Body, Text
from chassis.http.page import CURSOR_LETTERS, CURSOR_LIMIT
from pydantic import Field


class MessageIn(Body):
    text: Annotated[Text, Field(max_length=300)]


class ReadMessages(Body):
    purpose: Literal["help", "complaint"]
    cursor: Annotated[str, Field(max_length=CURSOR_LIMIT, pattern=CURSOR_LETTERS)] | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20
