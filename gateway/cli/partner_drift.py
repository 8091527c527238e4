"""`tongban partner drift`: a newly obtained WSDL or OpenAPI beside the stored one, and which matters break by what changed."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.desk import AsJson
from gateway.cli.folders import OneName, opened
from gateway.cli.speech import print_json, tell

if TYPE_CHECKING:
    from gateway.kit import Change

app = typer.Typer()

Obtained = Annotated[Path, typer.Argument(metavar="FILE_OR_FOLDER", help="新取得的 WSDL 或 OpenAPI / the newly obtained WSDL or OpenAPI")]


@app.command("drift")
def drift_command(name: OneName, obtained: Obtained, as_json: AsJson = False) -> None:
    """新的接口描述改变了什么，哪些事项因此出错（以 1 退出） / what a new description changes, and which matters break by it (1)"""
    folder = opened(name)
    from gateway.kit import drift_from  # with the adapters, which only this command should wait for

    found, flaws = drift_from(folder, obtained)
    if as_json:
        print_json(
            {
                "partner": name,
                "changes": [asdict(change) for change in found.changes],
                "broken_matters": list(found.matters),
                "flaws": [str(flaw) for flaw in flaws],
            }
        )
    else:
        for flaw in flaws:
            print(flaw)
        for change in found.changes:
            print(_line(change, len(folder.matters)))
        broken, matters = len(found.broken), len(found.matters)
        if broken:
            tell(f"{broken} 处变化会出错，涉及 {matters} 个事项。", f"{broken} change(s) break {matters} matter(s).")
        elif not found.changes:
            tell("没有变化。", "Nothing changed.")
        else:
            tell(f"{len(found.changes)} 处变化，均无影响。", f"{len(found.changes)} change(s), none of which breaks anything.")
    raise typer.Exit(1 if found.broken else 0)


def _line(change: "Change", matters: int) -> str:
    effect = "出错 breaks" if change.breaks else "无碍 harmless"
    where = " ".join(part for part in (change.operation, "" if change.side == "call" else change.side, change.path) if part)
    which = "全部事项 all matters" if len(change.matters) == matters else " ".join(change.matters)
    used = f" — {', '.join(change.steps)}；{which}" if change.breaks else ""
    return f"{effect}: {where}: {change.zh} / {change.en}{used}"
