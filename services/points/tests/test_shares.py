"""What a fulfilled wish is worth, and to whom."""

from datetime import timedelta
from uuid import UUID, uuid4

from chassis.clock import now
from contracts.wishes import WishFulfilled
from hypothesis import given
from hypothesis import strategies as st
from points.domain.posting import CONTRA, Holder, Rule, Share, entries_of, rule_at, shares_of, split

from .conftest import fulfilled

RULE = Rule(1, now() - timedelta(days=9), 3, 2, 2, 2, 1, 2, 1)
A, B, C = (UUID(int=n) for n in (1, 2, 3))


def volunteer(person: UUID) -> Holder:
    return Holder("volunteer", person)


def test_one_volunteer_brings_a_heater() -> None:
    data = fulfilled(A, gifts=[(A, "volunteer", 15_000)])
    assert shares_of(data, RULE) == {volunteer(A): Share(3, 0, 15_000)}


def test_the_one_who_claimed_and_the_helper_share_two_to_one() -> None:
    shares = shares_of(fulfilled(A, helpers=[B], gifts=[(A, "volunteer", 50_000)]), RULE)
    assert shares == {volunteer(A): Share(2, 0, 50_000), volunteer(B): Share(1)}


def test_hours_go_to_whoever_served_and_earn_points_by_the_hour() -> None:
    data = fulfilled(A, category="companionship", services=[(A, 150)])
    assert shares_of(data, RULE) == {volunteer(A): Share(2 + 2, 150, 0)}


def test_a_gift_is_no_hour_and_an_hour_no_gift() -> None:
    shares = shares_of(
        fulfilled(A, gifts=[(A, "volunteer", 999)], services=[(B, 59)], category="service"), RULE
    )
    assert shares[volunteer(A)].hours == 0
    assert shares[volunteer(B)].gifts == 0


def test_a_unit_has_the_gifts_and_its_members_the_hours_and_points() -> None:
    data = fulfilled(
        C,
        kind="organisation",
        gifts=[(C, "organisation", 990_000)],
        services=[(A, 120), (B, 60)],
    )
    shares = shares_of(data, RULE)
    assert shares[Holder("organisation", C)] == Share(0, 0, 990_000)
    assert shares[volunteer(A)] == Share(2 + 2, 120)
    assert shares[volunteer(B)] == Share(1 + 1, 60)


def test_a_unit_that_only_gave_goods_leaves_no_points_to_anybody() -> None:
    data = fulfilled(C, kind="organisation", gifts=[(C, "organisation", 100)])
    assert shares_of(data, RULE) == {Holder("organisation", C): Share(gifts=100)}


def test_nothing_given_is_nothing_posted() -> None:
    assert shares_of(fulfilled(C, kind="organisation"), RULE) == {}


def test_the_rule_in_force_at_that_moment_counts() -> None:
    later = Rule(2, now(), 9, 9, 9, 9, 9, 1, 1)
    assert rule_at([RULE, later], now() - timedelta(days=1)) is RULE
    assert rule_at([RULE, later], later.valid_from) is later
    assert rule_at([RULE, later], RULE.valid_from - timedelta(days=1)) is RULE


weights = st.dictionaries(st.uuids(), st.integers(1, 50), min_size=1, max_size=12)


@given(total=st.integers(0, 10_000), weights=weights)
def test_shares_lose_nothing_and_make_nothing_up(total: int, weights: dict[UUID, int]) -> None:
    parts = split(total, weights)
    assert sum(parts.values()) == total
    whole = sum(weights.values())
    assert all(abs(parts[p] - total * w / whole) < 1 for p, w in weights.items())


@given(total=st.integers(0, 100), weights=weights)
def test_shares_do_not_depend_on_the_order_of_people(total: int, weights: dict[UUID, int]) -> None:
    assert split(total, weights) == split(total, dict(reversed(weights.items())))


