"""Problem details (RFC 9457): one shape for everything that goes wrong, in words that help.

A service names its own in one table {exception: ProblemSpec}. An exception may carry `values` (for
the placeholders of the detail), `errors` (which field, what about it) and `headers`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.params import Form
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from chassis import context
from chassis.auth.principal import OutOfScope
from chassis.auth.verifier import Forbidden, Unauthenticated
from chassis.errors import Transient, Unstorable
from chassis.log import frames
from chassis.privacy.vault import Erased

log = structlog.get_logger(__name__)
MEDIA_TYPE = "application/problem+json"
JSON = "application/json"
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
MOST_ERRORS = 20
POINTER_LIMIT = 200


@dataclass(frozen=True)
class ProblemSpec:
    """`slug` is for programs, `title` and `detail` for people: what happened, what to do."""

    status: int
    slug: str
    title: str
    detail: str


@dataclass(frozen=True)
class FieldProblem:
    """`pointer` is a JSON pointer (RFC 6901) into the body, or `?name` for a query parameter."""

    pointer: str
    code: str
    detail: str


class Problem(Exception):
    """A problem raised by the HTTP layer itself."""

    def __init__(
        self,
        spec: ProblemSpec,
        *,
        errors: Sequence[FieldProblem] = (),
        headers: Mapping[str, str] | None = None,
        **values: Any,
    ) -> None:
        super().__init__(spec.slug)
        self.spec = spec
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        self.values = values


class FieldProblemView(BaseModel):
    pointer: str
    code: str
    detail: str


class ProblemView(BaseModel):
    """The schema in the OpenAPI documents."""

    type: str = Field(examples=["/problems/already-claimed"])
    title: str
    status: int
    detail: str
    instance: str
    correlation_id: str | None = None
    errors: list[FieldProblemView] = []


ProblemTable = Mapping[type[Exception], ProblemSpec]

BUILT_IN: ProblemTable = {
    Unauthenticated: ProblemSpec(
        401, "not-signed-in", "请先登录", "请先登录，再来一次；刚才写的不会丢。"
    ),
    Forbidden: ProblemSpec(
        403, "not-permitted", "这一步要别的角色", "这一步要别的角色来做，请找社区的同事。"
    ),
    OutOfScope: ProblemSpec(
        403, "out-of-scope", "不在您负责的范围", "这一件不在您负责的社区，请找那边的同事。"
    ),
    Erased: ProblemSpec(
        410,
        "already-erased",
        "资料已经删除",
        "这位居民的资料已按本人的要求删除，谁也看不到了，也不用再办。",
    ),
    Transient: ProblemSpec(
        503, "try-again", "稍等一下", "我们这边一时没接上，什么都没有改动，过几秒再试就好。"
    ),
}
NOT_FOUND = ProblemSpec(
    404, "not-found", "没有这一页", "没有找到。请看看地址，或者从头一页再进来。"
)
WRONG_METHOD = ProblemSpec(405, "wrong-method", "方法不对", "这个地址不能这样用，请看接口说明。")
BAD_REQUEST = ProblemSpec(400, "bad-request", "看不懂", "这个请求看不懂，请看接口说明。")
BAD_JSON = ProblemSpec(400, "bad-json", "不是 JSON", "内容不是完整的 JSON，请检查后再发。")
INVALID = ProblemSpec(422, "invalid", "有一处要改", "有几处要改，改好再发一次；什么都没有改动。")
INTERNAL = ProblemSpec(
    500,
    "internal",
    "我们这边出了点毛病",
    "我们这边出了点毛病，不是您的错。您写的没有丢。过几分钟再试，或者打社区电话，报这个号：{number}。",
)

WRONG_TYPE = ProblemSpec(415, "wrong-content-type", "格式不对", "请用 {wanted} 发送。")
BAD_VALUE = ProblemSpec(
    422, "bad-value", "有一处存不下", "有一处写的超出了能存的范围，请改一改再发；什么都没有改动。"
)

SENTENCES = {
    "missing": "这一项要填",
    "extra_forbidden": "没有这一项，是不是写错了名字",
    "string_too_long": "太长了，最多 {max_length} 个字",
    "string_too_short": "太短了，至少 {min_length} 个字",
    "string_pattern_mismatch": "写法不对",
    "string_type": "要写成文字",
    "int_type": "要写成整数",
    "int_parsing": "要写成整数",
    "bool_type": "要写成 true 或 false",
    "bool_parsing": "要写成 true 或 false",
    "literal_error": "只能是 {expected}",
    "enum": "只能是 {expected}",
    "uuid_parsing": "编号写法不对",
    "uuid_type": "编号写法不对",
    "datetime_from_date_parsing": "时间写法不对，例如 2026-02-01T09:30:00+08:00",
    "datetime_parsing": "时间写法不对，例如 2026-02-01T09:30:00+08:00",
    "datetime_past": "这个时间还没到，请写已经过去的时间",
    "timezone_aware": "时间要带时区，例如 +08:00",
    "greater_than_equal": "不能小于 {ge}",
    "less_than_equal": "不能大于 {le}",
    "too_long": "太多了，最多 {max_length} 项",
    "too_short": "太少了，至少 {min_length} 项",
    "model_attributes_type": "要写成一个 JSON 对象",
    "list_type": "要写成一个列表",
    "control_characters": "有看不见的控制字符，请删掉再发",
    "nothing_to_read": "这一项还是空的，请写上几个字",
    "string_unicode": "有不完整的字符，请删掉再发",
    "string_not_ascii": "只能用英文字母、数字和符号",
    "number_too_large": "数太大了",
    "float_type": "要写成一个数",
    "float_parsing": "要写成一个数",
    "finite_number": "要写成一个数",
    "greater_than": "要大于 {gt}",
    "less_than": "要小于 {lt}",
    "date_parsing": "日期写法不对，例如 2026-02-01",
    "date_from_datetime_parsing": "日期写法不对，例如 2026-02-01",
    "datetime_type": "时间写法不对，例如 2026-02-01T09:30:00+08:00",
    "model_type": "要写成一个 JSON 对象",
    "dict_type": "要写成一个 JSON 对象",
    "tuple_type": "要写成一个列表",
}


def problem_response(
    request: Request,
    spec: ProblemSpec,
    *,
    errors: Sequence[FieldProblem] = (),
    headers: Mapping[str, str] | None = None,
    values: Mapping[str, Any] | None = None,
) -> JSONResponse:
    body: dict[str, Any] = {
        "type": f"/problems/{spec.slug}",
        "title": spec.title,
        "status": spec.status,
        "detail": spec.detail.format_map(dict(values or {})),
        # Not request.url: it is built from the Host header, and a crooked one raises.
        "instance": request.scope["path"],
        "correlation_id": context.correlation_id.get(),
    }
    if errors:
        body["errors"] = [vars(error) for error in errors]
    return _Encodable(body, spec.status, dict(headers or {}), MEDIA_TYPE)


class _Encodable(JSONResponse):
    """A field's name is the client's own text: half a surrogate pair in it must not break the answer."""

    def render(self, content: Any) -> bytes:
        return json.dumps(content, ensure_ascii=False).encode("utf-8", "replace")


def handlers(table: ProblemTable) -> dict[Any, Any]:
    """Exception handlers for a service's table and the chassis' own."""

    def named(spec: ProblemSpec) -> Any:
        async def handle(request: Request, error: Exception) -> JSONResponse:
            headers = dict(getattr(error, "headers", {}))
            if isinstance(error, Unauthenticated):
                headers["WWW-Authenticate"] = error.challenge
            if spec.status == 503:
                headers.setdefault("Retry-After", "2")
            return problem_response(
                request,
                spec,
                errors=getattr(error, "errors", ()),
                headers=headers,
                values=getattr(error, "values", {}),
            )

        return handle

    found: dict[Any, Any] = {kind: named(spec) for kind, spec in {**BUILT_IN, **table}.items()}
    found[Problem] = _problem
    found[RequestValidationError] = _invalid
    found[HTTPException] = _http
    found[Unstorable] = _unstorable
    return found


async def _problem(request: Request, error: Problem) -> JSONResponse:
    return problem_response(
        request, error.spec, errors=error.errors, headers=error.headers, values=error.values
    )


async def _http(request: Request, error: HTTPException) -> JSONResponse:
    spec = {404: NOT_FOUND, 405: WRONG_METHOD}.get(error.status_code, BAD_REQUEST)
    return problem_response(request, spec, headers=error.headers)


async def _invalid(request: Request, error: RequestValidationError) -> JSONResponse:
    found = error.errors()
    if wanted := _other_content_type(request):
        return problem_response(request, WRONG_TYPE, values={"wanted": wanted})
    if any(e["type"] == "json_invalid" for e in found):
        return problem_response(request, BAD_JSON)
    return problem_response(
        request, INVALID, errors=[field_problem(e) for e in found[:MOST_ERRORS]]
    )


def _other_content_type(request: Request) -> str | None:
    """The content type that the route wants, if the request's is another one."""
    field = getattr(request.scope.get("route"), "body_field", None)
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if field is None or not given:
        return None
    if isinstance(field.field_info, Form):
        return None if given in FORMS else FORMS[0]
    return None if given == JSON or given.endswith("+json") else JSON


async def _unstorable(request: Request, error: Exception) -> JSONResponse:
    """A value that no rule of a body refused and the database cannot hold: a rule is missing."""
    log.error("value_not_storable", error=type(error).__name__, frames=frames(error))
    return problem_response(request, BAD_VALUE)


def field_problem(error: Mapping[str, Any]) -> FieldProblem:
    """One of pydantic's errors in words. The first part of its `loc` says where: `body`, `query`, …"""
    where, *path = error["loc"]
    pointer = "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in path)
    if where in ("query", "path", "header"):
        pointer = f"?{'.'.join(str(part) for part in path)}"
    sentence = SENTENCES.get(error["type"], "写法不对")
    values = {key: str(value) for key, value in (error.get("ctx") or {}).items()}
    values["expected"] = values.get("expected", "").replace(" or ", "、").replace(", ", "、")
    try:
        detail = sentence.format_map(values)
    except KeyError:
        detail = sentence
    return FieldProblem(pointer[:POINTER_LIMIT], error["type"], detail)
