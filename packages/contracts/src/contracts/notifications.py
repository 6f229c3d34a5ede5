"""Events of the notification stream, published by notifications. Key: the message's id."""

from typing import Annotated, Literal

from contracts.fields import Code, EventData, Id, Privacy, Time

RecipientKind = Annotated[Literal["resident", "volunteer", "organisation"], Privacy.CODE]
"""A community's desk and a branch are organisations; who reads their inbox is a matter of roles."""


class NotificationEvent(EventData):
    message_id: Id
    recipient_kind: RecipientKind
    recipient_id: Id
    template: Code
    channel: Annotated[Literal["inbox", "sms", "email", "phone"], Privacy.CODE]
    source_event_id: Id
    wish_id: Id | None = None


class NotificationDelivered(NotificationEvent):
    delivered_at: Time


class NotificationFailed(NotificationEvent):
    reason: Code
    failed_at: Time
