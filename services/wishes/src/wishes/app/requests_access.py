"""What comes in where somebody asks for a look at a child's data."""

from typing import Literal

from chassis.http.body import Body


class AskAccess(Body):
    """`purpose`: the one that the look itself will name; a copy of everything has `own_copy`, a new
    code for a slip `new_code`."""

    purpose: Literal[
        "arrange",
        "find_way",
        "verify",
        "notify",
        "help",
        "complaint",
        "after_care",
        "receipt",
        "ask_after",
        "correct",
        "own_copy",
        "new_code",
    ]
