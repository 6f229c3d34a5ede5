"""Sealed per person, readable by nobody else, gone when the key is gone; every look leaves a line."""

import asyncio
import base64
import hashlib
import json
import struct
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, get_args
from uuid import UUID, uuid4

import asyncpg
import pytest
import pytest_asyncio
from chassis import migrate
from chassis.auth import Principal, RoleGrant
from chassis.errors import Permanent
from chassis.privacy import (
    Erased,
    KeyPages,
    Vault,
    broken_links,
    record_reveal,
    record_reveals,
    reveals_of,
)
from chassis.privacy.vault import Algorithm
from chassis.testing import MakeDatabase, ScratchDatabase, eventually
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

MIGRATIONS = Path(__file__).parent / "migrations"
MASTER = base64.b64encode(b"m" * 32).decode()
INDEX = base64.b64encode(b"i" * 32).decode()
ALGORITHMS: tuple[Algorithm, ...] = get_args(Algorithm)
GRANT = RoleGrant("community_worker", "610102007001")
OFFICES = (RoleGrant("street_officer", "610102007"), GRANT)
WORKER = Principal(UUID(int=7), "staff", OFFICES, name="王晓燕")
SERVICE = Principal(UUID(int=8), "service", service="notifications")


class Keys:
    """The table of keys, in memory, for properties that need no database."""

    def __init__(self) -> None:
        self.rows: dict[UUID, dict[str, Any]] = {}

    async def fetchrow(self, sql: str, *args: Any) -> Any:
        return self.rows.get(args[0])

    async def execute(self, sql: str, *args: Any) -> str:
        if "insert" not in sql:
            self.rows[args[0]] = {"algorithm": "AES-256-GCM", "wrapped": None}
            return "UPDATE 1"
        if args[0] in self.rows:
            return "INSERT 0 0"
        self.rows[args[0]] = {"algorithm": args[1], "wrapped": args[2]}
        return "INSERT 0 1"


@pytest_asyncio.fixture(loop_scope="session")
async def db(make_database: MakeDatabase) -> AsyncIterator[ScratchDatabase]:
    yield await make_database("wishes", MIGRATIONS)


@pytest.fixture(params=ALGORITHMS)
def vault(request: pytest.FixtureRequest) -> Vault:
    return Vault(MASTER, INDEX, request.param)


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=50)


@given(st.dictionaries(st.sampled_from(["name", "phone", "address"]), texts), st.uuids())
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    max_examples=50,
)
async def test_what_was_sealed_opens_again(
    vault: Vault, fields: dict[str, str], person: UUID
) -> None:
    keys = Keys()
    sealed = await vault.seal(keys, person, fields)
    for name, text in fields.items():
        assert len(text) < 4 or text.encode() not in (sealed[name] or b"")
    assert await vault.open(keys, person, sealed) == fields
    again = await vault.seal(keys, person, fields)
    assert not set(again.values()) & set(sealed.values())


@given(place=st.integers(0, 10_000), bit=st.integers(0, 7))
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    max_examples=50,
)
async def test_one_changed_bit_is_noticed(vault: Vault, place: int, bit: int) -> None:
    keys, person = Keys(), uuid4()
    value = bytearray((await vault.seal(keys, person, {"phone": "13800000001"}))["phone"] or b"")
    value[place % len(value)] ^= 1 << bit
    with pytest.raises(Permanent):
        await vault.open(keys, person, {"phone": bytes(value)})


async def test_a_file_is_sealed_like_a_field_and_opens_at_its_place_only(vault: Vault) -> None:
    keys, one = Keys(), uuid4()
    photo = bytes(range(256)) * 64
    sealed = await vault.seal_bytes(keys, one, "attachment 1", photo)
    assert photo[:32] not in sealed
    assert await vault.open_bytes(keys, one, "attachment 1", sealed) == photo
    with pytest.raises(Permanent):
        await vault.open_bytes(keys, one, "attachment 2", sealed)
    with pytest.raises(Permanent):
        await vault.open_bytes(keys, one, "attachment 1", sealed[:-1])


async def test_a_value_belongs_to_its_person_and_field(vault: Vault) -> None:
    keys, one, other = Keys(), uuid4(), uuid4()
    sealed = await vault.seal(keys, one, {"phone": "13800000001"})
    await vault.seal(keys, other, {"phone": "13900000002"})
    with pytest.raises(Permanent):
        await vault.open(keys, one, {"name": sealed["phone"]})
    with pytest.raises(Permanent):
        await vault.open(keys, other, sealed)
    keys.rows[other] = keys.rows[one]
    with pytest.raises(Permanent):
        await vault.open(keys, other, sealed)


