"""The recount finds every way in which a case can be lost or doubled, from records that know nothing of each other."""

from collections.abc import Sequence

import pytest

from gateway.cli.demo.recount import Acknowledged, Held, Recount, Told, held_rows, recount, told_rows

CASE = Acknowledged("KS1", "window", "230100", "d")
HELD = Held("place", "KS1", "HC1", "11", "d")
SENT = Told("window", "KS1", 3, final=False, code=None, own="HC1")
DECIDED = Told("window", "KS1", 4, final=False, code="11", own=None)
ENDED = Told("window", "KS1", 6, final=True, code=None, own=None)
TOLD = (SENT, DECIDED, ENDED)


def test_a_case_that_all_three_records_know_alike_is_neither_lost_nor_doubled() -> None:
    """Acknowledged, held once, told to its hall with the partner's own code and number."""
    assert recount([CASE], [HELD], TOLD) == Recount(relayed=1)


@pytest.mark.parametrize(
    ("held", "told", "why"),
    [
        ([], TOLD, "no partner has it"),
        ([HELD], (SENT, DECIDED), "its hall was not told of its end"),
        ([HELD], (), "its hall was not told of its end"),
        ([HELD], (*TOLD, Told("other", "KS1", 7, final=True, code=None, own=None)), "another hall was told of it"),
        ([Held("place", "KS1", "HC1", "13", "d")], TOLD, "its hall was told 11, its partner says 13"),
        ([Held("place", "KS1", "HC1", "11", "e")], TOLD, "its partner was given something else than its hall submitted"),
        ([Held("place", "KS1", "HC2", "11", "d")], TOLD, "its hall was told another partner number"),
        ([HELD], (SENT, ENDED), "its hall was told nothing, its partner says 11"),
    ],
)
def test_a_case_missing_or_different_in_any_record_is_lost(held: Sequence[Held], told: Sequence[Told], why: str) -> None:
    """Each of the three records can betray a loss."""
    assert recount([CASE], held, told).lost == {"KS1": why}


def test_two_cases_at_partners_for_one_number_are_a_double() -> None:
    """Also when the two lie at different partners."""
    found = recount([CASE], [HELD, Held("elsewhere", "KS1", "GZ1", "11", "d")], TOLD)
    assert list(found.duplicated) == ["KS1"]


def test_a_number_that_nobody_submitted_is_a_double() -> None:
    """A case at a partner that no driver knows of was made by us."""
    found = recount([CASE], [HELD, Held("place", "KS9", "HC9", "1", "d")], TOLD)
    assert list(found.duplicated) == ["KS9"]


def test_one_number_for_two_submissions_is_a_double() -> None:
    """Two acknowledgements of one number are one case too few and one answer too many."""
    assert list(recount([CASE, CASE], [HELD], TOLD).duplicated) == ["KS1"]


def test_events_may_come_in_any_order() -> None:
    """The last code counts by its sequence, not by its arrival."""
    earlier = Told("window", "KS1", 2, final=False, code="3", own=None)
    assert recount([CASE], [HELD], (ENDED, DECIDED, earlier, SENT)) == Recount(relayed=1)


def test_the_records_of_the_simulated_systems_are_read_as_they_are() -> None:
    """The rows of /_mock/cases and /_mock/events become what the recount compares."""
    assert held_rows("place", {"cases": [{"outer": "KS1", "number": "HC1", "status": "11", "digest": "d"}]}) == [HELD]
    data = {
        "number": "KS1",
        "sequence": 6,
        "status": {"code": "90", "handled": True},
        "partner_code": None,
        "detail": {"delivery": "electronic"},
    }
    note = {**data, "sequence": 5, "status": None}
    events = [{"id": str(d["sequence"]), "hall": "window", "type": "x", "document": {"data": d}} for d in (data, note)]
    assert told_rows({"events": events}) == [ENDED, Told("window", "KS1", 5, final=False, code=None, own=None)]
