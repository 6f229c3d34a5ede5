"""Permission → roles."""

WORKERS = ("community_worker", "street_officer", "district_operator")

PERMISSIONS: dict[str, tuple[str, ...]] = {
    "inbox.read": (*WORKERS, "branch_secretary", "unit_contact", "volunteer"),
    "deliveries.read": (*WORKERS, "auditor"),
    "calls.log": WORKERS,
    "alerts.tell": ("alertmanager",),
}
