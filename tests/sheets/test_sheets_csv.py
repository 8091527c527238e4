"""CSV tables that people make: what is read, and how each fault is told."""

from datetime import date
from pathlib import Path

import pytest
from sheet_parts import FIELDS, SOUND, places, read, written

from gateway.sheets import KEPT, Faults, SheetError, Table


@pytest.mark.parametrize(
    "raw",
    [
        SOUND.encode(),
        b"\xef\xbb\xbf" + SOUND.encode(),
        SOUND.encode("gb18030"),
        SOUND.encode("gbk"),
        SOUND.replace("\n", "\r\n").encode(),
        "note,日期,地点\n长春,20260131,220100\n".encode(),
    ],
)
def test_encodings_line_ends_and_headers_read_alike(tmp_path: Path, raw: bytes) -> None:
    """UTF-8 with and without a mark, GB18030, GBK, either line end, columns in another order and by their Chinese names: one content."""
    rows, faults = read(written(tmp_path, raw))
    assert not faults
    assert [row.values for row in rows] == [{"place": "220100", "day": date(2026, 1, 31), "note": "长春"}]


def test_t13_characters_missing_in_gbk_are_read_from_gb18030(tmp_path: Path) -> None:
    """Names hold characters that GBK lacks; GB18030 has them, and they are not lost."""
    rows, faults = read(written(tmp_path, SOUND.replace("长春", "㛃𠮷").encode("gb18030")))
    assert not faults
    assert rows[0].values["note"] == "㛃𠮷"


def test_every_bad_cell_is_told_with_its_row_letter_and_column(tmp_path: Path) -> None:
    """All faults of all rows come at once, each with row, letter, column and what to do; good rows do not hide them."""
    raw = b"place,day,note\n22x,31.1.2026,a\n2201,2026-01-31,b\n,2026-02-30,c\n2201,2026-01-01,d,e\n"
    rows, faults = read(written(tmp_path, raw))
    assert places(faults) == ["2:A(place)", "2:B(day)", "4:A(place)", "4:B(day)", "5:D"]
    assert str(faults.kept[0]).startswith("t.csv:2:A(place): 不是地区代码")
    assert [row.line for row in rows] == [3]


def test_a_quoted_line_break_does_not_shift_the_lines_that_are_told(tmp_path: Path) -> None:
    """The line that is told is the file's own, also after a cell that spans two."""
    _, faults = read(written(tmp_path, b'place,day,note\n2201,2026-01-31,"two\nlines"\nbad,2026-01-31,x\n'))
    assert places(faults) == ["3:C(note)", "4:A(place)"]


@pytest.mark.parametrize(
    ("raw", "where"),
    [
        (b"", "1"),
        (b"day,note\n2026-01-31,x\n", "1"),
        (b"place,day,colour\n2201,2026-01-31,red\n", "1:C"),
        (b"place,day,place\n2201,2026-01-31,2201\n", "1:C"),
        (b'place,day,note\n"2201,2026-01-31,x\n', "2"),
        (b"\xff\xfe\x00", "1"),
        (SOUND.encode("utf-16"), "1"),
        (b"place,day,note\n\xff\xff\xff", "1"),
        (b"place,\0day,note\n", "1"),
        (b"place,day,note\n" + b"x" * (1 << 20), "1"),
    ],
)
def test_what_is_no_such_table_is_refused_with_its_place(tmp_path: Path, raw: bytes, where: str) -> None:
    """An empty file, a missing, unknown or repeated column, broken quotes, another character set, an endless line."""
    rows, faults = read(written(tmp_path, raw))
    assert places(faults) == [where]
    assert rows == []


@pytest.mark.parametrize("raw", [SOUND.encode("utf-16"), b"\xff\xff\xff"])
def test_a_file_in_another_character_set_says_how_to_save_it(tmp_path: Path, raw: bytes) -> None:
    """A spreadsheet's UTF-16 or a binary file is told in an administrator's words: what it must be, and how it is saved."""
    _, faults = read(written(tmp_path, raw))
    assert "另存为 CSV（UTF-8）" in str(faults.kept[0])


@pytest.mark.parametrize("note", ["路", "某", "路某"])
def test_a_file_that_is_text_in_either_encoding_is_refused_and_not_guessed(tmp_path: Path, note: str) -> None:
    """A word or two in GBK are also text in UTF-8, of other letters: who saved it must say; with one telling character it is plain."""
    short = SOUND.replace("长春", note)
    rows, faults = read(written(tmp_path, short.encode("gbk")))
    assert (rows, places(faults)) == ([], ["1"])
    assert "无法确定" in faults.kept[0].zh
    for raw in (short.encode("utf-8-sig"), short.encode(), SOUND.replace("长春", note + "长春").encode("gbk")):
        rows, faults = read(written(tmp_path, raw))
        assert not faults
        assert rows[0].values["note"].startswith(note)


def test_blank_lines_and_surrounding_spaces_do_not_matter(tmp_path: Path) -> None:
    """What a spreadsheet leaves around the cells is not content; an empty cell that may be empty gets its value."""
    rows, faults = read(written(tmp_path, b"place, day ,note\n\n 2201 ,2026-01-31, \n,,\n"))
    assert not faults
    assert [row.values["note"] for row in rows] == ["—"]


def test_a_formula_in_csv_is_a_fault(tmp_path: Path) -> None:
    """A cell that a spreadsheet would compute is not taken for what somebody typed."""
    rows, faults = read(written(tmp_path, b"place,day,note\n2201,2026-01-31,=A1\n"))
    assert places(faults) == ["2:C(note)"]
    assert rows == []


def test_faults_are_counted_without_bound_and_kept_up_to_a_number(tmp_path: Path) -> None:
    """Memory does not grow with the faults; each of them reaches whoever writes the report."""
    told: list[str] = []
    faults = Faults("t.csv", tell=lambda place: told.append(place.where))
    path = written(tmp_path, b"place,day,note\n" + b"x,2026-01-31,y\n" * 300)
    assert list(Table(path, FIELDS, faults).rows()) == []
    assert (faults.count, len(faults.kept), len(told)) == (300, KEPT, 300)


def test_a_file_over_the_limit_or_not_there_is_refused(tmp_path: Path) -> None:
    """The limit is said; so is what kind of file an old workbook is."""
    path = written(tmp_path, SOUND.encode())
    with pytest.raises(SheetError, match="at most 0 MiB") as refused:
        Table(path, FIELDS, Faults("t"), max_bytes=10)
    assert refused.value.code == "sheet.too-large"
    with pytest.raises(SheetError) as refused:
        Table(tmp_path / "none.csv", FIELDS, Faults("t"))
    assert refused.value.code == "sheet.unreadable"
    with pytest.raises(SheetError) as refused:
        Table(written(tmp_path, b"\xd0\xcf\x11\xe0" + bytes(600)), FIELDS, Faults("t"))
    assert refused.value.code == "sheet.old-workbook"
