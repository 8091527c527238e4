"""Date patterns: the forms partners write, both ways, in China's time."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.mapping import EvaluationError
from gateway.mapping.dates import formatter, reader

MOMENT = datetime(2026, 11, 20, 16, 5, 9, 7_000, tzinfo=UTC)  # 00:05:09 of the next day in China


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("yyyyMMddHHmmss", "20261121000509"),
        ("yyyy-MM-dd HH:mm:ss", "2026-11-21 00:05:09"),
        ("yyyy/MM/dd", "2026/11/21"),
        ("yyyyMMdd'T'HHmmss", "20261121T000509"),
        ("yyyy'年'MM'月'dd'日'", "2026年11月21日"),
        ("yyyy-MM-dd'T'HH:mm:ss.SSSXXX", "2026-11-21T00:05:09.007+08:00"),
        ("dd'{0}'yyyyMM", "21{0}202611"),
        ("yyyyMMdd''HH", "20261121'00"),
        ("iso", "2026-11-21T00:05:09.007+08:00"),
        ("rfc-1123", "Fri, 20 Nov 2026 16:05:09 GMT"),
        ("yyyyMMddHH:mm:ss", "2026112100:05:09"),
        ("yyyy年MM月dd日", "2026年11月21日"),
        ("epoch-seconds", "1795190709"),
        ("epoch-milliseconds", "1795190709007"),
    ],
)
def test_a_moment_is_written_in_chinas_time(pattern: str, text: str) -> None:
    """Each pattern of the language writes its form, with the day of China."""
    assert formatter(pattern)(MOMENT) == text


@pytest.mark.parametrize(
    ("pattern", "text", "moment"),
    [
        ("yyyyMMddHHmmss", "20261121000509", datetime(2026, 11, 20, 16, 5, 9, tzinfo=UTC)),
        ("yyyy-MM-dd", "2026-11-21", datetime(2026, 11, 20, 16, 0, tzinfo=UTC)),
        ("yyyy-MM-dd'T'HH:mm:ssXXX", "2026-11-21T00:05:09Z", datetime(2026, 11, 21, 0, 5, 9, tzinfo=UTC)),
        ("yyyy-MM-dd'T'HH:mm:ssXXX", "2026-11-21T00:05:09-05:30", datetime(2026, 11, 21, 5, 35, 9, tzinfo=UTC)),
        ("iso", "2026-11-21T00:05:09.007+08:00", MOMENT),
        ("iso", "2026-11-21T00:05:09", datetime(2026, 11, 20, 16, 5, 9, tzinfo=UTC)),
        ("iso", "2026-11-20T16:05:09.007Z", MOMENT),
        ("rfc-1123", "Fri, 20 Nov 2026 16:05:09 GMT", datetime(2026, 11, 20, 16, 5, 9, tzinfo=UTC)),
        ("yyyyMMdd'T'HHmmss", "20261121T000509", datetime(2026, 11, 20, 16, 5, 9, tzinfo=UTC)),
        ("yyyyMMddHH:mm:ss", "2026112100:05:09", datetime(2026, 11, 20, 16, 5, 9, tzinfo=UTC)),
        ("iso", "2026-11-21T00:05:09.0071234", datetime(2026, 11, 20, 16, 5, 9, 7_123, tzinfo=UTC)),
        ("epoch-seconds", "1795190709", datetime(2026, 11, 20, 16, 5, 9, tzinfo=UTC)),
        ("epoch-milliseconds", "1795190709007", MOMENT),
    ],
)
def test_a_text_is_read_as_chinas_time_unless_it_says_otherwise(pattern: str, text: str, moment: datetime) -> None:
    """A stated offset counts; without one the text is China's time; the moment comes out in UTC."""
    read = reader(pattern)(text)
    assert (read, read.tzinfo) == (moment, UTC)


@pytest.mark.parametrize("pattern", ["", "YYYY-MM-dd", "yyyy-MM-dd hh:mm", "EEE", "yyyyMMdd'T", "ISO"])
def test_a_pattern_outside_the_language_is_refused(pattern: str) -> None:
    """Letters that mean something else in Java, or nothing, are not passed over."""
    with pytest.raises(ValueError):
        formatter(pattern)


@pytest.mark.parametrize("pattern", ["HHmmss", "yyyyMM", "yyyyMMddyyyy"])
def test_a_moment_needs_its_day_once(pattern: str) -> None:
    """A pattern without year, month and day, or with one of them twice, reads no moment."""
    with pytest.raises(ValueError):
        reader(pattern)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("yyyyMMdd", "20261301"),
        ("yyyyMMdd", "2026112"),
        ("yyyyMMdd", "二〇二六1121"),
        ("yyyyMMddHH", "2026112125"),
        ("yyyy-MM-dd'T'HH:mmXXX", "2026-11-21T00:05+99:00"),
        ("yyyyMMdd", "00000101"),
        ("iso", "2026-W47"),
        ("iso", "0001-01-01T00:00:00"),
        ("rfc-1123", "Thu, 20 Nov 2026 16:05:09 GMT"),
        ("rfc-1123", "Tue, 31 Nov 2026 16:05:09 GMT"),
        ("rfc-1123", "Sat, 21 Nov 2026 00:05:09 GMT+8"),
        ("epoch-seconds", "-1"),
        ("epoch-seconds", "999999999999999"),
        ("epoch-seconds", "1.5"),
    ],
)
def test_a_text_of_another_form_is_an_error(pattern: str, text: str) -> None:
    """Days that do not exist, other digits, other lengths and moments out of range are refused, never bent."""
    with pytest.raises(EvaluationError):
        reader(pattern)(text)


@given(
    st.datetimes(datetime(1970, 1, 2), datetime(9000, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - the strategy adds the zone
    st.sampled_from(["yyyyMMddHHmmssSSS", "yyyy-MM-dd'T'HH:mm:ss.SSSXXX", "iso", "epoch-milliseconds"]),
)
def test_what_is_written_is_read_back(moment: datetime, pattern: str) -> None:
    """Writing and reading by one pattern gives the moment again, to the millisecond."""
    cut = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    assert reader(pattern)(formatter(pattern)(moment)) == cut
