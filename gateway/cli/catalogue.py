"""`tongban catalogue`: the regions and the matters as their destinations publish them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.catalogue_check import tell_check
from gateway.cli.catalogue_import import import_catalogue
from gateway.cli.desk import AsJson, By, Desk, at_desk
from gateway.cli.progress import reading
from gateway.cli.speech import Column, show, tell
from gateway.cli.trouble import CommandError
from gateway.model import CHINA, Matter, Region, completeness
from gateway.sheets import (
    EXPLAINED,
    HEADER,
    Place,
    SheetError,
    catalogue_rows,
    csv_appender,
    explanations,
    fields,
    region_json,
    template_rows,
    write_csv_file,
    write_json_lists,
    write_workbook,
)
from gateway.store import Fate, Tx

app = typer.Typer(help="事项目录 / the catalogue of regions and matters", no_args_is_help=True)

COLUMNS = (
    Column("办理地", "destination"),
    Column("事项", "matter"),
    Column("版本", "version", number=True),
    Column("名称", "name"),
    Column("办理方式", "mode"),
    Column("要素", "elements"),
    Column("生效", "from"),
    Column("失效", "to"),
)
FileOut = Annotated[Path, typer.Argument(metavar="FILE", help=".csv、.xlsx 或 .json 文件 / a .csv, .xlsx or .json file")]
Destination = Annotated[str | None, typer.Option("--destination", metavar="REGION", help="只看这个办理地 / of this destination only")]
OnDay = Annotated[str | None, typer.Option("--on", metavar="DATE", help="哪一天，缺省为今天 / on which day; today when left out")]


@app.command("import")
def import_command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV、XLSX 或 JSON 文件 / a CSV, XLSX or JSON file")],
    report: Annotated[
        Path | None, typer.Option("--report", metavar="FILE.csv", help="把全部错误写入此文件 / write every fault to this file")
    ] = None,
    by: By = None,
) -> None:
    """导入地区与事项，要么全部生效，要么一条不动 / import regions and matters, all or nothing"""
    with reported(report) as tell_fault, reading(file.name) as tell_progress:
        done = at_desk(lambda desk: import_catalogue(desk, file, tell_fault=tell_fault, tell_progress=tell_progress), by=by)
    new, changed, unchanged, ended = (done.fates[fate] for fate in (Fate.NEW, Fate.CHANGED, Fate.UNCHANGED, Fate.ENDED))
    tell(
        f"已导入 {done.regions} 个地区、{done.matters} 个事项：新增 {new}，变更 {changed}，未变 {unchanged}，终止 {ended}。",
        f"Imported {done.regions} regions and {done.matters} matters: {new} new, {changed} changed, {unchanged} unchanged, {ended} ended.",
    )


@app.command("export")
def export_command(file: FileOut, destination: Destination = None) -> None:
    """导出地区与事项的全部版本，再导入即为同样内容 / export regions and all versions of matters; importing them gives the same"""
    at_desk(lambda desk: export_catalogue(desk, file, _region(destination)))
    tell(f"已导出到 {file.name}。", f"Exported to {file.name}.")


async def export_catalogue(desk: Desk, path: Path, destination: str | None) -> None:
    """Write the catalogue in the form of the file's name. SheetError when it cannot be written; then no file is left."""

    def unit(tx: Tx) -> None:
        with _whole(path) as part:
            regions = [region for region in tx.catalogue.regions() if destination in (None, region.code)]
            write(part, path.suffix.lower(), regions, tx.catalogue.every_matter(destination))

    await desk.store.read(unit)


def write(path: Path, suffix: str, regions: list[Region], matters: Iterator[Matter]) -> None:
    """A catalogue in one of the three forms."""
    if suffix == ".json":
        entries = (matter.model_dump_json(exclude_none=True) for matter in matters)
        write_json_lists(path, {"regions": map(region_json, regions), "matters": entries})
    elif suffix == ".csv":
        write_csv_file(path, HEADER, catalogue_rows(regions, matters))
    elif suffix == ".xlsx":
        write_workbook(path, {"catalogue": (HEADER, catalogue_rows(regions, matters))})
    else:
        raise SheetError("sheet.format")


