"""Permission → roles. Scope (which area, which unit) is checked beside it, on the principal."""

WORKERS = ("community_worker", "street_officer", "district_operator")
ACCOUNTS = ("volunteer", "applicant")
"""Everybody who can sign in with a telephone."""
THEMSELVES = ("volunteer", "applicant")
"""People with an account of their own; each reaches what is linked with that account and no more."""

PERMISSIONS: dict[str, tuple[str, ...]] = {
    "wishes.submit": WORKERS,
    "wishes.verify": WORKERS,
    "wishes.publish": WORKERS,
    "wishes.confirm": WORKERS,
    "wishes.read": (*WORKERS, "auditor", "volunteer", "applicant", "unit_contact"),
    "wishes.list": (*WORKERS, "auditor"),
    "wishes.contact": (*WORKERS, "volunteer", "unit_contact"),
    "wishes.reveals": (*WORKERS, "auditor"),
    "wishes.claim": ("volunteer", "unit_contact"),
    "beneficiaries.notify": ("notifier",),
    # What the person who wished says themself, signed in, beside what they tell a worker.
    "wishes.evaluate": (*WORKERS, "volunteer", "applicant"),
    "wishes.complain": (*WORKERS, "volunteer", "applicant"),
    "wishes.call_back": WORKERS,
    "wishes.words": WORKERS,
    "wishes.refer": WORKERS,
    "wishes.escalated": (*WORKERS, "auditor", "unit_contact"),
    "programmes.run": WORKERS,
    # Intake: online by one's own account, drafts, files, children, households, rules.
    "wishes.submit_own": ACCOUNTS,
    "wishes.draft": (*WORKERS, *ACCOUNTS),
    "wishes.change": (*WORKERS, *ACCOUNTS),
    "wishes.evidence": WORKERS,
    "wishes.access": WORKERS,
    "wishes.households": WORKERS,
    "wishes.rules": ("district_operator",),
    "wishes.queue": WORKERS,
    "wishes.sums": (*WORKERS, "auditor"),
    "wishes.invite": WORKERS,
    "wishes.confirm_own": ("volunteer", "applicant"),
    "visits.end": (*WORKERS, "volunteer", "unit_contact"),
    "consents.read": (*WORKERS, "auditor", *THEMSELVES),
    "consents.record": (*WORKERS, *THEMSELVES),
    "wishes.take_down": WORKERS,
    "rights.read": (*WORKERS, "auditor", *THEMSELVES),
    "rights.ask": (*WORKERS, *THEMSELVES),
    "rights.own": THEMSELVES,
    "rights.decide": WORKERS,
}
