"""Catalogue files: the three forms carry the same content, and each fault has its place."""

import io
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl.utils import get_column_letter
from sheet_parts import places, read_catalogue, written

from gateway.cli import world
from gateway.model import Matter, Region, completeness, inconsistencies
from gateway.sheets import COLUMNS, HEADER, catalogue_rows, template_rows, write_csv, write_csv_file, write_workbook

REGION = {"record": "region", "code": "990100", "name": "示范市"}
MATTER = {
    "record": "matter", "code": "000129001003", "name": "某事项", "destination": "9901", "mode": "代收代办",
    "applicants": "自然人；个体工商户",
    "valid_from": "20260101",
}  # fmt: skip
MATERIAL = {"record": "材料", "code": "id", "name": "身份证"}


def table(folder: Path, *rows: dict[str, Any]) -> Path:
    out = io.StringIO(newline="")
    write_csv(out, HEADER, [[row.get(name) for name in HEADER] for row in rows])
    return written(folder, out.getvalue().encode(), "c.csv")


def spot(of: str) -> str:
    """`2 name` as it is told: with the letter that a spreadsheet shows above the column."""
    line, name = of.split()
    return f"{line}:{get_column_letter(HEADER.index(name) + 1)}({name})"


def test_a_matter_is_its_row_and_the_rows_below(tmp_path: Path) -> None:
    """Chinese and English names of values read alike; materials and fields join the matter above; defaults are the documented ones."""
    field = {"record": "field", "code": "f", "name": "表单项", "values": "甲; 乙"}
    entries, faults = read_catalogue(table(tmp_path, REGION, MATTER, MATERIAL, field, MATTER | {"code": "000129001004"}))
    assert not faults
    region, one, two = (entry.what for entry in entries)
    assert region == Region("990100", "示范市")
    assert isinstance(one, Matter)
    assert isinstance(two, Matter)
    assert (one.destination, one.mode.value, [a.value for a in one.applicants]) == ("990100", "proxy", ["natural", "sole-trader"])
    assert (one.materials[0].code, one.materials[0].necessity.value, one.materials[0].originals) == ("id", "required", None)
    assert one.form[0].values == ("甲", "乙")
    assert (two.materials, two.valid_from, two.version) == ((), date(2026, 1, 1), 1)
    assert [entry.numbered for entry in entries[1:]] == [False, False]


@pytest.mark.parametrize(
    ("rows", "where"),
    [
        ([MATERIAL], ["2 record"]),
        ([MATTER | {"code": "129001003"}], ["2 code"]),
        ([MATTER | {"code": "1.1E+11"}], ["2 code"]),
        ([MATTER | {"mode": "2"}], ["2 mode"]),
        ([MATTER | {"necessity": "required"}], ["2 necessity"]),
        ([MATTER, MATERIAL, MATERIAL], ["4 code"]),
        ([MATTER, MATERIAL | {"trust_level": "E"}], ["3 trust_level"]),
        ([MATTER | {"promised_value": "5"}], ["2 promised_unit"]),
        ([MATTER | {"fee_standard": "20 元"}], ["2 fee_charged"]),
        ([MATTER | {"valid_to": "2025-12-31"}], ["2 valid_to"]),
        ([MATTER | {"body_name": "局", "body_credit_code": "119901010000000017"}], ["2 body_credit_code"]),
        ([MATTER | {"no_materials": "是"}, MATERIAL], ["2 no_materials"]),
        ([REGION | {"code": "00"}], ["2 code"]),
        ([REGION | {"valid_from": "2026-02-01", "valid_to": "2026-01-01"}], ["2 valid_to"]),
        ([MATTER | {"record": "matters"}, MATERIAL, MATERIAL | {"copies": "x"}], ["2 record", "4 copies"]),
    ],
)
def test_each_bad_row_is_told_where_it_is_wrong(tmp_path: Path, rows: list[dict[str, Any]], where: list[str]) -> None:
    """Orphans, changed codes, foreign columns, repeated materials, halves of pairs, reversed dates: row, letter and column."""
    entries, faults = read_catalogue(table(tmp_path, *rows))
    assert sorted(places(faults)) == sorted(map(spot, where))
    assert entries == []


