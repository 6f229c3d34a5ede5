"""Files as telephones and scanners make them, as small as they can be."""

from io import BytesIO

from PIL import Image

MAKER = "SomeTelephone 17"


def photo(kind: str = "JPEG", size: tuple[int, int] = (40, 30), *, turned: int = 6) -> bytes:
    """With everything that a telephone writes beside it: where, when, with what; lying on its side."""
    notes = Image.Exif()
    notes[0x010F], notes[0x0132], notes[0x0112] = MAKER, "2026:02:01 09:30:00", turned
    place = notes.get_ifd(0x8825)
    place[1], place[2], place[3], place[4] = "N", (34.0, 15.0, 20.0), "E", (108.0, 58.0, 9.0)
    out = BytesIO()
    Image.effect_noise(size, 60).convert("RGB").save(out, kind, exif=notes)
    return out.getvalue()


def mp4(brand: bytes, track: bytes) -> bytes:
    start = b"\0\0\0\x1cftyp" + brand + b"\0\0\0\0" + brand + b"mp42isom"
    return start + b"\0\0\0\x20hdlr" + bytes(8) + track + bytes(20)


PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
VOICES = {
    "audio/mp4": mp4(b"M4A ", b"soun"),
    "audio/aac": b"\xff\xf1\x50\x80\x02\x1f\xfc" + bytes(60),
    "audio/mpeg": b"ID3\x04\0\0\0\0\0\0" + b"\xff\xfb\x90\x00" + bytes(60),
    "audio/ogg": b"OggS\0\x02" + bytes(22) + b"OpusHead" + bytes(20),
    "audio/wav": b"RIFF\x24\0\0\0WAVEfmt " + bytes(28),
    "audio/amr": b"#!AMR\n" + bytes(32),
}
FILM = mp4(b"isom", b"vide")
