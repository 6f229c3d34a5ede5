"""Work 7: every list, claim and insert after 10,000, 100,000 and 1,000,000 wishes, beside each other."""

import http.client
import json
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from statistics import median
from typing import Any, cast
from uuid import UUID, uuid4

import asyncpg
from chassis.auth.testing import TokenMinter
from chassis.http import encode_cursor
from chassis.ids import uuid7
from chassis.privacy import Vault
from stack import Ports, Stack
from stack.ports import free_port
from stack.postgres import DATABASE
from stack.processes import Child, inherited_environment, spawn, wait_until
from stack.provision import run_now

from bench.contest import READY
from bench.grown import ASKER, BIG, CLAIM, LIFE, PERSON, PROGRAMME, UNIT
from bench.outcome import Contestant, Figure, Goal, Outcome, Setting
from bench.place import Issuer

SIZES, QUICK_SIZES = (10_000, 100_000, 1_000_000), (6_000, 12_000)
ASKS, QUICK_ASKS = 120, 6
"""Of each question at each size: first page or deep, a claim, an insert."""
WARM = 12
"""Asked of each before anything is measured."""
GOAL = 1.2
LIMIT, FILLED = 20.0, 1800.0
"""Seconds for one answer, and until a district is filled."""
SERVICES = ("wishes", "volunteers", "points", "notifications")
OPERATOR = [{"role": "district_operator", "area": "610102"}]
WORKER = [{"role": "community_worker", "area": BIG}]
NOT_MEASURED = {
    "/v1/books/{book}/trial-balance": "recomputes a book from all of its entries: that is its use",
    "/v1/rules": "one line per rule, not per wish",
    "/v1/rules/history": "one line per version of a rule, not per wish",
    "/v1/callback-seeds/{district}": "one line per month, of three years at most",
    "/v1/visits/{visit_id}": "the two or three people of one visit",
    "/v1/cards/{code}": "the steps of one wish; five at any size",
    "/v1/cards/{code}/complaints": "the complaints about one wish, by its index",
    "/v1/cards/{code}/messages": "what /v1/claims/{claim_id}/messages asks, by card",
    "/v1/cards/{code}/consents": "what /v1/wishes/{wish_id}/consents asks, by card",
    "/v1/cards/{code}/requests": "what /v1/beneficiaries/{person_id}/requests asks, by card",
    "/v1/cards/{code}/reveals": "what /v1/beneficiaries/{person_id}/reveals asks, by card",
    "/v1/consent-wordings": "one line per purpose, from memory",
    "/v1/mine": "the wishes of one account",
}
"""Routes whose answer holds a list, and why they are left out."""


@dataclass(frozen=True)
class Question:
    """A list as somebody asks for it. `cursor` is SQL for the place in the middle of it."""

    service: str
    route: str
    """As in the service's OpenAPI document."""
    name: str
    query: str = ""
    cursor: str = ""
    roles: Sequence[dict[str, Any]] = tuple(WORKER)
    subject: UUID | None = None


MESSAGES = "notifications.message where recipient_id"
DESK_OF = f"(select id from notifications.unit where area = '{BIG}')"
IN_AREA = f"area={BIG}"


def _half(what: str, columns: str, order: str) -> str:
    """SQL: the row in the middle of a list."""
    return f"select {columns} from {what} order by {order} offset (select count(*) / 2 from {what}) limit 1"


HELPER = ({"role": "volunteer", "area": BIG},)
GIVERS = f"""select distinct claimant_kind as kind, claimant_id as id
    from wishes.wish w join wishes.claim c on c.wish_id = w.id where w.programme_id = '{PROGRAMME}'"""
