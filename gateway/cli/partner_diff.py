"""`tongban partner diff`: two versions of a partner's folder: what messages, readings and conduct differ in, field by field."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.desk import AsJson, Desk, at_desk
from gateway.cli.folders import chosen
from gateway.cli.partner_examples import clipped
from gateway.cli.speech import print_json, tell
from gateway.mapping import Finding, MappingError
from gateway.settings import Settings

if TYPE_CHECKING:
    from gateway.kit import Compared, Difference, Facts, FolderDiff
    from gateway.mapping import Folder
    from gateway.security import Sealer
    from gateway.store import Store

MOST = 1000
app = typer.Typer()

Which = "文件夹路径或对接方名称 / the path of a folder, or a partner's name"
Recent = Annotated[
    int,
    typer.Option("--recent", metavar="N", min=0, max=MOST, help="另取最近 N 个办件（掩码显示） / the latest N cases too, shown masked"),
]


@dataclass(frozen=True, slots=True)
class Papers:
    """What opens the papers of cases; an Archive of flow's."""

    store: "Store"
    sealer: "Sealer"


@app.command("diff")
def diff_command(
    old: Annotated[str, typer.Argument(metavar="OLD", help=Which)],
    new: Annotated[str, typer.Argument(metavar="NEW", help=Which)],
    recent: Recent = 0,
    as_json: AsJson = False,
) -> None:
    """两版文件夹逐项比较：报文、读出、对接方式；有差异以 1 退出 / two versions of a folder, field by field; differences end with 1

    文件夹的副本须保留原名（密钥以它命名） / a copy keeps the folder's name, by which its secrets are called.
    """
    import asyncio
    from datetime import UTC, datetime

    from gateway.kit import diff_folders  # with the adapters, which only this command should wait for

    folders = both(old, new)
    partner = whose(*folders) if recent else None
    facts = at_desk(lambda desk: latest(desk, partner, recent)) if partner is not None else []
    found = asyncio.run(diff_folders(*folders, facts, now=datetime.now(UTC)))
    if as_json:
        print_json(document(found, partner))
    else:
        report(found, partner)
    raise typer.Exit(1 if found.differs else 0)


def both(*given: str) -> "tuple[Folder, Folder]":
    """The two folders, loaded; an installed one, named, lends the other what the overlay lays over it. CommandError, MappingError."""
    from gateway.kit import on_side, open_folder
    from gateway.wiring import read_overlay

    named = [not (Path(one) / "partner.yaml").is_file() for one in given]
    paths = [chosen(one, every=False)[0] if installed else Path(one).resolve() for one, installed in zip(given, named, strict=True)]
    over = read_overlay(Settings.load().overlay).get("partner", {}) if any(named) else {}
    lent = next((path.name for path, installed in zip(paths, named, strict=True) if installed), "")
    loaded: list[Folder] = []
    findings: list[Finding] = []
    for path, installed, side in zip(paths, named, ("OLD", "NEW"), strict=True):
        try:
            loaded.append(open_folder(path, over.get(path.name if installed else lent)))
        except MappingError as error:
            findings += on_side(side, path, error.findings)
    if findings:
        raise MappingError(findings)
    return loaded[0], loaded[1]


def whose(old: "Folder", new: "Folder") -> str:
    """The partner whose cases are looked at: the installed one, of two that are the old one. A copy's name is nobody's."""
    installed = {path.name for path in chosen(None, every=True)}
    return next((folder.name for folder in (old, new) if folder.name in installed), old.name)


async def latest(desk: Desk, partner: str, count: int) -> "list[Facts]":
    """The partner's latest cases as deliveries would have them now."""
    from gateway.flow import recent_cases

    return await recent_cases(Papers(desk.store, desk.sealer()), partner, count)


def document(found: "FolderDiff", partner: str | None) -> dict[str, Any]:
    """The comparison as JSON values; of examples and cases without a difference only how many there are. partner: whose cases."""
    return {
        "old": {"path": str(found.old.path), "mapping": found.old.content_hash},
        "new": {"path": str(found.new.path), "mapping": found.new.content_hash},
        "conduct": [_difference(one) for one in found.conduct],
        "examples": _told(found.examples),
        "recent": _told(found.recent),
        "recent_of": partner,
        "compared": {"examples": _count(found.examples), "recent": _count(found.recent)},
        "findings": list(found.findings),
    }


def _told(compared: "Iterable[Compared]") -> list[dict[str, Any]]:
    return [
        {"case": one.case, "step": one.step, "differences": [_difference(each) for each in one.differences]}
        for one in compared
        if one.differences
    ]


def _difference(one: "Difference") -> dict[str, str | None]:
    return {"part": one.part, "path": one.path, "old": one.expected, "new": one.seen}


def _count(compared: "Iterable[Compared]") -> int:
    return len({one.case for one in compared})


def report(found: "FolderDiff", partner: str | None) -> None:
    """What differs, in lines; what differs alike is told once. partner: whose cases were looked at; None: none were asked for."""
    print(f"{found.old.path}  {found.old.content_hash[:12]}")
    print(f"{found.new.path}  {found.new.content_hash[:12]}")
    for finding in found.findings:
        print(f"  ✗ {finding}")
    for one in found.conduct:
        _line(one)
    alike: dict[tuple[str, tuple[Difference, ...]], list[str]] = {}
    for each in (*found.examples, *found.recent):
        if each.differences:
            alike.setdefault((each.step, each.differences), []).append(each.case)
    for (step, differences), cases in alike.items():
        print(f"{cases[0]}  ({step})" + (f"  另 {len(cases) - 1} 件相同 / and {len(cases) - 1} alike" if len(cases) > 1 else ""))
        for one in differences:
            _line(one)
    seen = _seen(found, partner)
    ways = len(found.conduct) + sum(len(one.differences) for one in (*found.examples, *found.recent))
    if found.differs:
        tell(f"{seen[0]}，{ways} 处差异。", f"{ways} difference(s) in {seen[1]}.")
    else:
        tell(f"{seen[0]}，没有差异。", f"No difference in {seen[1]}.")


def _seen(found: "FolderDiff", partner: str | None) -> tuple[str, str]:
    """What was compared, Chinese and English."""
    examples, cases = _count(found.examples), _count(found.recent)
    if partner is None:
        return f"{examples} 个示例", f"{examples} example(s)"
    return f"{examples} 个示例，{partner} 的 {cases} 个办件", f"{examples} example(s) and {cases} case(s) of {partner}"


def _line(one: "Difference") -> None:
    """`part path: old → new`; + for what is added, - for what is gone."""
    old, new = clipped(one.expected, one.seen)
    path = one.path or "/"
    if one.expected is None:
        print(f"  + {one.part} {path}: {new}")
    elif one.seen is None:
        print(f"  - {one.part} {path}: {old}")
    else:
        print(f"  ~ {one.part} {path}: {old} → {new}")
