"""Tables that people make: what is read, and how each fault is told."""

from datetime import date

import pytest

from gateway.cli import sheet
from gateway.cli.sheet import Field, UnfitError, read_sheet
from gateway.cli.trouble import InputError

FIELDS = (Field("place", sheet.region), Field("day", sheet.day), Field("note", sheet.text, may_be_empty=True, empty="—"))
SOUND = "place,day,note\n2201,2026-01-31,长春\n"


@pytest.mark.parametrize(
    "raw", [SOUND.encode(), b"\xef\xbb\xbf" + SOUND.encode(), SOUND.encode("gb18030"), SOUND.replace("\n", "\r\n").encode()]
)
def test_utf8_with_or_without_mark_and_gb18030_read_alike(raw: bytes) -> None:
    """A table reads the same from UTF-8, UTF-8 with a mark, GB18030, and with either line end."""
    read = read_sheet("t.csv", raw, FIELDS)
    read.settle()
    assert [row.values for row in read.rows] == [{"place": "220100", "day": date(2026, 1, 31), "note": "长春"}]


def test_every_bad_cell_is_told_with_its_line_and_column() -> None:
    """All faults of all rows come at once, each with line, column and what to do; good rows do not hide them."""
    raw = b"place,day,note\n22x,31.1.2026,a\n2201,2026-01-31,b\n,2026-02-30,c\n2201,2026-01-01\n"
    with pytest.raises(InputError) as refused:
        read_sheet("t.csv", raw, FIELDS).settle()
    assert [place.where for place in refused.value.places] == ["2:1(place)", "2:2(day)", "4:1(place)", "4:2(day)", "5"]
    assert str(refused.value.places[0]).startswith("t.csv:2:1(place): 不是地区代码")


def test_a_quoted_line_break_does_not_shift_the_lines_that_are_told() -> None:
    """The line that is told is the file's own, also after a cell that spans two."""
    raw = b'place,day,note\n2201,2026-01-31,"two\nlines"\nbad,2026-01-31,x\n'
    with pytest.raises(InputError) as refused:
        read_sheet("t.csv", raw, FIELDS).settle()
    assert [place.where for place in refused.value.places] == ["3:3(note)", "4:1(place)"]


@pytest.mark.parametrize(
    ("raw", "where"),
    [
        (b"", "1"),
        (b"day,place,note\n2026-01-31,2201,x\n", "1"),
        (b"place,day,note\n", "1"),
        (b'place,day,note\n"2201,2026-01-31,x\n', "2"),
        (b"\xff\xfe\x00", "1"),
        (b"place,day,note\n\xff\xff\xff", "1"),
    ],
)
def test_what_is_no_such_table_is_refused_whole(raw: bytes, where: str) -> None:
    """An empty file, another header, no rows, broken quotes, another character set: refused, with the place."""
    with pytest.raises(InputError) as refused:
        read_sheet("t.csv", raw, FIELDS).settle()
    assert refused.value.places[0].where == where


def test_blank_lines_and_surrounding_spaces_do_not_matter() -> None:
    """What a spreadsheet leaves around the cells is not content; an empty cell that may be empty gets its value."""
    read = read_sheet("t.csv", b"place, day ,note\n\n 2201 ,2026-01-31, \n,,\n", FIELDS)
    read.settle()
    assert [row.values["note"] for row in read.rows] == ["—"]


@pytest.mark.parametrize("cell", ["1e3", "-1", "100", "１", "9" * 40, "1.0"])
def test_a_count_is_a_small_whole_number(cell: str) -> None:
    """Signs, fractions, exponents, other digits and large numbers are refused."""
    with pytest.raises(UnfitError):
        sheet.count(cell)


def test_a_matter_code_that_lost_its_zeros_is_refused_with_the_reason() -> None:
    """Spreadsheets drop leading zeros; the fault says so, and nothing is padded by guess."""
    with pytest.raises(UnfitError, match="leading zeros"):
        sheet.matter("109003000")


@pytest.mark.parametrize(("cell", "value"), [("true", True), ("是", True), ("1", True), ("No", False), ("否", False)])
def test_flags_are_read_in_both_languages(cell: str, value: bool) -> None:
    """Yes and no in Chinese, English and digits."""
    assert sheet.flag(cell) is value


def test_a_flag_is_not_guessed() -> None:
    """Anything but a yes or a no is a fault."""
    with pytest.raises(UnfitError):
        sheet.flag("maybe")
