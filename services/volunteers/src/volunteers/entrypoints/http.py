"""Routes: what comes in goes to a use case, what comes out is its view."""

from typing import Annotated, Any, Literal
from uuid import UUID

from chassis.auth import Principal, permits, public
from chassis.http import Cursor, Limit, Page, Problem, ProblemSpec, RateLimit, Uow
from chassis.privacy import record_reveal
from contracts.volunteers import OrganisationKind
from fastapi import APIRouter, Depends, Form, Query, Request, Response

from volunteers import queries
from volunteers.app import requests, views
from volunteers.app.affiliate_volunteer import affiliate_volunteer
from volunteers.app.approve_volunteer import approve_volunteer
from volunteers.app.found_organisation import found_organisation
from volunteers.app.hire_staff import hire_staff
from volunteers.app.register_volunteer import register_volunteer
from volunteers.app.reveal_contact import reveal_contact, reveal_contacts
from volunteers.app.send_code import send_code
from volunteers.domain import errors
from volunteers.entrypoints.parts import Parts

router = APIRouter()

PROBLEMS: dict[type[Exception], ProblemSpec] = {
    errors.NoSuchOrganisation: ProblemSpec(
        404, "organisation-not-found", "没有这个组织", "没有找到这个组织，请核对编号。"
    ),
    errors.OrganisationExists: ProblemSpec(
        409,
        "organisation-exists",
        "已经有了",
        "同名的组织、同一个代码或者这个区划的服务台已经有了。",
    ),
    errors.WrongParent: ProblemSpec(
        422,
        "wrong-parent",
        "上级不合适",
        "上级组织不合适：区下面是街道，街道下面是社区，单位在社区里。",
    ),
    errors.BadUscc: ProblemSpec(
        422, "bad-uscc", "信用代码不对", "统一社会信用代码的校验位对不上，请照证书再核对一遍。"
    ),
    errors.NoSuchVolunteer: ProblemSpec(
        404, "volunteer-not-found", "没有这位志愿者", "没有找到这位志愿者，请核对编号。"
    ),
    errors.PhoneTaken: ProblemSpec(
        409, "phone-already-registered", "登记过了", "这个电话已经登记过，直接登录就可以。"
    ),
    errors.AlreadyDecided: ProblemSpec(
        409, "already-decided", "已经定了", "这份登记已经有同事定过了，请刷新看看。"
    ),
    errors.LoginTaken: ProblemSpec(
        409, "login-taken", "登录名有人用了", "这个登录名有人用了，请换一个。"
    ),
    errors.SignInRefused: ProblemSpec(
        401, "sign-in-refused", "对不上", "登录的信息对不上，请再看看。多次不对会先停 15 分钟。"
    ),
    errors.TotpUsed: ProblemSpec(
        401, "totp-used", "这个动态码用过了", "这个动态码已经用过，等半分钟，用下一个。"
    ),
    errors.Locked: ProblemSpec(
        429, "locked", "先停一会儿", "试的次数多了，先停 15 分钟，{until} 再试。着急就打社区电话。"
    ),
    errors.TooManyCodes: ProblemSpec(
        429, "too-many-codes", "发得太多了", "这个电话刚收过几次验证码了，请过十分钟再试。"
    ),
    errors.NotAVolunteer: ProblemSpec(
        409, "not-a-volunteer", "登记没有通过", "这份登记没有通过，记不了资质。请他重新登记再来。"
    ),
    errors.NoSuchQualification: ProblemSpec(
        404, "qualification-not-found", "没有这一项", "没有找到这一项资质，请核对编号。"
    ),
    errors.QualificationOver: ProblemSpec(
        409, "qualification-over", "已经不算了", "这一项已经续过、停用或者到期了，请刷新看看。"
    ),
    errors.ValidUntilMissing: ProblemSpec(
        422, "valid-until-missing", "还缺到期的日子", "保险和核查都有期限，请写上有效到哪一天。"
    ),
    errors.ValidUntilPast: ProblemSpec(
        422, "valid-until-past", "日子已经过了", "这个日子已经过了，请照证件再核对一遍。"
    ),
    errors.NoEvidence: ProblemSpec(
        404, "no-evidence", "没有留凭据", "这一项登记时没有留凭据，请问问本人或者登记的同事。"
    ),
}
INCOMPLETE = ProblemSpec(
    400, "incomplete-grant", "缺了几项", "这种登录方式还缺几项，请看接口说明。"
)

