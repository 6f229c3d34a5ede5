"""Events of the points stream, published by points. Key: the holder's id."""

from typing import Annotated

from pydantic import Field

from contracts.fields import Count, EventData, Fen, GiverKind, Id, Minutes, Privacy, Time


class PostingEvent(EventData):
    posting_id: Id
    holder_kind: GiverKind
    holder_id: Id
    wish_id: Id
    source_event_id: Id
    points: Count
    minutes: Minutes
    gift_value_fen: Fen
    rule_version: Annotated[int, Field(ge=1), Privacy.NUMBER]


class PointsCredited(PostingEvent):
    """What one holder got from one fulfilled wish, over the three books."""

    credited_at: Time


class PointsReversed(PostingEvent):
    """A credit taken back by an opposite posting; amounts are those of the credit."""

    reversed_at: Time
