"""After an erasure no byte of the personal data can be read: searched for, everywhere.

Unmistakable words go into every field that may hold something about a person, live a whole life, and
are looked for afterwards: in every table, in what the topics hold, in every log, in what the gateway
kept, and in the bytes of a fresh backup, together with the keys that opened them.
"""

import base64
import os
import shutil
import subprocess
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import asyncpg
import pytest
from confluent_kafka import Consumer, Message, TopicPartition
from hansenzhai.api import Api, Refused
from stack.kafka import client_settings
from stack.postgres import binary
from stack.provision import declared_topics, run_now

from tests.conftest import System
from tests.wishes import CHECKS, XIANDONG

LIMIT = 120.0
PHONES = {"first": "13987650123", "second": "13987650124", "proxy": "13987650125"}
WORDS = {
    "name": "欧阳碧海蓝",
    "address": "琉璃厂北院九十七号楼八单元一三零二",
    "words": "想要一只会唱秦腔的孔雀蓝收音机",
    "proxy": "司徒晨曦露",
    "reference": "录音编号孔雀七七四九",
    "gift": "孔雀蓝收音机定制款",
    "witness": "尉迟青松岭",
    "note": "老人家说收音机声音像孔雀",
    "consent_witness": "令狐远山黛",
    "corrected": "欧阳碧海澜",
    "moved": "珐琅厂南院六十八号楼三单元四零四",
    "wanted": "欧阳碧海兰",
    "file": "病历复印件孔雀蓝一页",
    "voice": "录下来的孔雀同意两字",
    "overruled": "茶馆不是老人家的住处孔雀",
    "on_card": "就在8号楼的晚霞孔雀茶馆",
    "message": "孔雀蓝那台明天下午带来",
    "reply": "在石榴孔雀树下等着你们",
    "remark": "孔雀蓝的声音真好听极了",
    "complaint": "收音机上的孔雀羽毛掉漆",
    "answer": "孔雀羽毛已经请人补好漆",
}
FORBIDDEN = {**WORDS, **{f"phone_{name}": number for name, number in PHONES.items()}}
PHOTO = files("hansenzhai").joinpath("paper.jpg").read_bytes()
CARD = {"title": "想听秦腔", "note": "会唱的收音机就好", "effort": "one_item"}
TABLES = """
select format('%I.%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema') order by 1
"""


def forms(text: str) -> Iterator[bytes]:
    """How a word may stand in a file: plain, escaped in JSON, as hexadecimal, in base64."""
    yield from forms_of_bytes(text.encode())
    yield text.encode("utf-16-le")
    yield text.encode("unicode_escape")


def forms_of_bytes(plain: bytes) -> Iterator[bytes]:
    yield plain
    yield plain.hex().encode()
    for shift in range(3):
        # The first and the last letters depend on what stands beside it.
        yield base64.b64encode(bytes(shift) + plain)[4 : -4 or None]


PATTERNS = {name: [f for f in forms(text) if len(f) >= 10] for name, text in FORBIDDEN.items()}


def found(blobs: Iterable[tuple[str, bytes]], patterns: dict[str, list[bytes]]) -> set[str]:
    """`word in place` for each that can be read somewhere."""
    return {
        f"{name} in {place}"
        for place, blob in blobs
        for name, words in patterns.items()
        if any(word in blob for word in words)
    }


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LIMIT
    while not true():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.2)


