"""Nobody claims the wish of somebody they live with; a worker notes who lives where."""

import asyncio
from typing import Any
from uuid import uuid4

from .conftest import XINYUAN, Api


async def test_whoever_lives_there_leaves_it_to_a_neighbour(api: Api, problem: Any) -> None:
    wish, son, neighbour = await api.posted(), await api.approved(), await api.approved()
    body = {"beneficiary_id": wish["beneficiary_id"], "volunteer_id": str(son)}
    home = await api.ok("households", body, api.worker)
    assert (home["beneficiaries"], home["volunteers"]) == ([wish["beneficiary_id"]], [str(son)])
    before = await api.snapshot()
    claims = f"wishes/{wish['id']}/claims"
    problem(await api.post(claims, {}, api.volunteer(son)), 409, "household-wish")
    assert await api.snapshot() == before
    # The same again is no second household, and somebody else joins the one there is.
    assert (await api.ok("households", body, api.worker)) == home
    daughter = str(uuid4())
    both = await api.ok("households", body | {"volunteer_id": daughter}, api.worker)
    assert (both["id"], set(both["volunteers"])) == (home["id"], {str(son), daughter})
    await api.ok(claims, {}, api.volunteer(neighbour))


async def test_whoever_has_moved_out_is_a_neighbour(api: Api, problem: Any) -> None:
    wish, son = await api.posted(), await api.approved()
    body = {"beneficiary_id": wish["beneficiary_id"], "volunteer_id": str(son)}
    home = await api.ok("households", body, api.worker)
    path, gone = f"households/{home['id']}/leaving", {"volunteer_id": str(son)}
    stranger = api.as_role("community_worker", XINYUAN)
    problem(await api.post(path, gone, stranger), 403, "out-of-scope")
    missing = await api.post(f"households/{uuid4()}/leaving", gone, api.worker)
    problem(missing, 404, "household-not-found")
    nobody = await api.post("households", body | {"beneficiary_id": str(uuid4())}, api.worker)
    problem(nobody, 404, "person-not-found")
    assert (await api.ok(path, gone, api.worker))["volunteers"] == []
    await api.ok(f"wishes/{wish['id']}/claims", {}, api.volunteer(son))


async def test_two_who_note_at_once_note_one_household(api: Api) -> None:
    wish = await api.submitted()
    bodies = [
        {"beneficiary_id": wish["beneficiary_id"], "volunteer_id": str(uuid4())} for _ in range(4)
    ]
    noted = await asyncio.gather(*(api.ok("households", body, api.worker) for body in bodies))
    assert len({home["id"] for home in noted}) == 1
    assert await api.db.fetchval("select count(*) from household_member") == 4
