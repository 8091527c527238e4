"""The trips-saved model: domain page §5."""

from datetime import UTC, datetime

import pytest

from gateway.model import (
    Baseline,
    CaseResult,
    Decision,
    Evidence,
    Purpose,
    Status,
    Visit,
    case_result,
    count_trips,
    reduction_percent,
    settle,
)

AT = datetime(2026, 11, 20, 2, tzinfo=UTC)


def visit(place: str = "230100", purpose: Purpose = Purpose.APPLY, day: int = 20) -> Visit:
    """One attendance."""
    return Visit(place, AT.replace(day=day), purpose, Evidence.QUEUE_TICKET)


def settled(trips: int | None, visits: list[Visit], result: CaseResult = CaseResult.APPROVED, **about: object) -> object:
    """A settlement between two provinces."""
    baseline = None if trips is None else Baseline(1, 1, trips, trips)
    given = {"origin": "230100", "destination": "220100", "query": False, "test": False} | about
    return settle(result, visits, baseline, **given)  # type: ignore[arg-type]


def test_three_visits_become_one_local_one() -> None:
    """§5.3, first row: S = 2, and all three long trips are saved."""
    line = settled(3, [visit()])
    assert (line.actual, line.saved, line.saved_long, line.eligible) == (1, 2, 3, True)


def test_savings_are_signed_and_never_clamped() -> None:
    """§5.4 example 4: three supplements at the window make four trips of three."""
    visits = [visit(), *(visit(purpose=Purpose.SUPPLEMENT, day=day) for day in (21, 22, 23))]
    assert settled(3, visits).saved == -1


def test_one_attendance_on_one_day_at_one_place_is_one_trip() -> None:
    """Applying and paying at the same hall on the same day, in China's days."""
    assert count_trips([visit(), visit(purpose=Purpose.PAY)], "230100") == (1, 0)


def test_a_consultation_is_no_trip() -> None:
    """Recorded, not counted."""
    assert count_trips([visit(purpose=Purpose.CONSULT)], "230100") == (0, 0)


def test_a_visit_to_another_province_is_long() -> None:
    """Long is measured from the hall where the case was taken in."""
    assert count_trips([visit("220100"), visit("231000", day=21)], "230100") == (2, 1)


@pytest.mark.parametrize(
    ("why", "about"),
    [
        ("test", {"test": True}),
        ("query", {"query": True}),
        ("same-region", {"destination": "230100"}),
        ("result", {"result": CaseResult.DENIED}),
        ("no-baseline", {"trips": None}),
        ("no-trip-needed", {"trips": 0}),
    ],
)
def test_what_stays_out_of_the_headline_says_why(why: str, about: dict[str, object]) -> None:
    """§5.5; a case without a baseline is not computed, never guessed."""
    line = settled(about.pop("trips", 3), [visit()], **about)  # type: ignore[arg-type]
    assert (line.eligible, line.why_not) == (False, why)
    assert why != "no-baseline" or line.saved is None


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