@dataclass
class Places:
    """Everywhere that something could be left."""

    system: System

    def tables(self) -> list[tuple[str, bytes]]:
        return run_now(self._tables())

    async def _tables(self) -> list[tuple[str, bytes]]:
        connection = await asyncpg.connect(self.system.stack.postgres.dsn(), timeout=LIMIT)
        try:
            found: list[tuple[str, bytes]] = []
            for (table,) in await connection.fetch(TABLES):
                rows = await connection.fetch(f"select t::text as line from {table} t")
                found.append((table, "\n".join(row["line"] for row in rows).encode()))
            return found
        finally:
            await connection.close()

    def ask(self, sql: str, *args: Any) -> Any:
        async def fetch() -> Any:
            connection = await asyncpg.connect(self.system.stack.postgres.dsn(), timeout=LIMIT)
            try:
                return await connection.fetch(sql, *args)
            finally:
                await connection.close()

        return run_now(fetch())

    def topics(self) -> Iterator[tuple[str, bytes]]:
        """Every record of every topic, dead letters included, and the brokers' own files."""
        settings = client_settings(
            self.system.stack.kafka.bootstrap, "admin", self.system.stack.secrets.kafka_admin
        )
        consumer = Consumer(
            {**settings, "group.id": f"erasure-{uuid.uuid4()}", "enable.auto.commit": False}
        )
        try:
            start: list[TopicPartition] = []
            left = 0
            for topic in declared_topics():
                for partition in range(topic.partitions):
                    place = TopicPartition(topic.name, partition)
                    low, high = consumer.get_watermark_offsets(place, timeout=LIMIT)
                    left += high - low
                    start += [TopicPartition(topic.name, partition, low)] if high > low else []
            consumer.assign(start)
            while left > 0:
                # No more than there are: else the last ones would be waited for in vain.
                messages = consumer.consume(min(left, 500), timeout=LIMIT)
                assert messages, "the topics were not read to their end"
                left -= len(messages)
                yield from map(_whole, messages)
        finally:
            consumer.close()
        for path in (self.system.stack.folder / "kafka").rglob("*.log"):
            yield path.name, path.read_bytes()

    def logs(self) -> list[tuple[str, bytes]]:
        folder = self.system.stack.folder / "logs"
        return [(path.name, path.read_bytes()) for path in folder.iterdir() if path.is_file()]

    def gateway(self) -> list[tuple[str, bytes]]:
        folder = self.system.stack.folder / "outbox"
        while True:
            try:
                return [("outbox", path.read_bytes()) for path in folder.iterdir()]
            except FileNotFoundError:
                # A message that is just put there gets its name when it is whole.
                continue

    def backup(self) -> list[tuple[str, bytes]]:
        """A copy of all files as pg_basebackup makes it, with the log that it needs, and a dump."""
        stack = self.system.stack
        folder = stack.folder / f"backup-{uuid.uuid4().hex[:8]}"
        server = ["--host=127.0.0.1", f"--port={stack.ports.postgres}", "--username=postgres"]
        environment = {**os.environ, "PGPASSWORD": stack.secrets.postgres}
        for command in (
            ["pg_basebackup", *server, f"--pgdata={folder}", "--checkpoint=fast", "--no-sync"],
            ["pg_dump", *server, "--dbname=wishtree", f"--file={folder / 'dump.sql'}"],
        ):
            done = subprocess.run(
                [str(binary(command[0])), *command[1:]],
                env=environment,
                capture_output=True,
                timeout=LIMIT,
                check=False,
            )
            assert done.returncode == 0, done.stderr.decode()
        files = [path for path in folder.rglob("*") if path.is_file()]
        blobs = [(f"backup {path.relative_to(folder)}", path.read_bytes()) for path in files]
        shutil.rmtree(folder)
        return blobs


def _whole(message: Message) -> tuple[str, bytes]:
    assert message.error() is None
    headers = b" ".join(value for _, value in message.headers() or ())
    whole = (message.key() or b"", headers, message.value() or b"")
    return message.topic() or "", b" ".join(whole)


