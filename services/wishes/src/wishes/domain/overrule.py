"""Which findings of the detector a second person may overrule, and which never.

A number or an account by which somebody can be reached, an identity or card number, and a name are
never needed on a card: whoever finds one there writes it in another way. What looks like a place, a
plate or an illness may be the thing that is wished, or a public place; two people may say so. A kind
that is not named here can't be overruled: the detector may learn kinds that nobody has thought about.
"""

from wishes.domain.errors import NotToBeOverruled
from wishes.domain.person import plain

MAY_BE = frozenset({"address", "wechat", "plate", "vulnerable"})


def may_be_overruled(kind: str, found: str, address: str) -> bool:
    """`found`: what stands at the place; `address`: the person's own, whose house number is theirs in
    whatever sentence it stands."""
    return kind in MAY_BE and not (kind == "address" and plain(found) in plain(address))


def require_overrulable(kind: str, found: str, address: str) -> None:
    """Raises NotToBeOverruled."""
    if not may_be_overruled(kind, found, address):
        raise NotToBeOverruled
