"""What goes out about consents."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from wishes.app.consent_store import Entry
from wishes.domain.consent import Said, is_agreed
from wishes.domain.states import WishState
from wishes.domain.wish import Wish
from wishes.domain.wordings import PURPOSES, Wording


class WordingView(BaseModel):
    purpose: str
    version: int
    zh: str
    en: str

    @staticmethod
    def of(wording: Wording) -> "WordingView":
        return WordingView.model_validate(wording, from_attributes=True)


class WordingsView(BaseModel):
    """What is shown today, one for each purpose."""

    items: list[WordingView]


class ConsentLine(BaseModel):
    """`recorded_by`: who wrote it down; None for the holder of the card, and for the person by an
    account of their own."""

    purpose: str
    given: bool
    by: str
    how: str
    wording: int
    recorded_by: UUID | None
    at: datetime

    @staticmethod
    def of(entry: Entry) -> "ConsentLine":
        said = entry.said
        return ConsentLine(
            purpose=said.purpose,
            given=said.given,
            by=said.by,
            how=said.how,
            wording=said.wording,
            recorded_by=entry.recorded_by,
            at=entry.at,
        )


class ConsentsView(BaseModel):
    """`in_force`: what holds now, per purpose; None: never asked, or of a child nobody but the child."""

    card_no: str
    in_force: dict[str, bool | None]
    items: list[ConsentLine]

    @staticmethod
    def of(wish: Wish, entries: Sequence[Entry]) -> "ConsentsView":
        last = {entry.said.purpose: entry.said for entry in reversed(entries)}
        in_force = {
            purpose: _holds(wish, last[purpose]) if purpose in last else None
            for purpose in PURPOSES
        }
        lines = [ConsentLine.of(entry) for entry in entries]
        return ConsentsView(card_no=wish.card_no, in_force=in_force, items=lines)


def _holds(wish: Wish, said: Said) -> bool | None:
    return is_agreed(wish, said) or (None if said.given else False)


class ConsentChangedView(BaseModel):
    """Where the wish stands after what was said. `may_be_erased`: the data are not used any more, and
    nobody is under way with them: the person may ask that they be erased."""

    card_no: str
    state: str
    version: int
    hanging: bool
    purpose: str
    given: bool
    may_be_erased: bool

    @staticmethod
    def of(wish: Wish, said: Said) -> "ConsentChangedView":
        stopped = said.purpose == "service" and not said.given
        return ConsentChangedView(
            card_no=wish.card_no,
            state=wish.state,
            version=wish.version,
            hanging=wish.hanging,
            purpose=said.purpose,
            given=said.given,
            may_be_erased=stopped and wish.state is not WishState.DELIVERED,
        )
