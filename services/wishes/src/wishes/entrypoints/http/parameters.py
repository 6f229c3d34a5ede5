"""What routes take: who asks, what for, and the plain parts of an address."""

from typing import Annotated

from chassis.auth import Principal, permits
from chassis.http import RateLimit
from fastapi import Depends, Path, Query, Request

from wishes.entrypoints.parts import Parts

Reads = Annotated[Principal, permits("wishes.read")]
Lists = Annotated[Principal, permits("wishes.list")]
Submits = Annotated[Principal, permits("wishes.submit")]
Verifies = Annotated[Principal, permits("wishes.verify")]
Publishes = Annotated[Principal, permits("wishes.publish")]
Confirms = Annotated[Principal, permits("wishes.confirm")]
Claims = Annotated[Principal, permits("wishes.claim")]
Looks = Annotated[Principal, permits("wishes.contact")]
Audits = Annotated[Principal, permits("wishes.reveals")]
Notifies = Annotated[Principal, permits("beneficiaries.notify")]
Evaluates = Annotated[Principal, permits("wishes.evaluate")]
Calls = Annotated[Principal, permits("wishes.call_back")]
Complains = Annotated[Principal, permits("wishes.complain")]
ReadsWords = Annotated[Principal, permits("wishes.words")]
Refers = Annotated[Principal, permits("wishes.refer")]
Escalated = Annotated[Principal, permits("wishes.escalated")]
RunsProgrammes = Annotated[Principal, permits("programmes.run")]
SubmitsOwn = Annotated[Principal, permits("wishes.submit_own")]
Drafts = Annotated[Principal, permits("wishes.draft")]
Changes = Annotated[Principal, permits("wishes.change")]
Evidences = Annotated[Principal, permits("wishes.evidence")]
Accesses = Annotated[Principal, permits("wishes.access")]
Households = Annotated[Principal, permits("wishes.households")]
SetsRules = Annotated[Principal, permits("wishes.rules")]
Queues = Annotated[Principal, permits("wishes.queue")]
Sums = Annotated[Principal, permits("wishes.sums")]
Invites = Annotated[Principal, permits("wishes.invite")]
ConfirmsOwn = Annotated[Principal, permits("wishes.confirm_own")]
EndsVisits = Annotated[Principal, permits("visits.end")]
SeesConsents = Annotated[Principal, permits("consents.read")]
RecordsConsents = Annotated[Principal, permits("consents.record")]
TakesDown = Annotated[Principal, permits("wishes.take_down")]
SeesRights = Annotated[Principal, permits("rights.read")]
AsksRights = Annotated[Principal, permits("rights.ask")]
Own = Annotated[Principal, permits("rights.own")]
DecidesRights = Annotated[Principal, permits("rights.decide")]

CardNo = Annotated[str, Path(pattern=r"^[2-9A-HJKMNP-Z]{4,5}$")]
FollowCode = Annotated[str, Path(pattern=r"^[2-9A-HJKMNP-Z]{4,5}-[0-9]{6}$")]
Area = Annotated[str, Path(pattern=r"^[0-9]{12}$")]
Community = Annotated[str, Query(pattern=r"^[0-9]{12}$")]
AreaPrefix = Annotated[str, Query(pattern=r"^[0-9]{6}([0-9]{3}){0,2}$")]
"""A district, a street or a community."""
tries = RateLimit(rate=2, burst=60)


# Asynchronous, though it waits for nothing: a plain function would cost a trip to another thread.
async def parts(request: Request) -> Parts:
    return request.app.state.service


Uses = Annotated[Parts, Depends(parts)]
