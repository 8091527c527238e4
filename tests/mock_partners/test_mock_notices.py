"""What is asked for is drawn from seed and number alone, in the shares that were asked for, and never the same twice."""

from datetime import datetime, timedelta

from mock_partners.cases import BEIJING
from mock_partners.life import Life, Stage
from mock_partners.notices import notice_of, supplement_digest

WRITTEN = datetime(2026, 11, 20, 9, 30, tzinfo=BEIJING)
RECEIVED, ASKED, ANSWERED = Stage.RECEIVED, Stage.SUPPLEMENT, Stage.RESUBMITTED


def test_shares_of_supplements_and_second_notices_are_as_asked() -> None:
    """Of 2,000 cases about a quarter is asked, and about half of those twice; with a share of 0 none, with 1 all."""
    life = Life(seed=1, pace=1.0, refuse=0.1, supplement=0.25, second_notice=0.5)
    counts = [life.notices(f"KS{index}") for index in range(2000)]
    assert 420 < sum(count > 0 for count in counts) < 580
    assert 190 < sum(count == 2 for count in counts) < 310
    for share, found in ((0.0, {0}), (1.0, {2})):
        life = Life(seed=1, pace=1.0, refuse=0.0, supplement=share, second_notice=1.0)
        assert {life.notices(f"KS{index}") for index in range(50)} == found


def test_asking_changes_nothing_else_in_a_life() -> None:
    """A case that is asked goes, once it has answered, the very way it would have gone, and waits until then."""
    plain = Life(seed=4, pace=1.0, refuse=0.5)
    asking = Life(seed=4, pace=1.0, refuse=0.5, supplement=1.0, second_notice=1.0)
    for index in range(50):
        outer = f"KS{index}"
        first, second = (asking.after(outer, passed) for passed in ([RECEIVED], [RECEIVED, ASKED, ANSWERED]))
        assert first is not None
        assert second is not None
        assert first.stage is second.stage is ASKED
        assert first.seconds != second.seconds
        assert asking.after(outer, [RECEIVED, ASKED]) is None
        passed = [RECEIVED, ASKED, ANSWERED, ASKED, ANSWERED]
        while step := asking.after(outer, passed):
            passed.append(step.stage)
        assert passed[5:] == [step.stage for step in plain.plan(outer)]


def test_a_case_past_acceptance_is_not_asked() -> None:
    """Who was moved on by hand before the notice is left alone; who was asked in review by hand goes on from review."""
    life = Life(seed=4, pace=1.0, refuse=0.0, supplement=1.0)
    accepted = life.after("KS1", [RECEIVED, Stage.ACCEPTED])
    reviewed = life.after("KS1", [RECEIVED, Stage.IN_REVIEW, ASKED, ANSWERED])
    assert accepted is not None
    assert reviewed is not None
    assert (accepted.stage, reviewed.stage) == (Stage.IN_REVIEW, Stage.APPROVED)


def test_a_notice_asks_for_one_to_three_things_and_opens_with_a_file() -> None:
    """Over 400 notices all lengths occur, one item in four wants words, and file codes are of what was submitted."""
    notices = [notice_of(1, f"KS{index}", "HC20261120000001", ("M1", "M2"), 1, WRITTEN) for index in range(400)]
    assert {len(notice.items) for notice in notices} == {1, 2, 3}
    assert all(notice.items[0].file and notice.items[0].code for notice in notices)
    items = [item for notice in notices for item in notice.items]
    assert 0.19 < sum(not item.file for item in items) / len(items) < 0.31
    assert {item.code for item in items if item.file} == {"M1", "M2", None}
    assert all(item.code is None for item in items if not item.file)
    assert all(item.code in item.text for item in items if item.code)
    assert notices[7] == notice_of(1, "KS7", "HC20261120000001", ("M1", "M2"), 1, WRITTEN)


def test_without_files_in_the_submission_a_new_file_is_asked_for() -> None:
    """Nothing that was never handed in is asked for again."""
    for index in range(50):
        notice = notice_of(1, f"KS{index}", "HC20261120000001", (), 1, WRITTEN)
        assert notice.items[0].file
        assert {item.code for item in notice.items} == {None}


def test_a_later_notice_asks_for_one_new_file() -> None:
    """The second and third notice each have one item, with a number and words that no earlier one had, and a number of their own."""
    for index in range(100):
        notices = [notice_of(1, f"KS{index}", "HC20261120000001", ("M1",), turn, WRITTEN) for turn in (1, 2, 3)]
        assert [len(notice.items) for notice in notices[1:]] == [1, 1]
        assert notices[1].items[0].file
        items = [item for notice in notices for item in notice.items]
        assert len({item.number for item in items}) == len(items)
        if len(items) <= 4:  # there are four texts of a kind
            assert len({item.text for item in items}) == len(items)
        assert len({notice.number for notice in notices}) == 3


def test_a_notice_is_due_at_the_end_of_a_day() -> None:
    """Five, ten or fifteen days are given, until the office closes."""
    dues = {notice_of(1, f"KS{index}", "HC20261120000001", (), 1, WRITTEN).due for index in range(100)}
    close = WRITTEN.replace(hour=17, minute=30)
    assert dues == {close + timedelta(days=days) for days in (5, 10, 15)}


def test_the_figure_of_a_supplement_depends_on_what_came_to_which_item() -> None:
    """Order does not matter; content and item do."""
    parts = [("BZ01", b"a"), ("BZ02", b"b"), ("BZ01", "复".encode())]
    assert supplement_digest(parts) == supplement_digest(parts[::-1])
    others = [parts[:2], [("BZ02", b"a"), ("BZ01", b"b"), parts[2]], [*parts[:2], ("BZ01", "覆".encode())], []]
    assert len({supplement_digest(other) for other in (parts, *others)}) == 5
