"""Inboxes, who was told, and the phone list: each for those whom it concerns."""

from typing import Any
from uuid import UUID, uuid4

from chassis.testing import assert_every_route_has_permission
from notifications.bootstrap import describe

from .conftest import MINTER, XIANDONG, XINYUAN, Post, claimed


def test_every_route_says_who_may_use_it() -> None:
    assert_every_route_has_permission(describe())


async def inbox(post: Post, who: dict[str, str]) -> list[str]:
    answer = await post.get("inbox", who)
    assert answer.status_code == 200, answer.text
    return [line["template"] for line in answer.json()["items"]]


async def test_everybody_has_their_own_inbox(post: Post) -> None:
    desk, branch = await post.unit("community"), await post.unit("branch")
    a, b = await post.volunteer(branch), await post.volunteer()
    await post.hear(claimed(a, wish=(await post.wish()).wish_id))
    assert await inbox(post, MINTER.header("volunteer", subject=a)) == ["claim_won", "approved"]
    assert await inbox(post, MINTER.header("volunteer", subject=b)) == ["approved"]
    secretary = MINTER.header("branch_secretary", organisation=branch)
    assert await inbox(post, secretary) == ["claim_in_branch"]
    worker = MINTER.header("community_worker", XIANDONG)
    assert await inbox(post, worker) == ["claim_in_area", "wish_to_verify"]
    assert await inbox(post, MINTER.header("community_worker", XINYUAN)) == []
    assert await inbox(post, MINTER.header("street_officer", "610102007")) == [
        "claim_in_area",
        "wish_to_verify",
    ]
    assert await post.messages(desk)


async def test_an_office_without_an_area_sees_nothing(post: Post) -> None:
    await post.unit("community")
    wish = await post.wish()
    nobody = MINTER.header("community_worker", "")
    assert (await post.get("inbox", nobody)).json()["items"] == []
    told = await post.get(f"deliveries?recipient_id={wish.beneficiary_id}", nobody)
    assert told.json()["items"] == []


async def test_who_was_told_about_a_wish(post: Post) -> None:
    await post.unit("community")
    a = await post.volunteer()
    wish = await post.wish()
    await post.hear(claimed(a, wish=wish.wish_id))
    await post.send_all()
    worker = MINTER.header("community_worker", XIANDONG)
    whole = (await post.get(f"deliveries?wish_id={wish.wish_id}", worker)).json()["items"]
    assert {(line["recipient_kind"], line["template"], line["channel"]) for line in whole} == {
        ("resident", "wish_received", "sms"),
        ("organisation", "wish_to_verify", "inbox"),
        ("resident", "wish_taken", "sms"),
        ("volunteer", "claim_won", "sms"),
        ("organisation", "claim_in_area", "inbox"),
    }
    assert all(line["state"] == "delivered" and line["delivered_at"] for line in whole)
    assert all("前" in line["text"] for line in whole if line["template"] == "claim_won")
    seen: list[Any] = []
    cursor = ""
    while True:
        path = f"deliveries?wish_id={wish.wish_id}&limit=2{cursor}"
        page = (await post.get(path, worker)).json()
        seen += page["items"]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert seen == whole


async def test_a_worker_of_another_community_sees_and_does_nothing(post: Post) -> None:
    wish = await post.wish(phone=None)
    await post.send_all()
    (message,) = await post.messages(wish.beneficiary_id)
    other = MINTER.header("community_worker", XINYUAN)
    assert (await post.get(f"deliveries?wish_id={wish.wish_id}", other)).status_code == 403
    assert (await post.get(f"deliveries?wish_id={uuid4()}", other)).status_code == 403
    told = await post.get(f"deliveries?recipient_id={wish.beneficiary_id}", other)
    assert told.json()["items"] == []
    assert (await post.get(f"phone-list?area={XIANDONG}", other)).status_code == 403
    assert (await post.call(message["id"], "reached", other)).status_code == 403
    assert (await post.messages(wish.beneficiary_id))[0]["state"] == "phone_list"


async def test_who_helps_in_two_communities_is_seen_by_each_for_its_own(post: Post) -> None:
    a = await post.volunteer()
    for area in (XIANDONG, XINYUAN):
        await post.hear(claimed(a, wish=(await post.wish(area=area)).wish_id))

    async def seen(area: str) -> list[str]:
        who = MINTER.header("community_worker", area)
        answer = await post.get(f"deliveries?recipient_id={a}", who)
        return [line["template"] for line in answer.json()["items"]]

    assert await seen(XIANDONG) == ["claim_won", "approved"]
    assert await seen(XINYUAN) == ["claim_won"]


async def test_volunteers_do_not_see_who_else_was_told(post: Post) -> None:
    a = await post.volunteer()
    who = MINTER.header("volunteer", subject=a)
    assert (await post.get(f"deliveries?recipient_id={a}", who)).status_code == 403
    assert (await post.get(f"phone-list?area={XIANDONG}", who)).status_code == 403


async def test_problems_say_what_to_do(post: Post) -> None:
    worker = MINTER.header("community_worker", XIANDONG)
    for path in ("deliveries", f"deliveries?wish_id={uuid4()}&recipient_id={uuid4()}"):
        answer = await post.get(path, worker)
        assert (answer.status_code, answer.json()["type"]) == (400, "/problems/which-deliveries")
    missing = await post.call(UUID(int=5), "reached", worker)
    assert (missing.status_code, missing.json()["type"]) == (404, "/problems/message-not-found")
    assert (await post.call(UUID(int=5), "maybe", worker)).status_code in (400, 422)
    assert (await post.get("inbox", {})).status_code == 401
