"""`tongban partner check`: everything that can be said of a partner's folder without a case, all at once."""

from collections.abc import Iterable
from dataclasses import asdict
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.folders import AnyName, Every, chosen
from gateway.cli.speech import print_json, tell
from gateway.settings import Settings

if TYPE_CHECKING:
    from gateway.mapping import Finding

BROKEN = 3
app = typer.Typer()


class Format(StrEnum):
    """How findings are written."""

    TEXT = "text"
    JSON = "json"


@app.command("check")
def check_command(
    name: AnyName = None,
    every: Every = False,
    format_: Annotated[Format, typer.Option("--format", help="输出格式 / how findings are written")] = Format.TEXT,
) -> None:
    """检查对接方文件夹（缺省为全部）：与对方的描述逐项核对，列出全部错误和建议，有错则以 3 退出

    Check partners' folders, all of them unless one is named: every error and advice at once, held against the partner's own description;
    errors end with 3.
    """
    from gateway.kit import check_all, check_folder  # with the adapters and the web behind wiring, which only this command should wait for
    from gateway.wiring import read_overlay

    settings = Settings.load()
    overlay = read_overlay(settings.overlay).get("partner", {})
    folders = chosen(name, every or name is None)
    findings = check_all(settings.mappings_folder, overlay) if name is None else check_folder(folders[0], overlay.get(name))
    if format_ is Format.JSON:
        print_json([asdict(finding) | {"level": finding.level} for finding in findings])
    else:
        report(findings, len(folders))
    if any(finding.level == "error" for finding in findings):
        raise typer.Exit(BROKEN)


def report(findings: Iterable["Finding"], folders: int) -> None:
    """A line for each finding, and how many there were."""
    count = {"error": 0, "advice": 0}
    for finding in findings:
        count[finding.level] += 1
        print(line(finding))
    errors, advice = count["error"], count["advice"]
    if errors:
        tell(
            f"{folders} 个对接方文件夹：{errors} 处错误，{advice} 条建议。",
            f"{folders} partner folder(s): {errors} error(s), {advice} piece(s) of advice.",
        )
    else:
        tell(
            f"{folders} 个对接方文件夹均可使用，{advice} 条建议。",
            f"All {folders} partner folder(s) can be used; {advice} piece(s) of advice.",
        )


def line(finding: "Finding") -> str:
    """`file:line:column: level: code: 中文 / English — hint`."""
    hint = f" — {finding.hint}" if finding.hint else ""
    return f"{finding.file}:{finding.line}:{finding.column}: {finding.level}: {finding.code}: {finding.zh} / {finding.en}{hint}"
