"""Permission → roles."""

PERMISSIONS: dict[str, tuple[str, ...]] = {
    "accounts.read": ("volunteer", "unit_contact", "auditor", "district_operator"),
    "books.audit": ("auditor", "district_operator"),
}
