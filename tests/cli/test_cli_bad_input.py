"""Files as people really hand them in, through the commands that take them: either all of it, or words in Chinese and nothing at all."""

import asyncio
import csv
import io
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import TypeVar

import openpyxl
import pytest

from gateway.store import Store, Tx

from .conftest import Run

AGREEMENT = ("document_number", "origin", "destination", "matter", "valid_from")
BASELINE = ("destination", "matter", "applicant_class", "trips", "long_trips", "method", "source", "valid_from", "valid_to")
CALENDAR = ("region", "day", "working", "note")
ROW = ("甲1号", "220100", "230100", "000109003000", "2026-01-01")
COUNTS = ("230100", "000109003000", "", "3", "3", "process-derived", "办事指南", "2026-01-01", "")
LATER = (*COUNTS[:3], "2", "2", *COUNTS[5:7], "2026-07-01", "")
TWICE = (("220100", "2026-12-05", "是", ""), ("220100", "20261205", "否", ""))
T = TypeVar("T")
Make = Callable[[Path], Path]


def lines(header: tuple[str, ...], *rows: tuple[str, ...]) -> str:
    out = io.StringIO(newline="")
    csv.writer(out).writerows([header, *rows])
    return out.getvalue()


def text(content: str, encoding: str = "utf-8", name: str = "t.csv") -> Make:
    return lambda folder: raw(content.encode(encoding), name)(folder)


def raw(content: bytes, name: str = "t.csv") -> Make:
    def make(folder: Path) -> Path:
        (folder / name).write_bytes(content)
        return folder / name

    return make


def book(header: tuple[str, ...], *rows: tuple[object, ...], merged: str | None = None) -> Make:
    def make(folder: Path) -> Path:
        workbook = openpyxl.Workbook()
        sheet = workbook.active
        assert sheet is not None
        for row in (header, *rows):
            sheet.append(row)
        if merged:
            sheet.merge_cells(merged)
        workbook.save(folder / "t.xlsx")
        return folder / "t.xlsx"

    return make


def hundred_mebibytes(folder: Path) -> Path:
    path = folder / "t.csv"
    with path.open("wb") as file:
        file.truncate(100 << 20)
    return path


def dated(day: str) -> Make:
    return text(lines(AGREEMENT, (*ROW[:4], day)))


def matter_dated(day: object) -> Make:
    about = {"code": "000109003000", "destination": "230100", "name": "某", "mode": "proxy", "applicants": ["natural"]}
    return text(json.dumps({"matters": [about | {"valid_from": day}]}), name="t.json")


