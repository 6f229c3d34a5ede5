"""What must be true after the stories. Each expectation returns what is wrong with it."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from hansenzhai.desk import Desk
from hansenzhai.memory import Memory
from hansenzhai.stories import STORIES
from hansenzhai.stream import Seen, faults, without_repeats

BOOKS = ("points", "hours", "gifts")


@dataclass(frozen=True)
class Evidence:
    """What an outsider sees: the APIs, the stream, the partner's print, the metrics."""

    desk: Desk
    memory: Memory
    events: list[Seen]
    partner: list[str]
    dead_letters: dict[str, float]


def all_fulfilled(evidence: Evidence) -> list[str]:
    worker = evidence.desk.staff("wang-juan")
    return [
        f"{story.title}: {state}"
        for story in STORIES
        if (state := worker.get("wishes", f"/v1/wishes/{_wish(evidence, story.key)}")["state"])
        != "fulfilled"
    ]


def counted_as_fit_once(evidence: Evidence) -> list[str]:
    fulfilled = _fulfilled(evidence)
    counted = Counter(event.data["counts_as"] for event in fulfilled)
    again = [wish for wish, n in Counter(event.key for event in fulfilled).items() if n != 1]
    wrong = [f"fulfilled more than once: {wish}" for wish in again]
    if counted != {"first": 4, "fit": 1}:
        wrong.append(f"counted as {dict(counted)}")
    return wrong


def waited_and_came_back(evidence: Evidence) -> list[str]:
    """The lapse, the level above, and no word of who said no."""
    events = [e for e in without_repeats(evidence.events) if e.key == _wish(evidence, "waiting")]
    names = [event.name for event in events]
    found = [
        f"no {name} in {names}"
        for name in ("InvitationSent", "ClaimReminded", "ClaimLapsed", "WishEscalated")
        if name not in names
    ]
    who = evidence.desk.id_of("bao-xiaohong")
    found += [f"{e.name} names who was asked" for e in events if who in str(e.data)]
    return found


def referred_and_answered(evidence: Evidence) -> list[str]:
    wish = _wish(evidence, "streetlight")
    names = [e.name for e in without_repeats(evidence.events) if e.key == wish]
    wanted = ["WishSubmitted", "WishReferred", "ReferralAnswered", "WishClosed"]
    return [] if names == wanted else [f"{names}, not {wanted}"]


def programme_has_its_total(evidence: Evidence) -> list[str]:
    programme = evidence.memory["household/programme"]["id"]
    shown = evidence.desk.staff("yang-haiyan").get("wishes", f"/v1/programmes/{programme}")
    given = sum(
        gift["value_fen"]
        for e in _fulfilled(evidence)
        for gift in e.data["gifts"]
        if e.key == _wish(evidence, "household")
    )
    total = shown["totals"]["gifts_fen"]
    return [] if total == given else [f"{total} in the programme, {given} given"]


def books_balance(evidence: Evidence) -> list[str]:
    auditor = evidence.desk.staff("auditor")
    found: list[str] = []
    for book in BOOKS:
        balance = auditor.get("points", f"/v1/books/{book}/trial-balance")
        if balance["sum"] != 0 or balance["differences"]:
            found.append(f"{book}: {balance}")
    return found


def credits_equal_the_wishes(evidence: Evidence) -> list[str]:
    """Hours and gifts recomputed from what the wishes say was given, holder by holder."""
    expected: Counter[tuple[str, str]] = Counter()
    for event in _fulfilled(evidence):
        for service in event.data["services"]:
            expected[service["volunteer_id"], "minutes"] += service["minutes"]
        for gift in event.data["gifts"]:
            expected[gift["giver"]["id"], "gift_value_fen"] += gift["value_fen"]
    credited: Counter[tuple[str, str]] = Counter()
    ours = {_wish(evidence, story.key) for story in STORIES}
    for event in without_repeats(evidence.events):
        if event.data.get("wish_id") not in ours:
            continue
        sign = {"PointsCredited": 1, "PointsReversed": -1}.get(event.name, 0)
        for amount in ("minutes", "gift_value_fen"):
            if sign and event.data[amount]:
                credited[event.data["holder_id"], amount] += sign * event.data[amount]
    auditor = evidence.desk.staff("auditor")
    found = [f"credited {credited}, given {expected}"] if credited != expected else []
    for (holder, amount), value in expected.items():
        account = auditor.get("points", f"/v1/accounts/{holder}")
        if account[amount] < value:
            found.append(f"{holder}: {amount} {account[amount]}, given {value}")
    return found


