"""Permission → roles. Scope (which area, which unit) is checked beside it, on the principal."""

WORKERS = ("community_worker", "street_officer", "district_operator")
THEMSELVES = ("volunteer", "applicant")
"""People with an account of their own; each reaches what is linked with that account and no more."""

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
    "consents.read": (*WORKERS, "auditor", *THEMSELVES),
    "consents.record": (*WORKERS, *THEMSELVES),
    "wishes.take_down": WORKERS,
    "rights.read": (*WORKERS, "auditor", *THEMSELVES),
    "rights.ask": (*WORKERS, *THEMSELVES),
    "rights.own": THEMSELVES,
    "rights.decide": WORKERS,
}
