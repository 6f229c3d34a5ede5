"""一证四卡 from events: whom I look after, what I did, what was said, what I saved."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from chassis.clock import now
from contracts.fields import Giver, Service
from contracts.points import PointsCredited, PointsReversed
from contracts.wishes import ClaimJoined, ClaimReleased, WishClaimed, WishFulfilled, WishReopened

from .conftest import MINTER, XIANDONG, Api


class Help:
    """The events of one wish that two volunteers fulfil."""

    def __init__(self, lead: UUID, helper: UUID) -> None:
        self.wish, self.claim, self.resident = uuid4(), uuid4(), uuid4()
        self.lead = Giver(kind="volunteer", id=lead)
        self.helper = helper
        self.wish_part = {"wish_id": self.wish, "area": XIANDONG, "claim_id": self.claim}

    def claimed(self) -> WishClaimed:
        return WishClaimed(
            **self.wish_part,
            beneficiary_id=self.resident,
            category="goods",
            claimant=self.lead,
            claimed_by=self.lead.id,
            contact_by=now(),
            fulfil_by=now(),
            claimed_at=now(),
        )

    def joined(self) -> ClaimJoined:
        return ClaimJoined(**self.wish_part, volunteer_id=self.helper, joined_at=now())

    def fulfilled(self) -> WishFulfilled:
        return WishFulfilled(
            **self.wish_part,
            beneficiary_id=self.resident,
            category="goods",
            counts_as="fit",
            follows_wish_id=uuid4(),
            method="code",
            claimant=self.lead,
            helpers=(self.helper,),
            services=(Service(volunteer_id=self.helper, minutes=90),),
            fulfilled_at=now() + timedelta(hours=1),
        )

    def credited(self, holder: UUID, source: UUID) -> dict[str, Any]:
        return {
            "posting_id": uuid4(),
            "holder_kind": "volunteer",
            "holder_id": holder,
            "wish_id": self.wish,
            "source_event_id": source,
            "points": 2,
            "minutes": 90,
            "gift_value_fen": 0,
            "rule_version": 1,
        }


async def the_file(api: Api, volunteer: UUID) -> dict[str, Any]:
    who = MINTER.header("volunteer", XIANDONG, subject=volunteer)
    answer = await api.get(f"volunteers/{volunteer}/cards", who)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_the_four_cards_tell_what_happened(api: Api) -> None:
    lead = UUID((await api.approved("13800138001"))["id"])
    helper = UUID((await api.approved("13800138002"))["id"])
    help_ = Help(lead, helper)
    for data in (help_.claimed(), help_.joined()):
        await api.tell(data)
    held = await the_file(api, helper)
    assert [line["until"] for line in held["contact"]] == [None]
    done = await api.tell(help_.fulfilled())
    saved = await api.tell(PointsCredited(**help_.credited(helper, done), credited_at=now()))
    file = await the_file(api, helper)
    assert file["identity"]["name"] == "包小红"
    assert file["contact"][0]["beneficiary_id"] == str(help_.resident)
    assert file["contact"][0]["until"] is not None
    assert [(a["part"], a["minutes"]) for a in file["activity"]] == [("helper", 90)]
    assert [line["fact"] for line in file["feedback"]] == ["fit"]
    assert (file["savings"]["points"], file["savings"]["minutes"]) == (2, 90)
    assert file["fed_by"]["savings"] == str(saved)
    assert file["fed_by"]["activity"] == str(done)
    first = await the_file(api, lead)
    assert [(a["part"], a["minutes"]) for a in first["activity"]] == [("lead", 0)]


async def test_the_second_delivery_of_an_event_changes_nothing(api: Api) -> None:
    lead = UUID((await api.approved("13800138001"))["id"])
    help_ = Help(lead, UUID((await api.approved("13800138002"))["id"]))
    events: list[tuple[Any, UUID]] = [(help_.claimed(), uuid4()), (help_.fulfilled(), uuid4())]
    credit = PointsCredited(**help_.credited(lead, events[1][1]), credited_at=now())
    events.append((credit, uuid4()))
    for data, event_id in events:
        await api.tell(data, event_id)
    once = await the_file(api, lead)
    for data, event_id in events[1:]:
        await api.tell(data, event_id)
    assert await the_file(api, lead) == once


async def test_given_back_ends_the_contact_without_a_word_of_blame(api: Api) -> None:
    lead = UUID((await api.approved("13800138001"))["id"])
    help_ = Help(lead, uuid4())
    await api.tell(help_.claimed())
    released = ClaimReleased(
        **help_.wish_part, claimant=help_.lead, reason="given_back", released_at=now()
    )
    await api.tell(released)
    file = await the_file(api, lead)
    assert file["contact"][0]["until"] is not None
    assert (file["activity"], file["feedback"]) == ([], [])


async def test_reopened_takes_back_the_activity_and_the_savings(api: Api) -> None:
    lead = UUID((await api.approved("13800138001"))["id"])
    help_ = Help(lead, UUID((await api.approved("13800138002"))["id"]))
    await api.tell(help_.claimed())
    done = await api.tell(help_.fulfilled())
    await api.tell(PointsCredited(**help_.credited(lead, done), credited_at=now()))
    reopened = WishReopened(
        **help_.wish_part,
        claimant=help_.lead,
        helpers=(help_.helper,),
        was="fulfilled",
        reason="not_right",
        fulfilled_event_id=done,
        reopened_at=now() + timedelta(hours=2),
    )
    event = await api.tell(reopened)
    await api.tell(PointsReversed(**help_.credited(lead, event), reversed_at=now()))
    file = await the_file(api, lead)
    assert file["activity"] == []
    assert file["contact"][0]["until"] is None
    assert [line["fact"] for line in file["feedback"]] == ["reopened", "fit"]
    assert (file["savings"]["points"], file["savings"]["minutes"]) == (0, 0)


async def test_nobody_reads_the_file_of_another_volunteer(api: Api, problem: Any) -> None:
    lead = UUID((await api.approved("13800138001"))["id"])
    other = MINTER.header("volunteer", XIANDONG, subject=uuid4())
    problem(await api.get(f"volunteers/{lead}/cards", other), 403, "out-of-scope")