AREA_WISHES = f"wishes.wish where area = '{BIG}'"
QUESTIONS = (
    Question("wishes", "/v1/trees", "trees"),
    Question("wishes", "/v1/trees/{area}", "tree"),
    Question(
        "wishes",
        "/v1/trees/{area}/cards",
        "cards on a tree",
        cursor=_half(
            f"{AREA_WISHES} and hanging and state = 'posted'",
            "posted_at, id",
            "posted_at desc, id desc",
        ),
    ),
    Question(
        "wishes",
        "/v1/trees/{area}/cards",
        "cards of a category",
        "category=goods",
        cursor=_half(
            f"{AREA_WISHES} and hanging and state = 'posted' and category = 'goods'",
            "posted_at, id",
            "posted_at desc, id desc",
        ),
    ),
    Question(
        "wishes", "/v1/wishes", "desk: all wishes", IN_AREA, _half(AREA_WISHES, "id", "id desc")
    ),
    *(
        Question(
            "wishes",
            "/v1/wishes",
            f"desk: {state}",
            f"{IN_AREA}&state={state}",
            _half(f"{AREA_WISHES} and state = '{state}'", "id", "id desc"),
        )
        for state in ("submitted", "posted", "fulfilled")
    ),
    Question(
        "wishes",
        "/v1/wishes",
        "desk: submitted, of a category",
        f"{IN_AREA}&state=submitted&category=skills",
        _half(f"{AREA_WISHES} and state = 'submitted' and category = 'skills'", "id", "id desc"),
    ),
    Question("wishes", "/v1/wishes/{wish_id}", "one wish"),
    Question("wishes", "/v1/wishes/{wish_id}/history", "history of a wish"),
    Question("wishes", "/v1/wishes/{wish_id}/reveals", "who looked"),
    *(
        Question(
            "wishes",
            "/v1/queue",
            f"queue: {queue}",
            f"{IN_AREA}&queue={queue}",
            _half(f"{AREA_WISHES} and queue = '{queue}'", "queue_since, id", "queue_since, id"),
        )
        for queue in ("to_verify", "to_publish", "to_hand_over")
    ),
    Question(
        "wishes",
        "/v1/queue",
        "queue: to verify, of a category",
        f"{IN_AREA}&queue=to_verify&category=skills",
    ),
    Question(
        "wishes",
        "/v1/queue",
        "queue: to verify, follow-ups: none",
        f"{IN_AREA}&queue=to_verify&follow_up=true",
    ),
    Question(
        "wishes", "/v1/queue", "queue: to verify, late", f"{IN_AREA}&queue=to_verify&late=true"
    ),
    Question("wishes", "/v1/queue/counts", "queue counts", IN_AREA),
    Question(
        "wishes",
        "/v1/queue/counts",
        "queue counts of the district",
        "area=610102",
        roles=tuple(OPERATOR),
    ),
    Question("wishes", "/v1/wishes/{wish_id}/likenesses", "wishes of the same people"),
    Question("wishes", "/v1/wishes/{wish_id}/overrules", "overrules of a wish"),
    Question("wishes", "/v1/wishes/{wish_id}/verifications", "checks of a wish"),
    Question(
        "wishes",
        "/v1/buildings",
        "buildings",
        IN_AREA,
        _half(f"wishes.building where area = '{BIG}'", "name", "name"),
    ),
    Question(
        "wishes",
        "/v1/cards/print",
        "cards to print",
        IN_AREA,
        _half(
            f"{AREA_WISHES} and hanging and state = 'posted'",
            "posted_at, id",
            "posted_at desc, id desc",
        ),
    ),
    Question("wishes", "/v1/fairness", "who waits, of a community", IN_AREA),
    Question(
        "wishes",
        "/v1/fairness",
        "who waits, of the district",
        "area=610102",
        roles=tuple(OPERATOR),
    ),
    Question(
        "wishes",
        "/v1/fairness/people",
        "people who wait",
        f"{IN_AREA}&bucket=waiting.longer",
        _half(
            f"wishes.standing where area = '{BIG}' and bucket = 'waiting.longer'",
            "since, wish_id",
            "since, wish_id",
        ),
    ),
    Question("wishes", "/v1/untaken", "what nobody takes, of a community", IN_AREA),
    Question(
        "wishes",
        "/v1/untaken",
        "what nobody takes, of the district",
        "area=610102",
        roles=tuple(OPERATOR),
    ),
    Question(
        "volunteers",
        "/v1/organisations",
        "units of an area",
        IN_AREA,
        _half(f"volunteers.organisation where area = '{BIG}'", "id", "id"),
    ),
    Question(
        "volunteers",
        "/v1/volunteers",
        "volunteers",
        IN_AREA,
        _half(f"volunteers.volunteer where area = '{BIG}'", "id", "id"),
    ),
    Question(
        "volunteers",
        "/v1/volunteers",
        "volunteers to approve",
        f"{IN_AREA}&state=registered",
        _half(f"volunteers.volunteer where area = '{BIG}' and state = 'registered'", "id", "id"),
    ),
    Question("volunteers", "/v1/volunteers/{volunteer_id}/cards", "member file"),
    Question("volunteers", "/v1/volunteers/{volunteer_id}/qualifications", "qualifications"),
    Question(
        "points",
        "/v1/accounts/{holder_id}/entries",
        "entries of a unit",
        roles=tuple(OPERATOR),
        cursor=_half(
            f"points.entry where holder_id = '{UNIT}'",
            "posting_id, book",
            "posting_id desc, book desc",
        ),
    ),
    Question(
        "notifications",
        "/v1/inbox",
        "inbox of a desk",
        cursor=_half(f"{MESSAGES} = {DESK_OF}", "id", "id desc"),
    ),
    Question(
        "notifications",
        "/v1/inbox",
        "inbox of the district",
        roles=tuple(OPERATOR),
        cursor=_half(
            "notifications.message where recipient_kind = 'organisation'", "id", "id desc"
        ),
    ),
    Question(
        "notifications",
        "/v1/inbox",
        "inbox of a volunteer",
        roles=({"role": "volunteer", "area": BIG},),
        subject=PERSON,
        cursor=_half(f"{MESSAGES} = '{PERSON}'", "id", "id desc"),
    ),
    Question("notifications", "/v1/deliveries", "told about a wish", "wish_id={wish_id}"),
    Question(
        "notifications",
        "/v1/deliveries",
        "told to a desk",
        "recipient_id={desk}",
        _half(f"{MESSAGES} = {DESK_OF}", "id", "id desc"),
        roles=tuple(OPERATOR),
    ),
    Question(
        "notifications",
        "/v1/phone-list",
        "phone list",
        IN_AREA,
        _half(f"notifications.message where area = '{BIG}' and state = 'phone_list'", "id", "id"),
    ),
    Question("wishes", "/v1/wishes/{wish_id}/consents", "consents of a wish"),
    Question(
        "wishes",
        "/v1/beneficiaries/{person_id}/reveals",
        "who looked at a person",
        cursor=_half(f"wishes.reveal_audit where person_id = '{ASKER}'", "seq", "seq desc"),
    ),
    Question(
        "wishes",
        "/v1/beneficiaries/{person_id}/requests",
        "what a person asked",
        cursor=_half(
            f"wishes.data_request where person_id = '{ASKER}'",
            "filed_at, id",
            "filed_at desc, id desc",
        ),
    ),
    Question(
        "wishes",
        "/v1/data-requests",
        "requests that wait",
        "area=610102",
        _half("wishes.data_request where answered_at is null", "due_at, id", "due_at, id"),
        roles=tuple(OPERATOR),
    ),
    Question(
        "wishes",
        "/v1/callbacks",
        "whom to ring up",
        IN_AREA,
        _half(
            f"wishes.callback where area = '{BIG}' and outcome is null", "due_by, id", "due_by, id"
        ),
    ),
    Question(
        "wishes",
        "/v1/complaints",
        "complaints of a community",
        IN_AREA,
        _half(
            f"wishes.complaint where area = '{BIG}' and answered_at is null",
            "area, due_by, id",
            "area, due_by, id",
        ),
    ),
    Question(
        "wishes",
        "/v1/complaints",
        "complaints for the district",
        "area=610102&level=district",
        _half(
            "wishes.complaint where answered_at is null and level = 2",
            "area, due_by, id",
            "area, due_by, id",
        ),
        roles=tuple(OPERATOR),
    ),
    Question(
        "wishes",
        "/v1/referrals",
        "referrals that wait",
        IN_AREA,
        _half(
            f"wishes.referral where area = '{BIG}' and answered_at is null",
            "due_by, id",
            "due_by, id",
        ),
    ),
    Question(
        "wishes",
        "/v1/escalations",
        "what nobody takes, one by one",
        "area=610102",
        _half(
            "wishes.wish where state = 'posted' and level > 0",
            "area, posted_at, id",
            "area, posted_at, id",
        ),
        roles=tuple(OPERATOR),
    ),
    Question(
        "wishes",
        "/v1/programmes",
        "programmes",
        IN_AREA,
        _half("wishes.programme", "id", "id desc"),
    ),
    Question("wishes", "/v1/programmes/{programme_id}", "totals of a programme"),
    Question(
        "wishes",
        "/v1/programmes/{programme_id}/givers",
        "givers of a programme",
        cursor=_half(f"({GIVERS}) as givers", "kind, id", "kind, id"),
        roles=tuple(OPERATOR),
    ),
    Question(
        "wishes",
        "/v1/programmes/{programme_id}/wishes",
        "wishes of a programme",
        IN_AREA,
        _half(f"wishes.wish where programme_id = '{PROGRAMME}'", "id", "id"),
    ),
    Question(
        "wishes",
        "/v1/claims/{claim_id}/messages",
        "words between the two sides",
        cursor=_half(f"wishes.message where claim_id = '{CLAIM}'", "id", "id desc"),
        roles=HELPER,
        subject=PERSON,
    ),
    Question(
        "wishes",
        "/v1/invitations",
        "invitations",
        cursor=_half(f"wishes.invitation where invitee_id = '{PERSON}'", "until, id", "until, id"),
        roles=HELPER,
        subject=PERSON,
    ),
    Question(
        "wishes",
        "/v1/own-wishes",
        "what an account handed in",
        cursor=_half(f"wishes.wish where author_id = '{PERSON}'", "id", "id desc"),
        roles=HELPER,
        subject=PERSON,
    ),
    Question(
        "wishes",
        "/v1/drafts",
        "drafts",
        cursor=_half(f"wishes.draft where author_id = '{PERSON}'", "id", "id desc"),
        roles=HELPER,
        subject=PERSON,
    ),
    Question(
        "wishes",
        "/v1/access-requests",
        "looks at children to approve",
        IN_AREA,
        _half(
            f"wishes.access_request where area = '{BIG}' and until > now()",
            "until, id",
            "until, id",
        ),
    ),
    Question("wishes", "/v1/wishes/{wish_id}/attachments", "files of a wish"),
)


