"""What is kept of a photo: what is to be seen, and nothing that the camera noted beside it.

Where, when and with which telephone it was taken are personal data that nobody needs as evidence
(PIPL Art. 6). Pillow reads the dots and writes them anew, turned the way they were meant to be seen;
that a file can be read to its last dot is also what makes it a photo. Refusing photos with a position
would send people home: nearly every telephone writes one.
"""

import asyncio
from io import BytesIO
from typing import Any

from PIL import Image, ImageOps
from PIL.JpegImagePlugin import JpegImageFile, get_sampling

from wishes.domain.errors import AttachmentNotWhatItSays, AttachmentTooLarge

MOST_DOTS = 24_000_000
"""6,000 × 4,000; in memory 72 MB, for a file of a few KB as well."""
FORMATS = {"image/jpeg": ("JPEG", "MPO"), "image/png": ("PNG",), "image/webp": ("WEBP",)}
TOO_MANY_DOTS = (
    AttachmentTooLarge,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)
_one_at_a_time = asyncio.Semaphore(1)
"""Two large photos at once would take the memory of everything else."""


async def without_notes(kind: str, content: bytes) -> bytes:
    """The same picture. Raises AttachmentNotWhatItSays, AttachmentTooLarge."""
    async with _one_at_a_time:
        return await asyncio.to_thread(_rewritten, kind, content)


def _rewritten(kind: str, content: bytes) -> bytes:
    try:
        return _written(_read(kind, content))
    except TOO_MANY_DOTS:
        raise AttachmentTooLarge from None
    except Exception:  # noqa: BLE001
        # Whatever a decoder says about a broken file: it is not the photo that it says it is.
        raise AttachmentNotWhatItSays from None


def _read(kind: str, content: bytes) -> Image.Image:
    image = Image.open(BytesIO(content), formats=FORMATS[kind])
    if image.width * image.height > MOST_DOTS:
        raise AttachmentTooLarge
    image.load()
    return image


def _written(image: Image.Image) -> bytes:
    options = _options(image)
    turned = ImageOps.exif_transpose(image)
    # Of what stands beside the dots only this one changes what is to be seen.
    turned.info = {name: turned.info[name] for name in ("transparency",) if name in turned.info}
    out = BytesIO()
    turned.save(out, **options)
    return out.getvalue()


def _options(image: Image.Image) -> dict[str, Any]:
    """Written as finely as it was: the size stays nearly the same, too."""
    if isinstance(image, JpegImageFile):
        sampling = get_sampling(image)
        options: dict[str, Any] = {"format": "JPEG", "qtables": image.quantization}
        return options | ({"subsampling": sampling} if sampling >= 0 else {})
    if image.format == "WEBP":
        return {"format": "WEBP", "quality": 85, "method": 2}
    return {"format": "PNG"}
