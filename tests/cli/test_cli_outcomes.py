"""The outcome table: sums of the ledger, ratio of sums, coverage."""

from gateway.cli.outcomes import add_up
from gateway.store import OutcomeRow


def row(destination: str, result: str, cases: int, with_baseline: int, baseline: int, actual: int) -> OutcomeRow:
    """A row of the ledger's totals."""
    return OutcomeRow(
        "220100",
        destination,
        "000109003000",
        "joint",
        result,
        cases,
        with_baseline,
        with_baseline,
        baseline,
        actual,
        baseline - actual,
        0,
        0,
    )


def test_reduction_is_a_ratio_of_sums_and_not_a_mean_of_rates() -> None:
    """Domain page §5.4 no. 8: (3,1),(3,1),(2,1),(1,1),(3,3) give 41.7 per cent."""
    lines, total = add_up([row("230100", "approved", 2, 2, 6, 2), row("520200", "approved", 3, 3, 6, 5)])
    assert (total.baseline, total.actual, total.saved, total.reduction) == (12, 7, 5, 41.7)
    assert [figures.reduction for figures in lines.values()] == [66.7, 16.7]


def test_three_visits_made_one_are_two_thirds_saved() -> None:
    """A matter of three visits handled in one shows 66.7 per cent."""
    _, total = add_up([row("230100", "approved", 40, 40, 120, 40)])
    assert total.reduction == 66.7


def test_results_of_one_route_stand_in_one_line() -> None:
    """Approved, denied and not accepted cases are all processed; trips come from what the ledger made eligible."""
    lines, total = add_up(
        [row("230100", "approved", 3, 3, 9, 3), row("230100", "denied", 1, 1, 0, 0), row("230100", "not-accepted", 1, 0, 0, 0)]
    )
    (figures,) = lines.values()
    assert (figures.processed, figures.saved) == (5, 6)
    assert total.processed == 5


def test_coverage_is_of_approved_cases() -> None:
    """Approved cases with a baseline among the approved; others are no part of it, and without any there is no figure."""
    _, total = add_up([row("230100", "approved", 4, 3, 9, 3), row("230100", "denied", 5, 0, 0, 0)])
    assert total.coverage == 75.0
    assert add_up([])[1].coverage is None


def test_without_a_baseline_nothing_is_computed() -> None:
    """No baseline: processed counts, and the reduction is absent instead of zero."""
    _, total = add_up([row("230100", "approved", 4, 0, 0, 0)])
    assert (total.processed, total.reduction) == (4, None)
