"""Events of the wish stream, published by wishes. Key: the wish's id, or that of the programme or
the person that the event is about.

What was published once only grows: a new field is optional, a new fact is a new type. Reasons and
outcomes are open codes: a consumer must expect one that it does not know.
"""

from typing import Annotated, Literal

from pydantic import Field

from contracts.fields import (
    AreaCode,
    CardNo,
    Category,
    Channel,
    Code,
    Count,
    Effort,
    EventData,
    Fen,
    Flag,
    Gift,
    Giver,
    Id,
    Part,
    Privacy,
    Service,
    Time,
)

FollowUpReason = Annotated[
    Literal["too_bright", "wrong_size", "does_not_work", "not_enough", "other"], Privacy.CODE
]
ConfirmationMethod = Annotated[Literal["code", "call", "visit"], Privacy.CODE]
CountsAs = Annotated[Literal["first", "fit"], Privacy.CODE]
"""`fit`: a follow-up that made an earlier help fit; it is not a second family served."""


class WishEvent(EventData):
    wish_id: Id
    area: AreaCode


class WishDrafted(WishEvent):
    """Begun and kept, not handed in: nobody works on it yet."""

    channel: Channel
    drafted_at: Time


class WishSubmitted(WishEvent):
    card_no: CardNo
    category: Category
    channel: Channel
    beneficiary_id: Id
    by_proxy: Flag
    follows_wish_id: Id | None = None
    follow_up_reason: FollowUpReason | None = None
    submitted_at: Time


class WishVerified(WishEvent):
    verified_by: Id
    method: Annotated[Literal["phone", "visit"], Privacy.CODE]
    verified_at: Time


class WishReturned(WishEvent):
    returned_by: Id
    reason: Code
    returned_at: Time


class WishPosted(WishEvent):
    card_no: CardNo
    category: Category
    effort: Effort
    leaf: Annotated[int, Field(ge=0, le=319), Privacy.NUMBER]
    follows_wish_id: Id | None = None
    posted_by: Id
    posted_at: Time


class WishChanged(WishEvent):
    """What is wished is another thing now. Details are fetched, as always."""

    category: Category
    claim_id: Id | None = None
    """The claim that goes on with the change, where somebody had taken the wish."""
    changed_at: Time


class ConsentChanged(WishEvent):
    """A consent of the person who wished, per purpose (PIPL Art. 14, 15, 25, 29)."""

    beneficiary_id: Id
    purpose: Annotated[Literal["service", "publish", "photo", "share"], Privacy.CODE]
    given: Flag
    wording: Count
    """The version of the wording that was agreed to, or from which the consent was taken back."""
    changed_at: Time


class WishTakenDown(WishEvent):
    """The card is off the tree, at once: do not show it any more. Help that is under way goes on."""

    reason: Code
    taken_down_at: Time


class WishOffered(WishEvent):
    """A follow-up is kept for whoever helped first, until a set time."""

    offered_to: Giver
    until: Time
    offered_at: Time


class WishEscalated(WishEvent):
    """Nobody has taken it in the promised time: more people look after it now. It never expires."""

    level: Annotated[Literal["resident_units", "street", "district"], Privacy.CODE]
    posted_at: Time
    escalated_at: Time


class WishOverdue(WishEvent):
    """The desk has not checked it, or not hung its card, in the promised time; or what it sent back was not
    corrected, what it took down not decided on, what was delivered not confirmed, what was handed on not
    answered: the street is told, then the district. It never expires."""

    waits_for: Annotated[
        Literal["verification", "publication", "correction", "decision", "confirmation", "answer"],
        Privacy.CODE,
    ]
    level: Annotated[Literal["street", "district"], Privacy.CODE]
    due_by: Time
    """The day that has passed: the desk's or that of those it was handed to, then the street's."""
    overdue_at: Time


class WishHandedOver(WishEvent):
    """The desk has told whoever looks after it now. `handed_to`: who that is, an office and no person."""

    level: Annotated[Literal["resident_units", "street", "district"], Privacy.CODE]
    handed_to: Code
    handed_at: Time


class InvitationSent(WishEvent):
    """Somebody was asked. Whom, is told by nobody but wishes, and only while the question stands."""

    invitation_id: Id
    invitee_kind: Code
    until: Time
    sent_by: Id
    sent_at: Time


class InvitationAnswered(WishEvent):
    """Whoever was asked has taken the wish. Only a yes is an answer: any other leaves no trace."""

    invitation_id: Id
    claim_id: Id
    answered_at: Time


