"""A district sets what a category asks and allows, from a later day. Old wishes keep their terms."""

from datetime import timedelta
from typing import Any, get_args

from chassis.auth import Principal
from chassis.ids import uuid7
from chassis.unit_of_work import UnitOfWork
from contracts.fields import Category
from pydantic import TypeAdapter

from wishes.app.requests_intake import RuleIn, TermsIn
from wishes.app.rule_store import RuleStore
from wishes.app.views_intake import RuleView
from wishes.app.wrong_places import in_words
from wishes.domain.errors import BadQuestions, CategoryUnknown, RuleTooEarly
from wishes.domain.questions import wrong_questions
from wishes.domain.replace import replace
from wishes.domain.rule import Rule, Terms, begun_last
from wishes.domain.working_days import today

CATEGORY: TypeAdapter[Category] = TypeAdapter(Category)
CATEGORIES = get_args(get_args(Category)[0])


async def set_rule(uow: UnitOfWork, rules: RuleStore, who: Principal, request: RuleIn) -> RuleView:
    """What is not named stays as it is in the rule that began last before the first day, whether that one
    is in force still or a category opens again. Raises OutOfScope, CategoryUnknown, RuleTooEarly,
    BadQuestions."""
    who.require_scope(request.district)
    if request.category not in CATEGORIES:
        raise CategoryUnknown
    first = today(uow.now) + timedelta(days=1)
    if request.valid_from < first:
        raise RuleTooEarly(first=f"{first:%m月%d日}")
    _require_questions(request.terms)
    async with uow as tx:
        version = await rules.next_version(tx, request.district, request.category)
        known = await rules.all(tx, request.category)
        area = request.district.ljust(12, "0")
        before = begun_last(known, area, request.category, request.valid_from)
        rule = Rule(
            id=uuid7(),
            district=request.district,
            category=CATEGORY.validate_python(request.category),
            version=version,
            valid_from=request.valid_from,
            terms=_changed(before.terms if before else Terms(), request.terms),
            valid_until=request.valid_until,
        )
        await rules.add(tx, rule, who.subject, uow.now)
        return uow.reply(RuleView.of(rule))


def _changed(terms: Terms, request: TermsIn) -> Terms:
    named: dict[str, Any] = request.model_dump(exclude_none=True)
    return replace(terms, **named)


def _require_questions(terms: TermsIn) -> None:
    wrong = wrong_questions(terms.questions) if terms.questions else []
    if wrong:
        raise BadQuestions(in_words(wrong, "/terms/questions"))
