"""Files kept with a wish: what they are is seen in them, nobody reads them in the clear."""

import asyncio
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageStat
from wishes.app.photos import MOST_DOTS
from wishes.domain.attachment import MOST_BYTES, SAID, kind_of, require_kind
from wishes.domain.errors import AttachmentKindNotTaken, AttachmentNotWhatItSays

from .conftest import XINYUAN, Api
from .files import FILM, MAKER, PDF, VOICES, mp4, photo

PHOTOS = {f"image/{kind.lower()}": photo(kind) for kind in ("JPEG", "PNG", "WEBP")}
TAKEN = PHOTOS | VOICES | {"application/pdf": PDF}


async def upload(
    api: Api,
    wish: dict[str, Any],
    content: bytes,
    said: str,
    who: dict[str, str] | None = None,
    purpose: str = "need",
    key: str | None = None,
) -> httpx.Response:
    headers = {**(who or api.worker), "Content-Type": said, "Idempotency-Key": key or str(uuid4())}
    path = f"/v1/wishes/{wish['id']}/attachments?purpose={purpose}"
    return await api.client.post(path, content=content, headers=headers)


async def opened(
    api: Api, wish: dict[str, Any], file_id: str, who: dict[str, str] | None = None
) -> httpx.Response:
    path = f"/v1/wishes/{wish['id']}/attachments/{file_id}/content"
    return await api.client.post(path, json={"purpose": "verify"}, headers=who or api.worker)


@pytest.mark.parametrize("kind", TAKEN)
def test_a_file_is_what_its_content_is(kind: str) -> None:
    assert kind_of(TAKEN[kind]) == kind
    assert {require_kind(TAKEN[kind], said) for said in SAID[kind]} == {kind}
    for other in SAID.keys() - {kind}:
        # An MP4 of sound alone is called AAC by many a telephone.
        if other not in SAID[kind]:
            with pytest.raises(AttachmentNotWhatItSays):
                require_kind(TAKEN[kind], other)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"MZ\x90",
        b"<html>",
        b"GIF89a",
        b"PK\x03\x04",
        FILM,
        mp4(b"qt  ", b"vide"),
        b"\xff\xfe<",
    ],
)
def test_everything_else_is_nothing_that_is_taken(content: bytes) -> None:
    assert kind_of(content) is None
    with pytest.raises(AttachmentNotWhatItSays):
        require_kind(content, "audio/mp4")
    with pytest.raises(AttachmentKindNotTaken):
        require_kind(content, "application/octet-stream")


@given(st.binary(max_size=40), st.sampled_from([*SAID, "text/html", ""]))
def test_any_bytes_get_an_answer(content: bytes, said: str) -> None:
    kind = kind_of(content)
    if kind is not None and said in SAID[kind]:
        assert require_kind(content, said) == kind
        return
    with pytest.raises((AttachmentKindNotTaken, AttachmentNotWhatItSays)):
        require_kind(content, said)


async def test_files_are_kept_sealed_and_opened_for_a_purpose(api: Api) -> None:
    wish = await api.submitted()
    for number, (said, content) in enumerate(VOICES.items()):
        answer = await upload(api, wish, content, said, purpose="proxy_consent", key=f"k{number}")
        assert answer.status_code == 201, answer.text
    again = await upload(
        api, wish, VOICES["audio/mp4"], "audio/mp4", purpose="proxy_consent", key="k0"
    )
    assert again.headers["idempotency-replayed"] == "true"
    kept = (await api.get(f"wishes/{wish['id']}/attachments", api.worker)).json()["items"]
    assert [one["kind"] for one in kept] == list(VOICES)
    assert kept[0]["id"] == again.json()["id"]
    seen = await opened(api, wish, kept[0]["id"])
    assert seen.content == VOICES["audio/mp4"]
    assert (seen.headers["content-type"], seen.headers["x-content-type-options"]) == (
        "audio/mp4",
        "nosniff",
    )
    assert seen.headers["cache-control"] == "no-store"
    lines = (await api.get(f"wishes/{wish['id']}/reveals", api.worker)).json()["items"]
    assert [(line["fields"], line["purpose"]) for line in lines] == [(["attachment"], "verify")]
    stored = await api.db.fetch("select sealed, sha256, size from attachment")
    for row in stored:
        assert len(row["sealed"]) == row["size"] + 28
    assert not any(content[:12] in row["sealed"] for row in stored for content in VOICES.values())
    assert {row["sha256"].hex() for row in stored} == {one["sha256"] for one in kept}


