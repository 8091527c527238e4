"""`tongban partner explain`, `render`, `read`: where each value of a message comes from, what would leave, what an answer means."""

import asyncio
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.desk import AsJson
from gateway.cli.folders import OneName, opened, unwritable
from gateway.cli.speech import print_json, tell
from gateway.cli.trouble import CommandError
from gateway.mapping import PUSH, MappingError, nearest

if TYPE_CHECKING:
    from gateway.kit import Example, Rule, Understood
    from gateway.mapping import Drawn, DrawnFrom, Folder
    from gateway.model import Fault

app = typer.Typer()

MAX_BYTES = 64 << 20
_LONGEST = 80
_LEFT_OUT = {"left-out": ("省略：没有来源", "left out: no source"), "not-asked": ("省略：$if 不成立", "left out: $if does not hold")}
ExampleName = Annotated[str, typer.Argument(metavar="EXAMPLE", help="示例：<事项>/<说明>，或其说明 / <matter>/<claim>, or the claim")]
Step = Annotated[str | None, typer.Option("--step", metavar="STEP", help="步骤，缺省为示例的 / the step; the example's when left out")]
ReadStep = Annotated[str, typer.Option("--step", metavar="STEP", help="应答所属的步骤，或 push / whose answer it is, or push")]
OfMatter = Annotated[
    str | None,
    typer.Option("--matter", metavar="CODE", help="事项，各事项的步骤不同时须写 / the matter, where their steps differ"),
]
Status = Annotated[int, typer.Option("--status", min=100, max=599, help="应答的 HTTP 状态 / the answer's HTTP status")]
Output = Annotated[Path | None, typer.Option("--output", metavar="FILE", help="把报文原样写入文件 / write the exact body to a file")]
Answer = Annotated[str, typer.Argument(metavar="FILE", help="应答文件，- 为标准输入 / the answer's file; - is standard input")]


@app.command("explain")
def explain_command(name: OneName, example: ExampleName, as_json: AsJson = False) -> None:
    """逐项说明示例的报文：目标 ← 规则 ← 来源 = 值 / field by field: target ← rule ← sources = value"""
    from gateway.kit import Bench, explain  # with the adapters, which only these commands should wait for

    folder = opened(name)
    chosen = _example(folder, example)
    explained = explain(Bench(folder), chosen)
    if as_json:
        message = [_place(drawn) for drawn in explained.message.drawn] if explained.message else None
        pushed = _understood(explained.pushed) if explained.pushed else None
        print_json({"example": chosen.name, "step": chosen.step, "message": message, "pushed": pushed, "faults": _faults(explained.faults)})
    else:
        print(f"{chosen.name}  ({chosen.step})")
        for drawn in explained.message.drawn if explained.message else ():
            print(_line(drawn))
        if explained.pushed:
            _print_understood(explained.pushed)
        placed = {drawn.fault for drawn in explained.message.drawn} if explained.message else set()
        _print_faults(tuple(fault for fault in explained.faults if fault not in placed))
    raise typer.Exit(1 if explained.faults else 0)


@app.command("render")
def render_command(name: OneName, example: ExampleName, step: Step = None, output: Output = None) -> None:
    """打印将要发出的原样报文，密钥以替身代之 / print exactly what would be sent, with stand-ins for secrets"""
    from gateway.kit import Bench

    folder = opened(name)
    chosen = _example(folder, example)
    if step is not None and step != chosen.step:
        steps = folder.matters[chosen.facts.matter].steps
        if step not in steps:
            raise _unknown_step(step, steps)
        chosen = replace(chosen, step=step, answer=None, reply=None)
    trial = asyncio.run(Bench(folder).run(chosen))
    if trial.sent is None:
        _print_faults(trial.faults)
        raise CommandError("cli.nothing-sent", "该办件没有可发出的报文。", "Nothing of this case can be sent.")
    if trial.request is not None:
        head = [f"{trial.request.method} {trial.request.url}", *(f"{key}: {value}" for key, value in trial.request.headers)]
        print("\n".join([*head, ""]), flush=True)
        tell("密钥为替身，签名因此无效。", "Secrets are stand-ins, so its signature is worth nothing.", stderr=True)
    if output is None:
        sys.stdout.buffer.write(trial.body + b"\n")
        return
    try:
        output.write_bytes(trial.body)
    except OSError as error:
        raise unwritable(output, error) from None
    tell(f"报文 {len(trial.body)} 字节，已写入 {output}。", f"{len(trial.body)} bytes written to {output}.")


