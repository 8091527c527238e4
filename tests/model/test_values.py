"""Regions, agreements, schedules, days, faults."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from gateway.model import (
    CHINA,
    FAULTS,
    Agreement,
    Schedule,
    add_working_days,
    choose,
    covers,
    duration,
    fault,
    is_published,
    is_working_day,
    normalize_region,
    pointer,
    significant,
    working_days,
)

DAY = date(2026, 11, 20)


@pytest.mark.parametrize("code", ["22", "2200", "220000", "220000000", "220000000000"])
def test_every_width_of_a_region_code_means_the_same_place(code: str) -> None:
    """T9: 2, 4, 6, 9 and 12 digits."""
    assert normalize_region(code) == "220000"


@pytest.mark.parametrize("code", ["", "p34", "133", "２２０１００", "000000", "22010", "2201001"])
def test_what_is_no_region_code_is_refused(code: str) -> None:
    """Province tags and odd widths are never guessed at."""
    with pytest.raises(ValueError, match="region code"):
        normalize_region(code)


def test_a_prefix_covers_what_lies_in_it() -> None:
    """A province covers its cities and their zones; a city not its neighbour."""
    assert [significant(code) for code in ("220000", "220100", "220102")] == ["22", "2201", "220102"]
    assert covers("220000", "220102")
    assert not covers("220100", "220200")


def agreement(destination: str, number: str = "A", **about: date | None) -> Agreement:
    """One line from Harbin's region to a destination."""
    return Agreement(number, "230100", destination, "000109003000", about.get("start") or date(2026, 1, 1), about.get("end"))


def test_the_longest_prefix_in_force_wins() -> None:
    """A city's own agreement beats its province's; one that has run out does not count."""
    found = choose([agreement("220000", "P"), agreement("220100", "C")], "230100", "220100", "000109003000", DAY)
    assert found is not None
    assert found.document_number == "C"
    expired = agreement("220100", "C", end=date(2026, 11, 19))
    found = choose([agreement("220000", "P"), expired], "230100", "220100", "000109003000", DAY)
    assert found is not None
    assert found.document_number == "P"
    assert choose([agreement("220000")], "370171", "220100", "000109003000", DAY) is None


SCHEDULE = Schedule(tuple(duration(t) for t in ("10s", "1m", "5m")), jitter=0.2, give_up_working_days=3)


@pytest.mark.parametrize(("tries", "seconds"), [(1, 10), (2, 60), (3, 300), (50, 300)])
def test_the_schedule_repeats_its_last_interval_within_the_jitter(tries: int, seconds: int) -> None:
    """±20 %, as the partner's folder says."""
    assert SCHEDULE.delay(tries, 0.5) == timedelta(seconds=seconds)
    assert SCHEDULE.delay(tries, 0.0) == timedelta(seconds=seconds * 0.8)


def test_retry_after_is_obeyed_up_to_a_cap() -> None:
    """A partner that asks for a year gets six hours; one that asks for less than the schedule gets the schedule."""
    assert SCHEDULE.delay(1, 0.5, timedelta(minutes=2)) == timedelta(minutes=2)
    assert SCHEDULE.delay(1, 0.5, timedelta(days=365)) == timedelta(hours=6)
    assert SCHEDULE.delay(3, 0.5, timedelta(seconds=1)) == timedelta(minutes=5)


def test_giving_up_waits_for_working_days_and_never_less_than_72_hours() -> None:
    """From a Friday, three working days end on Wednesday; from a Monday 72 hours are the longer."""
    friday = datetime(2026, 11, 20, 9, tzinfo=CHINA)
    assert SCHEDULE.gives_up_at(friday) == datetime(2026, 11, 25, 9, tzinfo=CHINA)
    monday = datetime(2026, 11, 16, 9, tzinfo=CHINA)
    assert SCHEDULE.gives_up_at(monday) == monday + timedelta(hours=72)


def test_a_make_up_saturday_is_a_working_day_and_a_holiday_is_not() -> None:
    """T20, by the State Council's notice for 2025: 26 January works, 1 October does not."""
    assert is_working_day(date(2025, 1, 26))
    assert not is_working_day(date(2025, 10, 1))


def test_a_year_not_yet_published_counts_weekends_and_does_not_crash() -> None:
    """The holidays of 2099 are unknown."""
    assert not is_published(2099)
    assert add_working_days(datetime(2099, 1, 1, tzinfo=UTC), 7).astimezone(CHINA).date() == date(2099, 1, 12)


@pytest.mark.parametrize("text", ["10", "s", "10 parsecs", "-1s", ""])
def test_a_duration_needs_its_unit(text: str) -> None:
    """No bare number."""
    with pytest.raises(ValueError, match="unit"):
        duration(text)


def test_working_days_are_written_out() -> None:
    """'3 working days', nothing else."""
    assert working_days("3 working days") == 3
    with pytest.raises(ValueError, match="working days"):
        working_days("3d")


def test_a_pointer_escapes_what_rfc_6901_escapes() -> None:
    """~ and / in names."""
    assert pointer(("form", "a/b~c", 0)) == "/form/a~1b~0c/0"


def test_every_fault_has_both_languages_with_the_same_slots_and_a_line_in_the_docs() -> None:
    """A text that fills one language only would show braces to a clerk."""
    page = (Path(__file__).parents[2] / "docs" / "errors.md").read_text(encoding="utf-8")
    for code, (zh, en) in FAULTS.items():
        slots = set(re.findall(r"{(\w+)}", zh + en))
        zh_only, en_only = ({s for s in slots if s.endswith("_zh")}, {s for s in slots if s.endswith("_en")})
        assert set(re.findall(r"{(\w+)}", zh)) - zh_only == set(re.findall(r"{(\w+)}", en)) - en_only, code
        assert re.search(r"[\u4e00-\u9fff]", zh), code
        assert f"`{code}`" in page, f"{code} is missing in docs/errors.md"
        assert fault(code, "/x", **dict.fromkeys(slots, "…")).pointer == "/x"
