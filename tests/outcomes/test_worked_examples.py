"""The nine worked examples of the domain page §5.4, with their figures, driven over HTTP from the counter to the ledger."""

import math
from typing import Any

import pytest

from gateway.flow import Cut

from .conftest import Counter


async def test_1_forty_cases_of_three_trips_made_one_save_two_thirds(counter: Counter) -> None:
    """ΣB 120, ΣA 40, ΣS 80: 66.7 %, and all 120 long trips are saved."""
    for _ in range(40):
        await counter.end(await counter.file(3))
    assert await counter.trips() == (120, 40, 80, 66.7)
    sums = await counter.sums()
    assert (sums["handled"], sums["counted"], sums["long_saved"], sums["coverage_percent"]) == (40, 40, 120, 100.0)


async def test_1_with_four_cases_that_need_no_visit_it_is_seventy_per_cent(counter: Counter) -> None:
    """36 cases 3→1 and 4 cases 3→0: ΣB 120, ΣA 36, ΣS 84."""
    for _ in range(36):
        await counter.end(await counter.file(3))
    for _ in range(4):
        await counter.end(await counter.file(3, about={"mode": "full-online"}, visits=[]))
    assert await counter.trips() == (120, 36, 84, 70.0)


async def test_2_cases_within_a_province_stand_in_a_row_of_their_own(counter: Counter) -> None:
    """One in 173 of the 5,536: 32 cases 3→1 save 64 (of 11,072); the inter-provincial row knows nothing of them."""
    assert (32 * 173, 64 * 173) == (5536, 11072)
    for _ in range(32):
        await counter.end(await counter.file(3, destination="231000", about={"long_trips": 0}))
    intra = await counter.sums("intra-provincial")
    assert (intra["counted"], intra["saved"], intra["long_saved"]) == (32, 64, 0)
    assert (await counter.sums())["handled"] == 0


async def test_2_and_nothing_is_computed_of_them_without_baselines(counter: Counter) -> None:
    """Only if baselines exist."""
    await counter.end(await counter.file(None, destination="231000"))
    intra = await counter.sums("intra-provincial")
    assert (intra["handled"], intra["saved"], intra["reduction_percent"]) == (1, None, None)


async def test_3_without_baselines_the_trips_are_not_available(counter: Counter) -> None:
    """Cases handled are counted, trips are n/a: not 0, and never a multiple of an assumed 2 or 3."""
    for _ in range(3):
        await counter.end(await counter.file(None))
    sums = await counter.sums()
    assert sums["handled"] == 3
    assert [sums[name] for name in ("baseline", "actual", "saved", "reduction_percent", "long_saved")] == [None] * 5
    assert sums["coverage_percent"] == 0.0


@pytest.mark.parametrize(("at_the_window", "expected"), [(0, (3, 1, 2, 66.7)), (2, (3, 3, 0, 0.0)), (3, (3, 4, -1, -33.3))])
async def test_4_supplements_at_the_window_cost_trips_and_online_ones_none(
    counter: Counter, at_the_window: int, expected: tuple[Any, ...]
) -> None:
    """Twice online: S 2. Twice at the window: S 0. Three times: S −1."""
    number = await counter.file(3)
    await counter.report(number, "8", "60")
    for index in range(at_the_window or 2):
        await counter.report(number, "6", "40")
        if at_the_window:
            assert await counter.come(number, f"S{index}") == 201
        counter.desk.clock.pass_(hours=1)
        await counter.report(number, "7", "41")
        counter.desk.clock.pass_(hours=1)
        await counter.report(number, "8", "60")
    await counter.end(number)
    assert await counter.trips() == expected


async def test_5_a_result_that_came_back_by_mail_costs_a_visit(counter: Counter) -> None:
    """80 → 81, the applicant collects at the hall → 90: A 2, S 1."""
    number = await counter.file(3)
    for code, status in (("3", "50"), ("11", "70"), ("20", "80"), ("21", "81")):
        await counter.report(number, code, status)
    assert await counter.come(number, "C1", "collect", kind="sign") == 201
    await counter.report(number, "22", "90")
    assert await counter.trips() == (3, 2, 1, 33.3)


