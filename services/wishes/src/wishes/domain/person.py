"""When two entries are one person, as far as what was written down tells."""

import re
import unicodedata

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


def same_person(name: str, address: str, phone: str | None) -> str:
    """One value a person: the name with the telephone, without one with the address.

    A telephone alone would make one person of all whom the desk noted with its own number.
    """
    return f"{plain(name)}/{phone}" if phone else same_place(name, address)
