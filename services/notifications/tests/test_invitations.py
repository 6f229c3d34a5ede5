"""An invitation reaches whoever it asks, and leaves no trace of who that was or what they said."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from chassis.gateway import GatewayError
from contracts import wishes
from notifications.domain.retry import GIVE_UP_AFTER
from prometheus_client import REGISTRY

from .conftest import MINTER, XIANDONG, Post, golden

PHONE = "13800000077"


async def invite(post: Post, person: UUID | None, kind: str = "volunteer") -> wishes.InvitationSent:
    """An invitation that stands; with nobody, one that does not any more."""
    wish = (await post.wish()).wish_id
    data = golden(wishes.InvitationSent, wish_id=wish, invitation_id=uuid4(), invitee_kind=kind)
    if person is not None:
        post.owners.invitations[str(data.invitation_id)] = (kind, str(person))
    await post.hear(data)
    return data


async def row(post: Post, sent: wishes.InvitationSent) -> dict[str, Any]:
    """The message as it stands, without what differs from one to the next by its birth."""
    (message,) = await post.messages(sent.invitation_id)
    born = ("id", "source_event_id", "recipient_id", "wish_id", "created_at")
    return {name: value for name, value in message.items() if name not in born}


async def everything(post: Post) -> str:
    """Every byte of every table of the schema, stored headers and payloads decoded."""
    tables = await post.db.fetch(
        "select relname from pg_class where relnamespace = 'notifications'::regnamespace "
        "and relkind in ('r', 'p')"
    )
    found: list[str] = []
    for table in tables:
        rows = await post.db.fetch(f"select t::text as line from {table['relname']} t")
        found += [line["line"] for line in rows]
    payloads = await post.db.fetch("select convert_from(payload, 'utf8') as said from outbox")
    return "\n".join([*found, *(payload["said"] for payload in payloads)])


def counted(result: str, channel: str = "sms") -> float:
    labels = {"channel": channel, "result": result}
    return REGISTRY.get_sample_value("wishtree_notifications_total", labels) or 0


async def test_a_volunteer_gets_an_sms_and_a_unit_an_e_mail_each_in_their_words(post: Post) -> None:
    a = await post.volunteer(phone=PHONE)
    unit = await post.unit("resident_unit", email="unit@example.org")
    await post.send_all()
    await invite(post, a)
    await invite(post, unit, "organisation")
    await post.send_all()
    said = {
        mail["to"]: mail for mail in post.sent() if "请" in mail["text"] and "看看" in mail["text"]
    }
    assert said[PHONE]["channel"] == "sms"
    assert "愿意才接，不方便不用回" in said[PHONE]["text"]
    assert said["unit@example.org"]["channel"] == "email"
    assert "你们单位" in said["unit@example.org"]["text"]


async def test_nothing_here_says_who_was_asked(
    post: Post, capfd: pytest.CaptureFixture[str]
) -> None:
    # A volunteer whom nothing else was told: what is found of them can only come from the invitation.
    person = uuid4()
    post.owners.addresses[str(person)] = {"phone": PHONE}
    sent = await invite(post, person)
    await post.send_all()
    assert PHONE in {mail["to"] for mail in post.sent()}
    operator = MINTER.header("district_operator", "610102")
    told = (await post.get(f"deliveries?recipient_id={person}", operator)).json()["items"]
    inbox = (await post.get("inbox", MINTER.header("volunteer", subject=person))).json()["items"]
    assert told == inbox == []
    kept = await everything(post)
    out, err = capfd.readouterr()
    assert "route=/v1/inbox" in out, "the log is what is searched"
    for needle in (str(person), person.hex, PHONE):
        assert needle not in kept
        assert needle not in out + err
    assert str(sent.invitation_id) in kept, "the search itself must be able to find something"


async def test_sent_declined_expired_and_taken_are_one_row_one_count_and_no_event(
    post: Post,
) -> None:
    """Whatever became of it, and however often it was tried: nobody can tell them apart."""
    a = await post.volunteer()
    await post.send_all()
    published = len(await post.published())
    rows: list[dict[str, Any]] = []
    for person, hours_away in ((a, 0), (None, 0), (a, 3), (None, 3)):
        before = counted("closed"), counted("delivered"), counted("failed")
        sent = await invite(post, person)
        # Only the invitation: the other messages of the wish are no part of this.
        await post.db.fetch("delete from message where template <> 'invited'")
        post.owners.away = True
        for _ in range(hours_away):
            await post.send_all()
        post.owners.away = False
        await post.send_all()
        rows.append(await row(post, sent))
        after = counted("closed"), counted("delivered"), counted("failed")
        assert after == (before[0] + 1, *before[1:])
    assert all(each == rows[0] for each in rows)
    assert (rows[0]["state"], rows[0]["tries"], rows[0]["reason"]) == ("closed", 0, None)
    assert rows[0]["delivered_at"] is rows[0]["next_try_at"] is None
    assert len(await post.published()) == published


async def test_declined_before_it_was_sent_is_not_sent(post: Post) -> None:
    a = await post.volunteer(phone=PHONE)
    await post.send_all()
    before = len(post.sent())
    sent = await invite(post, a)
    await post.db.fetch("delete from message where template <> 'invited'")
    post.owners.away = True
    await post.send_all()
    del post.owners.invitations[str(sent.invitation_id)]
    post.owners.away = False
    await post.send_all()
    assert len(post.sent()) == before
    assert (await row(post, sent))["state"] == "closed"


async def test_it_waits_while_either_owner_is_away(post: Post) -> None:
    a = await post.volunteer()
    await post.send_all()
    sent = await invite(post, a)
    post.owners.away = True
    await post.send_all()
    (waiting,) = await post.messages(sent.invitation_id)
    assert (waiting["state"], waiting["reason"]) == ("pending", "Transient")
    del post.owners.addresses[str(a)]
    post.owners.away = False
    await post.send_all()
    assert (await row(post, sent))["state"] == "pending", "the owner has not heard of them yet"


async def test_a_provider_that_fails_for_hours_leaves_no_trace_either(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    a = await post.volunteer()
    await post.send_all()
    gone = await invite(post, None)
    await post.send_all()
    sent = await invite(post, a)

    async def refuse(*_: object) -> None:
        raise GatewayError("no")

    monkeypatch.setattr(post.sender, "_gateway", type("Away", (), {"send": refuse})())
    await post.db.fetch(
        "update message set tries = $1 where recipient_id = $2",
        GIVE_UP_AFTER - 1,
        sent.invitation_id,
    )
    await post.send_all()
    assert await row(post, sent) == await row(post, gone)
    assert not {e.data.recipient_id for e in await post.published()} & {sent.invitation_id}


async def test_without_an_address_it_is_found_in_the_invitees_own_list(post: Post) -> None:
    unit = await post.unit("branch", email=None)
    sent = await invite(post, unit, "organisation")
    await post.send_all()
    assert (await row(post, sent))["state"] == "closed"
    listed = await post.get(
        f"phone-list?area={XIANDONG}", MINTER.header("community_worker", XIANDONG)
    )
    assert "invited" not in {line["template"] for line in listed.json()["items"]}


async def test_one_message_per_invitation_and_one_question_for_all(post: Post) -> None:
    people = [await post.volunteer() for _ in range(3)]
    await post.send_all()
    post.owners.asked.clear()
    sent = [await invite(post, person) for person in people]
    event = await post.hear(sent[0])
    await post.hear(sent[0], event.id)
    await post.db.fetch("delete from message where template <> 'invited'")
    await post.send_all()
    assert len(await post.messages(sent[0].invitation_id)) == 2, "two events, each told once"
    paths = [set(body["ids"]) for owner, body, _ in post.owners.asked if owner == "w"]
    assert paths == [{str(each.invitation_id) for each in sent}]
    assert len([owner for owner, _, _ in post.owners.asked if owner == "v"]) == 1


async def test_the_worker_sees_that_somebody_was_asked_and_no_more(post: Post) -> None:
    a = await post.volunteer()
    sent = await invite(post, a)
    await post.send_all()
    worker = MINTER.header("community_worker", XIANDONG)
    told = (await post.get(f"deliveries?wish_id={sent.wish_id}", worker)).json()["items"]
    (line,) = [line for line in told if line["template"] == "invited"]
    assert (line["recipient_kind"], line["state"]) == ("invitation", "closed")
    assert line["recipient_id"] == str(sent.invitation_id)
    assert str(a) not in str(told)


CANNOT_BE: Sequence[tuple[str, str]] = (
    ("state = 'delivered'", "an_invitation_leaves_no_trace"),
    ("state = 'phone_list'", "an_invitation_leaves_no_trace"),
    ("version = 1", "an_invitation_leaves_no_trace"),
    ("tries = 3", "what_is_closed_says_no_more"),
    ("reason = 'GatewayError'", "what_is_closed_says_no_more"),
    ("delivered_at = now()", "an_invitation_leaves_no_trace|what_is_closed_says_no_more"),
)


async def test_the_table_itself_keeps_no_trace(post: Post) -> None:
    sent = await invite(post, None)
    await post.send_all()
    for change, constraint in CANNOT_BE:
        with pytest.raises(asyncpg.CheckViolationError, match=constraint):
            await post.db.fetch(
                f"update message set {change} where recipient_id = $1", sent.invitation_id
            )
