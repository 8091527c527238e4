"""`tongban simulate`: a partner served from its folder's schemas and examples."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.speech import tell
from gateway.settings import PREFIX

app = typer.Typer(add_completion=False)
_EXITS = (1, 2, 3)
"""What the process may end with before it serves; its own line says why."""


@app.command("simulate")
def simulate_command(
    name: Annotated[str, typer.Argument(metavar="NAME", help="对接方文件夹 / the partner's folder")],
    port: Annotated[int, typer.Option(min=0, max=65535, help="本机端口，0 为任取空闲端口 / loopback port, 0 for a free one")] = 0,
    seed: Annotated[int, typer.Option(help="随机种子，同种子同结果 / seed; the same one gives the same")] = 0,
    scenario: Annotated[Path | None, typer.Option(metavar="FILE", help="故障与进度场景 / scenario of faults and progress")] = None,
    push_to: Annotated[
        str | None, typer.Option(metavar="URL", help="状态推送地址，仅限本机 / where statuses are pushed, loopback only")
    ] = None,
    secrets: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="密钥 JSON 文件，缺省不校验签名 / JSON file of secrets; without it proofs are not verified"),
    ] = None,
    journal: Annotated[
        Path | None, typer.Option(metavar="FILE", help="效果日志，重启后续办 / file of effects, taken up again on start")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="就绪时输出一行 JSON / print one JSON line when ready")] = False,
) -> None:
    """按对接方文件夹的描述文件与示例模拟该对接方 / simulate a partner from its folder's schemas and examples"""
    from gateway.cli.folders import chosen

    (folder,) = chosen(name, every=False)
    options = {"port": port, "seed": seed, "scenario": scenario, "push-to": push_to, "secrets": secrets, "journal": journal}
    arguments = [str(folder), *(f"--{option}={value}" for option, value in options.items() if value is not None)]
    raise typer.Exit(asyncio.run(_simulate(name, arguments, as_json=as_json)))


async def _simulate(name: str, arguments: list[str], *, as_json: bool) -> int:
    """Run the process until it ends or we are told to; it ends with us, however we end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "mock_partners",
        "simulate",
        *arguments,
        "--until-stdin-closes",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={variable: value for variable, value in os.environ.items() if not variable.startswith(PREFIX)},
        start_new_session=True,
    )
    assert process.stdout is not None
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, _stop, process)
    line = await process.stdout.readline()
    if line.endswith(b"\n"):
        url = json.loads(line)["listening"]
        if as_json:
            print(json.dumps({"listening": url, "partner": name}), flush=True)
        else:
            tell(f"正在模拟 {name}：{url}（按 Ctrl-C 结束）", f"simulating {name}: {url} (Ctrl-C ends it)")
            sys.stdout.flush()
    status = await process.wait()
    return 0 if line and status == 0 else status if status in _EXITS else 1


def _stop(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
