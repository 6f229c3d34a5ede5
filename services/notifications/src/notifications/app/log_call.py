"""Somebody from the desk has phoned a person who has no other channel."""

from typing import Annotated, Literal
from uuid import UUID

from chassis.auth import Principal
from chassis.http.body import Body
from chassis.unit_of_work import UnitOfWork
from contracts.notifications import NotificationDelivered
from pydantic import BaseModel, Field

from notifications.metrics import SENT

LOCK = """
select id, source_event_id, recipient_kind, recipient_id, area, template, channel, wish_id, state,
    version
from message where id = $1 for update
"""
ADD_CALL = "insert into phone_call (message_id, at, by_id, outcome) values ($1, $2, $3, $4)"
TOLD = """
update message set state = 'delivered', delivered_at = $2, version = version + 1 where id = $1
"""


class NoSuchMessage(Exception):
    """No message with this id."""


class NotOnPhoneList(Exception):
    """The message waits for no call."""


class Call(Body):
    outcome: Literal["reached", "no_answer"]


class CallView(BaseModel):
    id: UUID
    state: str
    outcome: Annotated[str, Field()]


async def log_call(uow: UnitOfWork, who: Principal, message_id: UUID, request: Call) -> CallView:
    """Raises NoSuchMessage, NotOnPhoneList, OutOfScope. No answer: it stays on the list."""
    async with uow as tx:
        row = await tx.fetchrow(LOCK, message_id)
        if row is None:
            raise NoSuchMessage
        who.require_scope(row["area"])
        if row["state"] != "phone_list":
            raise NotOnPhoneList
        await tx.execute(ADD_CALL, message_id, uow.now, who.subject, request.outcome)
        state = "phone_list"
        if request.outcome == "reached":
            state = "delivered"
            await tx.execute(TOLD, message_id, uow.now)
            event = NotificationDelivered(
                message_id=row["id"],
                recipient_kind=row["recipient_kind"],
                recipient_id=row["recipient_id"],
                template=row["template"],
                channel="phone",
                source_event_id=row["source_event_id"],
                wish_id=row["wish_id"],
                delivered_at=uow.now,
            )
            tx.emit(event, key=message_id, version=row["version"] + 1)
            tx.count(SENT.labels("phone", "delivered"))
        return uow.reply(CallView(id=message_id, state=state, outcome=request.outcome))
