"""What the ways in need from bootstrap."""

from dataclasses import dataclass

from chassis.clock import Clock
from chassis.db import Database
from chassis.privacy import Vault

from wishes.app.access_store import AccessStore
from wishes.app.aftercare_store import AftercareStore
from wishes.app.change_store import ChangeStore
from wishes.app.consent_store import ConsentStore
from wishes.app.deliver_wish import DeliveryStores
from wishes.app.desk_store import DeskStore
from wishes.app.draft_store import DraftStore
from wishes.app.evidence_store import EvidenceStore
from wishes.app.household_store import HouseholdStore
from wishes.app.invitation_store import InvitationStore
from wishes.app.likeness_store import LikenessStore
from wishes.app.message_store import MessageStore
from wishes.app.note_age import Ages
from wishes.app.overrule_store import OverruleStore
from wishes.app.people_store import PeopleStore
from wishes.app.programme_store import ProgrammeStore
from wishes.app.record_consent import Ledger
from wishes.app.referral_store import ReferralStore
from wishes.app.rights_store import RightsStore
from wishes.app.rule_store import RuleStore
from wishes.app.store import WishStore
from wishes.app.terms import TermsBook
from wishes.app.visit_store import VisitStore


@dataclass(frozen=True)
class Parts:
    db: Database
    store: WishStore
    terms: TermsBook
    vault: Vault
    clock: Clock
    aftercare: AftercareStore
    programmes: ProgrammeStore
    referrals: ReferralStore
    messages: MessageStore
    evidence: EvidenceStore
    access: AccessStore
    drafts: DraftStore
    households: HouseholdStore
    rules: RuleStore
    desk: DeskStore
    overrules: OverruleStore
    likenesses: LikenessStore
    people: PeopleStore
    invitations: InvitationStore
    changes: ChangeStore
    visits: VisitStore
    consents: ConsentStore
    rights: RightsStore

    @property
    def ledger(self) -> Ledger:
        return Ledger(self.store, self.consents)

    @property
    def ages(self) -> Ages:
        return Ages(self.store, self.evidence, self.rights, self.terms, self.vault)

    @property
    def delivery(self) -> DeliveryStores:
        return DeliveryStores(self.store, self.terms, self.people, self.visits, self.vault)
