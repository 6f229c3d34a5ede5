"""From an event to a person: once, by the channel they have, and never lost while somebody is away."""

import asyncio
from typing import Any
from uuid import UUID

from chassis.testing import PATIENCE
from contracts.notifications import NotificationDelivered, NotificationFailed
from contracts.volunteers import OrganisationChanged
from notifications.domain.retry import GIVE_UP_AFTER

from .conftest import MINTER, XIANDONG, Post, claimed, credited, fulfilled, submitted


async def states(post: Post, recipient: UUID) -> list[tuple[str, str, str]]:
    return [(m["template"], m["channel"], m["state"]) for m in await post.messages(recipient)]


async def test_an_event_only_notes_messages_and_sends_nothing(post: Post) -> None:
    wish = await post.wish()
    assert await states(post, wish.beneficiary_id) == [("wish_received", "sms", "pending")]
    assert (post.sent(), post.owners.asked) == ([], [])


async def test_a_resident_with_a_phone_gets_an_sms(post: Post) -> None:
    wish = await post.wish(phone="13900000001")
    await post.unit("community")
    await post.send_all()
    (sms,) = post.sent()
    assert (sms["channel"], sms["to"]) == ("sms", "13900000001")
    assert "7K3Q" in sms["text"]
    assert await states(post, wish.beneficiary_id) == [("wish_received", "sms", "delivered")]
    owner, body, key = post.owners.asked[0]
    assert owner == "w"
    assert body == {"purpose": "notify", "ids": [str(wish.beneficiary_id)]}
    assert key.startswith("notify-")


async def test_a_batch_of_messages_asks_each_owner_once(post: Post) -> None:
    for n in range(8):
        await post.volunteer(phone=f"138000002{n:02}")
        await post.wish(phone=f"139000002{n:02}")
    await post.send_all()
    assert sorted(owner for owner, _, _ in post.owners.asked) == ["v", "w"]
    assert len(post.sent()) == 16


async def test_no_address_is_kept_anywhere(post: Post) -> None:
    unit = await post.unit("branch", email="branch@example.org")
    a = await post.volunteer(unit, phone="13800000077")
    wish = await post.wish(phone="13900000077")
    await post.hear(claimed(a, wish=wish.wish_id))
    await post.send_all()
    for row in await post.db.fetch(
        "select relname from pg_class where relnamespace = 'notifications'::regnamespace "
        "and relkind = 'r'"
    ):
        rows = await post.db.fetch(f"select t::text as line from {row['relname']} t")
        text = " ".join(line["line"] for line in rows)
        assert not [n for n in ("13800000077", "13900000077", "example.org") if n in text]


async def test_everybody_concerned_is_told_by_their_own_channel(post: Post) -> None:
    desk, branch = await post.unit("community"), await post.unit("branch", email="b@example.org")
    hospital = await post.unit("resident_unit")
    a, b = await post.volunteer(branch, hospital), await post.volunteer()
    wish = await post.wish()
    await post.hear(claimed(a, wish=wish.wish_id))
    await post.hear(fulfilled(a, helpers=[b], wish=wish.wish_id))
    await post.send_all()
    assert await states(post, wish.beneficiary_id) == [
        ("wish_received", "sms", "delivered"),
        ("wish_taken", "sms", "delivered"),
        ("wish_blossoms", "sms", "delivered"),
    ]
    assert await states(post, desk) == [
        ("wish_to_verify", "inbox", "delivered"),
        ("claim_in_area", "inbox", "delivered"),
        ("wish_done_in_area", "inbox", "delivered"),
    ]
    assert await states(post, branch) == [
        ("claim_in_branch", "email", "delivered"),
        ("wish_done_in_branch", "email", "delivered"),
    ]
    assert await states(post, hospital) == []
    assert (await states(post, b))[-1] == ("wish_done", "sms", "delivered")
    assert [s["channel"] for s in post.sent()].count("email") == 2


async def test_a_branch_without_an_address_finds_it_in_its_inbox(post: Post) -> None:
    branch = await post.unit("branch", email=None)
    a = await post.volunteer(branch)
    await post.hear(claimed(a, wish=(await post.wish()).wish_id))
    await post.send_all()
    assert await states(post, branch) == [("claim_in_branch", "inbox", "delivered")]


async def test_one_message_per_person_and_fact_whatever_is_delivered_again(post: Post) -> None:
    a = await post.volunteer()
    wish = await post.wish()
    event = await post.hear(claimed(a, wish=wish.wish_id))
    await post.hear(event.data, event.id)
    await post.send_all()
    await post.hear(event.data, event.id)
    await post.send_all()
    told = [m for m in await post.messages(a) if m["source_event_id"] == event.id]
    assert len(told) == 1
    about_claim = [e for e in await post.published() if e.data.source_event_id == event.id]
    assert {e.data.recipient_kind for e in about_claim} == {"volunteer", "resident"}
    assert len(about_claim) == 2


async def test_what_was_told_is_published_without_an_address(post: Post) -> None:
    a = await post.volunteer(phone="13800000077")
    event = await post.hear(credited(a, 2, 90, 0))
    await post.send_all()
    (said,) = [e for e in await post.published() if e.data.source_event_id == event.id]
    assert isinstance(said.data, NotificationDelivered)
    assert (said.data.template, said.data.channel, said.data.recipient_id) == ("saved", "sms", a)
    assert (said.aggregate_version, said.subject) == (1, str(said.data.message_id))
    assert (said.causation_id, said.correlation_id) == (str(event.id), "story")
    assert "存进 2 个积分、1.5 小时。怎么算的，点开看。" in [s["text"] for s in post.sent()]


