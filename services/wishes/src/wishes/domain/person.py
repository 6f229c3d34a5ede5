"""When two entries are one person, as far as what was written down tells."""

import re
import unicodedata

RULE = 2
"""The number of these rules; whoever was indexed by an earlier one is indexed anew."""
OWN_NUMBER = re.compile(r"\+861[3-9]|\+(?!86)")
"""A mobile, or a number of elsewhere; a landline stands at a desk or in a hall as well, for all there."""
DIGITS = str.maketrans("零〇一二三四五六七八九", "00123456789")


def plain(text: str) -> str:
    """Letters and digits only, however they were written: 三号楼 is 3号楼."""
    forms = unicodedata.normalize("NFKC", text).casefold().translate(DIGITS)
    return re.sub(r"[\W_]", "", forms)


def same_place(name: str, address: str) -> str:
    """Equal for the same name at the same address, however it was written."""
    return f"{plain(name)}/{_place(address)}"


def is_same_place(one: str, other: str) -> bool:
    """Of two addresses, however they were written."""
    return _place(one) == _place(other)


def _place(address: str) -> str:
    return plain(address).removesuffix("室").removesuffix("号")


def same_person(name: str, address: str, phone: str | None) -> str | None:
    """One value a person: the name with a telephone of their own (`phone` in E.164), without one with the
    address. None where nothing is left of the name: they are like nobody.

    A telephone alone would make one person of all whom the desk noted with its own number; and a landline
    with the name one of two whom everybody calls 王奶奶, each of whom would be shown the other's data.
    """
    if not plain(name):
        return None
    own = phone is not None and OWN_NUMBER.match(phone)
    return f"{plain(name)}/{phone}" if own else same_place(name, address)
