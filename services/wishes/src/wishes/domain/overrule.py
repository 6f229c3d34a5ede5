"""Which findings of the detector a second person may overrule, and which never.

A number or an account by which somebody can be reached, an identity or card number, and a name are
never needed on a card: whoever finds one there writes it in another way. What looks like a place, a
plate or an illness may be the thing that is wished, or a public place; two people may say so. A kind
that is not named here can't be overruled: the detector may learn kinds that nobody has thought about.
"""

from wishes.domain.errors import NotToBeOverruled
from wishes.domain.person import plain

MAY_BE = frozenset({"address", "wechat", "plate", "vulnerable"})


def require_overrulable(kind: str, found: str, address: str) -> None:
    """`found`: what stands at the place; `address`: the person's own. Raises NotToBeOverruled."""
    if kind not in MAY_BE:
        raise NotToBeOverruled
    if kind == "address" and plain(found) in plain(address):
        # Their own house number is theirs, in whatever sentence it stands.
        raise NotToBeOverruled
