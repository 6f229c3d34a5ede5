"""What became of messages is counted when it is so, and what waits is shown."""

from notifications.metrics import CHANNELS, Pending
from prometheus_client import REGISTRY

from .conftest import Post


def count(channel: str, result: str) -> float:
    labels = {"channel": channel, "result": result}
    return REGISTRY.get_sample_value("wishtree_notifications_total", labels) or 0


def waiting() -> dict[str, float | None]:
    return {
        channel: REGISTRY.get_sample_value("wishtree_notifications_pending", {"channel": channel})
        for channel in CHANNELS
    }


async def test_sent_put_off_and_waiting_messages(post: Post) -> None:
    pending = Pending(post.db)
    again, delivered = count("sms", "again"), count("sms", "delivered")
    await post.volunteer()
    post.owners.away = True
    await post.send_all()
    await pending.look()
    assert waiting() == {"inbox": 0, "sms": 1, "email": 0}
    assert (count("sms", "again"), count("sms", "delivered")) == (again + 1, delivered)
    post.owners.away = False
    await post.send_all()
    await pending.look()
    assert waiting() == {"inbox": 0, "sms": 0, "email": 0}
    assert (count("sms", "again"), count("sms", "delivered")) == (again + 1, delivered + 1)


async def test_somebody_without_a_channel_counts_for_the_phone_list(post: Post) -> None:
    before = count("phone", "phone_list")
    await post.wish(phone=None)
    await post.send_all()
    assert count("phone", "phone_list") == before + 1