@app.command("check")
def check_command(destination: Destination = None, on: OnDay = None, as_json: AsJson = False) -> None:
    """核查十六要素是否齐全、有无矛盾，并计算“最多跑一次”比率 / are the 16 elements there, does anything contradict itself, the once rate"""
    day = _day(on)
    at_desk(lambda desk: desk.store.read(lambda tx: tell_check(tx.catalogue.offered(day, _region(destination)), day, as_json=as_json)))


@app.command("list")
def list_command(
    destination: Destination = None,
    on: OnDay = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=100_000, help="最多列出多少项 / how many at most")] = 500,
    as_json: AsJson = False,
) -> None:
    """列出有效的事项 / list the matters in force"""
    day = _day(on)

    def unit(tx: Tx) -> list[dict[str, object]]:
        offered = tx.catalogue.offered(day, _region(destination))
        return [_listed(matter) for matter, _ in zip(offered, range(limit + 1), strict=False)]

    rows = at_desk(lambda desk: desk.store.read(unit))
    show(("有效的事项", "matters in force"), COLUMNS, rows[:limit], as_json=as_json)
    if len(rows) > limit:
        tell(f"只列出前 {limit} 项，用 --limit 或 --destination 看其余。", f"Only the first {limit}; see more with --limit.", stderr=True)


@app.command("template")
def template_command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="要写的 .csv 或 .xlsx 文件 / the .csv or .xlsx file to write")],
) -> None:
    """写出导入模板：表头、示例行，工作簿另有列说明 / write the import template; in a workbook, with what each column is"""
    with _whole(file) as part:
        if file.suffix.lower() == ".csv":
            write_csv_file(part, HEADER, template_rows())
        elif file.suffix.lower() == ".xlsx":
            write_workbook(part, {"catalogue": (HEADER, template_rows()), "说明": (EXPLAINED, explanations())})
        else:
            raise SheetError("sheet.format")
    tell(f"已写出模板 {file.name}。", f"Wrote the template {file.name}.")


@contextmanager
def reported(path: Path | None) -> Iterator[Callable[[Place], None] | None]:
    """Write every fault as it is found into a CSV file, when one is wanted."""
    if path is None:
        yield None
        return
    try:
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            append = csv_appender(file, ("file", "place", "错误", "fault"))
            yield lambda place: append((place.file, place.where, place.zh, place.en))
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise SheetError("sheet.unwritable", why, why) from None


@contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """A file beside the one that is wanted, which takes its name only when it is complete."""
    part = path.with_name(path.name + ".part")
    try:
        yield part
        part.replace(path)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise SheetError("sheet.unwritable", why, why) from None
    finally:
        part.unlink(missing_ok=True)


def _listed(matter: Matter) -> dict[str, object]:
    whole = completeness(matter)
    return {
        "destination": matter.destination,
        "code": matter.code,
        "version": matter.version,
        "name": matter.name,
        "mode": matter.mode.value,
        "elements": f"{whole.filled}/{whole.of}",
        "valid_from": matter.valid_from.isoformat(),
        "valid_to": matter.valid_to.isoformat() if matter.valid_to else None,
    }


def _region(typed: str | None) -> str | None:
    try:
        return None if typed is None else fields.region(typed)
    except fields.UnfitError as unfit:
        raise CommandError("cli.region", f"{typed!r} {unfit.zh}。", f"{typed!r} is {unfit.en}.") from None


def _day(typed: str | None) -> date:
    try:
        return datetime.now(CHINA).date() if typed is None else fields.day(typed)
    except fields.UnfitError as unfit:
        raise CommandError("cli.day", f"{typed!r}：{unfit.zh}。", f"{typed!r}: {unfit.en}.") from None
