"""What a wish can't do, each with what the person concerned needs to know."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import ceil


class WishError(Exception):
    """Base of all refusals of this service. `values` fill the sentence that people read."""

    def __init__(self, **values: str) -> None:
        super().__init__(type(self).__name__)
        self.values = values


class WrongState(WishError):
    """The act does not fit the state."""

    def __init__(self, state: str, act: str) -> None:
        super().__init__(state=STATE_WORDS.get(state, state))
        self.state, self.act = state, act


class NoSuchWish(WishError):
    """No wish with this id."""


class NoSuchClaim(WishError):
    """No claim with this id."""


class NoSuchPerson(WishError):
    """No beneficiary with this id."""


class NoSuchCard(WishError):
    """No such card, or the six digits do not match: the two must look the same."""

    def __init__(self, left: int) -> None:
        super().__init__(more=f"还可以试 {left} 次。" if left else "先停 15 分钟再试。")


class NotOnTheTree(WishError):
    """No public card with this number."""


class CardLocked(WishError):
    """Too many wrong tries on one card."""

    def __init__(self, now: datetime, until: datetime) -> None:
        super().__init__(until=f"{until.astimezone(now.tzinfo):%H:%M}")
        seconds = ceil((until - now).total_seconds())
        self.headers = {"Retry-After": str(max(1, seconds))}


class SamePerson(WishError):
    """The verifier may not publish."""


class AlreadyClaimed(WishError):
    """Somebody was faster."""


class GiverNotKnown(WishError):
    """The volunteer or unit is not (yet) known as somebody who may claim."""


class NotTheClaimant(WishError):
    """Only those who hold the claim may do this."""


class AlreadyJoined(WishError):
    """This person is part of the claim already."""


class NothingDelivered(WishError):
    """A delivery needs a gift or time given."""


class NotAPartner(WishError):
    """A gift or time of somebody who is not part of the claim."""


class InvolvedPerson(WishError):
    """The one who confirms or witnesses took part in the help."""


class NoConsent(WishError):
    """The person has not agreed, or no longer agrees, that the card is shown."""


class CategoryUnknown(WishError):
    """No category of this name."""


class CategoryNotOpen(WishError):
    """The district does not take wishes of this category on this day."""


class AnswersMissing(WishError):
    """What the category asks is not answered as it should be. `errors` names each place."""

    def __init__(self, errors: Sequence[object]) -> None:
        super().__init__()
        self.errors = tuple(errors)


class OwnWish(WishError):
    """Nobody claims the wish that is their own."""


class HouseholdWish(WishError):
    """Nobody claims the wish of somebody they live with."""


class WrittenByYou(WishError):
    """Nobody claims the wish that they wrote in another's name, or whose person they speak for: they would
    hand it to themselves."""


class KeptForAnother(WishError):
    """A follow-up is kept for whoever helped first, until the time in `until`."""


class Unqualified(WishError):
    """This wish asks for a skill, a training, an insurance or a check."""

    def __init__(self, missing: Sequence[str]) -> None:
        kinds = sorted({ask.partition(":")[0] for ask in missing})
        super().__init__(what="、".join(ASK_WORDS.get(kind, kind) for kind in kinds))
        self.missing = tuple(missing)


class TooManyClaims(WishError):
    """So many wishes are in these hands already."""


class TooLarge(WishError):
    """All gifts together are worth more than one wish of the tree should be."""


class TooMuchGiven(WishError):
    """What one giver has brought for one wish comes to more than the books take of it."""


class TooMuchTime(WishError):
    """One volunteer has given one wish more time than can be true."""


class AlreadyAsked(WishError):
    """The same question waits for its answer already."""


class NothingAsked(WishError):
    """There is no question to answer."""


class ChangeUnanswered(WishError):
    """What is wished is to be another thing: who delivers the old one has not said yes or no to it."""


class TooFarAway(WishError):
    """Not later than promised, or later than anybody may decide."""


class ChangedMeanwhile(WishError):
    """Somebody changed the wish between a look at it and the change that followed from it."""


class CardNumberTaken(WishError):
    """Somebody drew the same card number: draw again."""


class TreeIsFull(WishError):
    """320 places, and every one holds a wish that waits."""


class CardLeaks(WishError):
    """The public card says who the person is. `errors` names each finding."""

    def __init__(self, errors: Sequence[object]) -> None:
        super().__init__()
        self.errors = tuple(errors)


class AlreadyEvaluated(WishError):
    """This fulfilment has its evaluation."""


class NotYourWish(WishError):
    """Only the person who wished may say this of themself."""


class InvolvedInHelp(InvolvedPerson):
    """Whoever calls back, evaluates or answers a complaint had a part in this wish."""


class NoSuchComplaint(WishError):
    """No complaint with this id."""


class ComplaintOpen(WishError):
    """The same matter of the same wish waits for its answer already."""


class ComplaintAnswered(WishError):
    """It has its answer."""


class NoSuchProgramme(WishError):
    """No programme with this id."""


class ProgrammeClosed(WishError):
    """It takes no wishes on this day."""


class WishOutsideProgramme(WishError):
    """The wish is of an area that the programme does not reach."""


class AlreadyInProgramme(WishError):
    """A wish is part of one programme at most."""


class ProgrammeFull(WishError):
    """Its gifts have reached what was planned."""


class DatesCrossed(WishError):
    """It would end before it begins."""


class NoSuchReferral(WishError):
    """No referral with this id, or none for this wish."""


class ReferralAnswered(WishError):
    """It has its answer."""


class ConversationClosed(WishError):
    """Nobody holds the wish now, so nobody is on the other side."""


class TooManyMessages(WishError):
    """One side has said enough for a day. `wait`: until the next word is taken."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__()
        self.headers = {"Retry-After": str(max(1, ceil(wait.total_seconds())))}


