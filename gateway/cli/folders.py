"""Which partner folders a command works at: one by its name, or all of them."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.trouble import CommandError
from gateway.mapping import Finding, Folder, MappingError, nearest
from gateway.settings import Settings

OneName = Annotated[str, typer.Argument(metavar="NAME", help="对接方 / partner")]
AnyName = Annotated[str | None, typer.Argument(metavar="NAME", help="对接方 / partner")]
Every = Annotated[bool, typer.Option("--all", help="全部对接方 / all partners")]


def chosen(name: str | None, every: bool) -> list[Path]:
    """The folder of that name, or all. A wrong command line when neither is asked for, or both; CommandError for an unknown name."""
    if (name is None) != every:
        raise typer.BadParameter("NAME 或 --all，二者取一 / either NAME or --all")
    folders = {path.parent.name: path.parent for path in sorted(Settings.load().mappings_folder.glob("*/partner.yaml"))}
    if every:
        return list(folders.values())
    if name not in folders:
        hint = nearest(name or "", folders)
        raise CommandError("cli.partner-unknown", f"没有对接方 {name}。", f"There is no partner {name}. {hint}")
    return [folders[name]]


def opened(name: str) -> Folder:
    """One folder, loaded. Raises CommandError and MappingError."""
    from gateway.kit import open_folder  # with the adapters, which only commands that open one should wait for

    return open_folder(chosen(name, every=False)[0])


def opened_all(name: str | None, every: bool) -> list[Folder]:
    """One folder or all, loaded. Raises CommandError, and MappingError with what is wrong with any of them."""
    from gateway.kit import open_folder

    loaded: list[Folder] = []
    findings: list[Finding] = []
    for path in chosen(name, every):
        try:
            loaded.append(open_folder(path))
        except MappingError as error:
            findings += error.findings
    if findings:
        raise MappingError(findings)
    return loaded


def unwritable(path: Path, error: OSError) -> CommandError:
    """What is said of a file that cannot be written."""
    why = error.strerror or type(error).__name__
    return CommandError("cli.unwritable", f"无法写入文件 {path.name}：{why}。", f"Cannot write the file {path.name}: {why}.")
