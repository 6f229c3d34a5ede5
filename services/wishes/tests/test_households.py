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


async def test_whoever_lives_with_her_claims_none_of_her_wishes(api: Api, problem: Any) -> None:
    """Each wish makes an entry of her; the household is noted at one of them."""
    first, son, daughter = await api.posted(), await api.approved(), await api.approved()
    body = {"beneficiary_id": first["beneficiary_id"], "volunteer_id": str(son)}
    home = await api.ok("households", body, api.worker)
    second = await api.posted()
    claims, before = f"wishes/{second['id']}/claims", await api.snapshot()
    problem(await api.post(claims, {}, api.volunteer(son)), 409, "household-wish")
    assert await api.snapshot() == before
    # Noted at the second, it is the same household; who moves out of it has moved out.
    at_second = {"beneficiary_id": second["beneficiary_id"], "volunteer_id": str(daughter)}
    again = await api.ok("households", at_second, api.worker)
    assert (again["id"], set(again["volunteers"])) == (home["id"], {str(son), str(daughter)})
    assert set(again["beneficiaries"]) == {first["beneficiary_id"], second["beneficiary_id"]}
    held = await api.ok(claims, {}, api.volunteer(await api.approved()))
    helping = f"claims/{held['id']}/helpers"
    problem(await api.post(helping, {}, api.volunteer(daughter)), 409, "household-wish")
    await api.ok(f"households/{home['id']}/leaving", {"volunteer_id": str(son)}, api.worker)
    await api.ok(helping, {}, api.volunteer(son))


async def test_nobody_who_lives_there_is_named_on_any_of_their_cards(
    api: Api, problem: Any
) -> None:
    """Her husband wished, too: his name is around each of her wishes, at whichever they were noted."""
    first, husband = await api.submitted(), {"name": "欧阳长庚", "address": "咸东社区四号院"}
    his, both = await api.submitted(beneficiary=husband), uuid4()
    second = await api.verified()
    async with api.db.transaction() as tx:
        sql = "update beneficiary set household_id = $1 where id = any($2::uuid[])"
        await tx.execute(sql, both, [first["beneficiary_id"], his["beneficiary_id"]])
    named = await api.publish(second, title="欧阳长庚想听戏")
    problem(named, 422, "card-leaks")


async def test_two_who_note_at_once_note_one_household(api: Api) -> None:
    wish = await api.submitted()
    bodies = [
        {"beneficiary_id": wish["beneficiary_id"], "volunteer_id": str(uuid4())} for _ in range(4)
    ]
    noted = await asyncio.gather(*(api.ok("households", body, api.worker) for body in bodies))
    assert len({home["id"] for home in noted}) == 1
    assert await api.db.fetchval("select count(*) from household_member") == 4
