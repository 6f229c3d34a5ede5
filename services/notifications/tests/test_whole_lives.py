"""A wish's whole life in the table of messages: who helps, which office, what is urgent, who is gone."""

from typing import Any
from uuid import UUID, uuid4

from contracts import wishes
from contracts.fields import EventData
from contracts.volunteers import OrganisationChanged
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from notifications.entrypoints.events import know

from .conftest import XIANDONG, XINYUAN, Post, claimed, fulfilled, golden, submitted

STREET, DISTRICT = "610102007000", "610102000000"


async def templates(post: Post, recipient: UUID) -> list[str]:
    return [message["template"] for message in await post.messages(recipient)]


def about(wish: UUID, model: type[EventData], **changes: Any) -> Any:
    return golden(model, wish_id=wish, **changes)


async def test_units_and_helpers_hear_what_becomes_of_what_they_joined(post: Post) -> None:
    """Events name the claimant and sometimes the helpers, never the units that joined."""
    hospital = await post.unit("resident_unit")
    a, b = await post.volunteer(), await post.volunteer()
    wish = (await post.wish()).wish_id
    lead = {"kind": "volunteer", "id": a}
    await post.hear(claimed(a, wish=wish))
    await post.hear(about(wish, wishes.ClaimJoined, volunteer_id=b))
    await post.hear(about(wish, wishes.ClaimUnitJoined, organisation_id=hospital))
    await post.hear(about(wish, wishes.ClaimContacted, claimant=lead))
    left = {"left": lead, "claimant": {"kind": "volunteer", "id": b}}
    await post.hear(about(wish, wishes.ClaimLeft, **left))
    await post.hear(
        about(wish, wishes.WishMessageSent, sender="resident", claimant=left["claimant"])
    )
    await post.hear(about(wish, wishes.ClaimEnded, claimant=left["claimant"], helpers=[]))
    await post.hear(about(wish, wishes.WishTakenDown))
    assert await templates(post, hospital) == [
        "claim_joined_by_unit",
        "contact_made",
        "word_for_partner",
        "claim_not_needed",
    ]
    assert await templates(post, a) == [
        "approved",
        "claim_won",
        "one_more_helps",
        "one_more_helps",
        "claim_left",
    ]
    assert (await templates(post, b))[2:] == [
        "contact_made",
        "you_lead_on",
        "word_for_partner",
        "claim_not_needed",
    ]
    assert await post.db.fetchval("select count(*) from partner") == 0


LIVES = st.lists(
    st.tuples(
        st.integers(0, 1),
        st.sampled_from(
            [
                "ClaimJoined",
                "ClaimUnitJoined",
                "ClaimLeft",
                "ClaimLapsed",
                "WishTakenDown",
                "WishClosed",
            ]
        ),
        st.integers(0, 3),
    ),
    max_size=14,
)


@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(acts=LIVES, cuts=st.lists(st.integers(1, 5)))
async def test_any_cut_of_the_stream_into_batches_tells_the_same(
    post: Post, acts: list[tuple[int, str, int]], cuts: list[int]
) -> None:
    """Together, one by one, or made anew from the topics: the same people know the same."""
    people = [uuid4() for _ in range(4)]

    def life(ids: list[UUID]) -> list[EventData]:
        """The same acts on wishes of their own."""
        events: list[EventData] = [submitted(wish=wish) for wish in ids]
        for which, name, who in acts:
            wish, model = ids[which], getattr(wishes, name)
            given = {
                "ClaimJoined": {"volunteer_id": people[who]},
                "ClaimUnitJoined": {"organisation_id": people[who]},
                "ClaimLeft": {
                    "left": {"kind": "volunteer", "id": people[who]},
                    "claimant": {"kind": "volunteer", "id": people[who - 1]},
                },
            }.get(name, {})
            events += [claimed(people[who], wish=wish)] if name == "WishClosed" else []
            events += [about(wish, model, **given)]
        return events

    ids = [[uuid4(), uuid4()] for _ in range(3)]
    for event in life(ids[0]):
        await post.hear(event)
    told = life(ids[1])
    while told:
        size = cuts.pop() if cuts else 4
        await post.hear_all(told[:size])
        told = told[size:]
    async with post.db.transaction() as tx:
        await know(tx, post.read(life(ids[2])))

    async def kept(table: str, columns: str, wish: UUID) -> list[Any]:
        rows = await post.db.fetch(
            f"select {columns} from {table} where wish_id = $1 order by {columns}", wish
        )
        return [tuple(row.values()) for row in rows]

    for number in range(2):
        wished = "template, recipient_kind, channel"
        one, together, anew = (each[number] for each in ids)
        assert await kept("message", wished, one) == await kept("message", wished, together)
        who = "kind, id, lead"
        assert await kept("partner", who, one) == await kept("partner", who, together)
        assert await kept("partner", who, one) == await kept("partner", who, anew)
        assert await kept("message", wished, anew) == []


