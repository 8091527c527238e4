"""`tongban partner test`: a folder's examples run through the real adapter; what differs, path by path; brought up to date on demand."""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.desk import AsJson
from gateway.cli.folders import AnyName, Every, opened_all, unwritable
from gateway.cli.speech import print_json, tell

if TYPE_CHECKING:
    from gateway.kit import Bench, Difference, Trial
    from gateway.mapping import Folder

app = typer.Typer()

LONGEST = 120
"""Characters of a value that are printed; of a longer one, those around the first that differs."""
_BEFORE, _NONE = 20, "（无 / nothing）"
Update = Annotated[
    bool, typer.Option("--update", help="把 sent.* 和 expect.yaml 改写为所见 / rewrite sent.* and expect.yaml to what was seen")
]


@app.command("test")
def run_examples(name: AnyName = None, every: Every = False, update: Update = False, as_json: AsJson = False) -> None:
    """运行示例：发出和读出的是否与示例一致，不一致以 1 退出 / run the examples: is what is sent and read as they say? 1 when not"""
    results = [_run(folder, update) for folder in opened_all(name, every)]
    failed = sum(not example["holds"] and not example["updated"] for result in results for example in result["examples"])
    failed += sum(len(result["findings"]) or not result["examples"] for result in results)
    count = sum(len(result["examples"]) for result in results)
    if as_json:
        print_json({"partners": results, "examples": count, "failed": failed})
    else:
        for result in results:
            _print(result)
        if failed:
            tell(f"{count} 个示例，{failed} 处不符合。", f"{count} example(s), {failed} failed.")
        elif rewritten := sum(bool(example["updated"]) for result in results for example in result["examples"]):
            tell(f"{count} 个示例，已改写 {rewritten} 个，请核对。", f"{count} example(s), {rewritten} rewritten: look at what changed.")
        else:
            tell(f"{count} 个示例全部符合。", f"All {count} example(s) hold.")
    raise typer.Exit(1 if failed else 0)


def _run(folder: "Folder", update: bool) -> dict[str, Any]:
    """What came of one folder's examples, as JSON values."""
    from gateway.kit import Bench, read_examples  # with the adapters, which only these commands should wait for

    examples, findings = read_examples(folder)
    bench = Bench(folder)

    async def trials() -> list["Trial"]:
        return [await bench.run(example) for example in examples]

    told = [_told(bench, trial, update) for trial in asyncio.run(trials())]
    unusable = {name for finding in findings if (name := _example_of(finding.file))} - {example.name for example in examples}
    return {"partner": folder.name, "examples": told, "findings": [str(finding) for finding in findings], "unusable": sorted(unusable)}


def _example_of(file: str) -> str | None:
    """NAME/examples/<matter>/<claim>/… → <matter>/<claim>; None for a file of no example."""
    parts = file.split("/")
    return "/".join(parts[2:4]) if len(parts) > 4 else None


def _told(bench: "Bench", trial: "Trial", update: bool) -> dict[str, Any]:
    from gateway.kit import why_unread

    return {
        "example": trial.example.name,
        "step": trial.example.step,
        "holds": trial.holds,
        "differences": [_difference(difference) for difference in trial.differences],
        "notes": [] if trial.holds else [f"{zh} / {en}" for zh, en in why_unread(bench, trial.example)],
        "updated": _updated(trial) if update else [],
    }


def _difference(difference: "Difference") -> dict[str, str | None]:
    return {"part": difference.part, "path": difference.path, "expected": difference.expected, "seen": difference.seen}


def _updated(trial: "Trial") -> list[str]:
    """Write what has changed; the names of the files."""
    from gateway.kit import rewritten, write

    changes = rewritten(trial)
    try:
        write(trial, changes)
    except OSError as error:
        raise unwritable(trial.example.path, error) from None
    return list(changes)


def _print(result: Mapping[str, Any]) -> None:
    holding = sum(example["holds"] for example in result["examples"])
    print(f"{result['partner']}  {holding}/{len(result['examples']) + len(result['unusable'])}")
    if not result["examples"] and not result["findings"]:
        print("  ✗ 没有示例 / no examples")
    for finding in result["findings"]:
        print(f"  ✗ {finding}")
    for example in result["examples"]:
        if example["holds"]:
            continue
        print(f"  ✗ {example['example']}  ({example['step']})")
        for difference in example["differences"]:
            expected, seen = clipped(difference["expected"], difference["seen"])
            print(f"      {difference['part']}: {difference['path'] or '/'}")
            print(f"        应为 / expected  {expected}")
            print(f"        实为 / seen      {seen}")
        for note in example["notes"]:
            print(f"      {note}")
        if example["updated"]:
            print(f"      已改写 / rewritten: {', '.join(example['updated'])}")


def clipped(expected: str | None, seen: str | None) -> tuple[str, str]:
    """Both as they are printed: one line, not longer than LONGEST, and with the place where they begin to differ."""
    one, other = (_NONE if text is None else text.replace("\n", "⏎") for text in (expected, seen))
    same = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return _clip(one, same), _clip(other, same)


def _clip(text: str, around: int) -> str:
    if len(text) <= LONGEST:
        return text
    start = max(0, min(around - _BEFORE, len(text) - LONGEST))
    end = start + LONGEST
    return ("…" if start else "") + text[start:end] + (f"…（{len(text)} 字 / characters）" if end < len(text) else "")