@dataclass
class District:
    """One size: its database, a process of each service, and a connection to each."""

    size: int
    dsn: str
    ports: dict[str, int]
    lines: dict[str, http.client.HTTPConnection] = field(
        default_factory=dict[str, http.client.HTTPConnection]
    )
    known: dict[str, str] = field(default_factory=dict[str, str])

    def one(self, sql: str) -> Any:
        """The first row."""
        found = run_now(_rows(self.dsn, sql))
        return found[0] if found else None

    def ask(self, method: str, service: str, path: str, token: str, body: str = "") -> float:
        """Milliseconds until the answer is read. Raises RuntimeError for anything but success."""
        headers = {"Authorization": f"Bearer {token}"}
        if method == "POST":
            headers |= {"Content-Type": "application/json", "Idempotency-Key": str(uuid4())}
        line = self.lines[service]
        try:
            took, answer, text = _timed(line, method, path, body, headers)
        except (ConnectionError, http.client.HTTPException):
            # The server closes a connection that was idle for some seconds; the key is the same.
            line.close()
            took, answer, text = _timed(line, method, path, body, headers)
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {text[:300]!r}")
        return took


def _timed(
    line: http.client.HTTPConnection, method: str, path: str, body: str, headers: dict[str, str]
) -> tuple[float, http.client.HTTPResponse, bytes]:
    began = time.perf_counter()
    line.request(method, path, body or None, headers)
    answer = line.getresponse()
    text = answer.read()
    return (time.perf_counter() - began) * 1000, answer, text