async def test_more_people_look_after_a_wish_level_by_level(post: Post) -> None:
    desk, street = await post.unit("community"), await post.unit("street", STREET)
    district = await post.unit("district", DISTRICT)
    near, of_street = await post.unit("resident_unit"), await post.unit("resident_unit", STREET)
    elsewhere = await post.unit("resident_unit", XINYUAN)
    society = await post.unit("social_organisation")
    wish = await post.wish()
    for level in ("resident_units", "street", "district"):
        await post.hear(about(wish.wish_id, wishes.WishEscalated, level=level))
    for unit in (near, of_street):
        assert await templates(post, unit) == ["units_asked"]
    for office in (street, district):
        assert await templates(post, office) == ["office_asked"]
    assert await templates(post, elsewhere) == await templates(post, society) == []
    assert (await templates(post, desk))[1:] == ["wish_to_hand_over"] * 3
    assert (await templates(post, wish.beneficiary_id))[1:] == ["wish_still_waits"] * 3


async def test_a_unit_that_was_closed_is_not_asked(post: Post) -> None:
    near = await post.unit("resident_unit")
    change = {"organisation_id": near, "kind": "resident_unit", "area": XIANDONG, "active": False}
    closing = OrganisationChanged.model_validate(
        change | {"changed_at": "2026-11-23T20:00:00+08:00"}
    )
    await post.hear(closing)
    wish = (await post.wish()).wish_id
    await post.hear(about(wish, wishes.WishEscalated, level="resident_units"))
    assert await templates(post, near) == []


async def test_an_office_whose_founding_comes_later_is_told_then(post: Post) -> None:
    wish = (await post.wish()).wish_id
    await post.hear(about(wish, wishes.ComplaintFiled))
    await post.send_all()
    desk, street = await post.unit("community"), await post.unit("street", STREET)
    await post.send_all()
    for office in (desk, street):
        assert "complaint_filed" in await templates(post, office)
    assert {m["state"] for m in await post.messages(street)} == {"delivered"}
    assert street in {e.data.recipient_id for e in await post.published()}


async def test_a_request_about_ones_data_needs_no_wish(post: Post) -> None:
    desk, person = await post.unit("community"), uuid4()
    post.owners.addresses[str(person)] = {"phone": "13900000009"}
    await post.hear(golden(wishes.DataRequestFiled, beneficiary_id=person, area=XIANDONG))
    await post.send_all()
    assert await templates(post, desk) == ["data_request_filed"]
    (message,) = await post.messages(person)
    assert (message["state"], message["area"], message["wish_id"]) == ("delivered", XIANDONG, None)


async def test_what_is_urgent_goes_before_everything_that_waits(post: Post) -> None:
    desk = await post.unit("community", email="desk@example.org")
    a = await post.volunteer()
    wish = (await post.wish()).wish_id
    for _ in range(120):
        await post.hear(submitted())
    await post.hear(about(wish, wishes.VisitOverdue, visitors=[a]))
    await post.sender.send_due()
    assert (await post.messages(desk))[-1]["template"] == "visit_overdue_in_area"
    states = {
        m["template"]: m["state"] for m in [*await post.messages(desk), *await post.messages(a)]
    }
    assert states["visit_overdue_in_area"] == states["visit_overdue"] == "delivered"
    assert await post.db.fetchval("select count(*) from message where state = 'pending'") > 100
    assert "desk@example.org" in {mail["to"] for mail in post.sent()}


async def test_nothing_is_sent_to_an_erased_person_and_nobody_is_asked_to_ring_them(
    post: Post,
) -> None:
    other = await post.wish(phone=None)
    wish = await post.wish(phone=None)
    await post.send_all()
    await post.hear(about(wish.wish_id, wishes.WishReopened, helpers=[]))
    answered = golden(wishes.DataRequestAnswered, beneficiary_id=wish.beneficiary_id)
    erased = golden(wishes.PersonErased, beneficiary_id=wish.beneficiary_id)
    await post.hear_all([answered, erased])
    await post.send_all()
    found = await post.messages(wish.beneficiary_id)
    assert {m["template"]: m["state"] for m in found} == {
        "wish_received": "closed",
        "wish_goes_on": "closed",
        "data_request_answered": "closed",
    }
    assert [m["state"] for m in await post.messages(other.beneficiary_id)] == ["phone_list"]
    asked = [person for _, body, _ in post.owners.asked for person in body["ids"]]
    assert asked.count(str(wish.beneficiary_id)) == 1


async def test_a_batch_takes_the_same_number_of_statements_whatever_its_size(post: Post) -> None:
    async def statements(size: int) -> int:
        events: list[EventData] = []
        for _ in range(size):
            wish, who = uuid4(), uuid4()
            events += [submitted(wish=wish), claimed(who, wish=wish)]
            events += [about(wish, wishes.WishEscalated, level="resident_units")]
            events += [about(wish, wishes.ClaimLapsed, claimant={"kind": "volunteer", "id": who})]
            events += [claimed(who, wish=wish), fulfilled(who, wish=wish)]
        return await post.count_statements(events)

    assert await statements(1) == await statements(50) == 7
