"""Reading the event stream without a group: every web process sees everything, nobody waits for it."""

import asyncio
import contextlib
from collections import deque
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from chassis import message_spans
from chassis.kafka import KafkaSettings, sleep_unless
from contracts import topics, wishes
from contracts.codec import decode
from contracts.envelope import Event
from contracts.errors import ContractError
from contracts.fields import EventData
from contracts.registry import EVENTS

from web.live import Channel, Trees

log = structlog.get_logger(__name__)
BEFORE = 20
"""Messages of each partition that are shown from before the start."""
KEPT = 200
BESIDE_THE_TREE: frozenset[type[EventData]] = frozenset(
    {
        wishes.CallbackDrawn,
        wishes.ChangeProposed,
        wishes.ClaimContacted,
        wishes.ClaimExtended,
        wishes.ClaimExtensionAsked,
        wishes.ClaimExtensionRefused,
        wishes.ClaimJoined,
        wishes.ClaimLeft,
        wishes.ClaimReminded,
        wishes.ClaimUnitJoined,
        wishes.ComplaintAnswered,
        wishes.ComplaintFiled,
        wishes.DataRequestAnswered,
        wishes.DataRequestFiled,
        wishes.InvitationAnswered,
        wishes.InvitationSent,
        wishes.PersonErased,
        wishes.ProgrammeClosed,
        wishes.ProgrammeOpened,
        wishes.ReferralAnswered,
        wishes.VisitEnded,
        wishes.VisitOverdue,
        wishes.VisitStarted,
        wishes.WishCalledBack,
        wishes.WishClosed,
        wishes.WishDelivered,
        wishes.WishDrafted,
        wishes.WishEscalated,
        wishes.WishEvaluated,
        wishes.WishHandedOver,
        wishes.WishJoinedProgramme,
        wishes.WishMessageSent,
        wishes.WishOffered,
        wishes.WishOverdue,
        wishes.WishPartlyDelivered,
        wishes.WishReturned,
        wishes.WishSubmitted,
        wishes.WishVerified,
    }
)
"""After these a tree looks as it did. All others ask anew, so that one that is forgotten here costs a
question and never leaves a leaf that is gone."""


class EventStream:
    """Tells the trees what changed and the operators' page what happened."""

    def __init__(self, kafka: KafkaSettings, trees: Trees) -> None:
        self._kafka = kafka
        self._trees = trees
        self.channel = Channel()
        self.latest: deque[dict[str, str]] = deque(maxlen=KEPT)

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            consumer = AIOKafkaConsumer(
                **self._kafka.client(),
                enable_auto_commit=False,
                request_timeout_ms=self._kafka.request_timeout_ms,
                fetch_max_wait_ms=250,
            )
            try:
                await asyncio.wait_for(consumer.start(), 15)
                await self._read(consumer, stop)
            except (KafkaError, OSError, TimeoutError) as error:
                log.info("stream_waits_for_kafka", error=type(error).__name__)
                await sleep_unless(stop, 1.0)
            finally:
                with contextlib.suppress(TimeoutError, KafkaError):
                    await asyncio.wait_for(consumer.stop(), 5)

    async def _read(self, consumer: AIOKafkaConsumer, stop: asyncio.Event) -> None:
        places = [
            TopicPartition(topic.name, number)
            for topic in topics.ALL
            for number in range(topic.partitions)
        ]
        consumer.assign(places)
        ends = await asyncio.wait_for(consumer.end_offsets(places), 15)
        starts = await asyncio.wait_for(consumer.beginning_offsets(places), 15)
        back = 0 if self.latest else BEFORE
        for place in places:
            consumer.seek(place, max(starts[place], ends[place] - back))
        while not stop.is_set():
            fetched = await consumer.getmany(timeout_ms=500, max_records=500)
            for records in fetched.values():
                for record in records:
                    self._see(record)

    def _see(self, record: Any) -> None:
        try:
            event = decode([(name, bytes(value)) for name, value in record.headers], record.value)
        except ContractError:
            return
        with message_spans.handled("web", record, event):
            area = getattr(event.data, "area", None)
            beside = EVENTS[event.type].model in BESIDE_THE_TREE
            if record.topic == topics.WISH.name and area and not beside:
                self._trees.changed(area)
            row = row_of(event, area)
            self.latest.append(row)
            self.channel.publish("event", row)


def row_of(event: Event[EventData], area: str | None) -> dict[str, str]:
    """One line of the operators' page: ids, codes and times."""
    spec = EVENTS[event.type]
    return {
        "id": str(event.id),
        "time": f"{event.time:%m-%d %H:%M:%S}",
        "name": spec.name,
        "title": spec.title,
        "subject": event.subject,
        "version": str(event.aggregate_version),
        "area": area or "",
    }
