"""Who is erased is forgotten by the gateway, too; what they were told stays, as ids."""

from typing import Any
from uuid import UUID

import pytest
from chassis.clock import now
from chassis.gateway import GatewayError, LocalOutbox
from contracts.wishes import PersonErased, WishSubmitted
from notifications.app.forget_messages import Forgetting

from .conftest import XIANDONG, Post


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


async def test_a_message_on_its_way_is_forgotten_after_it_has_arrived(post: Post) -> None:
    """Its number was fetched before the erasure, and the note comes before it is sent."""
    forgetting = Forgetting(post.db, LocalOutbox(post.folder))
    wish: WishSubmitted = await post.wish(phone="13900000001")
    await erase(post, wish.beneficiary_id)
    assert await forgetting.forget_due() == 0
    await post.send_all()
    assert numbers(post) == ["13900000001"]
    assert await forgetting.forget_due() == 1
    assert numbers(post) == []


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
