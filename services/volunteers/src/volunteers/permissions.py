"""Permission → roles. Scope (which area, which unit) is checked beside it, on the principal."""

WORKERS = ("community_worker", "street_officer", "district_operator")

PERMISSIONS: dict[str, tuple[str, ...]] = {
    "organisations.found": ("street_officer", "district_operator"),
    "organisations.contact": WORKERS,
    "staff.hire": ("district_operator",),
    "volunteers.approve": (*WORKERS, "branch_secretary"),
    "volunteers.affiliate": (*WORKERS, "branch_secretary"),
    "volunteers.list": (*WORKERS, "auditor"),
    "volunteers.read": (*WORKERS, "auditor", "branch_secretary", "volunteer", "applicant"),
    "volunteers.contact": (*WORKERS, "branch_secretary"),
    "contacts.notify": ("notifier",),
    "qualifications.grant": (*WORKERS, "branch_secretary"),
    "names.show": (*WORKERS, "auditor"),
}
