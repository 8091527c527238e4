"""`tongban partner drift`: a newly obtained WSDL or OpenAPI beside the stored one, and which matters break by what changed."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.desk import AsJson
from gateway.cli.folders import OneName, opened
from gateway.cli.speech import print_json, tell

if TYPE_CHECKING:
    from gateway.kit import Change, Drift
    from gateway.mapping import Finding

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
                "usable": _usable(flaws),
            }
        )
    else:
        for flaw in flaws:
            print(flaw)
        for change in found.changes:
            print(_line(change, len(folder.matters)))
        _told(found, flaws)
    raise typer.Exit(1 if found.broken or not _usable(flaws) else 0)


def _usable(flaws: "Sequence[Finding]") -> bool:
    """Whether the folder could work with the new description, as far as its flaws say."""
    return all(flaw.level == "advice" for flaw in flaws)


def _told(found: "Drift", flaws: "Sequence[Finding]") -> None:
    """The last lines: what it comes to."""
    if flaws:
        tell(f"描述中有 {len(flaws)} 处现有描述没有的问题。", f"The description has {len(flaws)} flaw(s) that the stored one has not.")
    usable = _usable(flaws)
    if not usable:
        tell("有这些问题，新描述不能使用。", "With these it cannot be used.")
    broken, matters = len(found.broken), len(found.matters)
    if broken:
        tell(f"{broken} 处变化会出错，涉及 {matters} 个事项。", f"{broken} change(s) break {matters} matter(s).")
        if usable and all(change.mended for change in found.broken):
            tell("会出错的，将新描述存入 schemas/ 后即恢复。", "All that breaks is mended by putting the new description into schemas/.")
    elif not usable:
        return
    elif found.changes and not any(change.operation for change in found.changes):
        tell("是否有影响，无法判断。", "Whether it breaks anything cannot be told.")
    elif found.changes:
        tell(f"{len(found.changes)} 处变化，均无影响。", f"{len(found.changes)} change(s), none of which breaks anything.")
    elif not flaws:
        tell("没有变化。", "Nothing changed.")


def _line(change: "Change", matters: int) -> str:
    effect = "出错 breaks" if change.breaks else "无碍 harmless" if change.operation else "另看 look"
    parts = (change.operation, "" if change.side == "call" else change.side, change.path)
    where = " ".join(part for part in parts if part) or "schemas/"
    which = "全部事项 all matters" if len(change.matters) == matters else " ".join(change.matters)
    used = f" — {', '.join(change.steps)}；{which}" if change.breaks else ""
    used += "；存入新描述即可 mended by storing it" if change.mended else ""
    return f"{effect}: {where}: {change.zh} / {change.en}{used}"
