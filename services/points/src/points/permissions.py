"""Permission → roles."""

PERMISSIONS: dict[str, tuple[str, ...]] = {
    "accounts.read": ("volunteer", "auditor", "district_operator"),
    "books.audit": ("auditor", "district_operator"),
}
