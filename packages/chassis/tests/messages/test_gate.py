"""The gate: no commit while a rebalance goes on, no batch from before it."""

import asyncio

from chassis.gate import Gate
from chassis.testing import PATIENCE


async def test_it_is_closed_until_partitions_are_assigned() -> None:
    gate = Gate()
    async with gate.passage(gate.epoch) as is_open:
        assert not is_open
    await gate.on_partitions_assigned([])
    async with gate.passage(gate.epoch) as is_open:
        assert is_open


async def test_a_revocation_waits_for_the_batch_at_work_and_lets_no_other_in() -> None:
    gate = Gate()
    await gate.on_partitions_assigned([])
    async with gate.passage(gate.epoch) as is_open:
        assert is_open
        revoking = asyncio.ensure_future(gate.on_partitions_revoked([]))
        done, _ = await asyncio.wait([revoking], timeout=0.05)
        assert not done
    await asyncio.wait_for(revoking, PATIENCE)
    async with gate.passage(gate.epoch) as is_open:
        assert not is_open


async def test_a_batch_fetched_before_a_new_assignment_is_refused() -> None:
    gate = Gate()
    await gate.on_partitions_assigned([])
    epoch = gate.epoch
    await gate.on_partitions_revoked([])
    await gate.on_partitions_assigned([])
    async with gate.passage(epoch) as is_open:
        assert not is_open
