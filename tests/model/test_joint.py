"""What the whole of a joint case is: never ahead of a part, ended exactly with the last, whoever moved first."""

import itertools
import random
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.model import TRANSITIONS, Decision, Standing, Status, advancement, steps_to, whole_of
from gateway.model.status import fold

S, APPROVED, DENIED = Status, Decision.APPROVED, Decision.DENIED
NOW = datetime(2026, 11, 20, tzinfo=UTC)
START = Standing(S.DISPATCHING)
_BROUGHT = {S.APPROVED: APPROVED, S.DENIED: DENIED}


def moved(part: Standing, reported: Status) -> Standing:
    """The part after a report, as the machine folds it."""
    decision = part.decision
    for step in fold(part.status, NOW, reported, NOW).transitions:
        part, decision = Standing(step.after, decision), _BROUGHT.get(step.after, decision)
        part = Standing(step.after, decision)
    return part


def reachable() -> list[Standing]:
    """Every standing that a part can come to."""
    found, waiting = {START}, [START]
    while waiting:
        here = waiting.pop()
        new = {moved(here, status) for status in Status} - found
        found |= new
        waiting += new
    return sorted(found, key=lambda one: (one.status, one.decision or ""))


PARTS = reachable()
parts_of_one = st.lists(st.sampled_from(PARTS), min_size=1, max_size=6)
reports = st.lists(st.tuples(st.integers(0, 2), st.sampled_from(list(Status))), max_size=60)


@given(parts_of_one)
def test_the_whole_is_never_ahead_of_a_part_and_ends_with_the_last(parts: list[Standing]) -> None:
    """Both ways: as long as a part is open the whole is, and no further than it; when none is, the whole has ended."""
    whole = whole_of(parts)
    assert all(advancement(whole.status) <= advancement(part.status) for part in parts)
    assert whole.status.terminal is all(part.status.terminal for part in parts)
    if not whole.status.terminal:
        assert whole.decision is None


@given(parts_of_one, st.randoms(use_true_random=False))
def test_the_whole_does_not_depend_on_the_order_of_its_parts(parts: list[Standing], chance: random.Random) -> None:
    """Nor on how often the same part is named."""
    shuffled = chance.sample(parts, len(parts))
    assert whole_of(shuffled) == whole_of(parts)
    assert whole_of([*parts, *shuffled]) == whole_of(parts)


@given(parts_of_one)
def test_the_whole_is_approved_only_if_every_part_is(parts: list[Standing]) -> None:
    """And denied if and only if one was; a whole without either decision has no result."""
    whole = whole_of(parts)
    if whole.status is S.COMPLETED and whole.decision is APPROVED:
        assert all((part.status, part.decision) == (S.COMPLETED, APPROVED) for part in parts)
    if whole.status.terminal:
        assert (whole.decision is DENIED) is any(part.decision is DENIED for part in parts)


@pytest.mark.parametrize("part", PARTS, ids=lambda part: f"{part.status}-{part.decision}")
def test_the_whole_of_one_part_is_that_part(part: Standing) -> None:
    """Nothing is added and nothing lost, but that the decision stands when it has ended."""
    assert whole_of([part]) == Standing(part.status, part.decision if part.status.terminal else None)


@given(reports)
def test_every_step_of_the_whole_is_published_or_one_direct_step_that_nothing_published_replaces(moves: list[tuple[int, Status]]) -> None:
    """Three parts under any reports: the whole's steps join up, overtake nobody, and leave an end only from 90 to 95."""
    parts, status = [START, START, START], S.DISPATCHING
    for index, reported in moves:
        parts[index] = moved(parts[index], reported)
        goal = whole_of(parts).status
        steps = steps_to(status, goal)
        walked = [status, *(step.after for step in steps)]
        assert [step.before for step in steps] == walked[:-1]
        assert walked[-1] is goal
        assert all(advancement(step.after) <= advancement(goal) for step in steps)
        assert len(steps) == 1 or all(step.after in TRANSITIONS[step.before] for step in steps)
        assert [step.inferred for step in steps] == [True] * (len(steps) - 1) + [False] * bool(steps)
        if status.terminal:
            assert goal is status or (status, goal) == (S.COMPLETED, S.REVOKED)
        status = goal


