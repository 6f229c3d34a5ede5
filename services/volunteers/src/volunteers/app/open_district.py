"""The first operator and the services' clients: `python -m volunteers bootstrap`, safe to repeat."""

from uuid import NAMESPACE_URL, uuid5

from chassis.db import Database
from chassis.ids import uuid7
from chassis.privacy import Vault
from pydantic import BaseModel

from volunteers.app.requests import RoleIn
from volunteers.app.stores import Accounts, Passwords


class Operator(BaseModel):
    login: str
    name: str
    area: str
    password: str
    totp_secret: str


class Opening(BaseModel):
    """WISHTREE_BOOTSTRAP."""

    operator: Operator
    clients: dict[str, str]


async def open_district(
    db: Database, accounts: Accounts, passwords: Passwords, vault: Vault, opening: Opening
) -> bool:
    """True when the operator was made now; an operator that is there keeps their password."""
    hashed = await passwords.hash(opening.operator.password)
    secrets = {name: await passwords.hash(word) for name, word in opening.clients.items()}
    async with db.transaction() as tx:
        for name, word in secrets.items():
            await accounts.keep_client(tx, name, uuid5(NAMESPACE_URL, f"wishtree:{name}"), word)
        if await accounts.lock_staff(tx, opening.operator.login) is not None:
            return False
        staff_id = uuid7()
        fields = {"name": opening.operator.name, "totp": opening.operator.totp_secret}
        sealed = await vault.seal(tx, staff_id, fields)
        name, totp = sealed["name"] or b"", sealed["totp"] or b""
        await accounts.add_staff(tx, staff_id, opening.operator.login, name, hashed, totp)
        role = RoleIn(role="district_operator", area=opening.operator.area)
        await accounts.add_roles(tx, staff_id, (role,))
        return True
