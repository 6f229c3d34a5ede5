"""Personal data: sealed per person, found by blind index, every look written down."""

from chassis.privacy.pages import KeyPages
from chassis.privacy.reveals import Reveal, broken_links, record_reveal, record_reveals, reveals_of
from chassis.privacy.vault import Erased, PersonKeys, Vault

__all__ = [
    "Erased",
    "KeyPages",
    "PersonKeys",
    "Reveal",
    "Vault",
    "broken_links",
    "record_reveal",
    "record_reveals",
    "reveals_of",
]
