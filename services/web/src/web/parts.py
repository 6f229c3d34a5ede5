"""What the pages need from bootstrap."""

from dataclasses import dataclass
from typing import Annotated

from chassis.http import Health
from fastapi import Depends, Request

from web.live import Trees
from web.services import Services
from web.session import Sessions
from web.stream import EventStream


@dataclass(frozen=True)
class Parts:
    services: Services
    sessions: Sessions
    trees: Trees
    stream: EventStream
    health: Health


def parts(request: Request) -> Parts:
    return request.app.state.service


Uses = Annotated[Parts, Depends(parts)]
