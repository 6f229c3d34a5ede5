"""The way in for Prometheus' Alertmanager: its webhook, version 4.

It has no token and can get none when the service that signs them is what is broken. So it holds a
secret that only it and this service know.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from uuid import uuid5

from chassis.auth import Forbidden, Permits, Principal, RoleGrant, Unauthenticated
from chassis.db import Database
from chassis.http.body import Body
from fastapi import APIRouter, Depends, Request
from fastapi.security import HTTPBearer
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr

from notifications.app.tell_operators import tell_operators
from notifications.domain.alerts import SPACE, Alert

router = APIRouter(prefix="/v1")
ALERTMANAGER = Principal(uuid5(SPACE, "alertmanager"), "service", (RoleGrant("alertmanager"),))
MOST_ALERTS = 100


@dataclass(frozen=True)
class Shared:
    """What this service shares with callers that have no token. None: nobody gets in."""

    alerts_secret: SecretStr | None = None


class PermitsSecret(Permits):
    """Dependency: as `permits`, for the one caller that holds the secret."""

    def __init__(self, permission: str) -> None:
        HTTPBearer.__init__(self, scheme_name="alerts", auto_error=False)
        self.permission = permission

    async def __call__(self, request: Request) -> Principal:
        shared: Shared = request.app.state.service
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not given:
            raise Unauthenticated("no secret", given=False)
        secret = shared.alerts_secret
        # In constant time: an answer that comes sooner would tell how much of a guess was right.
        if secret is None or not hmac.compare_digest(
            given.strip().encode(), secret.get_secret_value().encode()
        ):
            raise Unauthenticated("another secret")
        caller = ALERTMANAGER.limited_to(request.app.state.permissions[self.permission])
        if not caller.grants:
            raise Forbidden(self.permission)
        request.state.principal = caller
        return caller


def _at_most(length: int) -> Any:
    """Cut, not refused: what is refused is never sent again, and a cut sentence still wakes somebody."""
    return BeforeValidator(lambda text: text[:length] if isinstance(text, str) else text)


Name = Annotated[str, _at_most(100)]
Sentence = Annotated[str, _at_most(300)]
Sentences = Annotated[str, _at_most(1_000)]


class Received(Body):
    """What another program sends: it may say more than we read."""

    model_config = ConfigDict(extra="ignore", str_max_length=10_000)


class LabelsIn(Received):
    alertname: Name = "?"
    severity: Name = ""


class AnnotationsIn(Received):
    summary: Sentence = ""
    description: Sentences = ""
    runbook: Sentence = ""


class AlertIn(Received):
    status: Literal["firing", "resolved"]
    fingerprint: Annotated[str, Field(pattern=r"^[0-9a-f]{1,64}$")]
    began: Annotated[AwareDatetime, Field(alias="startsAt")]
    labels: LabelsIn
    annotations: AnnotationsIn = AnnotationsIn()

    def alert(self) -> Alert:
        return Alert(
            fingerprint=self.fingerprint,
            over=self.status == "resolved",
            began=self.began,
            name=self.labels.alertname,
            severity=self.labels.severity,
            summary=self.annotations.summary,
            description=self.annotations.description,
            runbook=self.annotations.runbook,
        )


class AlertsIn(Received):
    version: Literal["4"]
    alerts: Annotated[Sequence[AlertIn], Field(max_length=MOST_ALERTS)]


class ToldView(BaseModel):
    told: int
    """New messages; 0 when all of it was told before."""


Tells = Annotated[Principal, Depends(PermitsSecret("alerts.tell"))]


def database(request: Request) -> Database:
    return request.app.state.db


@router.post("/alerts")
async def post_alerts(
    _: Tells, body: AlertsIn, db: Annotated[Database, Depends(database)]
) -> ToldView:
    """Alerts of the platform, that begin or are over, for the operators of the district."""
    return ToldView(told=await tell_operators(db, [one.alert() for one in body.alerts]))