Ask = Callable[[District, int], float]
"""(where, number of the request) → milliseconds."""


@dataclass
class Answer:
    """Of one question at one size."""

    times: list[float] = field(default_factory=list[float])
    pages: float = 0.0
    """8 KiB pages of tables and indexes that its statements touched, per request."""

    @property
    def ms(self) -> float:
        return median(self.times)

    @property
    def thirds(self) -> tuple[float, ...]:
        """The median of every third request, thrice: how far chance moves it."""
        return tuple(median(self.times[n::3]) for n in range(3))


def run(setting: Setting) -> Outcome:
    sizes, asks = (QUICK_SIZES, QUICK_ASKS) if setting.quick else (SIZES, ASKS)
    minter = TokenMinter()
    with districts(setting, sizes, minter) as places:
        answers: dict[str, list[Answer]] = {}
        for name, ask in _everything(places, minter, asks):
            found = answers[name] = _measure(places, ask, asks)
            setting.say(f"{name}: " + ", ".join(f"{a.ms:.2f} ms {a.pages:.0f} p." for a in found))
    return _outcome(sizes, answers)


def _measure(places: Sequence[District], ask: Ask, asks: int) -> list[Answer]:
    """The sizes take turns request by request, so that whatever else the machine does hits all."""
    answers = [Answer() for _ in places]
    for place in places:
        # The server hung up on whoever was silent while others were asked; the next request connects.
        for line in place.lines.values():
            line.close()
    # A connection's first five plans are made for their values, later ones may be shared.
    warm = WARM if asks > QUICK_ASKS else 2
    for number in range(warm):
        for place in places:
            ask(place, number)
    before = [_pages(place) for place in places]
    for number in range(warm, warm + asks):
        for place, answer in zip(places, answers, strict=True):
            answer.times.append(ask(place, number))
    for place, answer, pages in zip(places, answers, before, strict=True):
        answer.pages = (_pages(place) - pages) / asks
    return answers


