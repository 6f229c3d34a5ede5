"""The word at the door: six digits, stored nowhere.

They follow from the claim and the number of the visit by a key of this service, so that they can be
told before the visit begins (at a call, on a printed slip) and still are another word each time. A
copy of the tables gives none away.
"""

import hmac
from uuid import UUID

from chassis.privacy import Vault

from wishes.domain.visiting import Visit

DIGITS = 10**6


def visit_code(vault: Vault, claim_id: UUID, number: int) -> str:
    mark = vault.blind_index("visit-code", f"{claim_id}-{number}")
    return f"{int.from_bytes(mark) % DIGITS:06}"


def is_right(vault: Vault, visit: Visit, digits: str) -> bool:
    return hmac.compare_digest(visit_code(vault, visit.claim_id, visit.number), digits)
