"""What the use cases need from the database; adapters/postgres.py has it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from chassis.db import Transaction
from contracts.fields import Giver
from contracts.wishes import ConfirmationMethod

from wishes.domain.wish import Claim, Events, Given, Wish


@dataclass(frozen=True)
class Private:
    """The sealed side of a new wish."""

    code_hash: bytes
    words: bytes
    proxy_id: UUID | None = None
    proxy_name: bytes | None = None
    proxy_phone: bytes | None = None
    proxy_relation: str | None = None
    consent_kind: str | None = None
    consent_reference: bytes | None = None
    consent_given_at: datetime | None = None
    consent_witness: bytes | None = None
    consent_witness_relation: str | None = None
    answers: bytes | None = None
    """To the questions of the category, as JSON."""


@dataclass(frozen=True)
class Indexes:
    """Keyed hashes by which the same person is found; see domain/person.py."""

    phone: bytes | None
    address: bytes
    person: bytes | None


@dataclass(frozen=True)
class Person:
    """A beneficiary, sealed."""

    id: UUID
    area: str
    name: bytes
    phone: bytes | None
    address: bytes
    born: bytes | None = None
    account_id: UUID | None = None
    """The account of the person themselves, where they have one."""
    building_id: UUID | None = None
    """For a new one, as are its indexes."""
    indexes: Indexes | None = None


@dataclass(frozen=True)
class Told:
    """An answer of the person helped, as it is kept."""

    method: ConfirmationMethod
    means: str
    """More exactly: a key of fulfilling.METHODS."""
    answer: str
    reason: str | None = None
    by: UUID | None = None
    witness: UUID | None = None
    """The witness's id, where the witness is a volunteer."""
    witness_name: bytes | None = None
    witness_relation: str | None = None
    note: bytes | None = None


@dataclass(frozen=True)
class Tries:
    """Tries at a card's code since the last right one, this one included."""

    count: int
    locked_until: datetime | None


@dataclass(frozen=True)
class Sight:
    """What somebody who wants to claim must know, at one moment and unlocked."""

    wish: Wish
    known: bool
    """The volunteer or unit may claim, as far as the events have told."""
    missing: tuple[str, ...]
    """Qualifications the wish asks for and this volunteer does not have."""
    own: bool
    household: bool
    wrote: bool
    """They wrote it down for another, or were noted at the desk as who speaks for them."""
    saw_code: bool
    """They handed it in or made a new code: they were shown the digits that confirm the help."""
    taken: tuple[int, ...]
    """Places of this claimant that hold a wish already, by a claim that they lead or joined."""
    invitation: UUID | None = None
    """The one they were asked by, if it still stands."""


