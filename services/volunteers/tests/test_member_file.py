"""一证四卡 from events: whom I look after, what I did, what was said, what I saved."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from chassis.clock import now
from contracts.fields import Giver, Service
from contracts.points import PointsCredited, PointsReversed
from contracts.wishes import (
    ClaimEnded,
    ClaimJoined,
    ClaimLapsed,
    ClaimLeft,
    ClaimReleased,
    ClaimUnitJoined,
    WishClaimed,
    WishEvaluated,
    WishFulfilled,
    WishPartlyDelivered,
    WishReopened,
)
from volunteers.bootstrap import describe
from volunteers.entrypoints.events import MEMBER_FILE

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

    def left(self, who: Giver, lead: Giver, at: datetime | None = None) -> ClaimLeft:
        return ClaimLeft(**self.wish_part, left=who, claimant=lead, left_at=at or now())

    def evaluated(self, score: int) -> WishEvaluated:
        return WishEvaluated(
            **self.wish_part,
            score=score,
            by_proxy=False,
            means="tap",
            evaluated_at=now() + timedelta(hours=2),
        )

    def reopened(self, done: UUID, *people: UUID) -> WishReopened:
        return WishReopened(
            **self.wish_part,
            claimant=Giver(kind="volunteer", id=people[0]),
            helpers=people[1:],
            was="fulfilled",
            reason="not_right",
            fulfilled_event_id=done,
            reopened_at=now() + timedelta(hours=2),
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


ENDS: dict[str, Any] = {
    "given_back": (ClaimReleased, {"reason": "given_back", "released_at": now()}),
    "contact": (ClaimLapsed, {"missed": "contact", "lapsed_at": now()}),
    "fulfil": (ClaimLapsed, {"missed": "fulfil", "lapsed_at": now()}),
    "wish_withdrawn": (ClaimEnded, {"reason": "wish_withdrawn", "ended_at": now()}),
    "change_not_accepted": (ClaimEnded, {"reason": "change_not_accepted", "ended_at": now()}),
}


async def test_however_a_claim_ends_the_record_says_the_same_and_no_blame(api: Api) -> None:
    """Nobody can tell a claim whose time ran out from one that was given back or that was ended."""
    lead = UUID((await api.approved("13800138001"))["id"])
    files: list[Any] = []
    for model, more in ENDS.values():
        help_ = Help(lead, uuid4())
        opened = await api.tell(help_.claimed())
        over = await api.tell(model(**help_.wish_part, claimant=help_.lead, **more))
        (line, *_) = (await the_file(api, lead))["contact"]
        assert (line["wish_id"], line["event_id"]) == (str(help_.wish), str(opened))
        assert line["until"] is not None
        files.append(set(line))
        kept = await everything(api)
        assert str(over) not in kept, "the event would tell how it ended"
    assert all(keys == files[0] for keys in files)
    file = await the_file(api, lead)
    assert (file["activity"], file["feedback"]) == ([], [])
    words = ("laps", "release", "given_back", "missed", "ended_as", "not_accepted", "withdrawn")
    assert [word for word in words if word in str(file) + await everything(api)] == []


async def everything(api: Api) -> str:
    """Every row of every table of the member file, and the names of their columns."""
    found = ""
    for table in MEMBER_FILE.tables:
        rows = await api.db.fetch(f"select to_jsonb(t)::text as line from {table} t")
        found += " ".join(row["line"] for row in rows)
    return found


async def test_one_leaves_and_the_others_go_on(api: Api) -> None:
    lead = UUID((await api.approved("13800138001"))["id"])
    helper = UUID((await api.approved("13800138002"))["id"])
    help_ = Help(lead, helper)
    for data in (help_.claimed(), help_.joined()):
        await api.tell(data)
    second = Giver(kind="volunteer", id=helper)
    went = now() - timedelta(hours=1)
    await api.tell(help_.left(help_.lead, second, went))
    (gone,) = (await the_file(api, lead))["contact"]
    assert datetime.fromisoformat(gone["until"]) == went
    assert (await the_file(api, helper))["contact"][0]["until"] is None
    # The time that they gave before they went is theirs.
    time = tuple(Service(volunteer_id=who, minutes=n) for who, n in ((lead, 180), (helper, 90)))
    said = dict(help_.fulfilled()) | {"claimant": second, "helpers": (), "services": time}
    done = await api.tell(WishFulfilled(**said))
    (line,) = (await the_file(api, lead))["activity"]
    assert (line["minutes"], line["part"]) == (180, "member")
    await api.tell(help_.reopened(done, helper))
    assert datetime.fromisoformat((await the_file(api, lead))["contact"][0]["until"]) == went
    assert (await the_file(api, lead))["activity"] == []
    assert (await the_file(api, helper))["contact"][0]["until"] is None


async def test_who_left_may_come_again(api: Api) -> None:
    helper = UUID((await api.approved("13800138002"))["id"])
    help_ = Help(uuid4(), helper)
    await api.tell(help_.claimed())
    first = help_.joined()
    await api.tell(first)
    await api.tell(help_.left(Giver(kind="volunteer", id=helper), help_.lead))
    await api.tell(first)
    assert (await the_file(api, helper))["contact"][0]["until"] is not None
    later = {"joined_at": now() + timedelta(hours=1)}
    await api.tell(help_.joined().model_copy(update=later))
    assert [line["until"] for line in (await the_file(api, helper))["contact"]] == [None]


async def test_an_evaluation_is_a_fact_of_everybody_who_took_part(api: Api) -> None:
    lead = UUID((await api.approved("13800138001"))["id"])
    helper = UUID((await api.approved("13800138002"))["id"])
    help_ = Help(lead, helper)
    for data in (help_.claimed(), help_.joined(), help_.fulfilled()):
        await api.tell(data)
    said = await api.tell(help_.evaluated(4))
    for person in (lead, helper):
        line = (await the_file(api, person))["feedback"][0]
        assert (line["fact"], line["score"], line["event_id"]) == ("evaluated", 4, str(said))
    # Nothing sums scores up or sorts people by them (FEATURES L4, 国办函〔2026〕12号).
    document = describe().openapi()
    names = {
        name
        for schema in document["components"]["schemas"].values()
        for name in schema.get("properties", {})
    }
    assert not {name for name in names if any(w in name for w in ("rank", "average", "score_"))}
    assert [name for name in names if "score" in name] == ["score"]


async def test_what_concerns_a_unit_or_only_a_part_changes_no_file(api: Api) -> None:
    lead = UUID((await api.approved("13800138001"))["id"])
    help_ = Help(lead, uuid4())
    await api.tell(help_.claimed())
    before = await the_file(api, lead)
    unit = Giver(kind="organisation", id=uuid4())
    joined = {"organisation_id": unit.id, "joined_by": lead, "joined_at": now()}
    part = {"claimant": help_.lead, "delivered_by": unit, "delivered_at": now()}
    await api.tell(ClaimUnitJoined(**help_.wish_part, **joined))
    await api.tell(WishPartlyDelivered(**help_.wish_part, **part))
    await api.tell(help_.left(unit, help_.lead))
    assert await the_file(api, lead) == before


async def test_reopened_takes_back_the_activity_and_the_savings(api: Api) -> None:
    lead = UUID((await api.approved("13800138001"))["id"])
    help_ = Help(lead, UUID((await api.approved("13800138002"))["id"]))
    await api.tell(help_.claimed())
    done = await api.tell(help_.fulfilled())
    await api.tell(PointsCredited(**help_.credited(lead, done), credited_at=now()))
    event = await api.tell(help_.reopened(done, lead, help_.helper))
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
