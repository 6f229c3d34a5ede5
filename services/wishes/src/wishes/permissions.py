"""Permission → roles. Scope (which area, which unit) is checked beside it, on the principal."""

WORKERS = ("community_worker", "street_officer", "district_operator")

PERMISSIONS: dict[str, tuple[str, ...]] = {
    "wishes.submit": WORKERS,
    "wishes.verify": WORKERS,
    "wishes.publish": WORKERS,
    "wishes.confirm": WORKERS,
    "wishes.read": (*WORKERS, "auditor", "volunteer", "unit_contact"),
    "wishes.list": (*WORKERS, "auditor"),
    "wishes.contact": (*WORKERS, "volunteer", "unit_contact"),
    "wishes.reveals": (*WORKERS, "auditor"),
    "wishes.claim": ("volunteer", "unit_contact"),
    "beneficiaries.notify": ("notifier",),
    "wishes.invite": WORKERS,
    "wishes.confirm_own": ("volunteer", "applicant"),
    "visits.end": (*WORKERS, "volunteer", "unit_contact"),
}