class MessageLeaks(WishError):
    """The words tell a number, a name or an address. `errors` names each finding."""

    def __init__(self, errors: Sequence[object]) -> None:
        super().__init__()
        self.errors = tuple(errors)


# The desk: overrules, hand-over, likenesses, buildings, new codes.


class NothingToOverrule(WishError):
    """The detector finds nothing of this kind at this place of this text."""


class NotToBeOverruled(WishError):
    """A finding that nobody may overrule, not even two people."""


class SecondPersonNeeded(WishError):
    """The second step takes another person: whoever asked, or has checked the wish, does not agree too."""


class AlreadyDecided(WishError):
    """Somebody has said yes or no already."""


class NoSuchOverrule(WishError):
    """No overrule with this id for this wish."""


class NothingToHandOver(WishError):
    """It waits for nobody else, or was handed over at this level already."""


class ReferralUnanswered(WishError):
    """It is in other hands, and what they have done is asked of them."""


class SameWish(WishError):
    """A wish is no duplicate of itself."""


class OtherIsEnded(WishError):
    """The wish that should stay was returned or taken back."""


class BuildingUnknown(WishError):
    """No building of this community with this id."""


class BuildingKnown(WishError):
    """The community has a building of this name."""


class NoNewCode(WishError):
    """The wish has ended: its card opens nothing any more."""


class OwnCommunityOnly(WishError):
    """People one by one are shown to the workers of their own community only."""


class ConsentUnchanged(WishError):
    """The ledger says so already."""


class ConsentNeeded(WishError):
    """What is asked needs a consent that the person has not given, or has taken back."""

    def __init__(self, purpose: str) -> None:
        super().__init__(what=PURPOSE_WORDS[purpose])


class FirstConsentAtDesk(WishError):
    """A card alone takes back, and gives again; the first yes is heard by a person."""


class WitnessNeeded(WishError):
    """Somebody must have heard a spoken yes, and be named."""


class WordingUnknown(WishError):
    """Nobody was ever shown a wording of this number."""


class AlreadyTakenDown(WishError):
    """The card is off the tree."""


class NotYourData(WishError):
    """Only the person concerned, and the staff of their area."""


class NotRecognised(WishError):
    """The holder of the card does not know what the desk knows of the person."""

    def __init__(self, left: int) -> None:
        super().__init__(more=f"还可以试 {left} 次。" if left else "先停 15 分钟再试。")


class NoSuchRequest(WishError):
    """No request with this id."""


class RequestAlreadyOpen(WishError):
    """The same was asked already and is not answered yet."""


class NothingToCorrect(WishError):
    """A correction says what is wrong."""


class ErasureWaits(WishError):
    """Help is under way, or a complaint is open: it is ended, confirmed or answered first."""


class AlreadyErased(WishError):
    """There is nothing left of this person."""


class DeliveryEvidenceMissing(WishError):
    """The rule asks a delivery of this category to come with something that is not there."""

    def __init__(self, missing: Sequence[str]) -> None:
        super().__init__(what="、".join(EVIDENCE_WORDS.get(code, code) for code in missing))
        self.missing = tuple(missing)


EVIDENCE_WORDS = {
    "receipt": "收据或发票",
    "signed_note": "本人签收单",
    "service_record": "服务记录",
    "acceptance": "验收单",
    "warranty": "保修卡",
}
"""What districts ask for so far; another code is shown as they wrote it."""
ASK_WORDS = {"skill": "技能", "training": "培训", "insurance": "保险", "vetting": "审核"}
PURPOSE_WORDS = {
    "service": "用资料办这个心愿",
    "publish": "公开卡片",
    "photo": "拍照留底",
    "share": "转给别的单位",
}
STATE_WORDS = {
    "draft": "先记着",
    "submitted": "等核实",
    "verified": "等发布",
    "posted": "等人帮",
    "claimed": "有人在办",
    "delivered": "等您确认",
    "fulfilled": "已实现",
    "returned": "退回修改",
    "withdrawn": "已收回",
    "closed": "已了结",
    "taken_down": "已取下",
    "referred": "已转办",
    "live": "正在办",
    "contacted": "联系上了",
    "done": "已办好",
    "released": "已还回",
    "filed": "已登记",
    "checked": "等第二位同事",
    "refused": "没有同意",
    "taken_back": "本人收回",
}


# Intake: files, consents, drafts, batches, rules.


class AttachmentKindNotTaken(WishError):
    """Neither a photo, a PDF nor a voice recording of the kinds that are taken."""