@pytest.mark.parametrize("cell", ["1", "2", "9"])
def test_t1_a_bare_digit_for_the_case_type_is_refused(tmp_path: Path, cell: str) -> None:
    """1 and 2 mean 即办件 and 承诺件 here and the reverse there; only names are taken."""
    _, faults = read_catalogue(table(tmp_path, MATTER | {"case_type": cell}))
    assert places(faults) == [spot("2 case_type")]


@pytest.mark.parametrize("cell", ["1", "5", "6", "自然人; 5"])
def test_t3_a_bare_digit_for_the_applicants_is_refused(tmp_path: Path, cell: str) -> None:
    """5 and 6 are shifted between lists; only names are taken."""
    _, faults = read_catalogue(table(tmp_path, MATTER | {"applicants": cell}))
    assert places(faults) == [spot("2 applicants")]


@pytest.mark.parametrize(("code", "good"), [("1" * 31, True), ("A" * 24, True), ("9" * 50, True), ("9" * 51, False), ("编码", False)])
def test_t6_implementing_codes_of_every_length_are_kept_whole(tmp_path: Path, code: str, good: bool) -> None:
    """24 or 31 characters, and what else is in use up to 50: never truncated, and beyond that refused."""
    entries, faults = read_catalogue(table(tmp_path, MATTER | {"implementing_code": code}))
    assert bool(faults) is not good
    assert [entry.what.implementing_code for entry in entries if isinstance(entry.what, Matter)] == ([code] if good else [])


def test_t21_sole_traders_are_a_class_of_their_own(tmp_path: Path) -> None:
    """个体工商户 is read as itself, neither as a natural person nor lost in 法人."""
    entries, _ = read_catalogue(table(tmp_path, MATTER | {"applicants": "个体工商户"}))
    assert [a.value for a in entries[0].what.applicants] == ["sole-trader"]  # type: ignore[union-attr]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_tables_carry_the_demo_catalogue_without_loss(tmp_path: Path, form: str) -> None:
    """What is written as a table reads back as the very same matters."""
    matters = world.matters()
    path = tmp_path / f"c.{form}"
    rows = catalogue_rows((), matters)
    if form == "csv":
        write_csv_file(path, HEADER, rows)
    else:
        write_workbook(path, {"catalogue": (HEADER, rows)})
    entries, faults = read_catalogue(path)
    assert not faults
    assert [entry.what for entry in entries] == list(matters)


@pytest.mark.parametrize("text", ["=HYPERLINK(1)", "+1", "-1", "@x", "'=x", "''=x", "'x", "=1\n+2"])
def test_a_text_that_begins_like_a_formula_survives_csv_and_is_guarded(tmp_path: Path, text: str) -> None:
    """No cell of an exported file begins with a sign that a spreadsheet computes, and importing gives the text back."""
    matter = world.matters()[0].model_copy(update={"conditions": text})
    path = tmp_path / "c.csv"
    write_csv_file(path, HEADER, catalogue_rows((), [matter]))
    entries, faults = read_catalogue(path)
    assert not faults
    assert entries[0].what == matter
    assert f",{text}" not in path.read_text("utf-8-sig") or text[0] == "'"
    assert f',"{text}' not in path.read_text("utf-8-sig")


def test_the_template_is_a_catalogue_with_all_elements(tmp_path: Path) -> None:
    """The example that people copy is complete, consistent and imports as it is."""
    path = tmp_path / "t.csv"
    write_csv_file(path, HEADER, template_rows())
    entries, faults = read_catalogue(path)
    assert not faults
    matter = entries[1].what
    assert isinstance(matter, Matter)
    assert (completeness(matter).filled, inconsistencies(matter)) == (16, ())