@dataclass
class Life:
    """A wish with all that people say about themselves and others, from the first word to the last."""

    system: System
    key: str

    def __post_init__(self) -> None:
        desk = self.system.telling.desk
        self.worker, self.colleague = desk.staff("wang-juan"), desk.staff("wu-hongzheng")
        self.street = desk.staff("yang-haiyan")
        self.volunteer, self.anybody = desk.volunteer("bao-xiaohong"), desk.anybody
        self.slip: dict[str, Any] = {}

    def do(self, who: Api, path: str, body: dict[str, Any], act: str = "", **more: str) -> Any:
        key = f"{self.key}/{act or path.rpartition('/')[2]}"
        return who.post("wishes", f"/v1/{path}", body, key=key, **more)

    def upload(
        self, who: Api, path: str, content: bytes, act: str, kind: str = "application/pdf"
    ) -> Any:
        return who.upload("wishes", f"/v1/{path}", content, kind, key=f"{self.key}/{act}")

    def kept_photo(self) -> bytes:
        """As it was written anew when it came."""
        path = f"/v1/wishes/{self.slip['id']}/attachments/{self.photo['id']}/content"
        answer = self.system.http.post(
            self.system.url("wishes") + path,
            json={"purpose": "verify"},
            headers={"Authorization": self.worker.authorization},
        )
        assert answer.status_code == 200, answer.text
        return answer.content

    def begin(self) -> None:
        person = {"name": WORDS["name"], "address": WORDS["address"], "phone": PHONES["first"]}
        consent = {"kind": "voice", "reference": WORDS["reference"]}
        proxy = {
            "name": WORDS["proxy"],
            "phone": PHONES["proxy"],
            "relation": "neighbour",
            "consent": consent | {"given_at": "2026-02-01T09:30:00+08:00"},
        }
        body = {"channel": "paper", "category": "goods", "area": XIANDONG, "words": WORDS["words"]}
        self.slip = self.do(self.worker, "wishes", body | {"beneficiary": person, "proxy": proxy})

    def go_on(self) -> None:
        wish = f"wishes/{self.slip['id']}"
        for purpose, said in (("proxy_consent", "voice"), ("need", "file")):
            # Files are kept as they are: what is written in one could be read.
            content = f"%PDF-1.7\n{WORDS[said]}\n%%EOF\n".encode()
            self.upload(self.worker, f"{wish}/attachments?purpose={purpose}", content, said)
        checks = {"method": "visit", "checklist": CHECKS}
        self.do(self.worker, f"{wish}/verification", checks)
        photo = {"purpose": "photo", "given": True, "wording": 1}
        self.do(self.worker, f"{wish}/consents", photo | {"witness": WORDS["consent_witness"]})
        text = WORDS["on_card"]
        finding = {"field": "note", "text": text, "kind": "address", "first": 3, "last": 5}
        because = {"reason": "public_place", "remark": WORDS["overruled"]}
        self.do(self.colleague, f"{wish}/overrules", finding | because)
        self.do(self.colleague, f"{wish}/publication", CARD)
        claim = self.do(self.volunteer, f"{wish}/claims", {}, wait_for="giver-not-known")
        self.look(self.worker, "look")
        self.look(self.volunteer, "helper-looks")
        self.do(self.volunteer, f"claims/{claim['id']}/messages", {"text": WORDS["message"]})
        self.do(self.anybody, f"cards/{self.code}/messages", {"text": WORDS["reply"]}, "reply")
        photos = f"claims/{claim['id']}/photos?shows_person=true"
        self.photo = self.upload(self.volunteer, photos, PHOTO, "photo", "image/jpeg")
        giver = {"kind": "volunteer", "id": self.system.telling.desk.id_of("bao-xiaohong")}
        gift = {"item": "appliance", "name": WORDS["gift"], "quantity": 1, "value_fen": 9_900}
        self.do(
            self.volunteer, f"claims/{claim['id']}/delivery", {"gifts": [{**gift, "giver": giver}]}
        )
        witness = {"name": WORDS["witness"], "relation": "neighbour"}
        told = {"method": "call", "answer": "satisfied", "witness": witness, "note": WORDS["note"]}
        self.do(self.worker, f"{wish}/confirmation", told)
        liked = {"score": 5, "remark": WORDS["remark"]}
        self.do(self.anybody, f"cards/{self.code}/evaluation", liked, "liked")
        said = {"about": "other", "words": WORDS["complaint"]}
        filed = self.do(self.anybody, f"cards/{self.code}/complaints", said, "complained")
        answer = {"outcome": "put_right", "words": WORDS["answer"]}
        self.do(self.street, f"complaints/{filed['id']}/answer", answer)
        self.correct(
            {"name": WORDS["corrected"], "phone": PHONES["second"], "address": WORDS["moved"]}
        )
        # One more, which nobody has decided yet.
        self.ask("correction", correction={"name": WORDS["wanted"]})
        self.do(self.worker, f"beneficiaries/{self.slip['beneficiary_id']}/copy", {})
        self.copy_by_card()

    @property
    def code(self) -> str:
        return f"{self.slip['card_no']}-{self.slip['code']}"

    def look(self, who: Api, act: str) -> Any:
        return self.do(who, f"wishes/{self.slip['id']}/contact", {"purpose": "arrange"}, act)

    def copy_by_card(self) -> Any:
        body = {"who": WORDS["corrected"]}
        return self.do(self.anybody, f"cards/{self.code}/copy", body, "by-card")

    def ask(self, kind: str, **more: Any) -> Any:
        path, act = (
            f"beneficiaries/{self.slip['beneficiary_id']}/requests",
            f"{kind}-{uuid.uuid4()}",
        )
        return self.do(self.worker, path, {"kind": kind, **more}, act)

    def correct(self, right: dict[str, str]) -> None:
        asked = self.ask("correction", correction=right)
        self.do(self.worker, f"data-requests/{asked['id']}/details", {"purpose": "correct"})
        self.decide(asked, self.worker)

    def decide(self, asked: Any, who: Api) -> Any:
        path = f"data-requests/{asked['id']}/decision"
        return self.do(who, path, {"answer": "yes", "reason": "asked"}, f"decided-{uuid.uuid4()}")

    def erase(self) -> None:
        asked = self.do(
            self.anybody,
            f"cards/{self.code}/requests",
            {"kind": "erasure", "who": PHONES["second"]},
            "asked-by-card",
        )
        assert self.decide(asked, self.worker)["state"] == "checked"
        assert self.decide(asked, self.colleague)["state"] == "done"