@st.composite
def joint_claims(draw: st.DrawFn) -> WishFulfilled:
    """A wish as partners may have fulfilled it: they joined and left, units too, and a lead passed on.

    As in wishes: the first claims, others join, one may leave while others stay; if the lead goes, the
    volunteer who joined first leads, else the unit. Each partner may have given goods, each volunteer
    among them and members of the units time; the leavers' parts that had arrived still count.
    """
    crowd = [Holder("volunteer", UUID(int=n)) for n in range(1, 6)]
    units = [Holder("organisation", UUID(int=n)) for n in range(11, 14)]
    inside = [draw(st.sampled_from([*crowd, *units]))]
    for who in draw(st.lists(st.sampled_from([*crowd, *units]), max_size=8)):
        if who not in inside:
            inside.append(who)
        elif len(inside) > 1:
            went_first = inside[0] == who
            inside.remove(who)
            if went_first:
                inside.sort(key=lambda partner: partner.kind == "organisation")
    lead, *others = inside
    helpers = [partner.id for partner in others if partner.kind == "volunteer"]
    members = [UUID(int=n) for n in range(21, 24)]
    people = st.sampled_from([*(p.id for p in crowd), *members])
    gifts = st.tuples(st.sampled_from([*crowd, *units]), st.integers(0, 300_000))
    served = draw(st.dictionaries(people, st.integers(0, 600), max_size=5))
    return fulfilled(
        lead.id,
        kind=lead.kind,
        helpers=helpers,
        gifts=[(who.id, who.kind, fen) for who, fen in draw(st.lists(gifts, max_size=5))],
        services=list(served.items()),
        category=draw(st.sampled_from(["goods", "service", "companionship", "skills"])),
    )


@given(
    data=joint_claims(),
    rule=st.builds(
        Rule,
        st.just(7),
        st.just(now()),
        *(st.integers(0, 30) for _ in range(5)),
        *(st.integers(1, 9) for _ in range(2)),
    ),
)
def test_shares_sum_up_whatever_partners_there_are(data: WishFulfilled, rule: Rule) -> None:
    shares = shares_of(data, rule)
    assert sum(share.gifts for share in shares.values()) == sum(g.value_fen for g in data.gifts)
    assert sum(share.hours for share in shares.values()) == sum(s.minutes for s in data.services)
    by_the_hour = sum(s.minutes * rule.per_hour // 60 for s in data.services)
    somebody = (
        data.claimant.kind == "volunteer"
        or data.helpers
        or any(service.minutes for service in data.services)
    )
    base = getattr(rule, data.category) if somebody else 0
    assert sum(share.points for share in shares.values()) == base + by_the_hour
    # Points and hours are of people; a unit has what it gave, and what it gave only.
    for holder, share in shares.items():
        given = sum(
            gift.value_fen
            for gift in data.gifts
            if (gift.giver.kind, gift.giver.id) == (holder.kind, holder.id)
        )
        assert share.gifts == given
        if holder.kind == "organisation":
            assert (share.points, share.hours) == (0, 0)
    # Whoever leads the others when it is done has the lead's share, and nobody else.
    if data.claimant.kind == "volunteer" and not data.services:
        points = {holder.id: share.points for holder, share in shares.items()}
        whole = rule.lead_weight + rule.helper_weight * len(data.helpers)
        fair = base * rule.lead_weight / whole
        assert abs(points.get(data.claimant.id, 0) - fair) < 1


def test_a_unit_that_joined_has_its_gifts_and_takes_nothing_from_the_people() -> None:
    alone = shares_of(fulfilled(A, helpers=[B]), RULE)
    unit = Holder("organisation", C)
    together = shares_of(fulfilled(A, helpers=[B], gifts=[(C, "organisation", 250_000)]), RULE)
    assert together == {**alone, unit: Share(gifts=250_000)}


def test_who_leads_at_the_end_has_the_share_of_the_lead() -> None:
    """A brought a part, and left or gave the wish back: A has what A gave, and B is who is named when it
    is done."""
    data = fulfilled(B, gifts=[(A, "volunteer", 500)], services=[(A, 180), (B, 30)])
    assert shares_of(data, RULE) == {volunteer(B): Share(3, 30), volunteer(A): Share(3, 180, 500)}


amounts = st.builds(Share, *(st.integers(0, 10_000) for _ in range(3)))


@given(st.dictionaries(st.builds(Holder, st.just("volunteer"), st.uuids()), amounts, max_size=8))
def test_entries_of_a_posting_sum_to_zero_in_every_book(shares: dict[Holder, Share]) -> None:
    lines = entries_of(shares)
    for book in ("points", "hours", "gifts"):
        assert sum(amount for b, _, amount in lines if b == book) == 0
    assert all(amount for _, _, amount in lines)
    keys = [(holder, book) for book, holder, _ in lines]
    assert keys == sorted(set(keys))
    assert all(amount < 0 for _, holder, amount in lines if holder == CONTRA)


def test_split_of_nobody_is_nothing() -> None:
    assert split(3, {}) == {}
    assert sum(split(3, {uuid4(): 1, uuid4(): 1}).values()) == 3
