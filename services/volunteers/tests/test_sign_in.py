"""Sign-in: phone code, password with second factor, client secret, refresh; and what is refused."""

from datetime import timedelta
from typing import Any

from chassis.auth import TokenVerifier
from chassis.settings import Issuer
from joserfc import jwt

from .conftest import ISSUER, Api

PHONE = "13800138001"


def password(api: Api, word: str = "a word", totp: str | None = None) -> dict[str, str]:
    return {
        "grant_type": "password",
        "username": "operator",
        "password": word,
        "totp": totp or api.totp(),
    }


async def claims(api: Api, token: str) -> dict[str, Any]:
    keys = await api.parts.keys.key_set()  # pyright: ignore[reportAttributeAccessIssue]
    return jwt.decode(token, keys).claims


async def test_a_volunteer_signs_in_with_a_code(api: Api) -> None:
    volunteer = await api.approved(PHONE)
    answer = await api.token(grant_type="phone_code", phone=PHONE, code=await api.code(PHONE))
    grant = answer.json()
    found = await claims(api, grant["access_token"])
    assert answer.headers["cache-control"] == "no-store"
    assert (found["sub"], found["kind"]) == (volunteer["id"], "volunteer")
    assert [role["role"] for role in found["roles"]] == ["volunteer"]


async def test_a_code_is_good_once_and_for_five_minutes(api: Api, problem: Any) -> None:
    await api.approved(PHONE)
    code = await api.code(PHONE)
    form = {"grant_type": "phone_code", "phone": PHONE, "code": code}
    assert (await api.token(**form)).status_code == 200
    problem(await api.token(**form), 401, "sign-in-refused")
    form["code"] = await api.code(PHONE)
    api.clock.moment.ahead = timedelta(minutes=6)
    problem(await api.token(**form), 401, "sign-in-refused")


async def test_five_wrong_codes_end_the_right_one(api: Api, problem: Any) -> None:
    await api.approved(PHONE)
    code = await api.code(PHONE)
    wrong = "000000" if code != "000000" else "111111"
    for _ in range(5):
        problem(
            await api.token(grant_type="phone_code", phone=PHONE, code=wrong),
            401,
            "sign-in-refused",
        )
    problem(
        await api.token(grant_type="phone_code", phone=PHONE, code=code), 401, "sign-in-refused"
    )


async def test_a_phone_gets_no_more_than_five_codes_in_ten_minutes(api: Api, problem: Any) -> None:
    for _ in range(5):
        await api.code(PHONE)
    answer = await api.post("sign-in-codes", {"phone": PHONE})
    problem(answer, 429, "too-many-codes")
    assert int(answer.headers["retry-after"]) > 0


async def test_known_and_unknown_phones_get_the_same_answer(api: Api) -> None:
    await api.approved(PHONE)
    known = await api.post("sign-in-codes", {"phone": PHONE})
    unknown = await api.post("sign-in-codes", {"phone": "13800138999"})
    assert (known.status_code, known.json()) == (unknown.status_code, unknown.json())


async def test_staff_need_both_factors_and_a_one_time_password_once(api: Api, problem: Any) -> None:
    await api.open_district()
    form = password(api)
    answer = await api.token(**form)
    assert answer.status_code == 200, answer.text
    problem(await api.token(**form), 401, "totp-used")
    problem(await api.token(**password(api, totp="000000")), 401, "sign-in-refused")


async def test_a_token_says_what_the_account_is_called(api: Api) -> None:
    await api.open_district()
    await api.approved(PHONE)
    staff = (await api.token(**password(api))).json()
    again = {"grant_type": "refresh_token", "refresh_token": staff["refresh_token"]}
    person = {"grant_type": "phone_code", "phone": PHONE, "code": await api.code(PHONE)}
    service = {"grant_type": "client_credentials", "client_id": "notifications"}
    answers = [
        staff,
        (await api.token(**again)).json(),
        (await api.token(**person)).json(),
        (await api.token(**service, client_secret="a secret")).json(),
    ]
    found = [await claims(api, answer["access_token"]) for answer in answers]
    names = [one.get("name") for one in found]
    assert names == ["区运营员", "区运营员", "包小红", None]