@pytest.mark.parametrize("value", [b"", b"short", b"x" * 27])
async def test_rubbish_is_no_sealed_value(vault: Vault, value: bytes) -> None:
    keys, person = Keys(), uuid4()
    await vault.seal(keys, person, {"phone": "1"})
    with pytest.raises(Permanent):
        await vault.open(keys, person, {"phone": value})


async def test_another_master_key_opens_nothing(vault: Vault) -> None:
    keys, person = Keys(), uuid4()
    sealed = await vault.seal(keys, person, {"phone": "13800000001"})
    other = Vault(base64.b64encode(b"x" * 32).decode(), INDEX)
    with pytest.raises(Permanent):
        await other.open(keys, person, sealed)


async def test_both_algorithms_are_read_whatever_is_written_now() -> None:
    keys, one, other = Keys(), uuid4(), uuid4()
    aes, sm4 = (Vault(MASTER, INDEX, algorithm) for algorithm in ALGORITHMS)
    old = await aes.seal(keys, one, {"name": "黄"})
    new = await sm4.seal(keys, other, {"name": "张"})
    assert await sm4.open(keys, one, old) == {"name": "黄"}
    assert await aes.open(keys, other, new) == {"name": "张"}


async def test_a_destroyed_key_stays_destroyed(db: ScratchDatabase, vault: Vault) -> None:
    person = uuid4()
    async with db.transaction() as tx:
        sealed = await vault.seal(tx, person, {"name": "黄先生", "phone": None})
    assert await vault.open(db, person, sealed) == {"name": "黄先生", "phone": None}
    async with db.transaction() as tx:
        await vault.destroy(tx, person)
    with pytest.raises(Erased):
        await vault.open(db, person, sealed)
    async with db.transaction() as tx:
        with pytest.raises(Erased):
            await vault.seal(tx, person, {"name": "again"})


def in_gaps(file: bytes) -> int:
    """How many bytes of former rows lie between the pointers and the rows of its pages."""
    gaps = [
        page[slice(*struct.unpack_from("<HH", page, 12))]
        for page in (file[at : at + 8192] for at in range(0, len(file), 8192))
    ]
    return sum(byte != 0 for gap in gaps for byte in gap)


PAGES = "select pg_read_binary_file(pg_relation_filepath('wishes.person_key'))"


@pytest.mark.fresh_database
async def test_the_bytes_of_a_destroyed_key_go_off_the_disk(db: ScratchDatabase) -> None:
    vault, pages = Vault(MASTER, INDEX), KeyPages(db)
    gone, stays = uuid4(), uuid4()
    async with db.transaction() as tx:
        for person in (gone, stays):
            await vault.seal(tx, person, {"name": "黄先生"})
    wrapped = {
        row["person_id"]: bytes(row["wrapped"])
        for row in await db.fetch("select person_id, wrapped from person_key")
    }
    behind = await asyncpg.connect(db.admin_dsn)
    reader = await asyncpg.connect(db.admin_dsn)
    try:

        async def pages_on_disk() -> bytes:
            await behind.execute("checkpoint")
            return bytes(await behind.fetchval(PAGES))

        async def on_disk(person: UUID) -> bool:
            return wrapped[person] in await pages_on_disk()

        assert not await pages.rewrite(), "nobody was erased"
        old = reader.transaction(isolation="repeatable_read")
        await old.start()
        await reader.fetchval("select count(*) from wishes.lantern")
        async with db.transaction() as tx:
            await vault.destroy(tx, gone)
            await vault.destroy(tx, gone)
        await behind.execute("vacuum wishes.person_key")
        assert await on_disk(gone), "else this test could not fail"
        assert not await pages.rewrite(), (
            "somebody still reads from before: it would be carried along"
        )
        await old.rollback()
        await behind.execute("vacuum wishes.person_key")
        assert in_gaps(await pages_on_disk()), "cleaning up is not enough"
        assert await eventually(pages.rewrite)
        assert not await on_disk(gone)
        assert await on_disk(stays)
        assert not in_gaps(await pages_on_disk())
        assert not await pages.rewrite()
    finally:
        await reader.close()
        await behind.close()


