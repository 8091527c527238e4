"""How cells are read: closed, documented, and never repaired by guess."""

from datetime import date, datetime

import pytest

from gateway.sheets import UnfitError, fields


@pytest.mark.parametrize("cell", ["1e3", "-1", "100", "１", "9" * 40, "1.0", 1.5, True])
def test_a_count_is_a_small_whole_number(cell: fields.Cell) -> None:
    """Signs, fractions, exponents, other digits, large numbers and truth values are refused."""
    with pytest.raises(UnfitError):
        fields.count(cell)


def test_a_count_may_be_a_workbooks_number() -> None:
    """What a spreadsheet rightly holds as a number is read as one."""
    assert (fields.count(2), fields.count(2.0), fields.count("2")) == (2, 2, 2)


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("109003000", "leading zeros"),
        ("1.1E+11", "scientific"),
        (109003000, "number"),
        (1.1e11, "number"),
        (datetime(2026, 1, 1), "date"),  # noqa: DTZ001
    ],
)
def test_a_matter_code_that_a_spreadsheet_changed_is_refused_with_the_reason(cell: fields.Cell, why: str) -> None:
    """Spreadsheets drop leading zeros and round long codes; the fault says so, and nothing is padded by guess."""
    with pytest.raises(UnfitError, match=why):
        fields.matter(cell)


@pytest.mark.parametrize(
    ("cell", "code"), [("22", "220000"), ("2201", "220100"), ("220102", "220102"), ("220102001", "220102"), ("220102001000", "220102")]
)
def test_t9_region_codes_of_every_length_have_one_form(cell: str, code: str) -> None:
    """Two, four, six, nine and twelve digits are read to six."""
    assert fields.region(cell) == code


@pytest.mark.parametrize("cell", ["2", "220", "22010", "2201020010", "00", "２２", "22 01", 220100])
def test_t9_other_region_codes_are_refused(cell: fields.Cell) -> None:
    """Other lengths, other digits, a country's code and a number are no region."""
    with pytest.raises(UnfitError):
        fields.region(cell)


@pytest.mark.parametrize(
    "cell",
    [
        "2026-01-31",
        "20260131",
        "20260131T080000",
        "20260131080000",
        "2026013108:00:00",
        "2026-01-31 08:00:00",
        date(2026, 1, 31),
        datetime(2026, 1, 31, 23, 59),  # noqa: DTZ001
    ],
)
def test_t8_a_day_is_read_from_every_form_in_use(cell: fields.Cell) -> None:
    """The forms that GB/T 39046-2020 mixes, the usual one, and a spreadsheet's own date mean the same day."""
    assert fields.day(cell) == date(2026, 1, 31)


@pytest.mark.parametrize(
    "cell", ["2026-02-30", "31.1.2026", "2026/1/31", "1769817600", "1769817600000", "20260131T250000", 46053, "2026-0131"]
)
def test_t8_a_day_is_never_guessed(cell: fields.Cell) -> None:
    """Days that do not exist, epochs (of seconds or milliseconds?), serial numbers and other orders are refused."""
    with pytest.raises(UnfitError):
        fields.day(cell)


@pytest.mark.parametrize("cell", ["1795190709", "1795190709007"])
def test_t8_a_timestamp_is_called_one(cell: str) -> None:
    """Seconds or milliseconds: whoever exported them is told what they are, not only how a day is written."""
    with pytest.raises(UnfitError) as refused:
        fields.day(cell)
    assert "时间戳" in refused.value.zh


@pytest.mark.parametrize(("cell", "value"), [("true", True), ("是", True), ("1", True), (True, True), ("No", False), ("否", False)])
def test_flags_are_read_in_both_languages(cell: fields.Cell, value: bool) -> None:
    """Yes and no in Chinese, English, digits and as a spreadsheet's own."""
    assert fields.flag(cell) is value


def test_a_flag_is_not_guessed() -> None:
    """Anything but a yes or a no is a fault."""
    with pytest.raises(UnfitError):
        fields.flag("maybe")


@pytest.mark.parametrize("values", [("a", "b"), ("a;b", "c；d"), ("back\\slash",), ()])
def test_a_list_in_one_cell_is_read_as_it_was_joined(values: tuple[str, ...]) -> None:
    """Separators within an entry are told from those between entries."""
    assert fields.several(fields.text)(fields.joined(values)) == values
