"""The status machine."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.model import RECEPTION_MAY, TRANSITIONS, Effect, Status, fold

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def path(start: Status, reported: Status, at: datetime | None = NOW) -> list[tuple[str, bool]]:
    """The transitions of a report as (status reached, inferred)."""
    return [(t.after.name, t.inferred) for t in fold(start, NOW, reported, at).transitions]


def test_skipped_stages_are_inserted_as_inferred() -> None:
    """A partner that sends 11 after 1 (T26) has accepted in between; the decision itself is never inferred."""
    assert path(Status.DISPATCHED, Status.APPROVED) == [("ACCEPTED", True), ("APPROVED", False)]


def test_a_push_that_overtakes_the_answer_to_our_submit_counts_as_received() -> None:
    """The case stands at DISPATCHING and the partner already reviews it."""
    assert path(Status.DISPATCHING, Status.IN_REVIEW) == [("DISPATCHED", True), ("ACCEPTED", True), ("IN_REVIEW", False)]


def test_a_case_given_up_by_us_and_found_at_the_partner_goes_on() -> None:
    """A late sign of life after DISPATCH_FAILED is believed."""
    assert path(Status.DISPATCH_FAILED, Status.ACCEPTED) == [("DISPATCHED", True), ("ACCEPTED", False)]


def test_t15_completion_is_never_reached_without_a_decision() -> None:
    """No chain of inferred stages passes through a decision."""
    assert fold(Status.IN_REVIEW, NOW, Status.COMPLETED, NOW).effect is Effect.LATE


def test_the_same_status_again_is_a_duplicate() -> None:
    """Push and poll both say it."""
    assert fold(Status.ACCEPTED, NOW, Status.ACCEPTED, NOW).effect is Effect.DUPLICATE


def test_a_late_report_changes_nothing() -> None:
    """ACCEPTED after IN_REVIEW is kept and ignored."""
    assert fold(Status.IN_REVIEW, NOW, Status.ACCEPTED, NOW).effect is Effect.LATE


def test_of_a_reversal_pair_only_the_newer_report_counts() -> None:
    """T18: 9 and 10 out of order: the end of a suspension that is older than the suspension does not lift it."""
    assert fold(Status.SUSPENDED, NOW, Status.IN_REVIEW, NOW - timedelta(hours=1)).effect is Effect.LATE
    assert fold(Status.SUSPENDED, NOW, Status.IN_REVIEW, NOW + timedelta(hours=1)).effect is Effect.ADVANCE


@given(st.sampled_from([s for s in Status if s.terminal]), st.sampled_from(list(Status)))
def test_nothing_leaves_a_terminal_status_but_revocation(terminal: Status, reported: Status) -> None:
    """Only 90 → 95."""
    effect = fold(terminal, NOW, reported, NOW + timedelta(days=1)).effect
    assert (effect is Effect.ADVANCE) is (terminal is Status.COMPLETED and reported is Status.REVOKED)


@given(st.lists(st.sampled_from(list(Status)), max_size=12))
def test_any_sequence_of_reports_walks_only_along_the_published_transitions(reports: list[Status]) -> None:
    """Every step a report causes is one of the table's, inferred or not."""
    here = Status.DISPATCHING
    for reported in reports:
        for step in fold(here, NOW, reported, NOW).transitions:
            assert step.before is here
            assert step.after in TRANSITIONS[here]
            here = step.after


@pytest.mark.parametrize("status", [Status.ACCEPTED, Status.NOT_ACCEPTED, Status.APPROVED, Status.DENIED, Status.COMPLETED])
def test_a_reception_place_can_never_accept_refuse_or_decide(status: Status) -> None:
    """T19, 收受分离."""
    assert status not in RECEPTION_MAY


def test_every_status_has_its_transitions_and_a_chinese_name() -> None:
    """A new status cannot be forgotten in either table."""
    assert set(TRANSITIONS) == set(Status)
    assert all(status.zh for status in Status)
