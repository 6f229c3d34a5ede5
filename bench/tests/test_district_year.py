"""Work 8 in small: forty lives through all services."""

import pytest
from stack.layout import SERVICES
from stack.room import own_folder

from bench.outcome import Setting
from bench.works import district_year


@pytest.mark.timeout(300)
@pytest.mark.xdist_group("bench")
def test_a_small_year_settles() -> None:
    with own_folder("bench-test", memory=2, disk=1) as place:
        outcome = district_year.run(Setting(place, True, 1, lambda _: None))
    district, *processes = outcome.contestants
    assert district.figure("messages").value >= district_year.QUICK_WISHES
    assert set(SERVICES) < {process.name for process in processes}
    assert all(process.figure("peak memory").value > 0 for process in processes)
    assert [(goal.sign, goal.wanted) for goal in outcome.goals] == [("<=", 180)]
