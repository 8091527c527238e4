"""The trips-saved model: domain page §5."""

import random
from datetime import UTC, datetime

import pytest

from gateway.model import (
    Account,
    Baseline,
    CaseResult,
    Claim,
    Decision,
    Evidence,
    Purpose,
    Status,
    Trips,
    Visit,
    account_of,
    bundles,
    case_result,
    count_trips,
    reduction_percent,
)

AT = datetime(2026, 11, 20, 2, tzinfo=UTC)


def visit(place: str = "230100", purpose: Purpose = Purpose.APPLY, day: int = 20, mark: bytes | None = None) -> Visit:
    """One attendance."""
    return Visit(place, AT.replace(day=day), purpose, Evidence.QUEUE_TICKET, mark)


def claim(*visits: Visit, trips: int = 3, long_trips: int | None = None) -> Claim:
    """A case taken in at Harbin."""
    return Claim("230100", trips, trips if long_trips is None else long_trips, visits)


def account(trips: int | None = 3, result: CaseResult = CaseResult.APPROVED, **about: object) -> Account:
    """The account of a case between two provinces."""
    baseline = None if trips is None else Baseline(1, 1, trips, trips)
    given = {"origin": "230100", "destination": "220100", "query": False, "test": False} | about
    return account_of(result, baseline, **given)  # type: ignore[arg-type]


def test_three_visits_become_one_local_one() -> None:
    """§5.3, first row: S = 2, and all three long trips are saved."""
    assert count_trips([claim(visit())]) == Trips(3, 3, 1, 0)


def test_savings_are_signed_and_never_clamped() -> None:
    """§5.4 example 4: three supplements at the window make four trips of three."""
    visits = [visit(), *(visit(purpose=Purpose.SUPPLEMENT, day=day) for day in (21, 22, 23))]
    trips = count_trips([claim(*visits)])
    assert trips.baseline - trips.actual == -1


def test_one_attendance_on_one_day_at_one_place_is_one_trip() -> None:
    """Applying and paying at the same hall on the same day, in China's days."""
    assert count_trips([claim(visit(), visit(purpose=Purpose.PAY))]).actual == 1


def test_a_consultation_is_no_trip_and_shares_nothing() -> None:
    """Recorded, not counted; two cases are not bundled by it."""
    asked = visit(purpose=Purpose.CONSULT, mark=b"A1")
    assert count_trips([claim(asked)]).actual == 0
    assert len(bundles([(asked,), (asked,)])) == 2


def test_a_visit_to_another_province_is_long() -> None:
    """Long is measured from the hall where the case was taken in."""
    trips = count_trips([claim(visit("220100"), visit("231000", day=21))])
    assert (trips.actual, trips.actual_long) == (2, 1)


def test_one_visit_for_two_cases_counts_once_against_the_greatest_baseline() -> None:
    """§5.4 example 9: B 3 and 2 with one visit are B 3, A 1; another ticket of the same day is another thing."""
    shared = visit(mark=b"A1")
    assert count_trips([claim(shared), claim(shared, trips=2)]) == Trips(3, 3, 1, 0)
    assert count_trips([claim(shared), claim(visit(mark=b"A2"), trips=2)]) == Trips(5, 5, 2, 0)


def test_who_shares_with_two_groups_joins_them() -> None:
    """A–C and B–C share a visit each: one bundle, in every order of the three."""
    first, second = visit(mark=b"A1"), visit(mark=b"B1", day=21)
    cases = [claim(first), claim(second), claim(first, second)]
    for seed in range(6):
        random.Random(seed).shuffle(cases)
        assert count_trips(cases) == Trips(3, 3, 2, 0)


@pytest.mark.parametrize(
    ("where", "about"),
    [
        ("test", {"test": True, "query": True}),
        ("query", {"query": True, "result": CaseResult.WITHDRAWN}),
        ("same-region", {"destination": "230100"}),
        ("same-region", {"origin": "230102", "destination": "230100"}),
        ("without-result", {"result": CaseResult.WITHDRAWN}),
        ("without-result", {"result": CaseResult.REVOKED}),
        ("no-baseline", {"trips": None}),
        ("no-trip-needed", {"trips": 0}),
        ("denied", {"result": CaseResult.DENIED}),
        ("approved", {"destination": "231000"}),
    ],
)
def test_t23_t25_each_case_stands_in_one_account(where: str, about: dict[str, object]) -> None:
    """§5.4, §5.5: what stays out of the headline and why; a guide that says 0 gives no saving, a test none at all."""
    assert account(**about) == where  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("baseline", "saved", "percent"), [(120, 80, 66.7), (120, 84, 70.0), (12, 5, 41.7), (3, -1, -33.3), (0, 0, None), (2000, 1, 0.1)]
)
def test_the_reduction_is_a_ratio_of_sums_with_one_decimal_half_up(baseline: int, saved: int, percent: float | None) -> None:
    """§5.4 examples 1 and 8; 0.05 % rounds to 0.1 %."""
    assert reduction_percent(baseline, saved) == percent


def test_only_a_handled_case_has_a_result() -> None:
    """An open case is a programming error here, never a guess."""
    assert case_result(Status.COMPLETED, Decision.DENIED) is CaseResult.DENIED
    assert case_result(Status.NOT_ACCEPTED, None) is CaseResult.NOT_ACCEPTED
    with pytest.raises(ValueError, match="not a result"):
        case_result(Status.ACCEPTED, None)
