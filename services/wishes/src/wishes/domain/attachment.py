"""What a file is: its content says so, and what the sender says must agree.

First bytes as published: images, PDF, Ogg, WAVE, MP3 with ID3 and MP4 by the WHATWG's MIME Sniffing
Standard §6, AAC in ADTS by ISO/IEC 13818-7 §6.2, MP3 frames by ISO/IEC 11172-3 §2.4.2.3, AMR by RFC
4867 §5, brands of MP4 by ISO/IEC 14496-12 §4.3.
"""

import re
from collections.abc import Mapping

from wishes.domain.errors import AttachmentKindNotTaken, AttachmentNotWhatItSays

MOST_BYTES = 5 * 1024 * 1024
MOST_OF_A_WISH = 10
"""And as many photos of its delivery."""
PHOTOS = ("image/jpeg", "image/png", "image/webp")
SAID: Mapping[str, tuple[str, ...]] = {
    "image/jpeg": ("image/jpeg", "image/jpg", "image/pjpeg"),
    "image/png": ("image/png", "image/x-png"),
    "image/webp": ("image/webp",),
    "application/pdf": ("application/pdf", "application/x-pdf"),
    "audio/mp4": ("audio/mp4", "audio/m4a", "audio/x-m4a", "audio/mp4a-latm", "audio/aac"),
    "audio/aac": ("audio/aac", "audio/aacp", "audio/x-aac", "audio/x-hx-aac-adts"),
    "audio/mpeg": ("audio/mpeg", "audio/mp3", "audio/x-mp3", "audio/x-mpeg"),
    "audio/ogg": ("audio/ogg", "audio/opus", "audio/x-opus+ogg", "application/ogg"),
    "audio/wav": ("audio/wav", "audio/wave", "audio/x-wav", "audio/vnd.wave"),
    "audio/amr": ("audio/amr", "audio/amr-wb", "audio/3gpp-amr"),
}
"""What is taken, and the names that browsers and telephones give to it."""
STARTS: tuple[tuple[re.Pattern[bytes], str], ...] = tuple(
    (re.compile(start, re.DOTALL), kind)
    for start, kind in (
        (rb"\xff\xd8\xff", "image/jpeg"),
        (rb"\x89PNG\r\n\x1a\n", "image/png"),
        (rb"RIFF....WEBPVP", "image/webp"),
        (rb"%PDF-", "application/pdf"),
        (rb"....ftyp(M4A |M4B |mp4[12]|isom|iso[2-6]|dash)", "audio/mp4"),
        (rb"\xff[\xf0\xf1\xf8\xf9]", "audio/aac"),
        (rb"ID3|\xff[\xf2\xf3\xfa\xfb]", "audio/mpeg"),
        (rb"OggS\x00", "audio/ogg"),
        (rb"RIFF....WAVE", "audio/wav"),
        (rb"#!AMR(-WB)?\n", "audio/amr"),
    )
)
FILM = re.compile(rb"hdlr.{8}vide|\x80theora|OVP80", re.DOTALL)
"""A track of pictures in a container that usually holds a voice."""


def kind_of(content: bytes) -> str | None:
    """A key of SAID by the content alone; None for everything that is not taken."""
    kind = next((kind for start, kind in STARTS if start.match(content)), None)
    if kind in ("audio/mp4", "audio/ogg") and FILM.search(content):
        return None
    return kind


def require_kind(content: bytes, said: str) -> str:
    """The kind of this file. `said`: the sender's Content-Type, parameters aside.

    Raises AttachmentKindNotTaken, AttachmentNotWhatItSays.
    """
    kind = kind_of(content)
    if not any(said in names for names in SAID.values()):
        raise AttachmentKindNotTaken
    if kind is None or said not in SAID[kind]:
        raise AttachmentNotWhatItSays
    return kind
