"""Tokens: whose signature, how long, for whom; then what, and where."""

import asyncio
import base64
import hmac
import json
import time
import warnings
from collections.abc import AsyncIterator
from typing import Annotated, Any
from uuid import UUID, uuid4

import httpx
import pytest
from chassis.auth import OutOfScope, Principal, RoleGrant, TokenVerifier, Unauthenticated, permits
from chassis.auth.route import permissions_of
from chassis.auth.service_tokens import ServiceTokens
from chassis.auth.testing import ISSUER, TokenMinter
from chassis.auth.verifier import LEEWAY
from chassis.errors import Transient
from chassis.http import create_app
from chassis.settings import Issuer
from fastapi import APIRouter
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey
from pydantic import BaseModel

SUBJECT = UUID("00000000-0000-7000-8000-000000000001")
minter = TokenMinter()
trusting = minter.verifier()


def claims(**changed: Any) -> dict[str, Any]:
    now = int(time.time())
    found = {"iss": ISSUER, "aud": "wishtree", "sub": str(SUBJECT), "iat": now, "exp": now + 60}
    found |= {"kind": "staff", "roles": [{"role": "auditor", "area": "610102"}], **changed}
    return {name: value for name, value in found.items() if value is not ...}


def part(content: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


class FakeTime:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class IssuerAway:
    """An issuer over HTTP that can go away and change its keys."""

    def __init__(self, *keys: Any) -> None:
        self.keys = KeySet(list(keys))
        self.away = False
        self.asked = 0
        self.time = FakeTime()
        client = httpx.AsyncClient(transport=httpx.MockTransport(self._answer))
        issuer = Issuer(issuer=ISSUER, jwks_url=f"{ISSUER}/jwks")
        self.verifier = TokenVerifier([issuer], client, self.time)

    def _answer(self, _: httpx.Request) -> httpx.Response:
        self.asked += 1
        if self.away:
            raise httpx.ConnectError("away")
        return httpx.Response(200, json=self.keys.as_dict(private=False))


def ec(kid: str = "k1") -> ECKey:
    return ECKey.generate_key("P-256", parameters={"kid": kid, "use": "sig"})


def signed(key: Any, alg: str = "ES256", kid: str = "k1", **changed: Any) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SecurityWarning)
        return jwt.encode({"alg": alg, "kid": kid}, claims(**changed), key, algorithms=[alg])


@pytest.mark.parametrize("alg", ["ES256", "Ed25519", "EdDSA", "RS256"])
async def test_the_algorithms_are_understood(alg: str) -> None:
    parameters: Any = {"kid": "k1", "use": "sig"}
    key = {
        "ES256": lambda: ECKey.generate_key("P-256", parameters),
        "Ed25519": lambda: OKPKey.generate_key("Ed25519", parameters),
        "EdDSA": lambda: OKPKey.generate_key("Ed25519", parameters),
        "RS256": lambda: RSAKey.generate_key(2048, parameters),
    }[alg]()
    found = await IssuerAway(key).verifier.verify(signed(key, alg))
    assert found == Principal(SUBJECT, "staff", (RoleGrant("auditor", "610102"),))


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "http://elsewhere"},
        {"iss": ...},
        {"iss": [ISSUER]},
        {"aud": "another"},
        {"aud": ...},
        {"exp": int(time.time()) - 60},
        {"exp": ...},
        {"exp": "tomorrow"},
        {"nbf": int(time.time()) + 86_400},
        {"sub": ...},
        {"sub": "huang"},
        {"kind": ...},
        {"kind": "robot"},
        {"roles": ["auditor"]},
        {"roles": [{"area": "610102"}]},
        {"roles": 7},
        {"roles": [{"role": "auditor"}] * 200},
        {"name": ["王晓燕"]},
        {"name": "王" * 41},
    ],
)
async def test_a_token_with_wrong_claims_is_refused(changed: dict[str, Any]) -> None:
    key = ec()
    with pytest.raises(Unauthenticated):
        await IssuerAway(key).verifier.verify(signed(key, **changed))


@pytest.mark.parametrize(
    ("claim", "name"),
    [("王晓燕", "王晓燕"), ("王" * 40, "王" * 40), ("", None), (None, None), (..., None)],
)
async def test_a_token_may_say_what_its_account_is_called(claim: Any, name: str | None) -> None:
    key = ec()
    found = await IssuerAway(key).verifier.verify(signed(key, name=claim))
    assert found.name == name
    assert found.limited_to(["auditor"]).name == name
    assert "王" not in repr(found)