@pytest.mark.fresh_database
async def test_who_waits_for_a_long_reader_keeps_nobody_waiting(db: ScratchDatabase) -> None:
    """A backup holds a lock on the table for hours: the rewriting gives way, and comes again."""
    vault, stop = Vault(MASTER, INDEX), asyncio.Event()
    async with db.transaction() as tx:
        await vault.seal(tx, person := uuid4(), {"name": "黄先生"})
        await vault.destroy(tx, person)
    dump = await asyncpg.connect(db.admin_dsn)
    try:
        await dump.execute("begin; lock table wishes.person_key in access share mode")
        with pytest.raises(asyncpg.LockNotAvailableError):
            await eventually(KeyPages(db).rewrite)
        loop = asyncio.create_task(KeyPages(db).run(stop))
        await dump.execute("rollback")
        await eventually(lambda: nothing_waits(db))
        stop.set()
        await loop
    finally:
        await dump.close()


async def nothing_waits(db: ScratchDatabase) -> bool:
    return await db.fetchval("select count(*) = 0 from key_rewrite")


async def test_two_at_once_make_one_key(db: ScratchDatabase, vault: Vault) -> None:
    person = uuid4()

    async def seal(name: str) -> dict[str, bytes | None]:
        async with db.transaction() as tx:
            return await vault.seal(tx, person, {name: name})

    for sealed in await asyncio.gather(*(seal(f"field{n}") for n in range(8))):
        assert list((await vault.open(db, person, sealed)).values()) == list(sealed)


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ("138 0000 0001", "13800000001", True),
        ("１３８00000001", "13800000001", True),
        ("Bao", "bao", True),
        ("13800000001", "13800000002", False),
    ],
)
def test_equal_values_have_equal_indexes(one: str, other: str, equal: bool) -> None:
    vault = Vault(MASTER, INDEX)
    assert (vault.blind_index("phone", one) == vault.blind_index("phone", other)) is equal
    assert vault.blind_index("phone", one) != vault.blind_index("name", one)
    elsewhere = Vault(MASTER, base64.b64encode(b"j" * 32).decode())
    assert vault.blind_index("phone", one) != elsewhere.blind_index("phone", one)


# The chain of reveals


KEEPER = Vault(MASTER, INDEX)


async def look(db: ScratchDatabase, person: UUID, purpose: str = "arrange") -> None:
    async with db.transaction() as tx:
        await KEEPER.seal(tx, person, {"phone": "13800000001"})
        await record_reveal(tx, KEEPER, person, WORKER, ["phone", "name"], purpose)


async def as_owner(db: ScratchDatabase, *statements: str) -> None:
    """What somebody with all rights can do, the trigger switched off."""
    connection = await asyncpg.connect(db.owner_dsn)
    try:
        await connection.execute("set search_path to wishes")
        await connection.execute("alter table reveal_audit disable trigger all")
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def test_every_look_is_listed_for_the_person(db: ScratchDatabase) -> None:
    person = uuid4()
    await look(db, person, "arrange")
    await look(db, uuid4())
    await look(db, person, "notify")
    found = await reveals_of(db, KEEPER, person)
    assert [line.purpose for line in found] == ["notify", "arrange"]
    assert found[0].fields == ("name", "phone")
    assert (found[0].by_id, found[0].by_kind) == (WORKER.subject, "staff")
    assert (found[0].by_role, found[0].by_area) == (GRANT.role, GRANT.area)
    assert [line.by_name for line in found] == ["王晓燕"] * 2
    assert "王晓燕" not in repr((WORKER, found))
    assert await reveals_of(db, KEEPER, person, before=found[0].seq) == found[1:]


async def test_a_service_has_no_office_and_the_chain_holds(db: ScratchDatabase) -> None:
    async with db.transaction() as tx:
        await record_reveal(tx, KEEPER, person := uuid4(), SERVICE, ["phone"], "notify")
    await look(db, person)
    *_, first = await reveals_of(db, KEEPER, person)
    assert (first.by_kind, first.by_role, first.by_area) == ("notifications", None, None)
    assert await broken_links(db) == []


