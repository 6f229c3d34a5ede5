"""The platform's alerts: from Alertmanager to the district's operators, once."""

import asyncio
from typing import Any
from uuid import uuid4

import httpx
import pytest
from notifications.entrypoints.alerts import Shared

from .conftest import ALERTS_SECRET, MINTER, XIANDONG, Post

DISTRICT = "610102000000"
HOLDER = {"Authorization": f"Bearer {ALERTS_SECRET}"}


def alert(**more: Any) -> dict[str, Any]:
    """As Alertmanager 0.25 sends it."""
    return {
        "status": "firing",
        "labels": {"alertname": "ConsumerStuck", "service": "points", "severity": "page"},
        "annotations": {
            "summary": "points 一条事件也办不动",
            "description": "有 5 条在等，五分钟没有办成一条。",
            "runbook": "docs/runbook.md#consumer-stuck",
        },
        "startsAt": "2026-11-23T16:12:07.123456789Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://prometheus:9090/graph",
        "fingerprint": "1d1a2d1d6ba1a1b9",
    } | more


def payload(*alerts: dict[str, Any]) -> dict[str, Any]:
    return {
        "receiver": "at-once",
        "status": "firing",
        "alerts": list(alerts),
        "groupLabels": {"alertname": "ConsumerStuck"},
        "commonLabels": {"severity": "page"},
        "commonAnnotations": {},
        "externalURL": "http://alertmanager:9093",
        "version": "4",
        "groupKey": '{}:{alertname="ConsumerStuck"}',
        "truncatedAlerts": 0,
    }


async def send(post: Post, *alerts: dict[str, Any]) -> httpx.Response:
    return await post.api.post("/v1/alerts", json=payload(*alerts), headers=HOLDER)


async def told(post: Post, *alerts: dict[str, Any]) -> int:
    answer = await send(post, *alerts)
    assert answer.status_code == 200, answer.text
    return answer.json()["told"]


async def inbox(post: Post, role: str = "district_operator", area: str = "610102") -> list[Any]:
    answer = await post.get("inbox", MINTER.header(role, area))
    return answer.json()["items"]


async def test_an_alert_is_in_the_operators_inbox_at_once_and_then_in_their_mail(
    post: Post,
) -> None:
    district = await post.unit("district", DISTRICT, email="district@example.org")
    assert await told(post, alert()) == 1
    sentence = (
        "请马上看：points 一条事件也办不动。有 5 条在等，五分钟没有办成一条。"
        "11 月 24 日 00:12 开始。值班手册“consumer-stuck”一段，告警 ConsumerStuck。"
    )
    (message,) = await inbox(post)
    assert (message["text"], message["state"]) == (sentence, "pending")
    await post.send_all()
    (mail,) = post.sent()
    assert (mail["channel"], mail["to"]) == ("email", "district@example.org")
    assert mail["text"] == sentence
    (kept,) = await post.messages(district)
    assert (kept["channel"], kept["state"]) == ("email", "delivered")


async def test_a_district_without_an_address_finds_it_in_its_inbox(post: Post) -> None:
    district = await post.unit("district", DISTRICT)
    await told(post, alert())
    await post.send_all()
    (kept,) = await post.messages(district)
    assert (kept["channel"], kept["state"]) == ("inbox", "delivered")


async def test_it_is_in_the_inbox_while_the_service_that_knows_the_address_is_what_is_broken(
    post: Post,
) -> None:
    await post.unit("district", DISTRICT, email="district@example.org")
    post.owners.away = True
    await told(post, alert())
    await post.send_all()
    assert [m["template"] for m in await inbox(post)] == ["alert_at_once"]


async def test_an_alert_is_told_once_however_often_it_is_repeated(post: Post) -> None:
    await post.unit("district", DISTRICT)
    answers = await asyncio.gather(*(told(post, alert(), alert()) for _ in range(5)))
    assert sorted(answers) == [0, 0, 0, 0, 1]
    same_moment = alert(startsAt="2026-11-24T00:12:07.123456+08:00")
    assert await told(post, same_moment) == 0
    assert len(await inbox(post)) == 1


async def test_its_end_and_its_return_are_told_too(post: Post) -> None:
    await post.unit("district", DISTRICT)
    over = alert(status="resolved", endsAt="2026-11-23T16:30:00Z")
    again = alert(startsAt="2026-11-23T17:00:00Z")
    other = alert(fingerprint="2d1a2d1d6ba1a1b9")
    for number, each in enumerate((alert(), over, again, other), 1):
        assert await told(post, each) == 1
        assert await told(post, each) == 0
        assert len(await inbox(post)) == number
    said = [message["text"] for message in await inbox(post)]
    assert "好了：points 一条事件也办不动。11 月 24 日 00:12 开始的那一次过去了" in said[2]


