"""Routes. Only reads: what is posted comes from events and from nowhere else."""

from typing import Annotated
from uuid import UUID

from chassis.auth import OutOfScope, Principal, permits, public
from chassis.db import Database
from chassis.http import Cursor, Limit, Page
from fastapi import APIRouter, Depends, Request

from points import queries
from points.domain.posting import Book

router = APIRouter(prefix="/v1")
Reads = Annotated[Principal, permits("accounts.read")]
Audits = Annotated[Principal, permits("books.audit")]


def database(request: Request) -> Database:
    return request.app.state.db


Db = Annotated[Database, Depends(database)]


@router.get("/accounts/{holder_id}")
async def get_account(holder_id: UUID, who: Reads, db: Db) -> queries.AccountView:
    require_own_or_auditor(who, holder_id)
    return await queries.account(db, holder_id)


@router.get("/accounts/{holder_id}/entries")
async def get_entries(
    holder_id: UUID, who: Reads, db: Db, cursor: Cursor = None, limit: Limit = 20
) -> Page[queries.EntryView]:
    """Why this holder has what they have: every entry with its wish, event and rule version."""
    require_own_or_auditor(who, holder_id)
    return await queries.entries(db, holder_id, cursor, limit)


@router.get("/books/{book}/trial-balance")
async def get_trial_balance(book: Book, who: Audits, db: Db) -> queries.TrialBalance:
    return await queries.trial_balance(db, book)


@router.get("/rules", dependencies=[public()])
async def get_rules(db: Db) -> queries.RulesView:
    return await queries.rules(db)


def require_own_or_auditor(who: Principal, holder_id: UUID) -> None:
    """Volunteers see their own account, a unit's contact the unit's, whoever audits all of them:
    the service knows no areas."""
    audits = who.has("auditor") or who.has("district_operator")
    if not audits and holder_id not in (who.subject, *who.organisations()):
        raise OutOfScope(str(holder_id))
