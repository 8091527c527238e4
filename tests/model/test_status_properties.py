"""Properties of the status machine: whatever partners say, however often and in whatever order."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

from hypothesis import assume, given
from hypothesis import strategies as st

from gateway.model import TRANSITIONS, Effect, Owner, Status, Transition, fold, may_cause

START = datetime(2026, 11, 20, tzinfo=UTC)
Said = tuple[Status, datetime]
STATUSES = st.sampled_from(list(Status))
MOMENTS = st.integers(-1000, 5000).map(lambda minutes: START + timedelta(minutes=minutes))
REPORTS = st.lists(st.tuples(STATUSES, MOMENTS), max_size=15)
OPENINGS = st.sampled_from([Status.RECEIVED, Status.DISPATCHING, Status.DISPATCHED, Status.DISPATCH_FAILED])


class Case:
    """A case as the gateway keeps one: an event is told once by (status, time), and every step leaves a record."""

    def __init__(self, opening: Status = Status.DISPATCHING) -> None:
        self.status, self.since, self.opening = opening, START, opening
        self.steps: list[Transition] = []
        self.told: set[Said] = set()

    def hear(self, said: Said) -> Effect:
        """Fold one report."""
        if said in self.told:
            return Effect.DUPLICATE
        self.told.add(said)
        folding = fold(self.status, self.since, *said)
        for step in folding.transitions:
            self.steps.append(step)
            self.status, self.since = step.after, said[1]
        return folding.effect

    def hear_all(self, reports: list[Said]) -> "Case":
        """Fold them in this order."""
        for said in reports:
            self.hear(said)
        return self


def replayed(opening: Status, steps: list[Transition]) -> Status:
    """Where the stored steps lead, one after the other, without folding anything."""
    here = opening
    for step in steps:
        assert step.before is here
        here = step.after
    return here


@given(OPENINGS, REPORTS)
def test_any_sequence_ends_in_a_legal_status_by_legal_steps(opening: Status, reports: list[Said]) -> None:
    """Duplicated, late, out of order or senseless: every step is one of the published transitions, no stage is entered from nowhere."""
    case = Case(opening).hear_all(reports)
    assert all(step.after in TRANSITIONS[step.before] for step in case.steps)
    assert case.status is (case.steps[-1].after if case.steps else opening)


@given(OPENINGS, REPORTS)
def test_replaying_the_stored_events_gives_the_same_status(opening: Status, reports: list[Said]) -> None:
    """The events alone tell where the case stands."""
    case = Case(opening).hear_all(reports)
    assert replayed(opening, case.steps) is case.status


@given(REPORTS, st.data())
def test_no_duplicate_changes_anything_wherever_it_comes(reports: list[Said], data: st.DataObject) -> None:
    """Reports repeated at any later place leave the same steps, not only the same status."""
    noisy = list(reports)
    for said in data.draw(st.lists(st.sampled_from(reports), max_size=10)) if reports else []:
        noisy.insert(data.draw(st.integers(noisy.index(said) + 1, len(noisy))), said)
    assert Case().hear_all(noisy).steps == Case().hear_all(reports).steps


@given(st.lists(st.tuples(STATUSES, MOMENTS), max_size=4))
def test_no_order_of_duplicates_matters(reports: list[Said]) -> None:
    """Told once, then all of them again in every order: nothing moves."""
    case = Case().hear_all(reports)
    steps = list(case.steps)
    for order in permutations(reports):
        assert {case.hear(said) for said in order} <= {Effect.DUPLICATE}
    assert case.steps == steps


@given(st.permutations([Status.DISPATCHED, Status.PRECHECK, Status.ACCEPTED, Status.IN_REVIEW, Status.APPROVED, Status.COMPLETED]))
def test_a_plain_life_told_in_any_order_never_goes_back(order: list[Status]) -> None:
    """However shuffled, each step leads further, and the authority's decision is never lost once it was heard."""
    times = {status: START + timedelta(hours=int(status)) for status in order}
    case = Case().hear_all([(status, times[status]) for status in order])
    assert [int(step.after) for step in case.steps] == sorted(int(step.after) for step in case.steps)
    assert case.status in (Status.APPROVED, Status.COMPLETED)


@given(REPORTS, REPORTS)
def test_nothing_leaves_an_end_but_a_completed_case_that_is_revoked(before: list[Said], after: list[Said]) -> None:
    """90 → 95 only, whatever came before and comes after."""
    case = Case().hear_all(before)
    assume(case.status.terminal)
    ended, seen = case.status, len(case.steps)
    case.hear_all(after)
    assert case.steps[seen:] in ([], [Transition(Status.COMPLETED, Status.REVOKED)])
    assert case.status in ({ended, Status.REVOKED} if ended is Status.COMPLETED else {ended})


@given(OPENINGS, REPORTS)
def test_only_what_was_reported_or_passed_over_is_entered(opening: Status, reports: list[Said]) -> None:
    """Inferred are at most dispatch, a supplement handed in elsewhere, acceptance and review; a decision or an end stands only if said."""
    case = Case(opening).hear_all(reports)
    said = {status for status, _ in reports}
    assert {step.after for step in case.steps if not step.inferred} <= said
    inferred = {step.after for step in case.steps if step.inferred}
    assert inferred <= {Status.DISPATCHED, Status.SUPPLEMENT_SENT, Status.ACCEPTED, Status.IN_REVIEW}


@given(STATUSES, MOMENTS, STATUSES, MOMENTS)
def test_t18_of_a_reversal_pair_an_older_report_never_counts(here: Status, since: datetime, reported: Status, at: datetime) -> None:
    """A report that leads back counts only when it is not older than what it would undo."""
    folding = fold(here, since, reported, at)
    # One that we failed to dispatch has come no further than one we are dispatching: neither is a way back from the other.
    if folding.transitions and int(reported) < int(here) and here is not Status.DISPATCH_FAILED:
        assert at >= since


@given(st.sampled_from(list(Owner)), STATUSES, MOMENTS, STATUSES)
def test_t19_a_reception_place_never_brings_a_case_to_the_authoritys_stages(
    actor: Owner, here: Status, at: datetime, wanted: Status
) -> None:
    """Of everything from 30 on, the reception place causes at most 41, 80 and 90; asking for more is an error, not a step."""
    steps = fold(here, at, wanted, at).transitions
    refused = [step for step in steps if not may_cause(actor, step.after)]
    if actor is Owner.RECEPTION:
        caused = {step.after for step in steps if step not in refused and int(step.after) >= 30}
        assert caused <= {Status.SUPPLEMENT_SENT, Status.DELIVERING, Status.COMPLETED}
    if actor in (Owner.HANDLING, Owner.GATEWAY):
        assert refused == []
