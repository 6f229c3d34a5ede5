"""A six-digit code to a phone: proves the number at registration and signs people in."""

import hmac
import secrets
from dataclasses import replace
from datetime import datetime, timedelta

from chassis.db import Transaction
from chassis.gateway import Gateway
from chassis.ids import uuid7
from chassis.privacy import Vault
from chassis.unit_of_work import UnitOfWork

from volunteers.app.stores import Accounts, SentCode
from volunteers.app.views import Accepted
from volunteers.domain.errors import TooManyCodes

LIVES = timedelta(minutes=5)
WINDOW = timedelta(minutes=10)
PER_WINDOW = 5
TRIES = 5
TEXT = "【心愿树】您的验证码是 {code}，5 分钟内有效。别告诉别人，社区也不会问您要。"


async def send_code(
    uow: UnitOfWork, accounts: Accounts, vault: Vault, gateway: Gateway, phone: str
) -> Accepted:
    """The same answer for known and unknown phones. Raises TooManyCodes."""
    code = f"{secrets.randbelow(10**6):06}"
    index = phone_index(vault, phone)
    async with uow as tx:
        before = await accounts.code(tx, index)
        fresh = SentCode(code_hash(vault, phone, code), uow.now + LIVES, 0, uow.now, 1)
        if before is not None and uow.now - before.window_start < WINDOW:
            if before.sent >= PER_WINDOW:
                raise TooManyCodes(int((before.window_start + WINDOW - uow.now).total_seconds()))
            fresh = replace(fresh, window_start=before.window_start, sent=before.sent + 1)
        await accounts.keep_code(tx, index, fresh)
        answer = uow.reply(Accepted())
    # After the commit: a code that was not kept must not be sent.
    await gateway.send("sms", phone, TEXT.format(code=code), str(uuid7()))
    return answer


async def spend_code(
    tx: Transaction, accounts: Accounts, vault: Vault, phone: str, code: str, now: datetime
) -> bool:
    """Whether the code is right; a right one is good once, a wrong one counts. Never raises, so that
    the caller's transaction keeps the count."""
    index = phone_index(vault, phone)
    sent = await accounts.code(tx, index)
    if sent is None or sent.expires_at <= now or sent.tries >= TRIES:
        return False
    if not hmac.compare_digest(sent.code_hash, code_hash(vault, phone, code)):
        await accounts.wrong_code(tx, index)
        return False
    await accounts.forget_code(tx, index)
    return True


def phone_index(vault: Vault, phone: str) -> bytes:
    return vault.blind_index("phone", phone)


def code_hash(vault: Vault, phone: str, code: str) -> bytes:
    return vault.blind_index("sign-in-code", f"{phone} {code}")