async def test_a_name_is_sealed_and_gone_with_the_key_of_who_was_looked_at(
    db: ScratchDatabase, capsys: pytest.CaptureFixture[str]
) -> None:
    gone, stays = uuid4(), uuid4()
    async with db.transaction() as tx:
        for person in (gone, stays):
            await KEEPER.seal(tx, person, {"phone": "13800000001"})
        # Nothing was ever kept about the third, so there is no key to seal it with.
        await record_reveals(tx, KEEPER, [gone, stays, uuid4()], WORKER, ["phone"], "notify")
    sealed = await db.fetch("select by_name from reveal_audit order by seq")
    assert [row["by_name"] is None for row in sealed] == [False, False, True]
    assert "王晓燕".encode() not in b"".join(row["by_name"] or b"" for row in sealed)
    assert "王晓燕" not in capsys.readouterr().out, "no name in the log"
    async with db.transaction() as tx:
        await KEEPER.destroy(tx, gone)
    names = [(await reveals_of(db, KEEPER, person))[0].by_name for person in (gone, stays)]
    assert names == [None, "王晓燕"]
    assert await broken_links(db) == [], "the hash is of what is sealed"


async def test_lines_from_before_there_were_names_keep_their_hash(db: ScratchDatabase) -> None:
    nameless = Principal(WORKER.subject, "staff", OFFICES)
    async with db.transaction() as tx:
        await record_reveal(tx, KEEPER, uuid4(), nameless, ["phone"], "arrange")
    await look(db, uuid4())
    row = await db.fetchrow("select * from reveal_audit where seq = 1")
    assert row is not None
    line = {
        "seq": 1,
        "person_id": str(row["person_id"]),
        "by_id": str(row["by_id"]),
        "by_kind": "staff",
        "by_role": GRANT.role,
        "by_area": GRANT.area,
        "fields": ["phone"],
        "purpose": "arrange",
        "at": int(row["at"].timestamp() * 1000),
        "previous": "00" * 32,
    }
    as_before = json.dumps(line, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert bytes(row["hash"]) == hashlib.sha256(as_before.encode()).digest()
    assert await broken_links(db) == []


async def test_thirty_at_once_keep_one_chain(db: ScratchDatabase) -> None:
    await asyncio.gather(*(look(db, uuid4()) for _ in range(30)))
    assert await db.fetchval("select max(seq) from reveal_audit") == 30
    assert await broken_links(db) == []


async def test_a_look_that_was_rolled_back_leaves_no_gap(db: ScratchDatabase) -> None:
    await look(db, uuid4())

    async def given_up() -> None:
        async with db.transaction() as tx:
            await record_reveal(tx, KEEPER, uuid4(), WORKER, ["name"], "verify")
            raise LookupError

    with pytest.raises(LookupError):
        await given_up()
    await look(db, uuid4())
    assert await broken_links(db) == []


@pytest.mark.parametrize(
    ("statement", "place"),
    [
        ("update reveal_audit set purpose = 'notify' where seq = 3", 3),
        ("update reveal_audit set by_id = gen_random_uuid() where seq = 3", 3),
        ("update reveal_audit set at = at - interval '1 day' where seq = 3", 3),
        ("update reveal_audit set fields = '{name}' where seq = 3", 3),
        ("update reveal_audit set by_area = '610102' where seq = 3", 3),
        ("update reveal_audit set by_role = null where seq = 3", 3),
        ("update reveal_audit set by_name = null where seq = 3", 3),
        ("delete from reveal_audit where seq = 3", 4),
        ("delete from reveal_audit where seq = 1", 2),
        ("delete from reveal_audit where seq = 5", 5),
        ("delete from reveal_audit", 5),
        (
            "update reveal_audit set seq = 6 where seq = 5;"
            "insert into reveal_audit select 5, person_id, by_id, by_kind, fields, purpose, at,"
            " previous, 'x' from reveal_audit where seq = 4",
            5,
        ),
        (
            "insert into reveal_audit select 6, person_id, by_id, by_kind, fields, purpose, at,"
            " hash, 'x' from reveal_audit where seq = 5",
            6,
        ),
    ],
)
async def test_the_chain_shows_where_it_was_touched(
    db: ScratchDatabase, statement: str, place: int
) -> None:
    for _ in range(5):
        await look(db, uuid4())
    assert await broken_links(db) == []
    await as_owner(db, *statement.split(";"))
    assert place in await broken_links(db)


@pytest.mark.parametrize(
    "statement",
    [
        "update reveal_audit set purpose = 'x'",
        "delete from reveal_audit",
        "truncate reveal_audit",
        "delete from reveal_head",
    ],
)
async def test_the_service_itself_cannot_change_a_line(db: ScratchDatabase, statement: str) -> None:
    await look(db, uuid4())
    # A second migration must not give the right back.
    await migrate.apply(db.owner_dsn, "wishes", MIGRATIONS)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.transaction() as tx:
            await tx.execute(statement)
    assert await broken_links(db) == []
