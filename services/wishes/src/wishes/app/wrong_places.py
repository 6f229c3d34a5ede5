"""Which places of what was sent are wrong, in words: answers, questions, parts of a body."""

from collections.abc import Iterable, Mapping
from typing import Any

from chassis.http.problems import FieldProblem, field_problem
from pydantic import ValidationError

from wishes.domain.errors import AnswersMissing
from wishes.domain.questions import Wrong, wrong_answers
from wishes.domain.rule import Terms

SENTENCES = {
    "required": "这一项要填",
    "additionalProperties": "没有这一项，是不是写错了名字",
    "enum": "请从列出的里面选",
    "const": "只能是 {limit}",
    "type": "写法不对，请看这一项要的是文字、数字还是选择",
    "minLength": "太短了，至少 {limit} 个字",
    "maxLength": "太长了，最多 {limit} 个字",
    "minimum": "不能小于 {limit}",
    "maximum": "不能大于 {limit}",
    "minItems": "太少了，至少 {limit} 项",
    "maxItems": "太多了，最多 {limit} 项",
    "minProperties": "至少要问 {limit} 项",
    "maxProperties": "问得太多了，最多 {limit} 项",
    "uniqueItems": "有重复的，请去掉一个",
    "pattern": "写法不对：名字用小写英文字母、数字和下划线，文字里不要有看不见的字符",
    "unknown": "必填里写了一项没有的：{limit}",
}
OTHERWISE = "写法不对"


def require_answers(terms: Terms, answers: Mapping[str, Any]) -> None:
    """Raises AnswersMissing with every place."""
    wrong = answer_problems(terms, answers, "/answers")
    if wrong:
        raise AnswersMissing(wrong)


def answer_problems(terms: Terms, answers: Mapping[str, Any], at: str) -> list[FieldProblem]:
    # Nearly every wish: nothing is asked and nothing was said.
    if not terms.questions and not answers:
        return []
    return in_words(wrong_answers(terms.questions, answers), at)


def in_words(wrong: Iterable[Wrong], at: str) -> list[FieldProblem]:
    """`at`: the JSON pointer of what was looked at. The text that was written is never repeated."""
    return [
        FieldProblem(
            at + "".join(f"/{_escaped(str(part))}" for part in place.path),
            place.rule,
            SENTENCES.get(place.rule, OTHERWISE).format(limit=place.limit),
        )
        for place in wrong
    ]


def wrong_fields(error: ValidationError, *at: str | int) -> list[FieldProblem]:
    """What pydantic found, below this place of the body."""
    found = error.errors(include_url=False, include_input=False)
    return [field_problem({**one, "loc": ("body", *at, *one["loc"])}) for one in found]


def _escaped(part: str) -> str:
    return part.replace("~", "~0").replace("/", "~1")[:60]
