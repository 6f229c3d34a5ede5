"""What people may ask about their own data (PIPL Art. 44-50): a request, its clock, its answer.

A copy is given at once. A correction is decided by a worker. An erasure is looked at by one worker and
done by another: nobody can make data disappear alone. Each step gives new states and events.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

from contracts.fields import EventData
from contracts.wishes import DataRequestAnswered, DataRequestFiled, PersonErased

from wishes.domain import promise
from wishes.domain.consent import off_the_tree
from wishes.domain.errors import AlreadyErased, ErasureWaits, SecondPersonNeeded, WrongState
from wishes.domain.evidence import is_minor
from wishes.domain.intake import erase_unconfirmed, withdraw
from wishes.domain.replace import replace
from wishes.domain.states import WISH, WishAct, WishState
from wishes.domain.wish import Claim, Events, Wish
from wishes.domain.working_days import after_working_days, before_working_days, today

Kind = Literal["copy", "correction", "erasure"]
ANSWER_DAYS = 15
"""Working days. The law says "in good time" (PIPL Art. 50); GB/T 35273-2020 30 days."""
REMIND_DAYS = 3
ERASED = "person_erased"


class RequestState(StrEnum):
    FILED = "filed"
    CHECKED = "checked"
    DONE = "done"
    REFUSED = "refused"
    TAKEN_BACK = "taken_back"


class RequestAct(StrEnum):
    CHECK = "check"
    DO = "do"
    REFUSE = "refuse"
    CANCEL = "cancel"


_S, _A = RequestState, RequestAct
Table = dict[tuple[RequestState, RequestAct], RequestState]
REQUEST: Table = {
    (_S.FILED, _A.DO): _S.DONE,
    (_S.FILED, _A.REFUSE): _S.REFUSED,
    (_S.FILED, _A.CANCEL): _S.TAKEN_BACK,
}
"""A copy, a correction."""
ERASURE: Table = {
    (_S.FILED, _A.CHECK): _S.CHECKED,
    (_S.FILED, _A.REFUSE): _S.REFUSED,
    (_S.FILED, _A.CANCEL): _S.TAKEN_BACK,
    (_S.CHECKED, _A.DO): _S.DONE,
    (_S.CHECKED, _A.REFUSE): _S.REFUSED,
    (_S.CHECKED, _A.CANCEL): _S.TAKEN_BACK,
}
OUTCOMES = {"copy": "given", "correction": "corrected", "erasure": "erased"}


@dataclass(frozen=True)
class Subject:
    """The person that data are about. `version` counts the events of this person."""

    id: UUID
    area: str
    version: int
    account_id: UUID | None = None
    erased: bool = False


@dataclass(frozen=True)
class DataRequest:
    id: UUID
    person_id: UUID
    area: str
    kind: Kind
    state: RequestState
    filed_at: datetime
    due_at: datetime
    filed_by: UUID | None = None
    """None: whoever holds the card."""
    end_claims: bool = False
    """An erasure that ends what is under way; else it waits for that."""
    checked_by: UUID | None = None
    answered_by: UUID | None = None
    answered_at: datetime | None = None
    reason: str | None = None
    warned: Literal[0, 1, 2] = 0
    """1: the day comes near; 2: it has passed."""
    next_at: datetime | None = None
    """When the desk is reminded next."""
    filed_with: UUID | None = None
    """Of an erasure: the one that the person filed, for another entry of theirs."""


Step = tuple[Subject, DataRequest, tuple[EventData, ...]]
Held = tuple[Wish, Claim | None]
Changed = tuple[Wish, Claim | None, Events]


def is_by_another(card: Wish, person: Subject) -> bool:
    """Somebody else wrote it down for the person and was shown its code: a proxy, or an account that is not
    the person's own."""
    return card.by_proxy or card.author_id not in (None, person.account_id)


def file(
    person: Subject,
    request_id: UUID,
    kind: Kind,
    by: UUID | None,
    now: datetime,
    *,
    end_claims: bool = False,
    filed_with: UUID | None = None,
) -> Step:
    """Raises AlreadyErased."""
    if person.erased:
        raise AlreadyErased
    due = after_working_days(now, ANSWER_DAYS)
    request = DataRequest(
        id=request_id,
        person_id=person.id,
        area=person.area,
        kind=kind,
        state=RequestState.FILED,
        filed_at=now,
        due_at=due,
        filed_by=by,
        end_claims=end_claims,
        next_at=before_working_days(due, REMIND_DAYS),
        filed_with=filed_with,
    )
    event = DataRequestFiled(
        request_id=request_id,
        beneficiary_id=person.id,
        area=person.area,
        kind=kind,
        due_by=due,
        filed_at=now,
    )
    return replace(person, version=person.version + 1), request, (event,)