@pytest.mark.parametrize(
    ("parts", "whole"),
    [
        ([(S.COMPLETED, APPROVED), (S.COMPLETED, APPROVED)], (S.COMPLETED, APPROVED)),
        ([(S.COMPLETED, APPROVED), (S.COMPLETED, DENIED)], (S.COMPLETED, DENIED)),
        ([(S.COMPLETED, DENIED), (S.WITHDRAWN, None)], (S.COMPLETED, DENIED)),
        ([(S.COMPLETED, APPROVED), (S.NOT_ACCEPTED, None)], (S.NOT_ACCEPTED, None)),
        ([(S.COMPLETED, APPROVED), (S.TERMINATED, None)], (S.TERMINATED, None)),
        ([(S.COMPLETED, APPROVED), (S.RECEPTION_RETURNED, None)], (S.RECEPTION_RETURNED, None)),
        ([(S.COMPLETED, APPROVED), (S.WITHDRAWN, None)], (S.WITHDRAWN, None)),
        ([(S.COMPLETED, APPROVED), (S.VOIDED, None)], (S.VOIDED, None)),
        ([(S.WITHDRAWN, None), (S.NOT_ACCEPTED, None), (S.VOIDED, None)], (S.NOT_ACCEPTED, None)),
        ([(S.REVOKED, APPROVED), (S.COMPLETED, APPROVED)], (S.REVOKED, APPROVED)),
        ([(S.REVOKED, APPROVED), (S.WITHDRAWN, None)], (S.WITHDRAWN, None)),
        ([(S.REVOKED, DENIED), (S.WITHDRAWN, None)], (S.REVOKED, DENIED)),
        ([(S.REVOKED, DENIED), (S.COMPLETED, DENIED)], (S.COMPLETED, DENIED)),
        ([(S.FORWARDED, None), (S.APPROVED, APPROVED)], (S.FORWARDED, None)),
        ([(S.DISPATCH_FAILED, None), (S.DISPATCHING, None)], (S.DISPATCH_FAILED, None)),
        ([(S.DELIVERING, APPROVED), (S.DELIVERY_FAILED, APPROVED)], (S.DELIVERY_FAILED, None)),
        ([(S.COMPLETED, DENIED), (S.APPROVED, APPROVED)], (S.DENIED, None)),
        ([(S.NOT_ACCEPTED, None), (S.APPROVED, APPROVED)], (S.IN_REVIEW, None)),
        ([(S.NOT_ACCEPTED, None), (S.DISPATCHED, None)], (S.DISPATCHED, None)),
    ],
)
def test_what_the_whole_of_a_mixture_is(parts: list[tuple[Status, Decision | None]], whole: tuple[Status, Decision | None]) -> None:
    """The table of docs/joint.md, in every order."""
    for ordered in itertools.permutations(parts):
        assert whole_of([Standing(*part) for part in ordered]) == Standing(*whole)


def test_where_no_published_way_leads_the_whole_goes_directly() -> None:
    """50 → 40 overtakes nobody directly, where the published way through 60 would; 21 → 60 is published, with 50 between."""
    assert [(step.after, step.inferred) for step in steps_to(S.ACCEPTED, S.SUPPLEMENT_REQUIRED)] == [(S.SUPPLEMENT_REQUIRED, False)]
    assert [(step.after, step.inferred) for step in steps_to(S.DISPATCHED, S.IN_REVIEW)] == [(S.ACCEPTED, True), (S.IN_REVIEW, False)]
    assert steps_to(S.IN_REVIEW, S.IN_REVIEW) == ()
