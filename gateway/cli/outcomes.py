"""`tongban outcomes`: what was achieved, from the ledger: matters processed and trips saved (domain page §5)."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from gateway.cli import places
from gateway.cli.desk import Action, By, Desk, at_desk
from gateway.cli.speech import Column, console, fits, in_two_lines, print_json, table, tell
from gateway.cli.trouble import CommandError
from gateway.model import china_day
from gateway.sheets import write_csv, write_csv_file, write_workbook
from gateway.store import LedgerEntry, Tx

if TYPE_CHECKING:
    # With all that it brings, the room is too slow to import for the other commands.
    from gateway.flow import Cut, Figures, Outcomes

app = typer.Typer()

_Row = tuple[Sequence[object], Sequence[object]]
"""What a row is about, and its figures."""
NOT_KNOWN = "n/a"
MAX_WHY = 500
TITLE = ("成效：办件与跑动", "outcomes: cases and trips")
SUMS = ("合计，跨省与省内不相加", "sums; the two are never added")
CUTS = {
    "month": Column("月份", "month"),
    "origin": Column("收件地", "origin"),
    "destination": Column("办理地", "destination"),
    "matter": Column("事项", "matter"),
    "mode": Column("方式", "mode"),
    "applicant_class": Column("申请人", "applicant"),
}
SCOPE = Column("范围", "scope")
ENABLED = Column("通办事项数", "matters enabled", number=True)
REACHES = {"inter-provincial": "跨省 inter-provincial", "intra-provincial": "省内 intra-provincial"}
FIGURES = {
    "handled": Column("办结", "handled", number=True),
    "counted": Column("计入 n", "counted n", number=True),
    "baseline": Column("基准 ΣB", "baseline ΣB", number=True),
    "actual": Column("实际 ΣA", "actual ΣA", number=True),
    "saved": Column("减少 ΣS", "saved ΣS", number=True),
    "reduction_percent": Column("减少比例 %", "reduction %", number=True),
    "long_saved": Column("跨省减少", "long saved", number=True),
    "coverage_percent": Column("覆盖率 %", "coverage %", number=True),
    "denied": Column("不予许可", "denied", number=True),
    "denied_saved": Column("其减少", "their saved", number=True),
    "without_result": Column("无结果", "no result", number=True),
    "trips_spent_without_result": Column("白跑", "trips spent", number=True),
}
NARROW = (
    Column("办结", "cases"),
    Column("计入", "n"),
    Column("基准", "ΣB"),
    Column("实际", "ΣA"),
    Column("减少", "ΣS"),
    Column("减少%", "saved%"),
    Column("跨省", "long"),
    Column("覆盖%", "cover%"),
    Column("不予", "denied"),
    Column("其减", "its ΣS"),
    Column("无果", "none"),
    Column("白跑", "spent"),
)
"""What the same figures are called where room is short: a year of a whole city fits into 80 columns."""
LINES = {
    "kind": Column("种类", "kind"),
    "month": Column("月份", "month"),
    "account": Column("账户", "account"),
    "counted": Column("件", "cases", number=True),
    "baseline": Column("基准", "B", number=True),
    "actual": Column("实际", "A", number=True),
    "saved": Column("减少", "S", number=True),
    "long_baseline": Column("跨省基准", "B long", number=True),
    "long_actual": Column("跨省实际", "A long", number=True),
    "corrects": Column("更正行号", "corrects", number=True),
}
VISITS = {
    "id": Column("编号", "id", number=True),
    "at": Column("时间", "at"),
    "place": Column("地点", "place"),
    "purpose": Column("目的", "purpose"),
    "evidence": Column("凭据", "evidence"),
    "counts": Column("计入", "counts"),
}


class Form(StrEnum):
    """How the table is written."""

    TABLE = "table"
    CSV = "csv"
    XLSX = "xlsx"
    JSON = "json"


@app.callback(invoke_without_command=True)
def outcomes_command(
    context: typer.Context,
    by: Annotated[
        str, typer.Option("--by", metavar="CUTS", help="按 month,region,matter,mode,class 分组，逗号分隔 / cuts")
    ] = "region,matter",
    since: Annotated[str | None, typer.Option("--from", metavar="YYYY-MM", help="起始月份 / from this month")] = None,
    until: Annotated[str | None, typer.Option("--to", metavar="YYYY-MM", help="截止月份 / to this month")] = None,
    form: Annotated[Form, typer.Option("--format", help="格式 / form")] = Form.TABLE,
    output: Annotated[Path | None, typer.Option("--output", metavar="FILE", help="写入文件；xlsx 必填 / write to a file")] = None,
    explain: Annotated[str | None, typer.Option("--explain", metavar="CASE", help="说明一个办件如何计算 / explain one case")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="同 --format json / the same as --format json")] = False,
) -> None:
    """成效表：办结、基准、实际、减少；跨省与省内分列 / the outcome table; inter- and intra-provincial apart"""
    if context.invoked_subcommand is not None:
        return
    form = Form.JSON if as_json else form
    if explain is not None:
        document, names = at_desk(lambda desk: explanation(desk, explain))
        print_explanation(document, names, as_json=form is Form.JSON)
        return
    cuts = _cuts(by)
    for month in (since, until):
        _check_month(month)
    outcomes = at_desk(lambda desk: _read(desk, cuts, since, until))
    if form is Form.TABLE:
        print_outcomes(outcomes)
    elif form is Form.JSON:
        _write_json(outcomes.document(), output)
    else:
        write_outcomes(outcomes, form, output)


@app.command("correct")
def correct_command(
    number: Annotated[str, typer.Argument(metavar="CASE", help="办件编号 / case number")],
    why: Annotated[str, typer.Option("--why", help="更正原因，记入审计 / why; it goes to the audit record")],
    by: By = None,
    strike: Annotated[
        int | None, typer.Option("--strike-visit", metavar="ID", min=1, help="误登的到场 / a visit recorded by mistake")
    ] = None,
    visit: Annotated[str | None, typer.Option("--visit", metavar="JSON", help="漏登的到场 / a visit that was not recorded")] = None,
    exclude: Annotated[bool, typer.Option("--exclude", help="测试件或重复件，从此不计 / a test or duplicate; it counts no more")] = False,
) -> None:
    """更正一个办件的成效：追加差额行，不改写已发布的月份 / append a correction; published months are never rewritten"""
    if sum((strike is not None, visit is not None, exclude)) != 1:
        raise CommandError(
            "cli.correction",
            "请给出 --strike-visit、--visit、--exclude 之一。",
            "Give one of --strike-visit, --visit, --exclude.",
        )
    lines = at_desk(lambda desk: correct(desk, number, why, strike=strike, visit=visit, exclude=exclude), by=by)
    tell(f"已更正，追加 {len(lines)} 行。", f"Corrected; {len(lines)} line(s) appended.")


async def correct(desk: Desk, number: str, why: str, *, strike: int | None, visit: str | None, exclude: bool) -> list[LedgerEntry]:
    """Correct a case's outcome and say who did it and why. Raises Refusal, CommandError."""
    from gateway.flow import Correction, correct_outcome

    if not why.strip() or len(why) > MAX_WHY or not why.isprintable():
        raise CommandError(
            "cli.why", f"请用 --why 写明原因（不超过 {MAX_WHY} 字）。", f"Say with --why the reason (at most {MAX_WHY} characters)."
        )
    sealer, now = desk.sealer(), desk.now()
    correction = Correction(strike, visit.encode() if visit is not None else None, exclude)
    kind = "exclude" if exclude else "visit" if visit is not None else "strike-visit"

    def unit(tx: Tx) -> list[LedgerEntry]:
        lines = correct_outcome(tx, sealer, number.strip().upper(), correction, now)
        desk.record(tx, Action.OUTCOME_CORRECTED, number.strip().upper(), {"why": why.strip(), "kind": kind, "lines": len(lines)})
        return lines

    return await desk.store.write(unit)