def everybody_has_a_share(evidence: Evidence) -> list[str]:
    """Of the second heater 张进 and the member who came along; of the family's wish the hospital's two."""
    shares = {"oil-heater": ("zhang-jin", "helper"), "household": ("hospital-1", "hospital-2")}
    found: list[str] = []
    for story, people in shares.items():
        credited = {
            event.data["holder_id"]
            for event in evidence.events
            if event.name == "PointsCredited"
            and event.data["wish_id"] == _wish(evidence, story)
            and event.data["points"] > 0
        }
        wanted = {evidence.desk.id_of(person) for person in people}
        if credited != wanted:
            found.append(f"{story}: points went to {credited}, not to {wanted}")
    return found


def stream_is_sound(evidence: Evidence) -> list[str]:
    return faults(evidence.events)


def told_once(evidence: Evidence) -> list[str]:
    worker = evidence.desk.staff("wang-juan")
    found: list[str] = []
    for story in STORIES:
        told = worker.get(
            "notifications", "/v1/deliveries", wish_id=_wish(evidence, story.key), limit=100
        )
        facts = Counter(
            (row["source_event_id"], row["recipient_kind"], row["recipient_id"])
            for row in told["items"]
        )
        found += [f"{story.title}: {fact} was told {n} times" for fact, n in facts.items() if n > 1]
        if not facts:
            found.append(f"{story.title}: nobody was told")
        found += [
            f"{story.title}: {row['template']} is {row['state']}"
            for row in told["items"]
            if row["state"] not in ("delivered", "phone_list", "closed")
        ]
    return found


def no_dead_letter(evidence: Evidence) -> list[str]:
    return [f"{service}: {n:.0f} dead letters" for service, n in evidence.dead_letters.items() if n]


def partner_saw_all(evidence: Evidence) -> list[str]:
    ours = [_wish(evidence, story.key) for story in STORIES]
    lines = [[line for line in evidence.partner if wish in line] for wish in ours]
    return (
        [] if all(len(own) == 1 for own in lines) else [f"the partner printed {evidence.partner}"]
    )


def _wish(evidence: Evidence, story: str) -> str:
    return str(evidence.memory[f"{story}/wish"]["id"])


def _fulfilled(evidence: Evidence) -> list[Seen]:
    """The stories' own wishes: whoever plays on in the demo adds others."""
    ours = {_wish(evidence, story.key) for story in STORIES}
    events = without_repeats(evidence.events)
    return [event for event in events if event.name == "WishFulfilled" and event.key in ours]


def pending(evidence: Evidence) -> bool:
    """Whether consequences are still on their way: credits, messages."""
    fulfilled = {event.key for event in _fulfilled(evidence)}
    credited = {e.data["wish_id"] for e in evidence.events if e.name == "PointsCredited"}
    if len(fulfilled) < len(STORIES) or not fulfilled <= credited:
        return True
    return bool(told_once(evidence) or told_of_points(evidence))


def told_of_points(evidence: Evidence) -> list[str]:
    """Everybody who was credited knows it."""
    credited = {e.headers["ce_id"] for e in evidence.events if e.name == "PointsCredited"}
    told = {e.data["source_event_id"] for e in evidence.events if e.name == "NotificationDelivered"}
    missing = credited - told
    return [f"{len(missing)} credits nobody was told of"] if missing else []


EXPECTATIONS: dict[str, Callable[[Evidence], list[str]]] = {
    "五个心愿都实现了": all_fulfilled,
    "第一个心愿只算一次，第二个算“合适了”": counted_as_fit_once,
    "到时候没联系的，回到树上，再请更多人想办法；谁说了不，没处查": waited_and_came_back,
    "不是心愿的，转出去有回音": referred_and_answered,
    "项目里送的实物合得上": programme_has_its_total,
    "三本账都平": books_balance,
    "工时、实物与心愿的记录一致": credits_equal_the_wishes,
    "一起办的两个人都有份": everybody_has_a_share,
    "每条事件都合公布的格式，版本连续": stream_is_sound,
    "每件事每个人只通知一次": told_once,
    "存了积分的人都知道": told_of_points,
    "没有死信": no_dead_letter,
    "外部门的程序读到五行": partner_saw_all,
}
