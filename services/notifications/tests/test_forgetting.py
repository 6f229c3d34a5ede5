"""Who is erased is forgotten by the gateway, too; what they were told stays, as ids."""

from typing import Any
from uuid import UUID

import pytest
from chassis.clock import now
from chassis.gateway import GatewayError, LocalOutbox
from contracts.wishes import PersonErased, WishSubmitted, WishTakenDown
from notifications.app.forget_messages import Forgetting
from notifications.app.send_messages import Sender

from .conftest import XIANDONG, Post, golden


async def erase(post: Post, person: UUID) -> None:
    await post.hear(PersonErased(beneficiary_id=person, area=XIANDONG, erased_at=now()))


def numbers(post: Post) -> list[str]:
    return [message["to"] for message in post.sent()]


async def test_the_messages_of_an_erased_person_go_and_no_others(post: Post) -> None:
    forgetting = Forgetting(post.db, LocalOutbox(post.folder))
    gone, stays = await post.wish(phone="13900000001"), await post.wish(phone="13900000002")
    await post.send_all()
    assert sorted(numbers(post)) == ["13900000001", "13900000002"]
    await erase(post, gone.beneficiary_id)
    assert await forgetting.forget_due() == 1
    assert numbers(post) == ["13900000002"]
    assert await forgetting.forget_due() == 0
    (told,) = await post.messages(gone.beneficiary_id)
    assert (told["template"], told["state"]) == ("wish_received", "delivered")
    assert stays.beneficiary_id != gone.beneficiary_id


class Erasing:
    """A gateway that the erasure overtakes: it is noted before the message has arrived."""

    def __init__(self, post: Post, person: UUID, *, lost: bool = False) -> None:
        self._post, self._person, self._lost = post, person, lost
        self._outbox = LocalOutbox(post.folder)

    async def send(self, *message: Any) -> None:
        await erase(self._post, self._person)
        assert await Forgetting(self._post.db, self._outbox).forget_due() == 0
        await self._outbox.send(*message)
        if self._lost:
            raise GatewayError

    async def forget(self, reference: str) -> None:
        raise NotImplementedError


@pytest.mark.parametrize(("lost", "state"), [(False, "delivered"), (True, "closed")])
async def test_a_message_on_its_way_is_forgotten_after_it_has_arrived(
    post: Post, *, lost: bool, state: str
) -> None:
    """Its number was fetched before the erasure; also when the gateway's answer was lost."""
    wish: WishSubmitted = await post.wish(phone="13900000001")
    gateway = Erasing(post, wish.beneficiary_id, lost=lost)
    post.sender = Sender(post.db, gateway, post.addresses)
    await post.send_all()
    assert numbers(post) == ["13900000001"]
    assert [message["state"] for message in await post.messages(wish.beneficiary_id)] == [state]
    assert await Forgetting(post.db, LocalOutbox(post.folder)).forget_due() == 1
    assert numbers(post) == []


async def test_what_is_told_after_the_erasure_is_closed_and_nobody_is_asked_to_ring(
    post: Post,
) -> None:
    """The card is taken down in the same moment, and that event may come later than the erasure's."""
    wish: WishSubmitted = await post.wish(phone=None)
    post.owners.addresses[str(wish.beneficiary_id)] = {"phone": None, "erased": True}
    await erase(post, wish.beneficiary_id)
    await post.hear(golden(WishTakenDown, wish_id=wish.wish_id, area=XIANDONG))
    await post.send_all()
    told = await post.messages(wish.beneficiary_id)
    assert {message["template"]: message["state"] for message in told} == {
        "wish_received": "closed",
        "wish_off_tree": "closed",
    }


async def test_what_nobody_has_taken_yet_is_never_sent(post: Post) -> None:
    wish: WishSubmitted = await post.wish(phone="13900000001")
    await erase(post, wish.beneficiary_id)
    await post.send_all()
    assert numbers(post) == []
    (told,) = await post.messages(wish.beneficiary_id)
    assert told["state"] == "closed"


async def test_a_gateway_that_is_away_is_asked_again(post: Post) -> None:
    outbox = LocalOutbox(post.folder)

    class Away:
        async def send(self, *_: Any) -> None:
            raise GatewayError

        async def forget(self, reference: str) -> None:
            raise GatewayError

    wish = await post.wish(phone="13900000001")
    await post.send_all()
    await erase(post, wish.beneficiary_id)
    with pytest.raises(GatewayError):
        await Forgetting(post.db, Away()).forget_due()
    assert numbers(post) == ["13900000001"]
    assert await Forgetting(post.db, outbox).forget_due() == 1
    assert numbers(post) == []