@pytest.mark.parametrize(
    ("what", "make", "said"),
    [
        ("agreement", text(lines(AGREEMENT, ROW), "utf-16"), "另存为 CSV（UTF-8）"),
        ("agreement", text(lines(AGREEMENT, ROW), "utf-16-le"), "另存为 CSV（UTF-8）"),
        ("agreement", raw(b"%PDF-1.7\n\xff\xff"), "另存为 CSV（UTF-8）"),
        ("agreement", raw(b"\xd0\xcf\x11\xe0" + bytes(600), "t.xls"), "旧版 .xls"),
        ("agreement", hundred_mebibytes, "上限 20 MiB"),
        ("agreement", book(AGREEMENT, ROW, (None, *ROW[1:]), merged="A2:A3"), "t.xlsx:3:A(document_number): 是合并单元格"),
        ("agreement", book(AGREEMENT, (*ROW[:3], '="0001"&"09003000"', ROW[4])), "t.xlsx:2:D(matter): 是公式"),
        ("agreement", book(AGREEMENT, (*ROW[:3], 109003000, ROW[4])), "t.xlsx:2:D(matter): 应为文本"),
        ("agreement", text(lines(AGREEMENT, ("=1+1", *ROW[1:]))), "t.csv:2:A(document_number): 以 = 开头"),
        ("agreement", text(lines(AGREEMENT, ROW, ROW)), "t.csv:3:A(document_number): 与第 2 行重复"),
        ("agreement", text(lines((*AGREEMENT, "origin"), (*ROW, "220100"))), "t.csv:1:F: 列“origin”重复"),
        ("agreement", text(lines(AGREEMENT)), "没有数据行"),
        ("agreement", dated("2026/11/20"), "t.csv:2:E(valid_from): 日期应写作"),
        ("agreement", dated("1795132800000"), "t.csv:2:E(valid_from): 是时间戳"),
        ("agreement", dated("1795132800"), "t.csv:2:E(valid_from): 是时间戳"),
        ("baseline", text(lines(BASELINE, COUNTS), "utf-16"), "另存为 CSV（UTF-8）"),
        ("baseline", text(lines(BASELINE, COUNTS, COUNTS)), "t.csv:3:H(valid_from): 与第 2 行"),
        ("baseline", text(lines(BASELINE, COUNTS, LATER)), "t.csv:3:H(valid_from): 与第 2 行"),
        ("calendar", text(lines(CALENDAR, *TWICE)), "t.csv:3:B(day): 同一地区"),
        ("calendar", text(lines(CALENDAR, ("220100", "1795132800000", "是", ""))), "t.csv:2:B(day): 是时间戳"),
        ("catalogue", text('{"regions": [{"code": "229900", "name": "某"}], "matters": []}', "utf-16", "t.json"), "UTF-8"),
        ("catalogue", text('{"regions": [{"code": "229900", "name": "示范市"}], "matters": []}', "gbk", "t.json"), "UTF-8"),
        ("catalogue", text('{"regions": [{"code": "229900", "name": "a", "name": "b"}]}', name="t.json"), "重复的名称"),
        ("catalogue", matter_dated(1795132800000), "t.json:/matters/0/valid_from: 日期被存成了数字"),
        ("catalogue", matter_dated("2026/11/20"), "t.json:/matters/0/valid_from: 日期应写作"),
    ],
)  # fmt: skip
def test_a_bad_file_is_refused_in_words_and_nothing_of_it_is_kept(
    catalogued: Run, sqlite_url: str, tmp_path: Path, what: str, make: Make, said: str
) -> None:
    """Chinese first, the place and what to do, exit code 1, no traceback; every table is what it was, the audit record included."""
    path = make(tmp_path)
    before = contents(sqlite_url)
    answer = catalogued(what, "import", path, "--by", "an")
    assert (answer.code, answer.out) == (1, "")
    assert not answer.err.splitlines()[0].isascii()
    assert said in answer.err
    assert "Traceback" not in answer.err
    assert contents(sqlite_url) == before


@pytest.mark.parametrize(
    ("make", "begins"),
    [
        (text(lines(AGREEMENT, ROW), "gbk"), date(2026, 1, 1)),
        (text(lines(AGREEMENT, ROW), "utf-8-sig"), date(2026, 1, 1)),
        (dated("20261120"), date(2026, 11, 20)),
        (dated("2026-11-20"), date(2026, 11, 20)),
        (dated("20261120T080000"), date(2026, 11, 20)),
        (dated("20261120080000"), date(2026, 11, 20)),
        (dated("2026112008:00:00"), date(2026, 11, 20)),
        (dated("2026-11-20 08:00:00"), date(2026, 11, 20)),
        (book(AGREEMENT, (*ROW[:4], date(2026, 11, 20))), date(2026, 11, 20)),
    ],
)
def test_a_file_as_spreadsheets_write_it_is_taken(catalogued: Run, sqlite_url: str, tmp_path: Path, make: Make, begins: date) -> None:
    """GBK, a byte order mark, and each form of a day that is unmistakable: the same line, with its own day."""
    assert catalogued("agreement", "import", make(tmp_path), "--by", "an").code == 0
    (line,) = ask(sqlite_url, lambda tx: tx.agreements.between("220100", "230100", "000109003000"))
    assert (line.document_number, line.valid_from) == ("甲1号", begins)


def test_baselines_for_other_days_or_other_cases_stand_in_one_file(catalogued: Run, tmp_path: Path) -> None:
    """One that follows another, and one for a single class beside one for any: neither leaves a doubt which counts."""
    rows = ((*COUNTS[:8], "2026-06-30"), LATER, (*COUNTS[:2], "legal", *COUNTS[3:]))
    assert catalogued("baseline", "import", text(lines(BASELINE, *rows))(tmp_path), "--by", "an").code == 0
    assert len(json.loads(catalogued("baseline", "list", "--json").out)) == 3


def contents(url: str) -> list[str]:
    """The whole database as SQL, but for the loads that were swept."""
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as database:
        return [line for line in database.iterdump() if "catalogue_load" not in line and "sqlite_sequence" not in line]


def ask(url: str, question: Callable[[Tx], T]) -> T:
    """One reading of the database, beside the commands."""

    async def run() -> T:
        store = Store.open(url)
        try:
            return await store.read(question)
        finally:
            await store.close()

    return asyncio.run(run())