async def test_five_wrong_passwords_lock_for_a_quarter_of_an_hour(api: Api, problem: Any) -> None:
    await api.open_district()
    for _ in range(5):
        problem(await api.token(**password(api, "wrong")), 401, "sign-in-refused")
    answer = await api.token(**password(api))
    problem(answer, 429, "locked")
    assert 0 < int(answer.headers["retry-after"]) <= 900
    api.clock.moment.ahead = timedelta(minutes=16)
    assert (await api.token(**password(api))).status_code == 200


async def test_an_unknown_login_is_refused_like_a_wrong_password(api: Api, problem: Any) -> None:
    await api.open_district()
    unknown = password(api, "wrong") | {"username": "nobody"}
    first = problem(await api.token(**unknown), 401, "sign-in-refused")
    second = problem(await api.token(**password(api, "wrong")), 401, "sign-in-refused")
    assert first["detail"] == second["detail"]


async def test_a_refresh_token_used_twice_ends_the_whole_session(api: Api, problem: Any) -> None:
    await api.open_district()
    first = (await api.token(**password(api))).json()["refresh_token"]
    second = (await api.token(grant_type="refresh_token", refresh_token=first)).json()
    problem(
        await api.token(grant_type="refresh_token", refresh_token=first), 401, "sign-in-refused"
    )
    stolen = {"grant_type": "refresh_token", "refresh_token": second["refresh_token"]}
    problem(await api.token(**stolen), 401, "sign-in-refused")


async def test_a_session_ends_when_nobody_renews_it(api: Api, problem: Any) -> None:
    await api.open_district()
    token = (await api.token(**password(api))).json()["refresh_token"]
    api.clock.moment.ahead = timedelta(minutes=31)
    problem(
        await api.token(grant_type="refresh_token", refresh_token=token), 401, "sign-in-refused"
    )


async def test_a_service_signs_in_with_its_secret(api: Api, problem: Any) -> None:
    await api.open_district()
    form = {"grant_type": "client_credentials", "client_id": "notifications"}
    grant = (await api.token(**form, client_secret="a secret")).json()
    found = await claims(api, grant["access_token"])
    assert (found["kind"], found["roles"]) == ("service", [{"role": "notifier"}])
    problem(await api.token(**form, client_secret="wrong"), 401, "sign-in-refused")


async def test_bootstrap_twice_keeps_the_operator(api: Api) -> None:
    await api.open_district()
    await api.open_district()
    assert await api.db.fetchval("select count(*) from staff") == 1
    assert (await api.token(**password(api))).status_code == 200


async def test_another_service_accepts_the_token_by_the_published_keys(api: Api) -> None:
    """The keys travel over HTTP, as they do between processes."""
    await api.open_district()
    grant = (await api.token(**password(api))).json()
    issuer = Issuer(issuer=ISSUER, jwks_url="http://volunteers/.well-known/jwks.json")
    verifier = TokenVerifier([issuer], api.client)
    principal = await verifier.verify(grant["access_token"])
    assert principal.has("district_operator")
    assert principal.covers("610102007001")


async def test_incomplete_grants_are_named(api: Api, problem: Any) -> None:
    problem(await api.token(grant_type="password", username="operator"), 400, "incomplete-grant")
    answer = await api.token(grant_type="magic")
    assert answer.status_code == 422


async def test_passwords_codes_and_keys_lie_nowhere_in_plain(api: Api) -> None:
    await api.open_district()
    await api.approved(PHONE)
    await api.code(PHONE)
    for table in ("staff", "sign_in_code", "service_client", "signing_key", "volunteer"):
        rows = str([dict(row) for row in await api.db.fetch(f"select * from {table}")])
        for secret in ("a word", "a secret", "PRIVATE KEY", PHONE, "包小红"):
            assert secret not in rows, table