def _pages(place: District) -> int:
    sql = """select coalesce(sum(shared_blks_hit + shared_blks_read), 0)::bigint as n
        from public.pg_stat_statements s join pg_database d on d.oid = s.dbid
        join pg_roles r on r.oid = s.userid
        where d.datname = current_database() and r.rolname <> 'postgres'"""
    return place.one(sql)["n"]


def _everything(
    places: Sequence[District], minter: TokenMinter, asks: int
) -> Generator[tuple[str, Ask]]:
    for question in QUESTIONS:
        token = _token(minter, question)
        yield question.name, _list(places, question, token, deep=False)
        if question.cursor:
            yield f"{question.name}, middle", _list(places, question, token, deep=True)
    yield "claim", _claim(places, minter, asks)
    yield "insert", _insert(minter)


def _token(minter: TokenMinter, question: Question) -> str:
    kind = "volunteer" if question.roles[0]["role"] == "volunteer" else "staff"
    return minter.token(kind, question.roles, question.subject, exp=int(time.time()) + 7200)


def _list(places: Sequence[District], question: Question, token: str, *, deep: bool) -> Ask:
    paths: dict[int, str] = {}
    for place in places:
        query = question.query
        if deep:
            row = place.one(question.cursor)
            cursor = encode_cursor(*(_said(value) for value in row.values()))
            query = "&".join(part for part in (query, f"cursor={cursor}") if part)
        path = question.route + (f"?{query}" if query else "")
        paths[place.size] = path.format_map(place.known)
    return lambda place, number: place.ask("GET", question.service, paths[place.size], token)