async def test_the_signature_must_be_the_issuers() -> None:
    issuer = IssuerAway(ec())
    with pytest.raises(Unauthenticated):
        await issuer.verifier.verify(signed(ec()))


async def test_the_public_key_is_no_password() -> None:
    """RFC 8725 section 2.1: HS256 signed with the text of the public key."""
    key = ec()
    issuer = IssuerAway(key)
    text = f"{part({'alg': 'HS256', 'kid': 'k1'})}.{part(claims())}"
    mark = hmac.digest(key.as_pem(private=False), text.encode(), "sha256")
    forged = f"{text}.{base64.urlsafe_b64encode(mark).rstrip(b'=').decode()}"
    with pytest.raises(Unauthenticated):
        await issuer.verifier.verify(forged)


@pytest.mark.parametrize(
    "token",
    [
        "",
        "a",
        "a.b.c",
        "..",
        "张.三.李",
        f"{part({'alg': 'none'})}.{part(claims())}.",
        f"{part([])}.{part({})}.x",
        f"{part({'alg': 'ES256', 'kid': ['k1']})}.{part(claims())}.AAAA",
        f"{part({'alg': 'ES256', 'kid': 'k1'})}.{part(claims())}.AAAA",
        f"{part({'alg': 'ES256', 'kid': 'k1', 'crit': ['x']})}.{part(claims())}.AAAA",
        "x" * 10_000,
        base64.urlsafe_b64encode(b"[" * 3000).decode() + ".e30.x",
    ],
    # Some hold the time: their text as an id would differ between two processes of one run.
    ids=lambda _: "token",
)
async def test_what_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(Unauthenticated):
        await IssuerAway(ec()).verifier.verify(token)


@given(st.text(max_size=300))
async def test_no_text_breaks_the_verifier(text: str) -> None:
    with pytest.raises(Unauthenticated):
        await trusting.verify(text)


async def test_a_new_key_is_asked_for_at_most_once_a_minute() -> None:
    old, new = ec("k1"), ec("k2")
    issuer = IssuerAway(old)
    await issuer.verifier.verify(signed(old))
    for _ in range(5):
        with pytest.raises(Unauthenticated):
            await issuer.verifier.verify(signed(new, kid="k2"))
    assert issuer.asked == 1
    issuer.keys = KeySet([old, new])
    issuer.time.now += 61
    await issuer.verifier.verify(signed(new, kid="k2"))
    await issuer.verifier.verify(signed(old))
    assert issuer.asked == 2


async def test_known_keys_stay_good_while_the_issuer_is_away() -> None:
    key = ec()
    issuer = IssuerAway(key)
    await issuer.verifier.verify(signed(key))
    issuer.away = True
    issuer.time.now += 10_000
    assert (await issuer.verifier.verify(signed(key))).subject == SUBJECT
    assert issuer.asked == 2


async def test_a_withdrawn_key_is_forgotten_within_ten_minutes() -> None:
    old = ec("k1")
    issuer = IssuerAway(old)
    await issuer.verifier.verify(signed(old))
    issuer.keys = KeySet([ec("k2")])
    issuer.time.now += 601
    with pytest.raises(Unauthenticated):
        await issuer.verifier.verify(signed(old))


async def test_a_token_that_was_seen_is_believed_until_its_end_and_no_longer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    key = ec()
    issuer = IssuerAway(key)
    token = signed(key, exp=int(time.time()) + 60)
    assert await issuer.verifier.verify(token) is await issuer.verifier.verify(token)
    late = time.time() + 60 + LEEWAY + 1
    monkeypatch.setattr(time, "time", lambda: late)
    with pytest.raises(Unauthenticated):
        await issuer.verifier.verify(token)


async def test_a_token_that_was_seen_ends_with_its_key() -> None:
    old = ec("k1")
    issuer = IssuerAway(old)
    token = signed(old)
    await issuer.verifier.verify(token)
    issuer.keys = KeySet([ec("k2")])
    issuer.time.now += 601
    with pytest.raises(Unauthenticated):
        await issuer.verifier.verify(token)


async def test_so_many_tokens_are_remembered_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chassis.auth.verifier.KNOWN_TOKENS", 3)
    key = ec()
    issuer = IssuerAway(key)
    tokens = [signed(key, n=n) for n in range(5)]
    first = [await issuer.verifier.verify(token) for token in tokens]
    again = [await issuer.verifier.verify(token) for token in reversed(tokens)]
    assert [one is other for one, other in zip(first, reversed(again), strict=True)] == [
        *(False, False),
        *(True, True, True),
    ]