async def explanation(desk: Desk, number: str) -> tuple[dict[str, Any], dict[str, str]]:
    """Why a case counts as it does, and the regions in it by their codes. CommandError when there is no such case."""
    from gateway.flow import explain_case

    found = await explain_case(desk.store, number.strip().upper())
    if found is None:
        raise CommandError("cli.case-unknown", f"没有办件 {number}。", f"There is no case {number}.")
    codes = [visit["place"] for visit in found["visits"]] + ([found["baseline"]["destination"]] if found["baseline"] else [])
    return found, await desk.store.read(lambda tx: places.names(tx, codes))


async def _read(desk: Desk, cuts: "tuple[Cut, ...]", since: str | None, until: str | None) -> "Outcomes":
    from gateway.flow import read_outcomes

    return await read_outcomes(desk.store, china_day(desk.now()), cuts, since=since, until=until)


def _cuts(by: str) -> "tuple[Cut, ...]":
    from gateway.flow import Cut

    wanted = [name.strip() for name in by.split(",") if name.strip()]
    if not set(wanted) <= set(Cut):
        listed = ", ".join(Cut)
        raise CommandError("cli.cut", f"--by 可取：{listed}。", f"--by takes: {listed}.")
    return tuple(Cut(name) for name in dict.fromkeys(wanted))


