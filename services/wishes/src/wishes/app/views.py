"""What goes out."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from contracts.fields import Gift, Giver, Service
from contracts.wishes import Pledge
from pydantic import BaseModel, Field, Json

from wishes.domain.wish import Claim, Wish


class _Wish(BaseModel):
    id: UUID
    card_no: str
    area: str
    category: str
    channel: str
    state: str
    version: int
    effort: str | None = None
    leaf: int | None = None
    hanging: bool = False
    by_proxy: bool = False
    minor: bool = False
    two_people: bool = False
    """A visit takes two."""
    follows_wish_id: UUID | None = None
    follow_up_reason: str | None = None


class WishView(_Wish):
    beneficiary_id: UUID

    @staticmethod
    def of(wish: Wish) -> "WishView":
        return WishView.model_validate(wish, from_attributes=True)


class WishLine(_Wish):
    """In the list of a community. `beneficiary_id`: for those who work there; whoever looks at more than
    one community would count people by it that the sums do not show (decision 0019)."""

    beneficiary_id: UUID | None = None

    @staticmethod
    def of(wish: Wish, *, by_person: bool) -> "WishLine":
        line = WishLine.model_validate(wish, from_attributes=True)
        return line if by_person else line.model_copy(update={"beneficiary_id": None})


class SubmittedView(WishView):
    """`code` is shown this once: it goes onto the slip that the resident keeps."""

    code: str

    @staticmethod
    def of_code(wish: Wish, code: str) -> "SubmittedView":
        return SubmittedView.model_validate({**vars(wish), "code": code})


class OwnWishView(WishView):
    """For whoever handed it in."""

    returned_for: str | None = None
    """Why it was sent back, as a code, until it is handed in again."""

    @staticmethod
    def of_own(wish: Wish, returned_for: str | None) -> "OwnWishView":
        return OwnWishView.model_validate({**vars(wish), "returned_for": returned_for})


class PartnerView(BaseModel):
    """Somebody who is in it, with what they want to bring."""

    giver: Giver
    leads: bool
    brings: tuple[Pledge, ...] = ()


class ClaimView(BaseModel):
    id: UUID
    wish_id: UUID
    state: str
    claimant: Giver
    helpers: tuple[UUID, ...]
    units: tuple[UUID, ...] = ()
    partners: tuple[PartnerView, ...] = ()
    """All of them, the lead first."""
    contact_by: datetime
    fulfil_by: datetime
    asked_until: datetime | None = None
    """An extension that waits for a worker's answer."""
    answer_by: datetime | None = None
    """A change of the wish that waits for the claimant's answer."""
    gifts: tuple[Gift, ...] = ()
    services: tuple[Service, ...] = ()
    evidence: tuple[str, ...] = ()

    @staticmethod
    def of(claim: Claim) -> "ClaimView":
        partners = [
            PartnerView(
                giver=partner,
                leads=partner == claim.claimant,
                brings=tuple(pledge for giver, pledge in claim.pledges if giver == partner),
            )
            for partner in claim.partners
        ]
        return ClaimView.model_validate({**vars(claim), "partners": partners})


class WishDetail(WishView):
    """For staff in scope and those who hold the claim."""

    title: str | None = None
    claim: ClaimView | None = None


class ContactView(BaseModel):
    name: str | None
    phone: str | None
    address: str | None
    words: str | None = None
    born: str | None = None
    answers: Json[dict[str, Any]] | None = None


class PhoneLine(BaseModel):
    """`phone` is None for a person without one, whose data were erased, or who has taken back the
    consent to be served: no message goes out. `erased`: nobody need be rung up, either."""

    id: UUID
    phone: str | None
    erased: bool = False


class PhonesView(BaseModel):
    """Whoever is not known here is left out."""

    items: list[PhoneLine]


class HistoryLine(BaseModel):
    """`by_id`: who acted; None for the holder of the card. `reason`: a code, where the event has one."""

    version: int
    event: str
    event_id: UUID
    by_id: UUID | None
    at: datetime
    reason: str | None = None


class HistoryView(BaseModel):
    wish_id: UUID
    items: list[HistoryLine]


class RevealLine(BaseModel):
    """`by_role`, `by_area`: the office of whoever looked; None for a service. `by_name`: as their account
    shows it; None for a service, and where the account has no name. `of`: whose data it was, the person's or
    those of whoever wrote for them."""

    by_id: UUID
    by_kind: str
    by_role: str | None = None
    by_area: str | None = None
    by_name: str | None = Field(default=None, repr=False)
    fields: list[str]
    purpose: str
    at: datetime
    of: Literal["person", "proxy"] = "person"


class RevealsView(BaseModel):
    items: list[RevealLine]


class Step(BaseModel):
    step: Literal["submitted", "posted", "claimed", "delivered", "fulfilled"]
    at: datetime | None


class CardView(BaseModel):
    """What the holder of a card sees, without an account and without a name."""

    card_no: str
    title: str | None
    category: str
    state: str
    steps: list[Step]
    returned_for: str | None = None
    """Why it was sent back, as a code, until it is handed in again."""


class AnswerView(BaseModel):
    """After an answer by card: where the wish stands now."""

    card_no: str
    state: str


class TreeCounts(BaseModel):
    open: int
    claimed: int
    fulfilled: int
    by_category: dict[str, int]


class Leaf(BaseModel):
    leaf: int
    category: str
    state: str
    card_no: str


class TreeView(BaseModel):
    area: str
    as_of: datetime
    counts: TreeCounts
    leaves: list[Leaf]


class TreesView(BaseModel):
    areas: list[str]


class PublicCard(BaseModel):
    card_no: str
    area: str
    title: str
    note: str | None
    category: str
    effort: str
    state: str
    leaf: int | None
    posted_at: datetime
    follows: str | None
    wish_id: UUID