def _said(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _claim(places: Sequence[District], minter: TokenMinter, asks: int) -> Ask:
    """An open card of the full tree each time, and each time by somebody with nothing in their hands."""
    cards = f"select id from {AREA_WISHES} and hanging and state = 'posted' order by id"
    free = f"""select id from wishes.giver g where kind = 'volunteer' and not exists (
        select from wishes.claim c where c.claimant_id = g.id and c.state = 'live'
    ) order by id limit {asks + WARM}"""
    open_cards = {place.size: _ids(place, cards) for place in places}
    tokens = {
        place.size: [
            minter.token(
                "volunteer",
                [{"role": "volunteer", "area": BIG}],
                UUID(who),
                exp=int(time.time()) + 7200,
            )
            for who in _ids(place, free)
        ]
        for place in places
    }
    return lambda place, number: place.ask(
        "POST",
        "wishes",
        f"/v1/wishes/{open_cards[place.size][number]}/claims",
        tokens[place.size][number],
        "{}",
    )


def _ids(place: District, sql: str) -> list[str]:
    return [str(row["id"]) for row in run_now(_rows(place.dsn, sql))]


def _insert(minter: TokenMinter) -> Ask:
    person = {"name": "黄建国", "address": "家属院3号楼2单元501", "phone": "13891234567"}
    wish = {"channel": "desk", "category": "goods", "area": BIG, "words": "想有个取暖的电器"}
    body = json.dumps(wish | {"beneficiary": person})
    token = minter.token("staff", WORKER, exp=int(time.time()) + 7200)
    return lambda place, number: place.ask("POST", "wishes", "/v1/wishes", token, body)


@contextmanager
def districts(
    setting: Setting, sizes: Sequence[int], minter: TokenMinter
) -> Generator[list[District]]:
    """A database per size on one server, and a process of each service per size, without workers."""
    stack = Stack(setting.folder / "stack", Ports.free(), purpose="test", fsync=False)
    issuer = Issuer(minter)
    children: list[Child] = []
    with ExitStack() as ending:
        ending.callback(issuer.close)
        ending.callback(stack.stop)
        ending.callback(lambda: [child.end(within=8) for child in children])
        stack.start_infrastructure()
        stack.prepare()
        _count_pages(stack)
        places: list[District] = []
        for size in sizes:
            began = time.monotonic()
            place = District(size, _database(stack, size), {})
            _fill(place)
            run_now(_seal(place.dsn, stack))
            setting.say(f"{size:,} wishes are there: {time.monotonic() - began:.0f} s")
            places.append(place)
        for place in places:
            for service in SERVICES:
                port = place.ports[service] = free_port()
                children.append(_service(stack, minter, issuer, service, place, port))
        started = [port for place in places for port in place.ports.values()]
        for child, port in zip(children, started, strict=True):
            wait_until(lambda port=port: _ready(port), child, seconds=2 * READY)
        for place in places:
            _know(place)
            for service, port in place.ports.items():
                place.lines[service] = http.client.HTTPConnection("127.0.0.1", port, timeout=LIMIT)
                ending.callback(place.lines[service].close)
        yield places


def _count_pages(stack: Stack) -> None:
    dsn = stack.postgres.dsn()
    run_now(_rows(dsn, "alter system set shared_preload_libraries = 'pg_stat_statements'"))
    run_now(_rows(dsn, "alter system set autovacuum = off"))
    # Filling writes gigabytes: no checkpoint for each of them.
    run_now(_rows(dsn, "alter system set max_wal_size = '8GB'"))
    stack.restart_postgres()
    run_now(_rows(dsn, "create extension pg_stat_statements schema public"))


def _database(stack: Stack, size: int) -> str:
    name = f"{DATABASE}_{size}"
    run_now(
        _rows(
            stack.postgres.dsn(database="postgres"), f"create database {name} template {DATABASE}"
        )
    )
    return stack.postgres.dsn(database=name)


def _fill(place: District) -> None:
    """Raises RuntimeError with the database's own words."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.grown", str(place.size)],
        env={**inherited_environment(), "DSN": place.dsn},
        capture_output=True,
        timeout=FILLED,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr.decode("utf-8", "replace")[-2000:])


async def _seal(dsn: str, stack: Stack) -> None:
    """What is opened when it is asked for: a volunteer's name, the words of a conversation."""
    settings = stack.environment("volunteers")
    vault = Vault(settings["WISHTREE_MASTER_KEY"], settings["WISHTREE_INDEX_KEY"])
    connection = await asyncpg.connect(
        dsn, timeout=5, server_settings={"search_path": "volunteers"}
    )
    try:
        sealed = await vault.seal(cast("Any", connection), PERSON, {"name": "鲍晓红"})
        sql = "update volunteer set name = $2 where id = $1"
        await connection.execute(sql, PERSON, sealed["name"])
    finally:
        await connection.close()
    settings = stack.environment("wishes")
    vault = Vault(settings["WISHTREE_MASTER_KEY"], settings["WISHTREE_INDEX_KEY"])
    connection = await asyncpg.connect(dsn, timeout=5, server_settings={"search_path": "wishes"})
    try:
        wish, person = await connection.fetchrow(  # pyright: ignore[reportGeneralTypeIssues]
            "select w.id, w.beneficiary_id from claim c join wish w on w.id = c.wish_id where c.id = $1",
            CLAIM,
        )
        ids = [uuid7() for _ in range(LIFE)]
        texts = {f"message_{message}": "明天下午三点来，可以吗？" for message in ids}
        sealed = await vault.seal(cast("Any", connection), person, texts)
        await connection.executemany(
            "insert into message (id, wish_id, claim_id, sender, words, sent_at)"
            " values ($1, $2, $3, 'resident', $4, now())",
            [(message, wish, CLAIM, sealed[f"message_{message}"]) for message in ids],
        )
    finally:
        await connection.close()


def _service(
    stack: Stack, minter: TokenMinter, issuer: Issuer, service: str, place: District, port: int
) -> Child:
    settings = stack.environment(service)
    dsn = settings["WISHTREE_DATABASE_URL"].removesuffix(f"/{DATABASE}")
    # Beside their own issuer, which volunteers must know.
    issuers = json.loads(settings["WISHTREE_ISSUERS"])
    issuers.append({"issuer": minter.issuer, "jwks_url": issuer.url, "audience": "wishtree"})
    settings |= {
        "WISHTREE_DATABASE_URL": f"{dsn}/{DATABASE}_{place.size}",
        "WISHTREE_HTTP_PORT": str(port),
        "WISHTREE_ISSUERS": json.dumps(issuers),
    }
    name = f"{service}-{place.size}"
    return spawn(
        name,
        [sys.executable, "-m", service, "--role", "api"],
        log=stack.folder / "logs" / f"{name}.log",
        env={**inherited_environment(), "PYTHONUTF8": "1", **settings},
        stack=stack.folder,
    )


def _ready(port: int) -> bool:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        line.request("GET", "/readyz")
        return line.getresponse().status == 200
    except OSError:
        return False
    finally:
        line.close()


def _know(place: District) -> None:
    """What the paths need: a wish in the middle, the desk."""
    wish = place.one(_half(f"{AREA_WISHES} and state = 'fulfilled'", "id", "id"))
    place.known = {
        "area": BIG,
        "wish_id": str(wish["id"]),
        "volunteer_id": str(PERSON),
        "holder_id": str(UNIT),
        "person_id": str(ASKER),
        "claim_id": str(CLAIM),
        "programme_id": str(PROGRAMME),
        "desk": str(place.one(f"select {DESK_OF} as id")["id"]),
    }


async def _rows(dsn: str, sql: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(dsn, timeout=5, command_timeout=120)
    try:
        return await connection.fetch(sql)
    finally:
        await connection.close()


def _outcome(sizes: Sequence[int], answers: dict[str, list[Answer]]) -> Outcome:
    ratios = {name: max(a.ms for a in found) / found[0].ms for name, found in answers.items()}
    pages = {
        name: max(a.pages for a in found) / max(found[0].pages, 1)
        for name, found in answers.items()
    }
    slowest = max(ratios, key=lambda name: ratios[name])
    most = max(pages, key=lambda name: pages[name])
    grown = [name for name, ratio in ratios.items() if ratio > GOAL]
    contestants = tuple(
        Contestant(
            name,
            "ours",
            (
                *(
                    Figure(f"{size:,}", "ms", answer.thirds)
                    for size, answer in zip(sizes, found, strict=True)
                ),
                *(
                    Figure(f"pages at {size:,}", "", (answer.pages,))
                    for size, answer in zip(sizes, found, strict=True)
                ),
                Figure("slowest beside the first", "×", (ratios[name],)),
            ),
        )
        for name, found in answers.items()
    )
    lists = [name for name in ratios if name not in ("claim", "insert")]
    worst = max(lists, key=lambda name: ratios[name])
    reason = f"above {GOAL}: {', '.join(grown)}" if grown else ""
    return Outcome(
        "growth",
        f"7 · {sizes[-1]:,} wishes beside {sizes[0]:,}",
        contestants,
        (
            Goal(f"slowest list ({worst})", ratios[worst], "<=", GOAL, reason),
            Goal("claim", ratios["claim"], "<=", GOAL),
            Goal("insert", ratios["insert"], "<=", GOAL),
        ),
        (
            f"Median of requests that take turns between the sizes; {slowest} grew most.",
            f"Pages touched grew most for {most}: ×{pages[most]:.2f}. An index of a million rows is"
            " one level deeper than one of ten thousand.",
            "Half of all wishes belong to one community, whose tree is full at every size; the"
            " database is on one server with 64 MB of shared buffers.",
            *(f"Not measured: {route}, {why}." for route, why in NOT_MEASURED.items()),
        ),
    )
