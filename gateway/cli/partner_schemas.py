"""`tongban partner schemas`: JSON Schemas with which an editor completes and explains a partner's files."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.folders import unwritable
from gateway.cli.speech import print_json, tell
from gateway.settings import Settings

app = typer.Typer()

Output = Annotated[
    Path | None,
    typer.Option(
        "--output",
        metavar="FOLDER",
        help="写到哪里，缺省为对接文件夹旁的 .schemas / where to; beside the partners' folders in .schemas when left out",
    ),
]


@app.command("schemas")
def schemas_command(output: Output = None) -> None:
    """写出 JSON Schema，并打印 VS Code 设置 / write the JSON Schemas of a partner's files, and print the editor's settings"""
    from gateway.mapping import EDITOR_FILES, editor_schemas

    root = Settings.load().mappings_folder
    folder = output or root / ".schemas"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, schema in editor_schemas().items():
            (folder / name).write_bytes(schema)
    except OSError as error:
        raise unwritable(folder, error) from None
    count = len(EDITOR_FILES)
    tell(
        f"已写出 {count} 个 JSON Schema 到 {folder}。VS Code 的设置：",
        f"{count} JSON Schemas written to {folder}. VS Code's settings:",
        stderr=True,
    )
    print_json({"yaml.schemas": {(folder / name).as_posix(): f"**/{root.name}/{pattern}" for name, pattern in EDITOR_FILES.items()}})
