"""`tongban demo`: the main job end to end, on this machine alone."""

import asyncio
from typing import Annotated

import typer

app = typer.Typer()


@app.command("demo")
def demo_command(
    cases: Annotated[int, typer.Option("--cases", min=1, max=100_000, metavar="N", help="办件数 / how many cases")] = 200,
    seed: Annotated[int, typer.Option("--seed", help="随机种子，同种子同办件 / seed; the same one gives the same cases")] = 1,
    keep: Annotated[bool, typer.Option("--keep", help="结束后继续运行以供查看 / keep serving afterwards")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="最后输出一行 JSON / print one JSON line at the end")] = False,
    kill_gateway: Annotated[
        bool, typer.Option("--kill-gateway", help="中途 kill -9 网关并重启 / kill -9 the gateway half-way and start it again")
    ] = False,
    transient: Annotated[float, typer.Option("--transient", min=0, max=0.9, help="暂时失败的比例 / share of calls that fail")] = 0.10,
    lost_answer: Annotated[
        float, typer.Option("--lost-answer", min=0, max=0.9, help="已处理但应答丢失的比例 / share processed, the answer lost")
    ] = 0.02,
) -> None:
    """演示：模拟大厅与对接方，从收件到办结回传 / demo: simulated halls and partners, from reception to the end"""
    # Only this command needs the simulated world and the processes.
    from gateway.cli.demo.orchestrate import run
    from gateway.cli.demo.stage import Options

    options = Options(cases, seed, keep, as_json, kill_gateway, transient, lost_answer).with_every_turn()
    raise typer.Exit(asyncio.run(run(options)))
