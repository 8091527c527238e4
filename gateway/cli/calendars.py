"""`tongban calendar`: the days on which a region works or rests otherwise than the State Council says."""

from collections import Counter
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli.desk import Action, AsJson, By, Desk, at_desk
from gateway.cli.speech import Column, show, tell
from gateway.cli.tables import FileOfTable, read_rows, settle
from gateway.model import covers, is_published
from gateway.sheets import Faults, Field, fields
from gateway.store import CalendarDay, Tx

app = typer.Typer(help="工作日历 / calendars of working days", no_args_is_help=True)

FIELDS = (
    Field("region", fields.region, may_be_empty=True, empty=""),
    Field("day", fields.day),
    Field("working", fields.flag),
    Field("note", fields.text, may_be_empty=True),
)
DAYS = (Column("地区", "region"), Column("日期", "day"), Column("上班", "working"), Column("说明", "note"))
YEARS = (
    Column("年", "year", number=True),
    Column("地区", "region"),
    Column("国务院安排", "published"),
    Column("自定日期", "own days", number=True),
    Column("是否已定", "known"),
)
Region = Annotated[str | None, typer.Option("--region", metavar="CODE", help="地区代码 / region code")]
Year = Annotated[int | None, typer.Option("--year", min=2000, max=2100, help="年份 / year")]


@app.command("import")
def import_command(file: FileOfTable, by: By = None) -> None:
    """导入日历；同一地区同一天以新的为准，地区留空表示所有地区 / import days; the newest wins; an empty region means every region"""
    changed, total = at_desk(lambda desk: import_days(desk, file), by=by)
    tell(f"共 {total} 天，其中新增或变更 {changed} 天。", f"{total} days, {changed} of them new or changed.")


async def import_days(desk: Desk, path: Path) -> tuple[int, int]:
    """Take in a table of days; (changed, all). Raises SheetError, InputError with every fault; then nothing is taken in."""
    days = read_days(path)

    def unit(tx: Tx) -> int:
        changed = tx.calendars.put(days, desk.by, desk.now())
        desk.record(tx, Action.CALENDAR_IMPORTED, path.name, {"days": len(days), "changed": changed})
        return changed

    return await desk.store.write(unit), len(days)


def read_days(path: Path) -> list[CalendarDay]:
    """The days in a table; one that stands in it twice for a region is a fault, for which of the two would count?"""
    faults = Faults(path.name)
    rows = read_rows(path, FIELDS, faults)
    seen: set[tuple[str, date]] = set()
    for row in rows:
        key = (row.values["region"], row.values["day"])
        if key in seen:
            faults.blame(row.line, "day", "同一地区的这一天出现了两次", "this day of the region stands in the table twice")
        seen.add(key)
    settle(rows, faults)
    return [CalendarDay(**row.values) for row in rows]


@app.command("list")
def list_command(region: Region = None, year: Year = None, as_json: AsJson = False) -> None:
    """列出自定的日期 / list the days that were entered"""
    days = at_desk(lambda desk: desk.store.read(lambda tx: tx.calendars.days(region, year)))
    rows = [{"region": d.region or "*", "day": d.day.isoformat(), "working": d.working, "note": d.note} for d in days]
    show(("自定日期", "days entered"), DAYS, rows, as_json=as_json)


@app.command("check")
def check_command(as_json: AsJson = False) -> None:
    """今明两年的放假安排是否已知；未知的年份只按周末计算，期限为暂定 / are this year's and the next one's holidays known?"""
    rows = at_desk(check)
    show(("日历", "calendars"), YEARS, rows, as_json=as_json)
    unknown = sorted({row["year"] for row in rows if not row["known"]})
    if unknown:
        listed = ", ".join(map(str, unknown))
        tell(
            f"警告：{listed} 年的放假安排未知，该年的期限只按周末计算，为暂定。公布后请用 tongban calendar import 导入。",
            f"Warning: the holidays of {listed} are not known; due dates there count weekends only and are provisional. Import them.",
            stderr=True,
        )


async def check(desk: Desk) -> list[dict[str, Any]]:
    """This year and the next, for every region with days of its own and for all others (*)."""
    days = await desk.store.read(lambda tx: tx.calendars.days())
    this_year = desk.now().year
    rows = []
    for year in (this_year, this_year + 1):
        own = Counter(day.region for day in days if day.day.year == year)
        new_years = {day.region for day in days if day.day == date(year, 1, 1)}
        for region in sorted({"", *(day.region for day in days)}):
            known = is_published(year) or any(not r or (region and covers(r, region)) for r in new_years)
            rows.append({"year": year, "region": region or "*", "published": is_published(year), "own": own[region], "known": known})
    return rows