Founds = Annotated[Principal, permits("organisations.found")]
ContactsUnit = Annotated[Principal, permits("organisations.contact")]
Hires = Annotated[Principal, permits("staff.hire")]
Approves = Annotated[Principal, permits("volunteers.approve")]
Affiliates = Annotated[Principal, permits("volunteers.affiliate")]
Lists = Annotated[Principal, permits("volunteers.list")]
Reads = Annotated[Principal, permits("volunteers.read")]
Contacts = Annotated[Principal, permits("volunteers.contact")]
Notifies = Annotated[Principal, permits("contacts.notify")]
ShowsNames = Annotated[Principal, permits("names.show")]

Area = Annotated[str, Query(pattern=r"^[0-9]{12}$")]
Short = Annotated[str | None, Form(max_length=200)]
asking = RateLimit(rate=5, burst=100)


def parts(request: Request) -> Parts:
    return request.app.state.service


Uses = Annotated[Parts, Depends(parts)]
Anybody = [public(), Depends(asking)]


@router.post("/v1/organisations", status_code=201)
async def post_organisation(
    body: requests.OrganisationIn, who: Founds, uow: Uow, uses: Uses
) -> views.OrganisationView:
    return await found_organisation(uow, uses.organisations, who, body)


@router.get("/v1/organisations", dependencies=[public()])
async def get_organisations(
    uses: Uses,
    area: Area | None = None,
    kind: OrganisationKind | None = None,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> Page[views.OrganisationView]:
    return await queries.organisations(uses.db, area, kind, cursor, limit)


@router.get("/v1/organisations/{organisation_id}", dependencies=[public()])
async def get_organisation(organisation_id: UUID, uses: Uses) -> views.OrganisationView:
    return await queries.organisation(uses.db, organisation_id)


@router.post("/v1/organisations/{organisation_id}/contact")
async def post_organisation_contact(
    organisation_id: UUID, body: requests.Purpose, who: ContactsUnit, uow: Uow, uses: Uses
) -> views.OrganisationContact:
    async with uow as tx:
        unit = await uses.organisations.get(tx, organisation_id)
        if who.kind != "service":
            who.require_scope(unit.area)
        return uow.reply(views.OrganisationContact(name=unit.name, email=unit.email))


@router.post("/v1/sign-in-codes", status_code=202, dependencies=Anybody)
async def post_code(body: requests.PhoneIn, uow: Uow, uses: Uses) -> views.Accepted:
    return await send_code(uow, uses.accounts, uses.vault, uses.gateway, body.phone)


@router.post("/v1/volunteers", status_code=201, dependencies=Anybody)
async def post_volunteer(body: requests.Registration, uow: Uow, uses: Uses) -> views.VolunteerView:
    return await register_volunteer(
        uow, uses.db, uses.people, uses.organisations, uses.accounts, uses.vault, body
    )


@router.get("/v1/volunteers")
async def get_volunteers(
    who: Lists,
    uses: Uses,
    area: Area,
    state: Literal["registered", "approved", "refused"] | None = None,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> Page[views.VolunteerView]:
    who.require_scope(area)
    return await queries.volunteers(uses.db, area, state, cursor, limit)


@router.get("/v1/volunteers/me")
async def get_me(who: Reads, uses: Uses) -> views.VolunteerView:
    found = await queries.find_volunteer(uses.db, who.subject)
    return views.VolunteerView.model_validate(found, from_attributes=True)


@router.get("/v1/volunteers/{volunteer_id}")
async def get_volunteer(volunteer_id: UUID, who: Reads, uses: Uses) -> views.VolunteerView:
    found = await queries.find_volunteer(uses.db, volunteer_id)
    queries.require_self_or_scope(who, found)
    return views.VolunteerView.model_validate(found, from_attributes=True)


@router.get("/v1/volunteers/{volunteer_id}/cards")
async def get_cards(volunteer_id: UUID, who: Reads, uses: Uses) -> views.MemberFile:
    """The member file 一证四卡: identity, contact, activity, feedback, savings."""
    found = await queries.find_volunteer(uses.db, volunteer_id)
    queries.require_self_or_scope(who, found)
    return await queries.member_file(uses.db, uses.vault, found)


@router.post("/v1/volunteers/{volunteer_id}/approval")
async def post_approval(
    volunteer_id: UUID, body: requests.Decision, who: Approves, uow: Uow, uses: Uses
) -> views.VolunteerView:
    return await approve_volunteer(uow, uses.people, who, volunteer_id, body)


@router.post("/v1/volunteers/{volunteer_id}/affiliations", status_code=201)
async def post_affiliation(
    volunteer_id: UUID, body: requests.AffiliationIn, who: Affiliates, uow: Uow, uses: Uses
) -> views.VolunteerView:
    return await affiliate_volunteer(uow, uses.people, uses.organisations, who, volunteer_id, body)


@router.post("/v1/volunteers/{volunteer_id}/contact")
async def post_contact(
    volunteer_id: UUID, body: requests.Purpose, who: Contacts, uow: Uow, uses: Uses
) -> views.ContactView:
    return await reveal_contact(uow, uses.people, uses.vault, who, volunteer_id, body)


@router.post("/v1/contacts")
async def post_contacts(
    body: requests.ContactsToNotify, who: Notifies, uow: Uow, uses: Uses
) -> views.ContactsView:
    """The addresses of up to 100 volunteers and units, for the service that sends messages."""
    return await reveal_contacts(uow, uses.people, uses.organisations, uses.vault, who, body)


@router.post("/v1/names")
async def post_names(
    body: requests.NamesIn, who: ShowsNames, uow: Uow, uses: Uses
) -> views.NamesView:
    """Names to show on a screen, each look written down."""
    async with uow as tx:
        names: dict[UUID, str] = {}
        for person, sealed in (await queries.sealed_names(uses.db, body.ids)).items():
            name = await queries.open_name(uses.db, uses.vault, person, sealed)
            if name is not None:
                await record_reveal(tx, uses.vault, person, who, ["name"], body.purpose)
                names[person] = name
        return uow.reply(views.NamesView(names=names))


@router.post("/v1/staff", status_code=201)
async def post_staff(body: requests.StaffIn, who: Hires, uow: Uow, uses: Uses) -> views.StaffView:
    return await hire_staff(uow, uses.accounts, uses.passwords, uses.vault, who, body)


@router.post("/oauth2/token", dependencies=Anybody)
async def post_token(
    uses: Uses,
    response: Response,
    grant_type: Annotated[
        Literal["phone_code", "password", "client_credentials", "refresh_token"], Form()
    ],
    phone: Short = None,
    code: Short = None,
    username: Short = None,
    password: Short = None,
    totp: Short = None,
    client_id: Short = None,
    client_secret: Short = None,
    refresh_token: Short = None,
) -> views.TokenView:
    """RFC 6749; `phone_code` is our own grant for people without a password."""
    response.headers["Cache-Control"] = "no-store"
    now, sign_in = uses.clock(), uses.sign_in
    match grant_type:
        case "phone_code" if phone and code:
            try:
                number = requests.phone_number(phone)
            except ValueError:
                raise errors.SignInRefused from None
            return await sign_in.by_phone(number, code, now)
        case "password" if username and password and totp:
            return await sign_in.by_password(username, password, totp, now)
        case "client_credentials" if client_id and client_secret:
            return await sign_in.by_secret(client_id, client_secret, now)
        case "refresh_token" if refresh_token:
            return await sign_in.by_refresh(refresh_token, now)
        case _:
            raise Problem(INCOMPLETE)


@router.get("/.well-known/jwks.json", dependencies=[public()])
async def get_jwks(uses: Uses) -> dict[str, Any]:
    return await uses.keys.public()


@router.get("/.well-known/openid-configuration", dependencies=[public()])
async def get_discovery(uses: Uses) -> dict[str, Any]:
    """OpenID Connect Discovery 1.0, as far as this issuer goes."""
    return {
        "issuer": uses.issuer,
        "jwks_uri": f"{uses.issuer}/.well-known/jwks.json",
        "token_endpoint": f"{uses.issuer}/oauth2/token",
        "grant_types_supported": ["password", "client_credentials", "refresh_token"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "subject_types_supported": ["public"],
        "response_types_supported": [],
    }
