"""One text sealed with a person's key, bound to the row it stands in."""

from typing import overload
from uuid import UUID

from chassis.db import Transaction
from chassis.privacy import Vault


@overload
async def sealed(tx: Transaction, vault: Vault, person: UUID, field: str, text: str) -> bytes: ...
@overload
async def sealed(tx: Transaction, vault: Vault, person: UUID, field: str, text: None) -> None: ...
@overload
async def sealed(
    tx: Transaction, vault: Vault, person: UUID, field: str, text: str | None
) -> bytes | None: ...
async def sealed(
    tx: Transaction, vault: Vault, person: UUID, field: str, text: str | None
) -> bytes | None:
    """`field` names the row, too, so that a text can't be moved to another. Nothing: no key needed."""
    if text is None:
        return None
    return (await vault.seal(tx, person, {field: text}))[field]
