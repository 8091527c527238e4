"""The recount finds every way in which a case can be lost or doubled, from records that know nothing of each other."""

from collections.abc import Sequence

import pytest

from gateway.cli.demo.recount import Acknowledged, Held, Recount, Told, held_rows, recount, told_rows

CASE = Acknowledged("KS1", "window", "230100", "d")
HELD = Held("place", "KS1", "HC1", "11", "d", "230100")
SENT = Told("window", "KS1", 3, final=False, code=None, own="HC1")
DECIDED = Told("window", "KS1", 4, final=False, code="11", own=None)
ENDED = Told("window", "KS1", 6, final=True, code=None, own=None, status="90")
MOVED = Told("window", "KS1", 2, final=False, code=None, own=None, moved="520300")
WITHDRAWN = Told("window", "KS1", 2, final=True, code=None, own=None, status="91")
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
        ([Held("place", "KS1", "HC1", "13", "d", "230100")], TOLD, "its hall was told 11, its partner says 13"),
        ([Held("place", "KS1", "HC1", "11", "e", "230100")], TOLD, "its partner was given something else than its hall submitted"),
        ([Held("place", "KS1", "HC2", "11", "d", "230100")], TOLD, "its hall was told another partner number"),
        ([HELD], (SENT, ENDED), "its hall was told nothing, its partner says 11"),
        ([HELD], (MOVED, *TOLD), "its hall was told it is at 520300, it is at 230100"),
        ([Held("place", "KS1", "HC1", "11", "d", "520300")], TOLD, "its hall was told it is at 230100, it is at 520300"),
        ([HELD], (WITHDRAWN,), "its hall was told nothing, its partner says 11"),
        ([], (DECIDED, WITHDRAWN), "no partner has it"),
    ],
)
def test_a_case_missing_or_different_in_any_record_is_lost(held: Sequence[Held], told: Sequence[Told], why: str) -> None:
    """Each of the three records can betray a loss."""
    assert recount([CASE], held, told).lost == {"KS1": why}


def test_a_case_that_was_withdrawn_before_it_left_is_at_no_partner() -> None:
    """Its hall was told that it ended so, and of no code of any partner's."""
    assert recount([CASE], [], (WITHDRAWN,)) == Recount(relayed=1)


def test_a_case_that_was_passed_on_is_at_the_place_its_hall_was_told_last() -> None:
    """At one partner alone; one that still lies where it was first is a double."""
    there = Held("province", "KS1", "HC1", "11", "d", "520300")
    earlier = Told("window", "KS1", 1, final=False, code=None, own=None, moved="520200")
    assert recount([CASE], [there], (MOVED, *TOLD, earlier)) == Recount(relayed=1)
    assert list(recount([CASE], [HELD, there], (MOVED, *TOLD)).duplicated) == ["KS1"]


def test_two_cases_at_partners_for_one_number_are_a_double() -> None:
    """Also when the two lie at different partners."""
    found = recount([CASE], [HELD, Held("elsewhere", "KS1", "GZ1", "11", "d", "520300")], TOLD)
    assert list(found.duplicated) == ["KS1"]


def test_a_number_that_nobody_submitted_is_a_double() -> None:
    """A case at a partner that no driver knows of was made by us."""
    found = recount([CASE], [HELD, Held("place", "KS9", "HC9", "1", "d", "230100")], TOLD)
    assert list(found.duplicated) == ["KS9"]


def test_one_number_for_two_submissions_is_a_double() -> None:
    """Two acknowledgements of one number are one case too few and one answer too many."""
    assert list(recount([CASE, CASE], [HELD], TOLD).duplicated) == ["KS1"]


def test_events_may_come_in_any_order() -> None:
    """The last code counts by its sequence, not by its arrival."""
    earlier = Told("window", "KS1", 2, final=False, code="3", own=None)
    assert recount([CASE], [HELD], (ENDED, DECIDED, earlier, SENT)) == Recount(relayed=1)


def test_the_records_of_the_simulated_systems_are_read_as_they_are() -> None:
    """The rows of /_mock/cases and /_mock/events become what the recount compares and what the clerk acts on."""
    row = {"outer": "KS1", "number": "HC1", "status": "11", "digest": "d", "area": "230100"}
    assert held_rows("place", {"cases": [row]}) == [HELD]
    ended = {"number": "KS1", "sequence": 6, "status": {"code": "90", "handled": True}, "partner_code": None, "detail": {}}
    note = {**ended, "sequence": 5, "status": None}
    asked = {**note, "partner_code": "6", "detail": {"round": 2, "items": 1, "repeated": False}}
    turned_down = {**ended, "status": {"code": "40", "handled": False}, "detail": {"round": 1, "reason": "raw"}}
    answered = {**ended, "status": {"code": "41", "handled": False}, "detail": {"round": 1}}
    moved = {**note, "detail": {"from": "230100", "to": "520300"}}
    changed = "case.status-changed"
    told = [
        (changed, ended), ("case.note", note), ("case.supplement-asked", asked), (changed, turned_down), (changed, answered),
        ("case.forwarded", moved),
    ]  # fmt: skip
    assert told_rows({"events": [{"hall": "window", "type": type, "document": {"data": data}} for type, data in told]}) == [
        ENDED,
        Told("window", "KS1", 5, final=False, code=None, own=None),
        Told("window", "KS1", 5, final=False, code="6", own=None, round=2),
        Told("window", "KS1", 6, final=False, code=None, own=None, status="40", round=1),
        Told("window", "KS1", 6, final=False, code=None, own=None, status="41"),
        Told("window", "KS1", 5, final=False, code=None, own=None, moved="520300"),
    ]
