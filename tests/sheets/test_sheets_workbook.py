"""Workbooks: what a spreadsheet computed, merged or turned into numbers is told with row and column."""

import zipfile
from datetime import datetime
from pathlib import Path

import pytest
from sheet_parts import places, read, workbook, written

from gateway.sheets import SheetError, write_workbook
from gateway.sheets import workbook as workbook_room

HEADER = ["place", "day", "note"]


def test_a_sound_workbook_is_read_with_its_own_dates(tmp_path: Path) -> None:
    """Texts stay texts, a date cell is a day, blank rows and columns do not matter; other sheets are not read."""
    path = workbook(tmp_path, [HEADER, ["2201", datetime(2026, 1, 31), "长春"], [None, None, None], ["220200", "20260201", None]])  # noqa: DTZ001
    rows, faults = read(path)
    assert not faults
    assert [(row.line, row.values["day"].isoformat(), row.values["note"]) for row in rows] == [
        (2, "2026-01-31", "长春"),
        (4, "2026-02-01", "—"),
    ]


def test_formulas_numbers_and_errors_are_faults_with_their_places(tmp_path: Path) -> None:
    """A formula, a code stored as a number, a date stored as a number and a spreadsheet's error: each told where it stands."""
    rows = [HEADER, [220100, "2026-01-31", "x"], ["2201", 46053, "x"], ["2201", "2026-01-31", "=1+1"], ["2201", "2026-01-31", "#REF!"]]
    found, faults = read(workbook(tmp_path, rows))
    assert places(faults) == ["2:A(place)", "3:B(day)", "4:C(note)", "5:C(note)"]
    assert [place.zh.split("；")[0] for place in faults.kept] == [
        "应为文本，这里是数字，前导零可能已丢失",
        "日期被存成了数字",
        "是公式",
        "是表格软件的错误值，请改正",
    ]
    assert found == []


def test_merged_cells_are_faults_in_every_row_they_cover(tmp_path: Path) -> None:
    """A merged cell fills only its first row in the file; nothing is filled in by guess."""
    rows = [HEADER, ["2201", "2026-01-31", "a"], [None, "2026-02-01", "b"], ["2202", "2026-02-01", "c"]]
    found, faults = read(workbook(tmp_path, rows, "A2:A3", "F1:H9"))
    assert places(faults) == ["2:A(place)", "3:A(place)"]
    assert "合并单元格" in faults.kept[0].zh
    assert [row.values["note"] for row in found] == ["c"]


def test_what_is_written_is_text_and_never_a_formula(tmp_path: Path) -> None:
    """Values that begin as formulas do come back as they were, codes keep their zeros, numbers stay numbers."""
    path = tmp_path / "out.xlsx"
    write_workbook(path, {"one": (["place", "day", "note"], [["220100", "2026-01-31", "=1+1"], ["220100", "2026-01-31", "@x"]])})
    rows, faults = read(path)
    assert not faults
    assert [row.values["note"] for row in rows] == ["=1+1", "@x"]
    with zipfile.ZipFile(path) as package:
        assert b"<f>" not in package.read("xl/worksheets/sheet1.xml")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda content: content[: len(content) // 2],
        lambda content: content.replace(b"xl/workbook.xml", b"xl/workbooz.xml"),
        lambda content: b"PK\x03\x04" + bytes(200),
    ],
)
def test_a_broken_workbook_is_refused_in_words(tmp_path: Path, spoil: object) -> None:
    """Cut short, without its main part, or no package at all."""
    path = workbook(tmp_path, [HEADER])
    with pytest.raises(SheetError) as refused:
        read(written(tmp_path, spoil(path.read_bytes()), "bad.xlsx"))  # type: ignore[operator]
    assert refused.value.code == "sheet.workbook"


def test_a_dtd_in_a_workbook_is_refused(tmp_path: Path) -> None:
    """A part that declares entities is not parsed."""
    path = workbook(tmp_path, [HEADER])
    bad = tmp_path / "bad.xlsx"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(bad, "w") as target:
        for part in source.infolist():
            content = source.read(part)
            if part.filename == "xl/worksheets/sheet1.xml":
                content = content.replace(b"<worksheet", b'<!DOCTYPE w [<!ENTITY a "b">]><worksheet', 1)
            target.writestr(part, content)
    with pytest.raises(SheetError, match="DTD"):
        read(bad)


def test_a_workbook_that_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bomb is refused by what its directory says, before anything is unpacked."""
    monkeypatch.setattr(workbook_room, "MAX_UNPACKED", 1000)
    with pytest.raises(SheetError) as refused:
        read(workbook(tmp_path, [HEADER]))
    assert refused.value.code == "sheet.too-large"
