"""Returned paper cards, up to two hundred at once: all of them, or none and where to look."""

import contextlib
from collections.abc import Collection
from datetime import date
from typing import Any

from chassis.auth import Principal
from chassis.db import Transaction
from chassis.errors import Transient
from chassis.http.problems import FieldProblem
from chassis.privacy import Vault
from chassis.unit_of_work import UnitOfWork
from pydantic import ValidationError

from wishes.app.card_numbers import numbers
from wishes.app.desk_store import DeskStore
from wishes.app.evidence_store import EvidenceStore
from wishes.app.requests import SubmitWish
from wishes.app.requests_intake import Batch
from wishes.app.store import WishStore
from wishes.app.take_in import Coming, require_witnesses, take_in_new
from wishes.app.terms import TermsBook
from wishes.app.views import SubmittedView
from wishes.app.views_intake import BatchView
from wishes.app.wrong_places import answer_problems, wrong_fields
from wishes.domain.errors import (
    BadRows,
    CardNumberTaken,
    CategoryNotOpen,
    CategoryUnknown,
    ForeignRows,
    WitnessIsTheAuthor,
)
from wishes.domain.replace import replace
from wishes.domain.rule import Rule
from wishes.domain.working_days import today

TRIES = 5
MOST_ERRORS = 200
MOST_NAMED = 20
REFUSALS = {
    CategoryUnknown: ("category", "category-unknown", "没有这一类，请从本区开着的类别里选一个"),
    CategoryNotOpen: ("category", "category-not-open", "本区今天不收这一类，请换一类"),
    WitnessIsTheAuthor: ("proxy", "witness-is-the-author", "见证人要另外请一个人"),
}
"""What one row alone may be refused for: the place in it, the code and the sentence."""
NO_SUCH_BUILDING = ("building-unknown", "本社区的楼栋单里没有这一栋，请先加上，或者先不选")
Row = tuple[SubmitWish, Rule]
Rows = dict[int, Row]
"""By their place in the batch."""
Problems = list[FieldProblem]


async def submit_batch(
    uow: UnitOfWork,
    store: WishStore,
    evidence: EvidenceStore,
    desk: DeskStore,
    book: TermsBook,
    vault: Vault,
    who: Principal,
    request: Batch,
) -> BatchView:
    """Each row as if it came alone, in one transaction. Raises BadRows with the bad places of all
    rows, ForeignRows."""
    _require_scope_of_all(who, request.rows)
    rows, problems = await _right_rows(book, who, request.rows, today(uow.now))
    for _ in range(TRIES):
        with contextlib.suppress(CardNumberTaken):
            async with uow as tx:
                nowhere = await _without_building(tx, desk, rows)
                if problems or nowhere:
                    bad = len(request.rows) - len(rows) + len(nowhere)
                    raise BadRows([*problems, *nowhere][:MOST_ERRORS], bad=str(bad))
                coming = await _with_card_numbers(tx, store, who, list(rows.values()))
                items: list[SubmittedView] = []
                for one in coming:
                    items.append(take_in_new(tx, store, evidence, vault, one, uow.now))
                    # Row by row: as one statement they would be planned for longer than they run.
                    await tx.write_outbox()
                return uow.reply(BatchView(items=items))
    raise Transient("somebody else took one of the card numbers each time")


async def _with_card_numbers(
    tx: Transaction, store: WishStore, who: Principal, rows: list[Row]
) -> list[Coming]:
    async def taken(drawn: list[str]) -> Collection[str]:
        return await store.card_numbers_taken(tx, drawn)

    free = await numbers.draw_free(len(rows), taken)
    return [
        Coming(submission, rule, card_no, by=who.subject, writer=who.name)
        for (submission, rule), card_no in zip(rows, free, strict=True)
    ]


def _require_scope_of_all(who: Principal, rows: list[Any]) -> None:
    """Before what is written wrong: a foreign card is no mistake in writing. Raises ForeignRows."""
    areas = [row.get("area") if isinstance(row, dict) else None for row in rows]
    foreign = [
        str(place)
        for place, area in enumerate(areas, start=1)
        if isinstance(area, str) and not who.covers(area)
    ]
    if foreign:
        raise ForeignRows(rows="、".join(foreign[:MOST_NAMED]))


async def _right_rows(
    book: TermsBook, who: Principal, rows: list[Any], day: date
) -> tuple[Rows, Problems]:
    right: Rows = {}
    problems: Problems = []
    for place, content in enumerate(rows):
        row, wrong = await _row(book, who, content, day, place)
        problems += [_in_row(place, problem) for problem in wrong]
        if row is not None:
            right[place] = row
    return right, problems


async def _without_building(tx: Transaction, desk: DeskStore, rows: Rows) -> Problems:
    """The database would refuse the whole batch, too, and not say which card it is about."""
    named = {
        place: (submission.area, submission.beneficiary.building_id)
        for place, (submission, _) in rows.items()
        if submission.beneficiary.building_id is not None
    }
    if not named:
        return []
    known = await desk.known_buildings(tx, [building for _, building in named.values()])
    return [
        _in_row(place, FieldProblem(f"/rows/{place}/beneficiary/building_id", *NO_SUCH_BUILDING))
        for place, building in named.items()
        if building not in known
    ]


async def _row(
    book: TermsBook, who: Principal, content: object, day: date, place: int
) -> tuple[Row | None, Problems]:
    """Either the row or what is wrong with it. Raises OutOfScope."""
    try:
        submission = SubmitWish.model_validate(content)
        who.require_scope(submission.area)
        rule = await book.at(submission.area, submission.category, day)
        require_witnesses(submission, who.name)
    except ValidationError as error:
        return None, wrong_fields(error, "rows", place)
    except tuple(REFUSALS) as refusal:
        field, code, words = REFUSALS[type(refusal)]
        return None, [FieldProblem(f"/rows/{place}/{field}", code, words)]
    wrong = answer_problems(rule.terms, submission.answers, f"/rows/{place}/answers")
    return (None if wrong else (submission, rule)), wrong


def _in_row(place: int, problem: FieldProblem) -> FieldProblem:
    """Rows as people count them: the pointer begins with 0 (RFC 6901), the sentence with 1."""
    return replace(problem, detail=f"第 {place + 1} 行：{problem.detail}")
