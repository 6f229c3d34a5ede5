"""Permission → roles."""

PERMISSIONS: dict[str, tuple[str, ...]] = {
    "stream.watch": ("district_operator", "auditor"),
    "wishes.take": ("volunteer",),
}