@pytest.mark.timeout(300)
def test_after_an_erasure_no_byte_of_the_personal_data_can_be_read(system: System) -> None:
    life, places = Life(system, f"erasure-{uuid.uuid4()}"), Places(system)
    life.begin()
    # A message goes to the number of the moment: before it is corrected.
    until(lambda: "phone_first in outbox" in found(places.gateway(), PATTERNS))
    life.go_on()
    person = uuid.UUID(life.slip["beneficiary_id"])
    rows = places.ask(
        "select wrapped from wishes.person_key where person_id = $1 or person_id = ("
        " select proxy_id from wishes.wish where beneficiary_id = $1)",
        person,
    )
    keys = {f"key {n}": [bytes(row["wrapped"])] for n, row in enumerate(rows)}
    assert len(keys) == 2, "the person's, and that of whoever wrote for them"
    photo = life.kept_photo()
    middle = len(photo) // 2
    pieces = {"photo": [*forms_of_bytes(photo[middle : middle + 64])]}
    # The search finds what is there, else it would prove nothing.
    assert CARD["title"].encode() in dict(places.tables())["wishes.wish"]
    assert {line.partition(" in ")[0] for line in found(places.backup(), keys)} == set(keys)
    assert life.look(life.worker, "look")["name"] == WORDS["name"]

    life.erase()
    until(lambda: not places.ask("select id from wishes.key_rewrite"))
    until(lambda: not found(places.gateway(), PATTERNS))
    until(lambda: erased_event(places, person))

    assert found(places.tables(), PATTERNS | pieces | {"title": [CARD["title"].encode()]}) == set()
    assert found(places.topics(), PATTERNS | pieces) == set()
    assert found(places.logs(), PATTERNS | pieces) == set()
    assert found(places.backup(), PATTERNS | pieces | keys) == set()
    # The look of before, under its old key; the copy by card; a look anew.
    for ask in (
        lambda: life.look(life.worker, "look"),
        life.copy_by_card,
        lambda: life.look(life.worker, "look-again"),
    ):
        with pytest.raises(Refused) as refusal:
            ask()
        assert refusal.value.status == 410, refusal.value
    # What stays is that there was a wish, and the person's own proof that they are erased.
    seen = life.anybody.get("wishes", f"/v1/cards/{life.code}/requests")
    assert {(r["kind"], r["state"]) for r in seen["items"]} >= {("erasure", "done")}
    history = life.worker.get("wishes", f"/v1/wishes/{life.slip['id']}/history")
    assert [line["event"] for line in history["items"]][-2:] == ["WishTakenDown", "WishClosed"]


def erased_event(places: Places, person: uuid.UUID) -> bool:
    (row,) = places.ask(
        "select count(*) as told from wishes.event_log where key = $1"
        " and headers::text like '%PersonErased%'",
        str(person),
    )
    return row["told"] == 1
