"""`tongban partner new`: a new partner's folder out of its WSDL or OpenAPI description, with guesses marked and gaps left open aloud."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.desk import AsJson
from gateway.cli.speech import print_json, tell
from gateway.settings import Settings

if TYPE_CHECKING:
    from gateway.kit import Made

app = typer.Typer()

Name = Annotated[str, typer.Argument(metavar="NAME", help="新文件夹名：小写字母、数字、连字符 / the new folder's name")]
Wsdl = Annotated[Path | None, typer.Option("--from-wsdl", metavar="PATH", help="WSDL 文件或其文件夹 / a WSDL, or the folder it lies in")]
OpenApi = Annotated[Path | None, typer.Option("--from-openapi", metavar="FILE", help="OpenAPI 文件 / an OpenAPI file")]
Operations = Annotated[
    list[str] | None,
    typer.Option(
        "--operation",
        metavar="STEP=CALL",
        help="步骤是哪个接口，可多次或用逗号分隔 / which call a step is; repeatable, or several with commas: submit=submitMatter",
    ),
]
Regions = Annotated[
    list[str] | None, typer.Option("--region", metavar="CODE", help="办理地区，六位，可多次 / a region of six digits; repeatable")
]
Matters = Annotated[
    list[str] | None, typer.Option("--matter", metavar="CODE", help="事项，12 位，可多次 / a matter of 12 digits; repeatable")
]
Into = Annotated[
    Path | None,
    typer.Option("--into", metavar="FOLDER", help="放在哪里，缺省为设置中的 / where to put it; the settings' own when left out"),
]


@app.command("new")
def new_command(
    name: Name,
    from_wsdl: Wsdl = None,
    from_openapi: OpenApi = None,
    operation: Operations = None,
    region: Regions = None,
    matter: Matters = None,
    into: Into = None,
    as_json: AsJson = False,
) -> None:
    """由 WSDL 或 OpenAPI 生成对接文件夹；不联网，不覆盖 / a folder from a WSDL or an OpenAPI file; nothing is fetched or overwritten"""
    if (from_wsdl is None) == (from_openapi is None):
        raise typer.BadParameter("--from-wsdl 与 --from-openapi 二者取一 / either --from-wsdl or --from-openapi")
    pairs = [_step_and_call(one) for given in operation or () for one in given.split(",")]
    said = dict(pairs)
    if twice := next((step for step in said if sum(one == step for one, _ in pairs) > 1), None):
        raise typer.BadParameter(f"--operation {twice}= 写了两次 / --operation {twice}= is given twice")
    # With the adapters, which only this command should wait for.
    from gateway.kit import Wanted, scaffold

    source, transport = (from_wsdl, "soap") if from_wsdl is not None else (from_openapi, "rest")
    assert source is not None
    made = scaffold(
        Wanted(
            name,
            "soap" if transport == "soap" else "rest",
            source,
            into or Settings.load().mappings_folder,
            said,
            tuple(region or ()),
            tuple(matter or ()),
        )
    )
    if as_json:
        print_json(
            {
                "folder": str(made.path),
                "steps": dict(made.steps),
                "guesses": made.guesses,
                "todos": [str(finding) for finding in made.todos],
                "flaws": [str(finding) for finding in made.flaws],
            }
        )
    else:
        _print(name, made)


def _step_and_call(written: str) -> tuple[str, str]:
    step, equals, call = written.partition("=")
    if not equals or not step.strip() or not call.strip():
        raise typer.BadParameter(f"--operation 写作 步骤=接口，这里是 {written} / --operation is STEP=CALL, not {written}")
    return step.strip(), call.strip()


def _print(name: str, made: "Made") -> None:
    tell(f"已生成 {made.path}，可以加载。", f"{made.path} is written, and it loads.")
    for step, call in made.steps.items():
        print(f"  {step}: {call}")
    for finding in (*made.flaws, *made.todos):
        print(finding)
    tell(f"猜测 {made.guesses} 处，TODO {len(made.todos)} 处。", f"{made.guesses} guess(es), {len(made.todos)} TODO(s).")
    tell("接下来：", "What to do next:")
    for zh, en in (
        ("逐处核对“猜测 guess”，填写 TODO", "look at every “guess”, fill in every TODO"),
        ("按 NOTES.md 的清单向对方确认", "ask the partner what NOTES.md lists"),
        ("examples/ 中的应答出自接口描述，换成对方真实的应答", "the answers in examples/ are made of the description: put real ones there"),
        (f"运行 tongban partner test {name} --update 并核对改动", f"run tongban partner test {name} --update and look at what it changed"),
        (f"运行 tongban partner check {name}", f"run tongban partner check {name}"),
    ):
        print(f"  - {zh} / {en}")