@app.command("read")
def read_command(
    name: OneName, file: Answer, step: ReadStep, matter: OfMatter = None, status: Status = 200, as_json: AsJson = False
) -> None:
    """判读一份应答：是否成功、哪一行判定、读出什么 / read an answer: success rule, verdict rows, values, codes and status"""
    from gateway.kit import Bench, understand, understand_push, unread

    folder = opened(name)
    bench, body = Bench(folder), _input(file)
    if step == PUSH:
        if folder.push is None:
            raise CommandError("cli.no-push", f"对接方 {name} 不推送。", f"The partner {name} does not push.")
        understood = understand_push(bench, body)
    else:
        understood = understand(bench, _matter(folder, step, matter), step, status, body)
    if as_json:
        print_json(_understood(understood))
    else:
        _print_understood(understood)
    raise typer.Exit(1 if unread(understood) else 0)


def _example(folder: "Folder", name: str) -> "Example":
    """The example of that name, or the one whose claim it is. Raises CommandError, and MappingError when it cannot be read."""
    from gateway.kit import read_examples

    examples, findings = read_examples(folder)
    name = name.strip("/")
    found = [example for example in examples if name in (example.name, example.path.name)]
    if len(found) == 1:
        return found[0]
    if len(found) > 1:
        names = ", ".join(example.name for example in found)
        raise CommandError("cli.example-unclear", f"有多个同名示例：{names}。", f"Several examples have this name: {names}.")
    wrong = [finding for finding in findings if f"/{name}/" in finding.file]
    if wrong:
        raise MappingError(wrong)
    hint = nearest(name, [example.name if "/" in name else example.path.name for example in examples])
    raise CommandError("cli.example-unknown", f"没有示例 {name}。", f"There is no example {name}. {hint}")


def _matter(folder: "Folder", step: str, matter: str | None) -> str:
    """A matter that has the step: the one that is asked for, or any where all of them read it the same way."""
    having = {code: mapping.steps[step] for code, mapping in folder.matters.items() if step in mapping.steps}
    if not having:
        raise _unknown_step(step, [*(name for mapping in folder.matters.values() for name in mapping.steps), PUSH])
    if matter is not None:
        if matter not in having:
            hint = nearest(matter, having)
            raise CommandError("cli.matter-unknown", f"没有带该步骤的事项 {matter}。", f"No matter {matter} has this step. {hint}")
        return matter
    if len({id(mapping) for mapping in having.values()}) > 1:
        codes = ", ".join(having)
        raise CommandError("cli.matter-unclear", f"各事项的步骤不同，请写 --matter：{codes}。", f"Give --matter, one of: {codes}.")
    return next(iter(having))


def _unknown_step(step: str, steps: Any) -> CommandError:
    hint = nearest(step, set(steps))
    return CommandError("cli.step-unknown", f"没有步骤 {step}。", f"There is no step {step}. {hint}")


def _input(file: str) -> bytes:
    try:
        if file == "-":
            return sys.stdin.buffer.read(MAX_BYTES)
        with Path(file).open("rb") as opened_file:
            return opened_file.read(MAX_BYTES)
    except OSError as error:
        raise CommandError("cli.unreadable", f"无法读取 {file}。", f"{file} cannot be read.", detail=str(error)) from None


def _line(drawn: "Drawn") -> str:
    """One place on one line."""
    rule = f" ← {drawn.rule}" if drawn.rule and drawn.state.value != "fixed" else ""
    came = _short(drawn.value) if drawn.state.value in ("fixed", "drawn", "text") else None
    sources = ", ".join(source.path + (f": {seen}" if (seen := _short(source.value)) != came else "") for source in drawn.sources)
    below = f" ← {sources}" if sources else ""
    place = f"{drawn.place.file.partition('/')[2]}:{drawn.place.line}"
    return f"  {drawn.target}{rule}{below}{_came(drawn)}  [{place}]"