def test_every_column_is_on_the_page() -> None:
    """docs/catalogue-format.md names each column with its Chinese name."""
    page = (Path(__file__).parent.parent.parent / "docs" / "catalogue-format.md").read_text("utf-8")
    assert [column.name for column in COLUMNS if f"| `{column.name}` | {column.zh} |" not in page] == []


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("{", "1:2"),
        ("[]", "/"),
        ('{"regions": 1}', "/"),
        ('{"other": []}', "/"),
        ('{"regions": [], "regions": []}', "1:17"),
        ('{"regions": [{"code": "990100", "code": "990200", "name": "x"}]}', "1:33"),
        ('{"regions": [\n {"code": "990100",\n  "name": NaN}]}', "3:11"),
        ('{"regions": [{"code": "990100", "name": "x"}]', "1:46"),
        ('{"regions": []} x', "1:17"),
        ('{"regions": [' + "[" * 5000 + "]" * 5000 + "]}", "1:46"),
        ('{"regions": [{"code": "990100", "name": "\\ud800"}]}', "1:41"),
    ],
)
def test_json_is_held_against_the_same_rules_as_everywhere(tmp_path: Path, text: str, where: str) -> None:
    """Malformed, ambiguous or hostile JSON is refused at its line and column, however the file is cut into chunks."""
    _, faults = read_catalogue(written(tmp_path, text.encode(), "c.json"))
    assert places(faults)[-1] == where


def test_json_of_many_chunks_is_read_entry_by_entry(tmp_path: Path) -> None:
    """Entries that straddle the chunks come whole, and a fault far in has the right line."""
    lines = [f'{{"code": "{11 + n % 55}{n % 90 + 10:02d}{n % 80 + 10:02d}", "name": "{"某" * 50}{n}"}}' for n in range(9_000)]
    sound = written(tmp_path, ('{"regions": [\n' + ",\n".join(lines) + "\n]}").encode(), "c.json")
    entries, faults = read_catalogue(sound)
    assert not faults
    assert [entry.what.name for entry in entries] == [f"{'某' * 50}{n}" for n in range(9_000)]
    lines[8_000] = lines[8_000].replace("}", ",}")
    _, faults = read_catalogue(written(tmp_path, ('{"regions": [\n' + ",\n".join(lines) + "\n]}").encode(), "d.json"))
    assert places(faults)[0].startswith("8002:")


@pytest.mark.parametrize(
    ("written_as", "good"),
    [
        ("2026-11-20", True), ("20261120", True), ("20261120T080000", True), ("2026-11-20 08:00:00", True),
        ("2026/11/20", False), ("20217600", False), ("1795132800000", False), (1795132800000, False), (1795132800, False), (True, False),
    ],
)  # fmt: skip
def test_t8_a_day_in_json_is_read_like_one_in_a_table(tmp_path: Path, written_as: Any, good: bool) -> None:
    """The same forms; a number, or eight digits that are no day, is never taken for seconds since 1970 (they all are whole days)."""
    about = {"code": "000129001003", "destination": "990100", "name": "某事项", "mode": "proxy", "applicants": ["natural"]}
    document = {"regions": [{"code": "990100", "name": "示范市"}], "matters": [about | {"valid_from": written_as}]}
    entries, faults = read_catalogue(written(tmp_path, json.dumps(document).encode(), "c.json"))
    days = [entry.what.valid_from for entry in entries if isinstance(entry.what, Matter)]
    assert (days, places(faults)) == (([date(2026, 11, 20)], []) if good else ([], ["/matters/0/valid_from"]))


def test_a_regions_days_in_json_are_held_to_the_same(tmp_path: Path) -> None:
    """Both days of a region that are no days are told at once, and the region is not taken."""
    document = {"regions": [{"code": "990100", "name": "示范市", "valid_from": 1795132800, "valid_to": "2026/11/20"}]}
    entries, faults = read_catalogue(written(tmp_path, json.dumps(document).encode(), "c.json"))
    assert (entries, places(faults)) == ([], ["/regions/0/valid_from", "/regions/0/valid_to"])


@pytest.mark.parametrize("code", ["0001290010", "00012900100", "0001290010030", "00012900100A"])
def test_t6_a_matter_code_of_another_width_is_refused_and_never_padded(tmp_path: Path, code: str) -> None:
    """Ten digits (GB/T 39046) are not twelve (GB/T 39554): which two are missing, nobody can tell."""
    entries, faults = read_catalogue(table(tmp_path, REGION, MATTER | {"code": code}))
    assert [entry.what for entry in entries if isinstance(entry.what, Matter)] == []
    assert places(faults) == [spot("3 code")]