async def test_while_the_owner_is_away_messages_wait_and_then_go_out_once(post: Post) -> None:
    a = await post.volunteer()
    post.owners.away = True
    for _ in range(3):
        await post.send_all()
    assert await states(post, a) == [("approved", "sms", "pending")]
    (waiting,) = await post.messages(a)
    assert (waiting["tries"], waiting["reason"], post.sent()) == (3, "Transient", [])
    assert waiting["next_try_at"] > waiting["created_at"]
    post.owners.away = False
    await post.send_all()
    assert await states(post, a) == [("approved", "sms", "delivered")]
    assert len(post.sent()) == 1


async def test_an_owner_that_is_away_does_not_hold_up_what_needs_no_address(post: Post) -> None:
    desk = await post.unit("community")
    post.owners.away = True
    await post.wish()
    await post.send_all()
    assert await states(post, desk) == [("wish_to_verify", "inbox", "delivered")]


async def test_a_crash_between_sending_and_noting_makes_no_second_message(post: Post) -> None:
    a = await post.volunteer()
    await post.send_all()
    # As if the note had been rolled back: the provider has it, the table does not say so.
    await post.db.fetch("update message set state = 'pending', next_try_at = now(), version = 0")
    await post.send_all()
    assert len(post.sent()) == 1
    assert await states(post, a) == [("approved", "sms", "delivered")]


async def test_two_senders_at_once_send_each_message_once(post: Post) -> None:
    people = [await post.volunteer(phone=f"138000001{n:02}") for n in range(30)]

    async def drain() -> None:
        while await post.sender.send_due():
            pass

    await asyncio.gather(drain(), drain())
    asked = [person for _, body, _ in post.owners.asked for person in body["ids"]]
    assert len(asked) == len(people) == len(post.sent())
    assert len(await post.published()) == len(people)


async def test_a_message_that_cannot_be_said_does_not_hold_up_the_others(post: Post) -> None:
    a, b = await post.volunteer(), await post.volunteer()
    await post.db.fetch("update message set template = 'gone' where recipient_id = $1", a)
    await post.send_all()
    assert await states(post, a) == [("gone", "sms", "pending")]
    assert await states(post, b) == [("approved", "sms", "delivered")]


async def test_a_person_nobody_could_reach_for_hours_is_rung_up(post: Post) -> None:
    wish = await post.wish()
    post.owners.away = True
    await post.db.fetch("update message set tries = $1", GIVE_UP_AFTER - 1)
    await post.send_all()
    assert await states(post, wish.beneficiary_id) == [("wish_received", "sms", "phone_list")]
    failed = [e.data for e in await post.published() if isinstance(e.data, NotificationFailed)]
    assert wish.beneficiary_id in {data.recipient_id for data in failed}


async def test_a_desk_whose_founding_comes_later_is_told_then(post: Post) -> None:
    await post.wish()
    await post.send_all()
    assert len(await post.messages(UUID(int=0))) == 1
    desk = await post.unit("community")
    await post.send_all()
    assert await states(post, desk) == [("wish_to_verify", "inbox", "delivered")]
    told = {e.data.recipient_id for e in await post.published()}
    assert desk in told
    assert UUID(int=0) not in told


async def test_a_branch_that_was_closed_is_not_told(post: Post) -> None:
    branch = await post.unit("branch")
    a = await post.volunteer(branch)
    change: dict[str, Any] = {"organisation_id": branch, "kind": "branch", "area": XIANDONG}
    closing = change | {"active": False, "changed_at": "2026-11-23T20:00:00+08:00"}
    await post.hear(OrganisationChanged.model_validate(closing))
    await post.hear(claimed(a, wish=(await post.wish()).wish_id))
    assert await post.messages(branch) == []


async def test_no_phone_puts_a_person_on_the_phone_list_until_somebody_got_through(
    post: Post,
) -> None:
    wish = await post.wish(phone=None)
    await post.send_all()
    worker = MINTER.header("community_worker", XIANDONG)
    listed = (await post.get(f"phone-list?area={XIANDONG}", worker)).json()["items"]
    assert [line["recipient_id"] for line in listed] == [str(wish.beneficiary_id)]
    message = UUID(listed[0]["id"])
    assert (await post.call(message, "no_answer", worker)).json()["state"] == "phone_list"
    assert (await post.call(message, "reached", worker)).json()["state"] == "delivered"
    assert await states(post, wish.beneficiary_id) == [("wish_received", "phone", "delivered")]
    said = (await post.published())[-1]
    assert (said.data.channel, said.aggregate_version) == ("phone", 1)
    again = await post.call(message, "reached", worker)
    assert (again.status_code, again.json()["type"]) == (409, "/problems/not-on-phone-list")
    assert (await post.get(f"phone-list?area={XIANDONG}", worker)).json()["items"] == []


async def test_the_sender_ends_when_told(post: Post) -> None:
    stop = asyncio.Event()
    running = asyncio.ensure_future(post.sender.run(stop))
    await post.volunteer()
    stop.set()
    await asyncio.wait_for(running, PATIENCE)


async def test_a_batch_knows_a_wish_before_it_tells_of_it(post: Post) -> None:
    """All of a wish's day at once, in any order of what is to be known and what is to be told."""
    desk = await post.unit("community")
    a = await post.volunteer()
    wish, other = submitted(), submitted()
    claim = claimed(a, wish=wish.wish_id)
    await post.hear_all([claim, wish, other])
    told = sorted(await states(post, wish.beneficiary_id))
    assert told == [("wish_received", "sms", "pending"), ("wish_taken", "sms", "pending")]
    assert await states(post, other.beneficiary_id) == [("wish_received", "sms", "pending")]
    assert len(await states(post, desk)) == 3
