"""Two weeks in a second, for one wish and for no other."""

from datetime import timedelta
from uuid import UUID

from chassis.clock import now
from wishes.rehearse import let_pass

from .conftest import Api


async def test_time_passes_for_one_wish_only(api: Api) -> None:
    first, second = await api.claimed(), await api.claimed()
    await let_pass(api.parts, UUID(first["wish"]["id"]), now() + timedelta(days=21))
    assert (await api.types(first["wish"]["id"]))[4:7] == [
        "ClaimReminded",
        "ClaimReminded",
        "ClaimLapsed",
    ]
    assert len(await api.types(second["wish"]["id"])) == 4