async def test_6_denied_cases_are_computed_and_shown_apart(counter: Counter) -> None:
    """The headline is of approved cases only."""
    await counter.end(await counter.file(3))
    await counter.end(await counter.file(2), "denied")
    sums = await counter.sums()
    assert await counter.trips() == (3, 1, 2, 66.7)
    assert (sums["handled"], sums["denied"], sums["denied_baseline"], sums["denied_actual"], sums["denied_saved"]) == (2, 1, 2, 1, 1)


async def test_7_visits_of_cases_without_a_result_are_spent(counter: Counter) -> None:
    """Not accepted, withdrawn, terminated, voided: nothing is saved, and four visits are trips spent without result."""
    for how in ("not-accepted", "withdrawn", "terminated", "voided"):
        await counter.end(await counter.file(3), how)
    sums = await counter.sums()
    assert (sums["handled"], sums["without_result"], sums["trips_spent_without_result"]) == (4, 4, 4)
    assert (sums["counted"], sums["saved"]) == (0, None)


async def test_8_the_rate_is_a_ratio_of_sums(counter: Counter) -> None:
    """(3,1), (3,1), (2,1), (1,1), (3,3): 41.7 %, where a mean of rates would say 36.7."""
    for trips in (3, 3, 2, 1):
        await counter.end(await counter.file(trips))
    number = await counter.file(3)
    for reference in ("S1", "S2"):
        await counter.come(number, reference)
    await counter.end(number)
    assert await counter.trips() == (12, 7, 5, 41.7)
    rates = [200 / 3, 200 / 3, 50, 0, 0]
    assert not math.isclose(sum(rates) / 5, 41.7, abs_tol=1)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
async def test_9_one_visit_for_two_cases_of_one_person_counts_once(counter: Counter, order: tuple[int, int]) -> None:
    """B 3 and 2 share a ticket: B 3, A 1, S 2, not 4, whichever ends first; the sums are true after each ending."""
    ticket = counter.visit("T-77")
    numbers = [await counter.file(trips, who=7, visits=[ticket]) for trips in (3, 2)]
    await counter.end(numbers[order[0]])
    first = (3, 2)[order[0]]
    assert (await counter.trips())[:3] == (first, 1, first - 1)
    await counter.end(numbers[order[1]])
    assert await counter.trips() == (3, 1, 2, 66.7)
    assert sum(figures.baseline for _, _, figures in (await counter.outcomes(Cut.MATTER)).lines) == 3


async def test_9_strangers_with_the_same_ticket_are_no_bundle(counter: Counter) -> None:
    """Another applicant, another destination, another day of filing, or another ticket: each case counts alone."""
    ticket = counter.visit("T-77")
    await counter.end(await counter.file(3, who=1, visits=[ticket]))
    await counter.end(await counter.file(2, who=2, visits=[ticket]))
    await counter.end(await counter.file(2, who=1, visits=[counter.visit("T-78")]))
    assert (await counter.trips())[:3] == (7, 3, 4)


@pytest.mark.parametrize("came", [False, True])
async def test_t23_a_guide_that_says_zero_saves_nothing(counter: Counter, came: bool) -> None:
    """Handled, and in no rate, whether or not somebody came: where no visit was needed, none was saved and none was too many."""
    visits = [counter.visit("A-1")] if came else []
    await counter.end(await counter.file(0, about={"mode": "full-online"}, visits=visits))
    sums = await counter.sums()
    assert (sums["handled"], sums["counted"]) == (1, 0)
    assert [sums[name] for name in ("baseline", "actual", "saved", "reduction_percent", "long_saved")] == [None] * 5


async def test_an_intra_provincial_case_has_no_long_trip_to_save(counter: Counter) -> None:
    """The same matter, B 3 and all of them long for a stranger: 3 long trips saved from another province, none from the next city."""
    for destination in ("220100", "231000"):
        await counter.end(await counter.file(3, destination=destination))
    inter, intra = await counter.sums(), await counter.sums("intra-provincial")
    assert [(one["baseline"], one["saved"], one["long_baseline"], one["long_saved"]) for one in (inter, intra)] == [
        (3, 2, 3, 3), (3, 2, 0, 0),
    ]  # fmt: skip
