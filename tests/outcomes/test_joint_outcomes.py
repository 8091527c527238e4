"""The joint rows of the domain page §5.3, driven over HTTP: one thing at two places has one baseline, one line, and counts once."""

from typing import Any

from flow.harness import START
from flow.harness import matter as one_matter

from gateway.flow import Cut, explain_case
from gateway.model import Agreement

from .conftest import YEAR, Counter

LEAD, OTHER = "220100", "231000"


async def file_joint(counter: Counter, trips: int | None = 3, **draft: Any) -> tuple[str, list[str]]:
    """Hand a joint case in; (whole, its parts)."""
    code = await counter.matter(trips, mode="joint")

    def furnish(tx: Any) -> None:
        if tx.catalogue.matter(code, OTHER, START.date()) is None:
            tx.catalogue.put_matter(one_matter(code=code, destination=OTHER, mode="joint"))
            tx.agreements.import_([Agreement("协议9号", "230000", OTHER, code, YEAR, None)], "甲", START)

    await counter.desk.store.write(furnish)
    whole = await counter.submit(counter.draft(code, LEAD, **draft) | {"also_at": [OTHER]})
    return whole, [part["number"] for part in (await counter.hall.get(f"/api/v1/cases/{whole}")).json()["parts"]]


async def test_a_household_move_at_one_window_saves_two_thirds(counter: Counter) -> None:
    """迁入地 → 迁出地 → 迁入地 was three trips and is one: B 3, A 1, S 2, 66.7 %."""
    whole, parts = await file_joint(counter)
    await counter.end(parts[1])
    assert (await counter.sums())["handled"] == 0
    await counter.end(parts[0])
    assert await counter.trips() == (3, 1, 2, 66.7)
    sums, intra = await counter.sums(), await counter.sums("intra-provincial")
    assert (sums["handled"], sums["counted"], sums["long_saved"], sums["coverage_percent"]) == (1, 1, 3, 100.0)
    assert intra["handled"] == 0
    assert (await counter.hall.get(f"/api/v1/cases/{whole}")).json()["decision"] == "approved"


async def test_when_the_applicant_comes_back_to_register_a_third_is_saved(counter: Counter) -> None:
    """The 长三角 variant: B 3, A 2, S 1, 33.3 %, though the second visit is told of a part."""
    _, parts = await file_joint(counter)
    await counter.end(parts[1])
    assert await counter.come(parts[0], "R-1", "collect", kind="sign") == 201
    await counter.end(parts[0])
    assert await counter.trips() == (3, 2, 1, 33.3)


async def test_the_parts_are_in_no_published_figure_and_say_why(counter: Counter) -> None:
    """Not a row, not a metric, not the matters processed; an explanation of a part names the account."""
    whole, parts = await file_joint(counter)
    for part in parts:
        await counter.end(part)
    table = await counter.outcomes(Cut.REGION)
    assert [(values, figures.handled) for values, _, figures in table.lines] == [(("230100", LEAD), 1)]
    totals = await counter.desk.store.read(lambda tx: tx.ledger.totals())
    assert [(row.destination, row.cases, row.counted) for row in totals] == [(LEAD, 1, 1)]
    told = [await explain_case(counter.desk.store, number) for number in (whole, *parts)]
    assert [one and one["account"] for one in told] == ["approved", "part", "part"]
    assert [one and len(one["visits"]) for one in told] == [1, 0, 0]
    metrics = (await counter.partner.get("/metrics")).text
    processed = [line for line in metrics.splitlines() if line.startswith("tongban_matters_processed_total{")]
    assert [line.rpartition(" ")[2] for line in processed] == ["1.0"]


async def test_a_joint_case_without_a_result_spends_its_trips_once(counter: Counter) -> None:
    """One place does not accept it: nothing is saved, and one visit was in vain."""
    _, parts = await file_joint(counter)
    await counter.end(parts[0])
    await counter.end(parts[1], "not-accepted")
    sums = await counter.sums()
    assert (sums["handled"], sums["without_result"], sums["trips_spent_without_result"], sums["saved"]) == (1, 1, 1, None)


async def test_a_revoked_part_takes_the_savings_of_the_whole_back(counter: Counter) -> None:
    """90 → 95 of a part reverses the whole's line; the sums are as if nothing had been saved."""
    _, parts = await file_joint(counter)
    for part in parts:
        await counter.end(part)
    assert (await counter.trips())[2] == 2
    counter.desk.clock.pass_(days=1)
    await counter.report(parts[1], "15", "95")
    sums = await counter.sums()
    assert (sums["counted"], sums["saved"], sums["without_result"]) == (0, None, 1)


async def test_a_joint_and_a_plain_case_that_share_a_visit_are_one_bundle(counter: Counter) -> None:
    """The whole stands in the bundle, its parts do not: B is the greater baseline, once, and A the one visit."""
    ticket = counter.visit("T-1")
    _, parts = await file_joint(counter, 3, who=5, visits=[ticket])
    plain = await counter.file(2, who=5, visits=[ticket])
    for number in (*parts, plain):
        await counter.end(number)
    assert (await counter.trips())[:3] == (3, 1, 2)