class WishClaimed(WishEvent):
    claim_id: Id
    beneficiary_id: Id
    category: Category
    claimant: Giver
    claimed_by: Id
    """The person who acted: the volunteer, or the unit's contact for an organisation."""
    contact_by: Time
    fulfil_by: Time
    claimed_at: Time


class ClaimJoined(WishEvent):
    """A helper joined a claim by an act of their own: nobody is put down by somebody else."""

    claim_id: Id
    volunteer_id: Id
    joined_at: Time


class Pledge(Part):
    """What a partner of a claim wants to bring, each by an estimate of their own."""

    kind: Annotated[Literal["goods", "time", "company"], Privacy.CODE]
    value_fen: Fen = 0
    minutes: Annotated[int, Field(ge=0, le=60_000), Privacy.NUMBER] = 0


class ClaimUnitJoined(WishEvent):
    """A unit joined a claim, by an act of its contact."""

    claim_id: Id
    organisation_id: Id
    joined_by: Id
    pledges: tuple[Pledge, ...] = ()
    joined_at: Time


class ClaimLeft(WishEvent):
    """A partner has left and the others go on, without blame."""

    claim_id: Id
    left: Giver
    claimant: Giver
    """Who leads from now on: somebody else if the one who left did."""
    left_at: Time


class ClaimContacted(WishEvent):
    """The claimant has spoken with the person who wished."""

    claim_id: Id
    claimant: Giver
    fulfil_by: Time
    contacted_at: Time


class ClaimReminded(WishEvent):
    """A time comes near, or has passed. Nothing is taken from anybody by this."""

    claim_id: Id
    claimant: Giver
    helpers: tuple[Id, ...] = ()
    about: Annotated[Literal["contact", "fulfil"], Privacy.CODE]
    late: Flag
    due_at: Time
    reminded_at: Time


class ClaimExtensionAsked(WishEvent):
    claim_id: Id
    claimant: Giver
    reason: Code
    until: Time
    asked_at: Time


class ClaimExtended(WishEvent):
    claim_id: Id
    claimant: Giver
    helpers: tuple[Id, ...] = ()
    reason: Code
    fulfil_by: Time
    decided_by: Id | None = None
    """None: by the rule, without anybody."""
    extended_at: Time


class ClaimExtensionRefused(WishEvent):
    claim_id: Id
    claimant: Giver
    reason: Code
    fulfil_by: Time
    decided_by: Id
    refused_at: Time


class ClaimLapsed(WishEvent):
    """The time ran out and the wish is back where it was before. No blame is recorded anywhere."""

    claim_id: Id
    claimant: Giver
    helpers: tuple[Id, ...] = ()
    missed: Annotated[Literal["contact", "fulfil"], Privacy.CODE]
    lapsed_at: Time


class ClaimEnded(WishEvent):
    """The wish has changed or is gone: whoever had taken it is free, without blame."""

    claim_id: Id
    claimant: Giver
    helpers: tuple[Id, ...] = ()
    reason: Code
    ended_at: Time


class ChangeProposed(WishEvent):
    """What is wished is to be another thing; whoever has taken it is asked."""

    claim_id: Id
    claimant: Giver
    helpers: tuple[Id, ...] = ()
    answer_by: Time
    proposed_at: Time


class VisitStarted(WishEvent):
    """On the way to a visit: somebody waits for the word that they have left again."""

    claim_id: Id
    visit_id: Id
    visitors: tuple[Id, ...]
    back_by: Time
    started_at: Time


class VisitEnded(WishEvent):
    claim_id: Id
    visit_id: Id
    ended_at: Time


class VisitOverdue(WishEvent):
    """The word did not come in time: please ring them."""

    claim_id: Id
    visit_id: Id
    visitors: tuple[Id, ...]
    back_by: Time
    overdue_at: Time


class WishPartlyDelivered(WishEvent):
    """A part of the help has arrived; the rest is still to come."""

    claim_id: Id
    claimant: Giver
    delivered_by: Giver
    gifts: tuple[Gift, ...] = ()
    services: tuple[Service, ...] = ()
    delivered_at: Time


class ClaimReleased(WishEvent):
    claim_id: Id
    claimant: Giver
    helpers: tuple[Id, ...] = ()
    reason: Annotated[Literal["given_back"], Privacy.CODE]
    released_at: Time


