"""Signing in: staff with password and second factor, volunteers with a code sent to their phone."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pyotp.totp import TOTP

from hansenzhai.api import Api, Refused
from hansenzhai.cast import PEOPLE, Person
from hansenzhai.memory import Memory
from hansenzhai.phones import Phones

TOTP_STEP = 30
"""Seconds; a one-time password is good for one sign-in only (RFC 6238 section 5.2)."""


@dataclass(frozen=True)
class Login:
    username: str
    password: str
    totp_secret: str


class Desk:
    """Keeps one signed-in caller per person for as long as a token lasts."""

    def __init__(self, api: Api, memory: Memory, operator: Login, phones: Phones) -> None:
        self._api = api
        self._memory = memory
        self._operator = operator
        self._phones = phones
        self._callers: dict[str, tuple[Api, float]] = {}

    @property
    def operator_login(self) -> Login:
        return self._operator

    def staff_note(self, key: str) -> dict[str, str]:
        """What was shown once when the account was made."""
        return self._memory[f"staff/{key}"]

    @property
    def anybody(self) -> Api:
        return self._api

    def operator(self) -> Api:
        return self._caller("operator", lambda: self._password(self._operator))

    def staff(self, key: str) -> Api:
        note = self._memory[f"staff/{key}"]
        login = Login(note["login"], note["password"], note["totp_secret"])
        return self._caller(key, lambda: self._password(login))

    def volunteer(self, key: str) -> Api:
        person = next(person for person in PEOPLE if person.key == key)
        return self._caller(key, lambda: self._phone(person))

    def forget(self, key: str) -> None:
        """Sign in anew next time: a service refused the token."""
        self._callers.pop(key, None)

    def id_of(self, key: str) -> str:
        for kind in ("person", "unit", "staff"):
            try:
                return str(self._memory[f"{kind}/{key}"]["id"])
            except KeyError:
                continue
        raise KeyError(key)

    def read_code(self, person: Person) -> str:
        """Ask for a code and read it off the phone."""
        before = self._phones.count(person.phone)
        self._api.post(
            "volunteers",
            "/v1/sign-in-codes",
            {"phone": person.phone},
            key=f"code/{person.key}/{time.time_ns()}",
        )
        return self._phones.last_code(person.phone, before)

    def _caller(self, key: str, sign_in: Callable[[], dict[str, Any]]) -> Api:
        caller, until = self._callers.get(key, (None, 0.0))
        if caller is None or time.monotonic() > until:
            grant = sign_in()
            caller = self._api.signed_in(grant["access_token"])
            self._callers[key] = caller, time.monotonic() + grant["expires_in"] / 2
        return caller

    def _phone(self, person: Person) -> dict[str, Any]:
        return self._api.form(
            "volunteers",
            "/oauth2/token",
            grant_type="phone_code",
            phone=person.phone,
            code=self.read_code(person),
        )

    def _password(self, login: Login) -> dict[str, Any]:
        while True:
            one_time = TOTP(login.totp_secret).now()
            try:
                return self._api.form(
                    "volunteers",
                    "/oauth2/token",
                    grant_type="password",
                    username=login.username,
                    password=login.password,
                    totp=one_time,
                )
            except Refused as refusal:
                if refusal.slug != "totp-used":
                    raise
                # This code was spent by a sign-in a moment ago: the next one comes by the clock.
                time.sleep(TOTP_STEP - time.time() % TOTP_STEP + 0.05)