def _check_month(month: str | None) -> None:
    if month is None:
        return
    year, _, number = month.partition("-")
    if len(month) != len("2026-01") or not (year + number).isdecimal() or not 1 <= int(number) <= 12:
        raise CommandError("cli.month", "月份应写作 2026-01。", "A month is written 2026-01.")


def print_outcomes(outcomes: "Outcomes", *, stderr: bool = False) -> None:
    """The table, its sums by matter and scope, the matters enabled, and the queries apart."""
    screen = console(stderr=stderr)
    lines: list[_Row] = [
        (
            (*(_named(outcomes, name, value) for name, value in zip(outcomes.columns, values, strict=True)), REACHES[reach]),
            _cells(figures),
        )
        for values, reach, figures in outcomes.lines
    ]
    _print(screen, TITLE, [*(CUTS[name] for name in outcomes.columns), SCOPE], lines)
    sums: list[_Row] = [
        ((_named(outcomes, "matter", matter), REACHES[reach], None), _cells(figures)) for matter, reach, figures in outcomes.by_matter()
    ]
    sums += [(("全部 / all", REACHES[reach], outcomes.enabled[reach]), _cells(figures)) for reach, figures in outcomes.sums.items()]
    _print(screen, SUMS, [CUTS["matter"], SCOPE, ENABLED], sums)
    for reach, figures in outcomes.sums.items():
        if figures.queries:
            screen.print(f"{REACHES[reach]}：查询另计 / queries, counted apart: {figures.queries}")


def _print(screen: Console, title: tuple[str, str], about: Sequence[Column], rows: Sequence[_Row]) -> None:
    """The rows as a table; on a terminal without room for it, what each row is about on a line of its own, and its figures under it."""
    drawn = table(title, [*about, *FIGURES.values()], ((*values, *figures) for values, figures in rows))
    if fits(screen, drawn):
        screen.print(drawn)
        return
    screen.print(Text(" / ".join(title), style="bold"))
    for line, figures in in_two_lines(NARROW, [(_in_a_line(about, values), figures) for values, figures in rows]):
        if line:
            screen.print(Text(line))
        screen.print(Text(figures), soft_wrap=True)


def _in_a_line(about: Sequence[Column], values: Sequence[object]) -> str:
    told = zip(about, values, strict=True)
    return " · ".join(f"{column.zh} {column.en}: {value}" if column.number else str(value) for column, value in told if value is not None)


def _named(outcomes: "Outcomes", column: str, value: str) -> str:
    known: Mapping[str, str] = {}
    if column in ("origin", "destination"):
        known = outcomes.regions
    elif column == "matter":
        known = outcomes.matters
    return f"{value} {known.get(value, '')}".strip()