async def test_a_photo_is_kept_without_what_the_camera_noted(api: Api) -> None:
    wish = await api.submitted()
    for kind, content in PHOTOS.items():
        assert MAKER.encode() in content
        one = (await upload(api, wish, content, kind, purpose="card")).json()
        seen = (await opened(api, wish, one["id"])).content
        assert one["size"] == len(seen)
        assert not any(note in seen for note in (MAKER.encode(), b"Exif", b"2026:02:01"))
        picture = Image.open(BytesIO(seen))
        assert not picture.getexif()
        # It lay on its side, and what told so is gone: it is turned.
        assert picture.size == (30, 40)
        meant = Image.open(BytesIO(content)).convert("L").rotate(-90, expand=True)
        apart = ImageStat.Stat(ImageChops.difference(picture.convert("L"), meant)).mean[0]
        assert apart < 25, "another picture, or turned the other way"


async def test_what_is_refused_leaves_nothing(api: Api, problem: Any) -> None:
    wish, author = await api.submitted(), api.volunteer(uuid4())
    jpeg = PHOTOS["image/jpeg"]
    dots = BytesIO()
    Image.new("1", (6_000, MOST_DOTS // 6_000 + 1)).save(dots, "PNG")
    before = await api.snapshot()
    for content, said, status, slug in (
        (b"<script>", "image/jpeg", 422, "attachment-not-what-it-says"),
        (PHOTOS["image/png"], "image/jpeg", 422, "attachment-not-what-it-says"),
        (jpeg[: len(jpeg) // 2], "image/jpeg", 422, "attachment-not-what-it-says"),
        (FILM, "audio/mp4", 422, "attachment-not-what-it-says"),
        (b"", "application/pdf", 422, "attachment-not-what-it-says"),
        (b"PK\x03\x04", "application/zip", 415, "attachment-kind-not-taken"),
        (jpeg, "", 415, "attachment-kind-not-taken"),
        (dots.getvalue(), "image/png", 413, "attachment-too-large"),
        (PDF + bytes(MOST_BYTES), "application/pdf", 413, "attachment-too-large"),
    ):
        problem(await upload(api, wish, content, said), status, slug)
    problem(await upload(api, wish, PDF, "application/pdf", purpose="delivery"), 422, "invalid")
    problem(await upload(api, wish, PDF, "application/pdf", author), 403, "not-the-author")
    elsewhere = api.as_role("community_worker", XINYUAN)
    problem(await upload(api, wish, PDF, "application/pdf", elsewhere), 403, "out-of-scope")
    problem(await opened(api, wish, str(uuid4())), 404, "attachment-not-found")
    assert await api.snapshot() == before


async def test_the_largest_that_is_taken_is_taken(api: Api) -> None:
    wish = await api.submitted()
    largest = PDF + bytes(MOST_BYTES - len(PDF))
    one = (await upload(api, wish, largest, "application/pdf")).json()
    assert one["size"] == MOST_BYTES
    assert (await opened(api, wish, one["id"])).content == largest


async def test_ten_files_and_no_more_even_at_once(api: Api, problem: Any) -> None:
    wish = await api.submitted()
    answers = await asyncio.gather(*(upload(api, wish, PDF, "application/pdf") for _ in range(13)))
    assert sorted(answer.status_code for answer in answers) == [201] * 10 + [409] * 3
    problem(await upload(api, wish, PDF, "application/pdf"), 409, "too-many-attachments")
    other = await api.submitted()
    file_id = answers[0].json().get("id") or answers[-1].json()["id"]
    problem(await opened(api, other, file_id), 404, "attachment-not-found")


async def test_nothing_is_added_to_what_is_over(api: Api, problem: Any) -> None:
    wish = await api.submitted()
    await api.ok(f"wishes/{wish['id']}/withdrawal", {"reason": "not_needed"}, api.worker)
    problem(await upload(api, wish, PDF, "application/pdf"), 409, "wrong-state")


async def test_a_file_belongs_to_its_place(api: Api) -> None:
    """What is sealed for one file opens at no other, and the database keeps what came."""
    wish = await api.submitted()
    one, two = [(await upload(api, wish, PDF, "application/pdf")).json() for _ in range(2)]
    swap = """
    update attachment a set sealed = b.sealed, sha256 = b.sha256 from attachment b
    where a.id = $1 and b.id = $2
    """
    with pytest.raises(asyncpg.CheckViolationError, match="what_is_kept_is_what_came"):
        await api.db.fetch("update attachment set sealed = sealed || '' , sha256 = '\\x00'")
    await api.db.fetch(swap, UUID(one["id"]), UUID(two["id"]))
    assert (await opened(api, wish, one["id"])).status_code == 500
    assert (await opened(api, wish, two["id"])).content == PDF
