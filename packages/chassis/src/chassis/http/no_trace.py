"""Routes that leave no trace: no line in the log, no number, no span, whatever their answer is.

For what nobody may find out afterwards, not even that it happened: that somebody declined. An
unexpected error is still logged, without saying of what.
"""

import re
from typing import Any

from starlette.routing import compile_path
from starlette.types import Scope

from chassis.auth.route import routes_calling

Untold = list[tuple[str, re.Pattern[str]]]
"""(method, pattern of the path)."""


async def leaves_no_trace() -> None:
    """Dependency: the mark of such a route."""


def untold_routes(app: Any) -> Untold:
    return [
        (method, compile_path(path)[0]) for method, path in routes_calling(app, leaves_no_trace)
    ]


def is_untold(scope: Scope) -> bool:
    """Before the request is routed: a span that has begun would be told already."""
    routes: Untold = getattr(scope["app"].state, "untold", []) if "app" in scope else []
    return any(
        scope["method"] == method and pattern.match(scope["path"]) for method, pattern in routes
    )
