"""The quality of a catalogue: completeness, contradictions, the run-at-most-once rate."""

from datetime import date
from decimal import Decimal

import pytest
from pydantic import ValidationError

from gateway.model import (
    ELEMENTS,
    RULES,
    ApplicantClass,
    Body,
    CaseType,
    Channel,
    Fee,
    MaterialForm,
    MaterialRequirement,
    Matter,
    Mode,
    TimeLimit,
    TimeUnit,
    completeness,
    inconsistencies,
    run_at_most_once,
)

WORK, CALENDAR, HOURS = TimeUnit


def matter(**changes: object) -> Matter:
    values: dict[str, object] = {
        "code": "000129001003",
        "destination": "990100",
        "name": "某事项",
        "mode": Mode.PROXY,
        "applicants": (ApplicantClass.NATURAL,),
        "valid_from": date(2026, 1, 1),
    }
    return Matter(**values | changes)


def broken(**changes: object) -> list[str]:
    return [each.rule for each in inconsistencies(matter(**changes))]


def test_what_is_not_published_is_missing_and_breaks_no_rule() -> None:
    """A bare matter has its name and code, lacks fourteen elements, and contradicts nothing."""
    bare = matter()
    assert len(ELEMENTS) == 16
    assert completeness(bare).filled == 2
    assert [element.key for element in completeness(bare).missing][:3] == ["body", "category", "basis"]
    assert inconsistencies(bare) == ()


@pytest.mark.parametrize("said", ["-", "——", "暂无", "待定", " N/A "])
def test_a_placeholder_publishes_nothing(said: str) -> None:
    """A column that must be filled is filled with anything; the count is not fooled."""
    assert completeness(matter(hotline=said)).filled == 2


def test_free_and_no_materials_are_said_not_missing() -> None:
    """Free of charge, and no material at all, are published facts."""
    assert completeness(matter(fee=Fee(charged=False), no_materials=True)).filled == 4


def limit(value: int, unit: TimeUnit = WORK) -> TimeLimit:
    return TimeLimit(value=value, unit=unit)


@pytest.mark.parametrize(
    ("promised", "statutory", "over"),
    [
        (limit(5), limit(20), False),
        (limit(20), limit(20), False),
        (limit(21), limit(20), True),
        (limit(21), limit(20, CALENDAR), True),
        (limit(20), limit(20, CALENDAR), False),
        (limit(30, CALENDAR), limit(20), False),
        (limit(49, HOURS), limit(2, CALENDAR), True),
        (limit(3, CALENDAR), limit(48, HOURS), True),
        (limit(2), limit(48, HOURS), False),
    ],
)
def test_a_promise_longer_than_the_law_is_told_when_it_surely_is(promised: TimeLimit, statutory: TimeLimit, over: bool) -> None:
    """Same units compare; across units only what no calendar could mend is blamed."""
    assert (broken(promised_limit=promised, statutory_limit=statutory) == ["limit.promise-over-statutory"]) is over


@pytest.mark.parametrize(
    ("changes", "rules"),
    [
        ({"promised_limit": limit(0), "case_type": CaseType.INSTANT}, []),
        ({"promised_limit": limit(0), "case_type": CaseType.PROMISED}, ["limit.instant-type"]),
        ({"promised_limit": limit(1), "case_type": CaseType.INSTANT}, ["limit.promised-type"]),
        ({"onsite_trips": 1}, ["onsite.reason"]),
        ({"onsite_trips": 1, "onsite_reason": "核验原件"}, []),
        ({"onsite_trips": 0}, ["onsite.zero-needs-channel"]),
        ({"onsite_trips": 0, "channels": (Channel.WINDOW,)}, ["onsite.zero-needs-channel"]),
        ({"onsite_trips": 0, "channels": (Channel.COURIER,)}, []),
        ({"onsite_trips": 0, "mode": Mode.FULL_ONLINE}, []),
        ({"onsite_trips": 1, "onsite_reason": "领证", "mode": Mode.FULL_ONLINE}, ["onsite.full-online"]),
        ({"fee": Fee(charged=True)}, ["fee.standard"]),
        (
            {"mode": Mode.FULL_ONLINE, "materials": (MaterialRequirement(code="a", name="甲", form=MaterialForm.PAPER),)},
            ["material.paper-online"],
        ),
        ({"implementing_code": "11990101000000019X3000129001003", "body": Body(name="局", credit_code="11990101000000019X")}, []),
        ({"implementing_code": "11990101000000019X3000129001004"}, ["code.implementing"]),
        ({"implementing_code": "12345"}, []),
    ],
)
def test_each_rule_names_what_contradicts_what(changes: dict[str, object], rules: list[str]) -> None:
    """The rules by which guides are supervised, each with a case on either side of it."""
    assert broken(**changes) == rules
    assert set(rules) <= RULES.keys()


def test_the_rate_of_run_at_most_once_is_of_all_items() -> None:
    """2,467 of 2,498 is 98.76 %, half up; one that does not say counts among all; of none there is no rate."""
    once, twice, silent = matter(onsite_trips=1), matter(onsite_trips=2), matter()
    rate = run_at_most_once([once] * 2_467 + [twice] * 30 + [silent])
    assert (rate.items, rate.at_most_once, rate.unknown, rate.percent) == (2_498, 2_467, 1, Decimal("98.76"))
    assert run_at_most_once([matter(onsite_trips=0)] * 1 + [twice] * 1_599).percent == Decimal("0.06")
    assert run_at_most_once([]).percent is None


@pytest.mark.parametrize(
    "changes",
    [
        {"valid_to": date(2025, 12, 31)},
        {"no_materials": True, "materials": (MaterialRequirement(code="a", name="甲"),)},
        {"name": "控制\x07符"},
        {"name": " "},
        {"basis": "a\x00b"},
        {"body": {"name": "局", "credit_code": "119901010000000017"}},
    ],
)
def test_a_matter_that_cannot_be_is_refused(changes: dict[str, object]) -> None:
    """Reversed validity, materials that are and are not, control characters, a blank name, a credit code that fails its check."""
    with pytest.raises(ValidationError):
        matter(**changes)