class WishStore(Protocol):
    """Every `lock_*` takes the wish's row, so that events get their numbers in order."""

    async def lock(self, tx: Transaction, wish_id: UUID) -> Wish: ...
    async def look(
        self,
        tx: Transaction,
        wish_id: UUID,
        giver: Giver,
        by: UUID,
        now: datetime,
        invitation: UUID | None = None,
    ) -> Sight:
        """For a claim by this giver, for whom the person `by` acts. See `save`.

        `invitation`: what the giver says that they were asked by.
        """
        ...

    async def lock_with_follow_ups(
        self, tx: Transaction, wish_id: UUID
    ) -> tuple[Wish, Sequence[Wish]]:
        """The wish and all that follow it, locked in the order of their ids as everywhere: two who lock
        several would wait for each other in a circle. Raises NoSuchWish."""
        ...

    async def lock_by_claim(self, tx: Transaction, claim_id: UUID) -> tuple[Wish, Claim]: ...
    async def wish_of_card(self, tx: Transaction, card_no: str) -> tuple[UUID, bytes] | None:
        """The wish and the hash of its code."""
        ...

    async def waiting_of(self, tx: Transaction, author_id: UUID) -> int:
        """How many wishes of this account wait to be checked; no other comes until the end of `tx`."""
        ...

    async def card_numbers_taken(self, tx: Transaction, among: Sequence[str]) -> set[str]: ...
    async def find_claim(self, tx: Transaction, wish_id: UUID) -> Claim | None:
        """The claim that was not given back, if there is one."""
        ...

    async def claim_in_force(self, tx: Transaction, wish: Wish) -> Claim:
        """The same, where the state says that there is one. Raises NoSuchClaim."""
        ...

    async def beneficiary(self, tx: Transaction, person_id: UUID) -> Person: ...
    async def beneficiaries(self, tx: Transaction, ids: Sequence[UUID]) -> list[Person]: ...
    def add_beneficiary(self, tx: Transaction, person: Person, now: datetime) -> None:
        """Where the community has no such building: BuildingUnknown, later."""
        ...

    def go_on(self, tx: Transaction, person_id: UUID) -> None:
        """Whoever had said stop begins anew: messages go out to them again."""
        ...

    def add(
        self,
        tx: Transaction,
        wish: Wish,
        private: Private,
        events: Events,
        now: datetime,
        *,
        by: UUID,
    ) -> None:
        """A new wish and its first events. Where its card number is taken: CardNumberTaken, later."""
        ...

    async def add_verification(
        self, tx: Transaction, wish_id: UUID, by: UUID, method: str, now: datetime
    ) -> None: ...
    def add_claim(
        self,
        tx: Transaction,
        wish: Wish,
        claim: Claim,
        events: Events,
        now: datetime,
        *,
        by: UUID,
        place: int,
    ) -> None:
        """A new claim, and the wish that is claimed by it. Where somebody was faster: AlreadyClaimed,
        later; where the wish or the claimant's places have changed meanwhile: ChangedMeanwhile."""
        ...

    async def add_partner(
        self, tx: Transaction, claim: Claim, who: Giver, by: UUID, now: datetime, *, place: int
    ) -> None:
        """`claim` is as it is with them, and takes this place of theirs; their pledges come along.
        Raises ChangedMeanwhile, now or later, where the place is taken."""
        ...

    async def drop_partner(self, tx: Transaction, claim: Claim, who: Giver) -> None:
        """`claim` is as it is without them."""
        ...

    async def next_gift(self, tx: Transaction, claim_id: UUID) -> int:
        """The line under which the next gift of this claim is kept."""
        ...

    async def add_delivery(self, tx: Transaction, claim: Claim, names: Mapping[int, bytes]) -> None:
        """`names`, by their lines, are those of the last gifts of the claim: the ones before are kept
        already."""
        ...

    async def given_before(self, tx: Transaction, wish_id: UUID) -> Given:
        """What arrived under claims that are over, however they ended; the oldest first."""
        ...

    async def clear_delivery(self, tx: Transaction, claim: Claim) -> None:
        """What was given is taken back, but for what `claim` still has; who gave it stays known for the
        checks on the help."""
        ...

    async def add_confirmation(
        self, tx: Transaction, wish_id: UUID, claim_id: UUID, told: Told, now: datetime
    ) -> None: ...
    async def add_card(self, tx: Transaction, wish: Wish, title: str, note: str | None) -> None: ...
    async def card(self, tx: Transaction, wish_id: UUID) -> tuple[str, str | None]:
        """The title and the note of the last card. The wish is locked; nothing for one that has none."""
        ...

    async def hanging(self, tx: Transaction, area: str, now: datetime) -> set[int]:
        """The places in use. From now to the end of `tx` nobody else hangs a card on this tree.

        Old blossoms fall first, and the oldest of all when the tree is full; open wishes never.
        """
        ...

    async def keep_words(
        self,
        tx: Transaction,
        wish_id: UUID,
        words: bytes | None,
        answers: bytes | None,
        *,
        asked_anew: bool,
    ) -> None:
        """None leaves the words as they are, and so it is with the answers unless `asked_anew`."""
        ...

    async def save(
        self,
        tx: Transaction,
        wish: Wish,
        events: Events,
        now: datetime,
        *,
        by: UUID | None = None,
        claim: Claim | None = None,
    ) -> None:
        """The new state and its events. `by`: who acted; None for the holder of the card, and for time.

        A wish that is claimed is saved with its claim. Where the wish was not locked and somebody
        changed it meanwhile: ChangedMeanwhile, later.
        """
        ...

    async def note(
        self, tx: Transaction, wish: Wish, events: Events, now: datetime, *, by: UUID | None = None
    ) -> None:
        """Events that leave the state: only the version moves."""
        ...

    async def words(self, tx: Transaction, wish_id: UUID) -> tuple[bytes, bytes | None]:
        """The person's own words, and the answers to what the category asks."""
        ...

    async def knows_giver(self, tx: Transaction, giver: Giver) -> bool:
        """Whether this volunteer or unit may claim, as far as the events have told."""
        ...

    async def members(
        self, tx: Transaction, organisations: Collection[UUID], among: Collection[UUID]
    ) -> frozenset[UUID]:
        """Those of `among` who belong to one of these units."""
        ...

    async def count_try(self, tx: Transaction, card_no: str, guess: bytes, now: datetime) -> Tries:
        """One more try at this card's code, unless it is the last one again; others at the same card wait
        for the end of `tx`. `guess`: a keyed hash of what is tried."""
        ...

    async def lock_card(self, tx: Transaction, card_no: str, until: datetime) -> None: ...
    async def forget_tries(self, tx: Transaction, card_no: str) -> None: ...
