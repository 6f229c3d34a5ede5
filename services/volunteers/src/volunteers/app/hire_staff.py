"""An account for somebody who works for the district, a community or a unit."""

import secrets

from chassis.auth import Principal
from chassis.ids import uuid7
from chassis.privacy import Vault
from chassis.unit_of_work import UnitOfWork
from pyotp import random_base32
from pyotp.totp import TOTP

from volunteers.app.requests import StaffIn
from volunteers.app.stores import Accounts, Passwords
from volunteers.app.views import StaffView

ISSUER = "心愿树"


async def hire_staff(
    uow: UnitOfWork,
    accounts: Accounts,
    passwords: Passwords,
    vault: Vault,
    who: Principal,
    request: StaffIn,
) -> StaffView:
    """Raises LoginTaken, OutOfScope: nobody gives a role where they have none themselves."""
    for role in request.roles:
        who.require_scope(role.area)
    word, totp = secrets.token_urlsafe(12), random_base32()
    hashed = await passwords.hash(word)
    async with uow as tx:
        staff_id = uuid7()
        sealed = await vault.seal(tx, staff_id, {"name": request.name, "totp": totp})
        name, secret = sealed["name"] or b"", sealed["totp"] or b""
        await accounts.add_staff(tx, staff_id, request.login, name, hashed, secret)
        await accounts.add_roles(tx, staff_id, request.roles)
        uri = TOTP(totp).provisioning_uri(name=request.login, issuer_name=ISSUER)
        view = StaffView(
            id=staff_id, login=request.login, password=word, totp_secret=totp, totp_uri=uri
        )
        return uow.reply(view)