async def test_what_can_wait_says_so(post: Post) -> None:
    await post.unit("district", DISTRICT)
    labels = {"alertname": "ConsumerLate", "severity": "ticket"}
    await told(post, alert(labels=labels))
    (message,) = await inbox(post)
    assert message["text"].startswith("白天看一下：")


async def test_others_do_not_read_it(post: Post) -> None:
    await post.unit("district", DISTRICT)
    await told(post, alert())
    assert await inbox(post, "community_worker", XIANDONG) == []
    assert await inbox(post, "district_operator", "610103") == []


async def test_an_alert_with_little_or_much_in_it_is_told_nevertheless(post: Post) -> None:
    await post.unit("district", DISTRICT)
    bare = {"status": "firing", "fingerprint": "a1", "startsAt": "2026-11-23T16:12:07Z"}
    assert await told(post, bare | {"labels": {"alertname": "Mine"}}) == 1
    annotations = {"summary": "很" * 9_000, "description": "长" * 9_000}
    assert await told(post, alert(annotations=annotations)) == 1
    long, short = await inbox(post)
    assert "Mine" in short["text"]
    assert 1_200 < len(long["text"]) < 1_500


async def test_before_a_district_is_founded_alertmanager_is_asked_to_come_again(
    post: Post,
) -> None:
    answer = await send(post, alert())
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/nobody-to-tell")
    assert int(answer.headers["Retry-After"]) > 0
    await post.unit("district", DISTRICT)
    assert await told(post, alert()) == 1


@pytest.mark.parametrize(
    "header",
    [
        {},
        {"Authorization": "Bearer"},
        {"Authorization": f"Basic {ALERTS_SECRET}"},
        {"Authorization": f"Bearer {ALERTS_SECRET[:-1]}"},
        {"Authorization": f"Bearer {ALERTS_SECRET}x"},
        {"Authorization": "Bearer ÿ".encode("latin-1")},
        MINTER.header("district_operator", "610102"),
        MINTER.header("alertmanager"),
    ],
    ids=["nothing", "empty", "basic", "shorter", "longer", "not-ascii", "operator", "own-role"],
)
async def test_nobody_else_can_send_alerts(post: Post, header: dict[str, Any]) -> None:
    await post.unit("district", DISTRICT)
    answer = await post.api.post("/v1/alerts", json=payload(alert()), headers=header)
    assert (answer.status_code, answer.json()["type"]) == (401, "/problems/not-signed-in")
    assert "WWW-Authenticate" in answer.headers
    assert await inbox(post) == []


async def test_without_a_secret_nobody_gets_in(post: Post) -> None:
    transport: Any = post.api._transport
    transport.app.state.service = Shared(None)
    for given in ("", "None", ALERTS_SECRET):
        header = {"Authorization": f"Bearer {given}"}
        answer = await post.api.post("/v1/alerts", json=payload(alert()), headers=header)
        assert answer.status_code == 401


@pytest.mark.parametrize(
    "broken",
    [
        {"version": "3"},
        {"alerts": [alert(status="maybe")]},
        {"alerts": [alert(startsAt="yesterday")]},
        {"alerts": [alert(fingerprint="../x")]},
        {"alerts": [alert(labels=None)]},
        {"alerts": [alert(fingerprint=f"{n:x}") for n in range(101)]},
        {"alerts": None},
    ],
)
async def test_what_is_no_webhook_of_alertmanager_is_refused(
    post: Post, broken: dict[str, Any]
) -> None:
    await post.unit("district", DISTRICT)
    answer = await post.api.post("/v1/alerts", json=payload() | broken, headers=HOLDER)
    assert answer.status_code == 422, answer.text
    assert await inbox(post) == []


async def test_only_what_is_said_is_kept(post: Post) -> None:
    """No label or annotation that nobody asked for gets into the table."""
    await post.unit("district", DISTRICT)
    marker = str(uuid4())
    labels = {"alertname": "ConsumerStuck", "severity": "page", "instance": marker}
    await told(post, alert(labels=labels, generatorURL=f"http://{marker}"))
    rows = await post.db.fetch("select m::text as line from message m")
    assert marker not in " ".join(row["line"] for row in rows)