def _cells(figures: "Figures") -> list[object]:
    """The figures as printed; what is not computed is n/a, never 0."""
    document = figures.document()
    return [NOT_KNOWN if document[name] is None else document[name] for name in FIGURES]


def write_outcomes(outcomes: "Outcomes", form: Form, output: Path | None) -> None:
    """The rows and the sums as CSV or as a workbook. CommandError for a workbook without a file; SheetError when it cannot be written."""
    if form is Form.CSV and output is None:
        write_csv(sys.stdout, *_sheet(outcomes))
    elif output is None:
        raise CommandError("cli.output", "xlsx 须用 --output 指定文件。", "A workbook needs a file: --output.")
    elif form is Form.CSV:
        write_csv_file(output, *_sheet(outcomes))
    else:
        sums = [(reach.value, outcomes.enabled[reach], *_values(figures)) for reach, figures in outcomes.sums.items()]
        header = ["scope", "matters_enabled", *_names(outcomes)]
        write_workbook(output, {"outcomes": _sheet(outcomes), "sums": (header, sums)})


def _sheet(outcomes: "Outcomes") -> tuple[list[str], Iterator[tuple[object, ...]]]:
    rows = ((*values, reach.value, *_values(figures)) for values, reach, figures in outcomes.lines)
    return [*outcomes.columns, "scope", *_names(outcomes)], rows


def _names(outcomes: "Outcomes") -> list[str]:
    return list(next(iter(outcomes.sums.values())).document())


def _values(figures: "Figures") -> list[object]:
    return [NOT_KNOWN if value is None else value for value in figures.document().values()]


def _write_json(document: Any, output: Path | None) -> None:
    if output is None:
        print_json(document)
        return
    try:
        output.write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", "utf-8")
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise CommandError(
            "cli.unwritable", f"无法写入文件 {output.name}：{why}。", f"Cannot write the file {output.name}: {why}."
        ) from None


def print_explanation(document: dict[str, Any], names: Mapping[str, str], *, as_json: bool) -> None:
    """What a case's lines stand on. names: what to call the regions in it."""
    if as_json:
        print_json(document)
        return
    screen = console()

    def say(text: str) -> None:
        screen.print(text, soft_wrap=True, markup=False)

    say(f"{document['number']}（{REACHES[document['scope']]}）")
    say(f"结果 / result: {document['result'] or '—'}；账户 / account: {document['account'] or '—'}")
    say(f"规则 / rule: {document['rule_zh']} / {document['rule_en']}")
    if document["whole"] is not None:
        say(f"计在整件 {document['whole']}，到场见整件 / it counts with the whole {document['whole']}, which has the visits")
    baseline = document["baseline"]
    if baseline is None:
        say(f"基准 / baseline: {NOT_KNOWN}")
    else:
        say(
            "基准 / baseline: #{id} v{version} {destination} {matter}: {trips} 次 / trips ({long_trips} 跨省 / long); {method}; "
            "{source}; 审批 / approved by {approved_by} {approved_at}".format(**baseline | {"destination": names[baseline["destination"]]})
        )
    bundle = document["bundle"]
    if bundle is not None:
        others = ", ".join(bundle["shared_with"])
        say(f"并案 / bundle {bundle['id']}: 与其共用到场 / shares a visit with {others}；各占 / each counts {bundle['share']}")
    if document["whole"] is None:
        visits = [visit | {"place": names[visit["place"]]} for visit in document["visits"]]
        screen.print(table(("到场", "visits"), list(VISITS.values()), _picked(VISITS, visits)))
    screen.print(table(("台账", "ledger"), list(LINES.values()), _picked(LINES, document["lines"])))


def _picked(columns: dict[str, Column], rows: list[dict[str, Any]]) -> list[list[object]]:
    yes_no = {True: "是 yes", False: "否 no"}
    return [[yes_no[row[name]] if isinstance(row[name], bool) else row[name] for name in columns] for row in rows]