def check(
    request: DataRequest, by: UUID, wishes: Sequence[Held], unasked: Collection[UUID]
) -> DataRequest:
    """The first of two says that this person may be erased. `unasked`: see `erase`. Raises ErasureWaits,
    WrongState."""
    checked = _moved(request, RequestAct.CHECK)
    _require_nothing_under_way(request, wishes, unasked)
    return replace(checked, checked_by=by)


def answer(
    person: Subject,
    request: DataRequest,
    act: RequestAct,
    by: UUID | None,
    reason: str | None,
    now: datetime,
) -> Step:
    """Done, refused or taken back; no clock runs after that. Raises SecondPersonNeeded, WrongState."""
    after = _moved(request, act)
    if request.kind == "erasure" and act is RequestAct.DO and by in _first_hands(request):
        raise SecondPersonNeeded
    after = replace(after, answered_by=by, answered_at=now, reason=reason, next_at=None)
    outcome = OUTCOMES[request.kind] if act is RequestAct.DO else after.state.value
    return _answered(person, after, outcome, now)


def superseded(person: Subject, request: DataRequest, now: datetime) -> Step:
    """What is still open of somebody who is erased: there is nothing left to answer it with."""
    closed = replace(request, state=RequestState.DONE, answered_at=now, reason=ERASED, next_at=None)
    return _answered(person, closed, "erased", now)


def childs(wishes: Sequence[Held], came_in: Mapping[UUID, datetime], born: str) -> frozenset[UUID]:
    """Which of a person's wishes are a child's if that is the month of birth: by the day on which each
    came in, so that no birthday since then ends what protects a child; and what follows one of these.
    `wishes`: the first before what follows it."""
    found: set[UUID] = set()
    for wish, _ in wishes:
        if is_minor(born, today(came_in[wish.id])) or wish.follows_wish_id in found:
            found.add(wish.id)
    return frozenset(found)


def erase(
    request: DataRequest, wishes: Sequence[Held], unasked: Collection[UUID], now: datetime
) -> list[Changed]:
    """Nothing of this person's stays open or hangs: withdrawn where nobody has helped yet, closed
    where somebody has. `unasked`: wishes that the person wants no service for any more, so that nobody
    may ask whether what was delivered is right. Raises ErasureWaits."""
    _require_nothing_under_way(request, wishes, unasked)
    return [_ended(wish, claim, now) for wish, claim in wishes]


def erased(person: Subject, now: datetime) -> tuple[Subject, Events]:
    event = PersonErased(beneficiary_id=person.id, area=person.area, erased_at=now)
    gone = replace(person, version=person.version + 1, erased=True, account_id=None)
    return gone, (event,)


def remind(request: DataRequest, now: datetime) -> DataRequest:
    """What time has brought about by `now`: the desk sees that the day is near, then that it is late."""
    if request.next_at is None or now < request.next_at or request.answered_at is not None:
        return request
    if request.warned == 0 and now < request.due_at:
        return replace(request, warned=1, next_at=request.due_at)
    return replace(request, warned=2, next_at=None)


def _moved(request: DataRequest, act: RequestAct) -> DataRequest:
    table = ERASURE if request.kind == "erasure" else REQUEST
    try:
        return replace(request, state=table[request.state, act])
    except KeyError:
        raise WrongState(request.state, act) from None


def _first_hands(request: DataRequest) -> tuple[UUID | None, UUID | None]:
    return request.checked_by, request.filed_by


def _answered(person: Subject, request: DataRequest, outcome: str, now: datetime) -> Step:
    event = DataRequestAnswered(
        request_id=request.id,
        beneficiary_id=person.id,
        area=person.area,
        kind=request.kind,
        outcome=outcome,
        answered_at=now,
    )
    return replace(person, version=person.version + 1), request, (event,)


def _require_nothing_under_way(
    request: DataRequest, wishes: Sequence[Held], unasked: Collection[UUID]
) -> None:
    """What was delivered waits for the person's own word: points hang on it. Not where nobody may ask for
    it: their right would wait for ever (PIPL Art. 47). And whoever complained is answered first: nobody
    could read what about."""
    waits = (
        {WishState.DELIVERED} if request.end_claims else {WishState.DELIVERED, WishState.CLAIMED}
    )
    for wish, _ in wishes:
        if wish.open_complaints or (wish.state in waits and wish.id not in unasked):
            raise ErasureWaits


def _ended(wish: Wish, claim: Claim | None, now: datetime) -> Changed:
    if (wish.state, WishAct.WITHDRAW) in WISH:
        return withdraw(wish, claim, ERASED, now)
    if claim is not None and (wish.state, WishAct.ERASE) in WISH:
        return erase_unconfirmed(wish, claim, ERASED, now)
    wish, events = off_the_tree(wish, ERASED, now)
    if (wish.state, WishAct.CLOSE) in WISH:
        wish, closing = promise.close(replace(wish, callback="no"), now)
        events = (*events, *closing)
    return wish, claim, events
