"""Which event tells whom what: one table for the whole product, a screen for each part of a wish's life.

Every event type stands in the table or, with the reason, in NOT_TOLD.
"""

from contracts.fields import EventData
from contracts.notifications import NotificationDelivered, NotificationFailed
from contracts.points import PointsCredited, PointsReversed
from contracts.volunteers import (
    AffiliationChanged,
    OrganisationChanged,
    QualificationChanged,
    VolunteerApproved,
    VolunteerRegistered,
)
from contracts.wishes import (
    CallbackDrawn,
    ChangeProposed,
    ClaimContacted,
    ClaimEnded,
    ClaimExtended,
    ClaimExtensionAsked,
    ClaimExtensionRefused,
    ClaimJoined,
    ClaimLapsed,
    ClaimLeft,
    ClaimReleased,
    ClaimReminded,
    ClaimUnitJoined,
    ComplaintAnswered,
    ComplaintEscalated,
    ComplaintFiled,
    ConsentChanged,
    DataRequestAnswered,
    DataRequestFiled,
    InvitationAnswered,
    InvitationSent,
    PersonErased,
    ProgrammeClosed,
    ProgrammeOpened,
    ReferralAnswered,
    VisitEnded,
    VisitOverdue,
    VisitStarted,
    WishCalledBack,
    WishChanged,
    WishClaimed,
    WishClosed,
    WishDelivered,
    WishDrafted,
    WishEscalated,
    WishEvaluated,
    WishFulfilled,
    WishHandedOver,
    WishJoinedProgramme,
    WishMessageSent,
    WishOffered,
    WishOverdue,
    WishPartlyDelivered,
    WishPosted,
    WishReferred,
    WishReopened,
    WishReturned,
    WishSubmitted,
    WishTakenDown,
    WishVerified,
    WishWithdrawn,
)

from notifications.domain.rule import Rule, Who, saying, where

Table = dict[type[EventData], tuple[Rule, ...]]
CARD = saying("card_no")
LATE = {
    "verification": "check",
    "publication": "card",
    "correction": "correction",
    "decision": "decision",
    "confirmation": "confirmation",
    "answer": "answer",
}
"""What a wish waits for at the desk → which of the messages tells of it."""
ABOVE: tuple[Who, ...] = ("street", "district")
DATES = saying("contact_by", "fulfil_by")
DONE_BY = saying("fulfil_by")
AMOUNTS = saying("points", "minutes", fen="gift_value_fen")
GOOD, POOR = 4, 2
"""Of five. What lies between is nobody's news."""


def _of_a_claim(data: WishChanged) -> bool:
    return data.claim_id is not None


def _of_no_claim(data: WishChanged) -> bool:
    return data.claim_id is None


def _is_not_given(data: ClaimEnded) -> bool:
    return data.reason != "not_confirmed"


def _is_good(data: WishEvaluated) -> bool:
    return data.score >= GOOD


def _is_poor(data: WishEvaluated) -> bool:
    return data.score <= POOR


