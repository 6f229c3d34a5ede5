"""How much a request may bring. A route that takes more than the others says so itself:

@router.post("/…", dependencies=[Depends(BodyLimit(5 * MB, seconds=60))])
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from chassis.http.problems import ProblemSpec

KB, MB = 1024, 1024 * 1024
TOO_LARGE = ProblemSpec(413, "too-large", "太大了", "内容太大了，最多 {most}。请缩短一些再发。")


@dataclass(frozen=True)
class BodyLimit:
    """A dependency that marks its route. The limit holds before anything of the route runs.

    `size` in bytes; `seconds` until the whole body must have come; `problem` is what is answered to
    more, and may name the limit as `{most}`.
    """

    size: int
    seconds: float = 15.0
    problem: ProblemSpec = TOO_LARGE

    async def __call__(self) -> None:
        """Asynchronous: a plain function would cost every request a trip to another thread."""

    @property
    def words(self) -> str:
        return f"{self.size // MB} MB" if self.size >= MB else f"{self.size // KB} KB"


USUAL = BodyLimit(64 * KB)
Larger = tuple[Collection[str], re.Pattern[str], BodyLimit]
"""Methods, path and limit of a route that takes more than USUAL."""


def larger_limits(routes: Iterable[BaseRoute]) -> list[Larger]:
    return [
        (frozenset(route.methods or ()), route.path_regex, dependency.call)
        for route in routes
        if isinstance(route, APIRoute)
        for dependency in route.dependant.dependencies
        if isinstance(dependency.call, BodyLimit)
    ]