def _came(drawn: "Drawn") -> str:
    """What came of a place, in words."""
    state = drawn.state.value
    if drawn.fault is not None:
        return f"  ✗ {drawn.fault.zh} / {drawn.fault.en}"
    if state in _LEFT_OUT:
        return "  （" + " / ".join(_LEFT_OUT[state]) + "）"
    if state == "list":
        return f"  （{len(drawn.value)} 项 / item(s)）"
    return f" = {_short(drawn.value)}"


def _short(value: Any) -> str:
    """A value as one short text; nothing as a dash."""
    from gateway.kit import plain

    shown = plain(value)
    if shown is None:
        return "—" if value is not None else "null"
    if isinstance(shown, list):
        return f"[{len(shown)}]"
    if isinstance(shown, dict):
        return "{" + ", ".join(shown) + "}"
    text = str(shown).replace("\n", "⏎")
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _print_understood(understood: "Understood") -> None:
    from gateway.kit import unread

    for rule in understood.rules:
        print(_rule_line(rule))
    for drawn in understood.reading.drawn if understood.reading else ():
        print(_line(drawn))
    if understood.verdict:
        print("判定 / verdict: " + ", ".join(f"{name}: {value}" for name, value in understood.verdict.items()))
    for report in understood.reports:
        print("反馈 / report: " + ", ".join(f"{name}: {value if value is not None else 'null'}" for name, value in report.items()))
    placed = {(drawn.fault.zh, drawn.fault.en) for drawn in understood.reading.drawn if drawn.fault} if understood.reading else set()
    for zh, en in unread(understood):
        if (zh, en) not in placed:
            print(f"✗ {zh} / {en}")


def _rule_line(rule: "Rule") -> str:
    what = "success" if rule.row is None else f"verdicts[{rule.row}] {rule.meaning}" + (f" ({rule.reason})" if rule.reason else "")
    seen = ", ".join(f"{source.path} = {_short(source.value)}" for source in rule.sources)
    return f"{'✓' if rule.holds else '·'} {what}: {rule.rule}" + (f"  ← {seen}" if seen else "")


def _print_faults(faults: "tuple[Fault, ...]") -> None:
    for fault in faults:
        print(f"✗ {fault.code} {fault.pointer}: {fault.zh} / {fault.en}")


def _place(drawn: "Drawn") -> dict[str, Any]:
    """One place as JSON values."""
    from gateway.kit import plain

    return {
        "target": drawn.target,
        "at": f"{drawn.place.file}:{drawn.place.line}:{drawn.place.column}",
        "state": drawn.state.value,
        "rule": drawn.rule,
        "sources": list(_sources(drawn.sources)),
        "value": plain(drawn.value),
        "fault": drawn.fault and next(iter(_faults((drawn.fault,)))),
    }


def _sources(sources: "tuple[DrawnFrom, ...]") -> Iterator[Mapping[str, Any]]:
    from gateway.kit import plain
    from gateway.mapping import ABSENT

    for source in sources:
        yield {"path": source.path} | ({} if source.value is ABSENT else {"value": plain(source.value)})


def _faults(faults: "tuple[Fault, ...]") -> list[dict[str, str]]:
    return [{"code": fault.code, "pointer": fault.pointer, "zh": fault.zh, "en": fault.en} for fault in faults]


def _understood(understood: "Understood") -> dict[str, Any]:
    """What an answer says, as JSON values."""
    from gateway.kit import unread

    return {
        "rules": [
            {"row": rule.row, "rule": rule.rule, "holds": rule.holds, "is": rule.meaning or None, "reason": rule.reason}
            | {"sources": list(_sources(rule.sources))}
            for rule in understood.rules
        ],
        "reading": [_place(drawn) for drawn in understood.reading.drawn] if understood.reading else [],
        "verdict": dict(understood.verdict),
        "reports": [dict(report) for report in understood.reports],
        "unread": [{"zh": zh, "en": en} for zh, en in unread(understood)],
    }