INTAKE: Table = {
    WishSubmitted: (
        Rule("resident", "wish_received", "sms", CARD),
        Rule("desk", "wish_to_verify", "inbox", CARD),
    ),
    WishReturned: (Rule("resident", "wish_sent_back", "sms"),),
    WishPosted: (Rule("resident", "wish_hung", "sms", CARD),),
    WishChanged: (
        Rule("desk", "wish_to_verify_again", "inbox", when=_of_no_claim),
        Rule("resident", "change_agreed", "sms", when=_of_a_claim),
        Rule("partners", "change_goes_on", "sms", when=_of_a_claim),
    ),
    WishWithdrawn: (Rule("resident", "wish_withdrawn", "sms"),),
    ConsentChanged: (Rule("desk", "consent_taken_back", "inbox", when=where(given=False)),),
    WishTakenDown: (
        Rule("resident", "wish_off_tree", "sms"),
        Rule("partners", "card_off_help_goes_on", "sms"),
        Rule("desk", "card_off_in_area", "inbox"),
    ),
    WishReferred: (Rule("resident", "wish_referred", "sms", saying("to", "due_by")),),
    ReferralAnswered: (Rule("resident", "referral_answered", "sms"),),
}
WAITING: Table = {
    WishOverdue: (
        # The person hears when something comes of it; until then it is the offices' own business.
        *(
            Rule("desk", f"{what}_is_late", "inbox", when=where(waits_for=waits_for))
            for waits_for, what in LATE.items()
        ),
        *(
            Rule(
                level,
                f"{what}_is_late_below",
                "email",
                when=where(waits_for=waits_for, level=level),
            )
            for waits_for, what in LATE.items()
            for level in ABOVE
        ),
    ),
    WishOffered: (Rule("offered", "asked_first", "sms", saying("until")),),
    InvitationSent: (Rule("invited", "invited", "sms", saying("until")),),
    WishEscalated: (
        Rule("resident", "wish_still_waits", "sms"),
        Rule("desk", "wish_to_hand_over", "inbox"),
        Rule("units_nearby", "units_asked", "email", when=where(level="resident_units")),
        Rule("street", "office_asked", "email", when=where(level="street")),
        Rule("district", "office_asked", "email", when=where(level="district")),
    ),
}
CLAIM: Table = {
    WishClaimed: (
        Rule("resident", "wish_taken", "sms", DATES),
        Rule("claimant", "claim_won", "sms", DATES),
        Rule("branch", "claim_in_branch", "email", DATES),
        Rule("desk", "claim_in_area", "inbox", DATES),
    ),
    ClaimJoined: (
        Rule("volunteer", "claim_joined", "sms"),
        Rule("claimant", "one_more_helps", "sms"),
    ),
    ClaimUnitJoined: (
        Rule("unit", "claim_joined", "email"),
        Rule("claimant", "one_more_helps", "sms"),
    ),
    ClaimLeft: (Rule("left", "claim_left", "sms"), Rule("claimant", "you_lead_on", "sms")),
    ClaimContacted: (
        # Who was not rung up says so: nobody else would notice.
        Rule("resident", "somebody_rang", "sms", DONE_BY),
        Rule("helpers", "contact_made", "sms", DONE_BY),
    ),
    ClaimReminded: (
        Rule(
            "partners", "contact_soon", "sms", saying("due_at"), where(about="contact", late=False)
        ),
        Rule("partners", "contact_late", "sms", when=where(about="contact", late=True)),
        Rule("partners", "fulfil_soon", "sms", saying("due_at"), where(about="fulfil", late=False)),
        Rule("partners", "fulfil_late", "sms", when=where(about="fulfil", late=True)),
        Rule("desk", "late_in_area", "inbox", when=where(late=True)),
    ),
    ClaimExtensionAsked: (Rule("desk", "time_to_decide", "inbox", saying("until")),),
    ClaimExtended: (
        Rule("resident", "wish_takes_longer", "sms", DONE_BY),
        Rule("partners", "time_given", "sms", DONE_BY),
    ),
    ClaimExtensionRefused: (Rule("claimant", "time_stays", "sms", DONE_BY),),
    ChangeProposed: (
        Rule("claimant", "change_asked", "sms", saying("answer_by")),
        Rule("helpers", "change_asked_of_lead", "sms", saying("answer_by")),
    ),
    WishMessageSent: (
        Rule("resident", "word_for_resident", "sms", when=where(sender="claimant")),
        Rule("partners", "word_for_partner", "sms", when=where(sender="resident")),
    ),
}
CLAIM_OVER: Table = {
    ClaimReleased: (
        Rule("partners", "claim_released", "sms"),
        Rule("resident", "wish_back_on_tree", "sms"),
    ),
    ClaimLapsed: (
        Rule("partners", "day_has_passed", "sms"),
        Rule("resident", "wish_back_on_tree", "sms"),
        Rule("desk", "wish_free_in_area", "inbox"),
    ),
    ClaimEnded: (
        Rule("partners", "claim_not_needed", "sms", when=_is_not_given),
        Rule("partners", "given_not_confirmed", "sms", when=where(reason="not_confirmed")),
        Rule("resident", "wish_hung_anew_soon", "sms", when=where(reason="change_not_accepted")),
    ),
}
DELIVERY: Table = {
    VisitStarted: (Rule("resident", "visit_begins", "sms"),),
    VisitOverdue: (
        Rule("desk", "visit_overdue_in_area", "email", saying("back_by"), urgent=True),
        Rule("visitors", "visit_overdue", "sms", urgent=True),
    ),
    WishPartlyDelivered: (
        Rule("resident", "part_arrived", "sms"),
        Rule("partners", "part_noted", "sms"),
    ),
    WishDelivered: (
        Rule("resident", "wish_delivered", "sms"),
        Rule("claimant", "wish_delivered_by_you", "sms"),
        Rule("desk", "wish_to_confirm", "inbox"),
    ),
    WishFulfilled: (
        Rule("resident", "wish_blossoms", "sms"),
        Rule("partners", "wish_done", "sms"),
        Rule("branch", "wish_done_in_branch", "email"),
        Rule("desk", "wish_done_in_area", "inbox"),
    ),
    WishReopened: (
        Rule("resident", "wish_goes_on", "sms"),
        Rule("partners", "wish_reopened", "sms"),
        Rule("desk", "wish_reopened_in_area", "inbox"),
    ),
}
AFTER: Table = {
    WishEvaluated: (
        Rule("partners", "thanked", "sms", when=_is_good),
        Rule("desk", "not_quite_happy", "inbox", when=_is_poor),
    ),
    CallbackDrawn: (Rule("desk", "callback_due", "inbox", saying("due_by")),),
    ComplaintFiled: (
        Rule("desk", "complaint_filed", "inbox", saying("due_by")),
        Rule("street", "complaint_filed", "inbox", saying("due_by")),
    ),
    ComplaintEscalated: (
        # Whoever was promised an answer by a day hears why it has not come.
        Rule("resident", "complaint_takes_longer", "sms", saying("due_by")),
        Rule("street", "complaint_to_you", "email", saying("due_by"), where(level="street")),
        Rule("district", "complaint_to_you", "email", saying("due_by"), where(level="district")),
    ),
    ComplaintAnswered: (Rule("resident", "complaint_answered", "sms"),),
    DataRequestFiled: (
        Rule("resident", "data_request_received", "sms", saying("due_by")),
        Rule("desk", "data_request_filed", "inbox", saying("due_by")),
    ),
    DataRequestAnswered: (Rule("resident", "data_request_answered", "sms"),),
}
PEOPLE: Table = {
    VolunteerApproved: (Rule("volunteer", "approved", "sms"),),
    QualificationChanged: (
        Rule("volunteer", "qualified", "sms", saying("kind"), where(active=True)),
        Rule("volunteer", "not_qualified_now", "sms", saying("kind"), where(active=False)),
    ),
    PointsCredited: (Rule("holder", "saved", "sms", AMOUNTS),),
    PointsReversed: (Rule("holder", "taken_back", "sms", AMOUNTS),),
}
RULES: Table = {
    **INTAKE,
    **WAITING,
    **CLAIM,
    **CLAIM_OVER,
    **DELIVERY,
    **AFTER,
    **PEOPLE,
}
NOT_TOLD: dict[type[EventData], str] = {
    WishDrafted: "nobody works on it until it is handed in",
    WishVerified: "the person hears when it hangs",
    InvitationAnswered: "WishClaimed of the same act tells everybody",
    WishHandedOver: "whoever was told heard it from the desk",
    VisitEnded: "whoever waited for the word has it",
    WishCalledBack: "who rang knows; what was not right is told by WishReopened",
    WishClosed: "nothing is left to do or to know",
    WishJoinedProgramme: "the wish goes on as it did",
    ProgrammeOpened: "it concerns people only by its wishes",
    ProgrammeClosed: "it concerns people only by its wishes",
    PersonErased: "nobody can be reached; what waited for them is closed",
    OrganisationChanged: "known by whoever founded it",
    VolunteerRegistered: "found in the list of whoever approves",
    AffiliationChanged: "known by whoever was there when it was noted",
    NotificationDelivered: "a word about a word",
    NotificationFailed: "a word about a word; the phone list shows the person",
}

OF_UNITS = {
    "saved": "saved_gifts",
    "claim_won": "claim_won_by_unit",
    "claim_joined": "claim_joined_by_unit",
    "you_lead_on": "your_unit_leads_on",
    "asked_first": "unit_asked_first",
    "invited": "unit_invited",
    "wish_done": "wish_done_by_unit",
}
"""What a unit reads in place of what is said to a person."""


def rules_for(model: type[EventData]) -> tuple[Rule, ...]:
    """The rules of an event type; a reading model has those of the type it derives from."""
    return next((RULES[base] for base in model.__mro__ if base in RULES), ())


def template_for(kind: str, template: str) -> str:
    return OF_UNITS.get(template, template) if kind == "organisation" else template