async def test_the_first_requests_of_a_process_wait_for_the_keys_together() -> None:
    key = ec()
    issuer = IssuerAway(key)
    found = await asyncio.gather(*(issuer.verifier.verify(signed(key)) for _ in range(10)))
    assert {who.subject for who in found} == {SUBJECT}
    assert issuer.asked == 1


async def test_an_issuer_that_was_never_there_is_trouble_that_passes() -> None:
    key = ec()
    issuer = IssuerAway(key)
    issuer.away = True
    with pytest.raises(Transient):
        await issuer.verifier.verify(signed(key))
    issuer.away = False
    issuer.time.now += 2
    assert (await issuer.verifier.verify(signed(key))).subject == SUBJECT


# On routes


class Who(BaseModel):
    subject: UUID
    grants: int


router = APIRouter()


@router.get("/who/{area}")
async def get_who(area: str, who: Annotated[Principal, permits("wishes.read")]) -> Who:
    who.require_scope(area)
    return Who(subject=who.subject, grants=len(who.grants))


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(
        "test",
        [router],
        permissions={"wishes.read": ["community_worker", "street_officer"]},
        verifier=minter.verifier(),
    )
    assert permissions_of(app)["GET", "/who/{area}"] == "wishes.read"
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://test"
    ) as found:
        yield found


@pytest.mark.parametrize(
    ("role", "area", "status"),
    [
        ("community_worker", "610102007001", 200),
        ("street_officer", "610102007", 200),
        ("community_worker", "610102007002", 403),
        ("auditor", "610102", 403),
    ],
)
async def test_the_role_and_its_area_decide(
    client: httpx.AsyncClient, role: str, area: str, status: int
) -> None:
    answer = await client.get("/who/610102007001", headers=minter.header(role, area))
    assert answer.status_code == status


async def test_only_the_grants_that_permit_count(client: httpx.AsyncClient) -> None:
    """An auditor of the whole district who is a worker in one community stays in that community."""
    roles = [{"role": "auditor", "area": "610102"}]
    roles.append({"role": "community_worker", "area": "610102007001"})
    sent = {"Authorization": f"Bearer {minter.token(roles=roles)}"}
    assert (await client.get("/who/610102007001", headers=sent)).json()["grants"] == 1
    refused = await client.get("/who/610102007002", headers=sent)
    assert refused.json()["type"] == "/problems/out-of-scope"


@pytest.mark.parametrize(
    ("sent", "challenge"),
    [
        ({}, "Bearer"),
        ({"Authorization": "Basic eA=="}, "Bearer"),
        ({"Authorization": "Bearer"}, "Bearer"),
        ({"Authorization": "Bearer x"}, 'Bearer error="invalid_token"'),
    ],
)
async def test_a_401_says_how_to_get_in(
    client: httpx.AsyncClient, sent: dict[str, str], challenge: str
) -> None:
    answer = await client.get("/who/610102007001", headers=sent)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, challenge)
    assert answer.json()["type"] == "/problems/not-signed-in"


def test_a_unit_reaches_itself_and_no_area() -> None:
    unit, other = uuid4(), uuid4()
    who = Principal(SUBJECT, "staff", (RoleGrant("unit_contact", "610102007001", unit),))
    assert who.covers("610102007001", unit)
    assert not who.covers("610102007001", other)
    assert not who.covers("610102007001")
    who.require_organisation(unit)
    with pytest.raises(OutOfScope):
        who.require_organisation(other)


@pytest.mark.parametrize("role", ["community_worker", "street_officer", "district_operator"])
def test_an_office_without_an_area_reaches_nothing(role: str) -> None:
    who = Principal(SUBJECT, "staff", (RoleGrant(role),))
    assert not who.covers("610102007001")


# A service's own token


async def test_a_service_asks_once_for_many_and_again_before_the_end() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.content.decode())
        return httpx.Response(200, json={"access_token": f"t{len(asked)}", "expires_in": 30})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        tokens = ServiceTokens("http://issuer/token", "notifications", "s3cret", client)
        assert [await tokens.header() for _ in range(3)] == [{"Authorization": "Bearer t1"}] * 3
    assert len(asked) == 1
    assert "grant_type=client_credentials" in asked[0]


@pytest.mark.parametrize(
    "answer",
    [httpx.Response(401), httpx.Response(200, text="<html>"), httpx.Response(200, json={})],
)
async def test_no_token_is_trouble_that_passes(answer: httpx.Response) -> None:
    transport = httpx.MockTransport(lambda _: answer)
    async with httpx.AsyncClient(transport=transport) as client:
        with pytest.raises(Transient):
            await ServiceTokens("http://issuer/token", "n", "s", client).header()
