"""Is this wish written down twice, and were the same people helped before? A hint; a human decides."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from chassis.auth import Principal
from chassis.db import Database
from chassis.privacy import Vault

from wishes.app.likeness_store import Candidate, LikenessStore
from wishes.app.views_desk import LikenessesView, LikenessView
from wishes.domain.errors import STATE_WORDS
from wishes.domain.fairness import YEAR
from wishes.domain.trigram import similarity
from wishes.domain.wish import Wish


async def find_likenesses(
    db: Database,
    likenesses: LikenessStore,
    vault: Vault,
    who: Principal,
    wish: Wish,
    words: bytes,
    now: datetime,
) -> LikenessesView:
    """The most alike first. The words are compared here and shown to nobody: whoever wants to read
    them reveals them. Whoever was erased is left out."""
    # An office without an area reaches nothing: its prefix would reach everything.
    areas = [area for area in who.areas() if area]
    found = await likenesses.candidates(db, wish.id, areas)
    opened = await _open(db, vault, [one for one in found if not one.decided])
    mine = (await vault.open_many(db, {wish.beneficiary_id: {"words": words}})).get(
        wish.beneficiary_id, {}
    )
    lines = [
        _line(one, wish, similarity(mine.get("words") or "", opened[one.wish_id]))
        for one in found
        if one.wish_id in opened
    ]
    lines.sort(key=lambda line: (line.score, line.same_category), reverse=True)
    helped = sum(_helped(one, now) for one in found)
    return LikenessesView(helped_in_year=helped, items=lines)


async def _open(db: Database, vault: Vault, found: Sequence[Candidate]) -> Mapping[UUID, str]:
    """The words of each, by one statement for the first wish of everybody, one for the second …"""
    opened, left = dict[UUID, str](), list(found)
    while left:
        turn = {one.beneficiary_id: one for one in reversed(left)}
        sealed = {person: {"words": one.words} for person, one in turn.items()}
        for person, fields in (await vault.open_many(db, sealed)).items():
            opened[turn[person].wish_id] = fields["words"] or ""
        left = [one for one in left if turn[one.beneficiary_id] is not one]
    return opened


def _line(one: Candidate, wish: Wish, score: float) -> LikenessView:
    return LikenessView(
        wish_id=one.wish_id,
        card_no=one.card_no,
        category=one.category,
        state=one.state,
        state_word=STATE_WORDS[one.state],
        submitted_at=one.submitted_at,
        fulfilled_at=one.fulfilled_at,
        why=list(one.why),
        same_category=one.category == wish.category,
        score=round(score, 2),
    )


def _helped(one: Candidate, now: datetime) -> bool:
    return one.fulfilled_at is not None and not one.follow_up and one.fulfilled_at > now - YEAR