class AttachmentNotWhatItSays(WishError):
    """The content is of another kind than its Content-Type, or cannot be read."""


class AttachmentTooLarge(WishError):
    """More than 5 MiB, or more dots than anybody needs to see what is on a photo."""


class TooManyAttachments(WishError):
    """So many files are kept with this wish already."""


class NoSuchAttachment(WishError):
    """No such file with this wish."""


class ConsentEvidenceMissing(WishError):
    """Somebody wrote for the person, and nothing shows yet that the person agreed."""


class GuardianConsentMissing(WishError):
    """A child's wish, and the guardian has not agreed, or nothing shows it."""


class NobodyReached(WishError):
    """The calls or visits on which a check rests have reached nobody."""


class WitnessIsTheAuthor(WishError):
    """Whoever wrote the card, answers for the child or writes it down cannot be the one who heard the person
    agree, and no more can the person."""


class NotAMinor(WishError):
    """A guardian or an approval is for children only, and this person is known to be none."""


class BirthMonthUnknown(WishError):
    """A guardian is for children only, and nobody has noted yet how old this person is."""


class ApprovalNeeded(WishError):
    """The data of a child: another worker has to say yes first (未成年人网络保护条例 Art. 36)."""


class ApprovalNotNeeded(WishError):
    """The person is no child: a purpose is enough."""


class NoSuchAccessRequest(WishError):
    """No request for a look with this id."""


class AccessRequestOver(WishError):
    """It was answered, or nobody answered in time: ask again."""


class NotTheAuthor(WishError):
    """Only whoever handed the wish in online may do this, besides the staff of the area."""


class TooManyWaiting(WishError):
    """So many wishes of one account wait to be checked already."""


class NotYourCommunity(WishError):
    """An account hands wishes in where it is registered."""


class ForeignRows(WishError):
    """Rows of a batch are of a community that whoever hands it in has no part in; nothing is stored."""


class NoSuchDraft(WishError):
    """No draft of this person with this id."""


class TooManyDrafts(WishError):
    """So many drafts are begun already."""


class WrongFields(WishError):
    """Some places are not as they should be. `errors` names each."""

    def __init__(self, errors: Sequence[object], **values: str) -> None:
        super().__init__(**values)
        self.errors = tuple(errors)


class DraftWrong(WrongFields):
    """What a draft holds already has to be right."""


class DraftIncomplete(WrongFields):
    """A draft is handed in when everything is there."""


class BadRows(WrongFields):
    """One bad row and nothing of the batch is stored."""


class BadQuestions(WrongFields):
    """What a category may ask has a small closed form."""


class RuleTooEarly(WishError):
    """A rule is valid from tomorrow at the earliest: today's wishes were handed in under today's."""


class NothingToChange(WishError):
    """A change that names nothing."""


class NoSuchHousehold(WishError):
    """No household with this id."""


class LastPartner(WishError):
    """The last one of a claim does not leave it: they give the wish back."""


class WitnessInvolved(WishError):
    """The witness took part in the help, lives with somebody who did, writes it down themself, or is the
    person."""


class NoPhotoConsent(WishError):
    """The person has not agreed to be on a photo."""


class TwoPeopleNeeded(WishError):
    """Two go, or nobody goes."""


class VisitTooLong(WishError):
    """The time to be back is over already, or too far away for somebody to wait for."""


class VisitUnderWay(WishError):
    """People of this claim are at a visit already."""


class NoSuchVisit(WishError):
    """No visit with this id."""


class NotYourVisit(WishError):
    """Only those who go, and the desk, may say something about a visit."""


class NoVisitExpected(WishError):
    """Nobody is on the way to this person."""


class VisitCodeWrong(WishError):
    """Whoever stands at the door does not know the word."""

    def __init__(self, left: int) -> None:
        again = f"让门外的人再说一遍，或者打社区电话。还可以试 {left} 次。"
        over = "这一趟不能再试了，打社区电话，由社区的同事来核对。"
        super().__init__(more=again if left > 0 else over)


class VisitCodeUsed(WishError):
    """The word was said before: it is good once."""


class VisitCodeLocked(WishError):
    """Too many wrong tries at the word of one visit."""


class InviteeNotKnown(WishError):
    """Somebody who is asked is nobody who may claim."""


class GuardianSpeaks(WishError):
    """For a child only the guardian agrees, at the desk (PIPL Art. 31)."""


class HelpedElsewhere(WishError):
    """No neighbour fulfilled the first wish, so there is no help that a second could follow."""


class SentBack(WishError):
    """The wish was returned to whoever brought it: it is not on the tree, and may come back."""


class AccountNotYours(WishError):
    """Only the desk, which sees who comes, notes somebody else's account."""


class PersonSpeaks(WishError):
    """A grown-up's no is undone by their own word, and nobody who did not write the card agrees for them."""


class ConsentNotHeard(WishError):
    """No call or visit of the check has reached anybody who can agree."""


class CodeSeenByYou(WishError):
    """Nobody claims the wish whose digits they were shown, by handing it in or by renewing them: they
    would confirm their own help."""