class WishDelivered(WishEvent):
    claim_id: Id
    beneficiary_id: Id
    claimant: Giver
    helpers: tuple[Id, ...] = ()
    gifts: tuple[Gift, ...] = ()
    services: tuple[Service, ...] = ()
    delivered_at: Time


class WishFulfilled(WishEvent):
    """The beneficiary has said that it is done; points, hours and gifts follow from this.

    `gifts` and `services` are all that arrived for the wish, one line of time a volunteer: also of
    those who have left the claim, and of claims before that were given back or ran out."""

    claim_id: Id
    beneficiary_id: Id
    category: Category
    counts_as: CountsAs
    follows_wish_id: Id | None = None
    method: ConfirmationMethod
    means: Code | None = None
    """More exactly: `tap`, `code` or `qr` on the card, `call`, `visit`, `witness`."""
    claimant: Giver
    helpers: tuple[Id, ...] = ()
    gifts: tuple[Gift, ...] = ()
    services: tuple[Service, ...] = ()
    fulfilled_at: Time


class WishReopened(WishEvent):
    claim_id: Id
    claimant: Giver
    helpers: tuple[Id, ...] = ()
    was: Annotated[Literal["delivered", "fulfilled"], Privacy.CODE]
    reason: Code
    fulfilled_event_id: Id | None = None
    """When `was` is fulfilled: the WishFulfilled that no longer stands, for the reversal."""
    reopened_at: Time


class WishWithdrawn(WishEvent):
    reason: Code
    withdrawn_at: Time


class WishEvaluated(WishEvent):
    """How the person who wished found the help; for the work, never for a ranking."""

    claim_id: Id
    score: Annotated[int, Field(ge=1, le=5), Privacy.NUMBER]
    by_proxy: Flag
    means: Code
    evaluated_at: Time


class CallbackDrawn(WishEvent):
    """This wish is in the sample: somebody who was not involved rings up (回访)."""

    claim_id: Id
    due_by: Time
    drawn_at: Time


class WishCalledBack(WishEvent):
    claim_id: Id
    outcome: Code
    called_by: Id
    called_at: Time


class WishClosed(WishEvent):
    """Nothing is open any more. What comes later is a new wish."""

    closed_at: Time


class ComplaintFiled(WishEvent):
    complaint_id: Id
    about: Code
    due_by: Time
    filed_at: Time


class ComplaintEscalated(WishEvent):
    """Not answered in time: somebody further up answers now, by a new day."""

    complaint_id: Id
    about: Code
    level: Annotated[Literal["street", "district"], Privacy.CODE]
    due_by: Time
    escalated_at: Time


class ComplaintAnswered(WishEvent):
    complaint_id: Id
    outcome: Code
    answered_by: Id
    answered_at: Time


class WishMessageSent(WishEvent):
    """One side has left a word for the other; the words themselves are fetched."""

    claim_id: Id
    message_id: Id
    sender: Annotated[Literal["resident", "claimant"], Privacy.CODE]
    claimant: Giver
    sent_at: Time


class WishReferred(WishEvent):
    """Not for the tree: handed to who is there for it, with a receipt."""

    referral_id: Id
    to: Code
    due_by: Time
    referred_by: Id
    referred_at: Time


class ReferralAnswered(WishEvent):
    referral_id: Id
    outcome: Code
    answered_at: Time


class WishJoinedProgramme(WishEvent):
    programme_id: Id
    joined_at: Time


class ProgrammeOpened(EventData):
    """Several wishes and several givers under one name (美居行动, 心诚服务). Key: its own id."""

    programme_id: Id
    area: AreaCode
    opened_by: Id
    opened_at: Time


class ProgrammeClosed(EventData):
    programme_id: Id
    area: AreaCode
    closed_by: Id
    closed_at: Time


class DataRequestFiled(EventData):
    """A person asks for a copy, a correction or the erasure of their data (PIPL Art. 44–50).

    Key: the person's id.
    """

    request_id: Id
    beneficiary_id: Id
    area: AreaCode
    kind: Code
    due_by: Time
    filed_at: Time


class DataRequestAnswered(EventData):
    request_id: Id
    beneficiary_id: Id
    area: AreaCode
    kind: Code
    outcome: Code
    answered_at: Time


class PersonErased(EventData):
    """The person's key is destroyed: nobody can read their data any more. Statistics stay."""

    beneficiary_id: Id
    area: AreaCode
    erased_at: Time
