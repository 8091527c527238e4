"""`tongban case trace`: who held a case, from when to when and how long, in plain words."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Annotated, Any

import typer

from gateway.cli import places
from gateway.cli.desk import AsJson, Desk, at_desk
from gateway.cli.speech import print_json
from gateway.cli.trouble import CommandError
from gateway.model import Status
from gateway.store import Tx

app = typer.Typer()

_EN = {"reception": "reception", "gateway": "the gateway", "handling": "the handling place", "applicant": "the applicant"}
_STATE = {
    "not-started": ("未开始", "not started"),
    "running": ("计时中", "running"),
    "paused": ("暂停", "paused"),
    "stopped": ("已停止", "stopped"),
}
_UNIT = {"working-days": ("个工作日", "working days"), "calendar-days": ("天", "calendar days"), "hours": ("小时", "hours")}
_DECISION = {"approved": ("（准予）", ", approved"), "denied": ("（不予许可）", ", denied"), None: ("", "")}
"""Completed is how a case ends; what was decided is another matter."""
_BY = {"reception": "收件地", "gateway": "网关", "handling": "办理地", "applicant": "申请人", "admin": "管理员"}


class Lang(StrEnum):
    """The language of a text for people."""

    ZH = "zh"
    EN = "en"


@app.command("trace")
def trace_command(
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="办件编号 / case number")],
    lang: Annotated[Lang, typer.Option("--lang", help="语言 / language")] = Lang.ZH,
    as_json: AsJson = False,
) -> None:
    """责任链：办件先后在谁手里、多久；先核验事件链 / who held the case, and how long; its event chain is verified first"""
    document, names = at_desk(lambda desk: trace(desk, number))
    if as_json:
        print_json(document)
        return
    for line in (chinese if lang is Lang.ZH else english)(document, names):
        print(line)


async def trace(desk: Desk, number: str) -> tuple[dict[str, Any], dict[str, str]]:
    """The trace of a case, and the regions in it by their codes. CommandError when there is no such case."""
    from gateway.flow import trace_document  # with all that it brings, too slow for the other commands

    def unit(tx: Tx) -> tuple[dict[str, Any], dict[str, str]]:
        case = tx.cases.by_number(number.strip().upper())
        if case is None:
            raise CommandError("cli.case-unknown", f"没有办件 {number}。", f"There is no case {number}.")
        document = trace_document(tx, case, desk.now())
        return document, places.names(tx, _regions(document))

    return await desk.store.read(unit)


def _regions(document: Mapping[str, Any]) -> Iterator[str | None]:
    yield from (held["place"] for held in document["holdings"])
    yield from (part["destination"] for part in document["parts"])
    yield from (went[end] for went in document["forwardings"] for end in ("from", "to"))


def chinese(document: Mapping[str, Any], names: Mapping[str, str]) -> Iterator[str]:
    """The trace in Chinese, line by line. names: what to call the regions in it."""
    chain, status = document["chain"], document["status"]
    yield f"办件 {document['number']}，现为“{status['zh']}”（{status['code']}）。"
    if document["test"]:
        yield "这是测试件或走流程，不计入任何统计。"
    if document["parent"]:
        yield f"多地联办的分件，整件为 {document['parent']}。"
    for part in document["parts"]:
        yield f"分件 {part['number']}（{names[part['destination']]}），现为“{part['status']['zh']}”（{part['status']['code']}）。"
    if chain["whole"]:
        yield f"事件链完整，共 {chain['events']} 条，已逐条核验。"
    else:
        yield f"警告：事件链在第 {chain['broken_at']} 条处断裂，其后的记录不可采信；以下只依据断裂之前的事件。"
    for number, held in enumerate(document["holdings"], start=1):
        place = f"（{names[held['place']]}）" if held["place"] else ""
        until = f"至 {_minute(held['until'])}" if held["until"] else "至今"
        spent = f"历时 {_zh(held['calendar_seconds'])}，其中工作日 {_zh(held['working_seconds'])}"
        yield f"{number}. {held['zh']}{place}：{_minute(held['since'])} {until}，{spent}。"
        for stay in held["stays"]:
            inferred = "，推断" if stay["inferred"] else ""
            yield f"   {_minute(stay['since'])} {stay['status']['zh']}（由{_BY[stay['by']]}{inferred}）"
    for went in document["forwardings"]:
        way = f"{'分件 ' + went['part'] + ' ' if went['part'] else ''}由 {names[went['from']]} 转至有权办理地 {names[went['to']]}"
        yield f"转办他地：{_minute(went['at'])} {way}，依据 {went['agreement']}，对接方 {went['partner']}。"
    for number, end in enumerate(document["endings"]):
        decided = _DECISION[document["decision"]][0] if end["status"]["code"] == Status.COMPLETED else ""
        inferred = "，推断" if end["inferred"] else ""
        yield f"{'其后' if number else '办结'}：{end['status']['zh']}{decided} 于 {_minute(end['since'])}（由{_BY[end['by']]}{inferred}）。"
    for total in document["totals"]:
        yield f"合计 {total['zh']}：{_zh(total['calendar_seconds'])}，其中工作日 {_zh(total['working_seconds'])}。"
    for pause in document["pauses"]:
        notice = f"书面通知 {pause['notice']}" if pause["notice"] else "未登记书面通知"
        yield f"暂停计时：{pause['kind']}，{_minute(pause['since'])} 至 {_minute(pause['until']) if pause['until'] else '今'}，{notice}。"
    for extension in document["extensions"]:
        yield f"延长期限：{extension['days']} 天，{_minute(extension['at'])} 登记。"
    for clock in document["clocks"]:
        if clock["state"] != "not-started":
            yield _clock_zh(clock)


def english(document: Mapping[str, Any], names: Mapping[str, str]) -> Iterator[str]:
    """The trace in English, line by line. names: what to call the regions in it."""
    chain, status = document["chain"], document["status"]
    yield f"Case {document['number']} stands at {status['name']} ({status['code']})."
    if document["test"]:
        yield "It is a test or a walk-through and enters no count."
    if document["parent"]:
        yield f"It is a part of the joint case {document['parent']}."
    for part in document["parts"]:
        yield f"Part {part['number']} ({names[part['destination']]}) stands at {part['status']['name']} ({part['status']['code']})."
    if chain["whole"]:
        yield f"Its event chain is whole: {chain['events']} events, each verified."
    else:
        yield f"WARNING: the event chain is broken at event {chain['broken_at']}; what follows there is not to be trusted."
        yield "The lines below come from the events before the break only."
    for number, held in enumerate(document["holdings"], start=1):
        place = f" ({names[held['place']]})" if held["place"] else ""
        until = f"until {_minute(held['until'])}" if held["until"] else "until now"
        spent = f"{_en(held['calendar_seconds'])}, of it {_en(held['working_seconds'])} on working days"
        yield f"{number}. {_EN[held['holder']]}{place}: from {_minute(held['since'])} {until}, {spent}."
        for stay in held["stays"]:
            inferred = ", inferred" if stay["inferred"] else ""
            yield f"   {_minute(stay['since'])} {stay['status']['name']} (by {stay['by']}{inferred})"
    for went in document["forwardings"]:
        way = f"{'part ' + went['part'] + ' ' if went['part'] else ''}from {names[went['from']]} to the competent place {names[went['to']]}"
        yield f"Forwarded: {_minute(went['at'])} {way}, by the agreement {went['agreement']}, to the partner {went['partner']}."
    for number, end in enumerate(document["endings"]):
        decided = _DECISION[document["decision"]][1] if end["status"]["code"] == Status.COMPLETED else ""
        inferred = ", inferred" if end["inferred"] else ""
        what = f"{end['status']['name']} ({end['status']['code']}){decided}"
        yield f"{'Then' if number else 'It ended'}: {what} at {_minute(end['since'])} (by {end['by']}{inferred})."
    for total in document["totals"]:
        yield f"In all, {_EN[total['holder']]}: {_en(total['calendar_seconds'])}, of it {_en(total['working_seconds'])} on working days."
    for pause in document["pauses"]:
        notice = f"written notice {pause['notice']}" if pause["notice"] else "no written notice on record"
        yield f"Paused: {pause['kind']}, {_minute(pause['since'])} to {_minute(pause['until']) if pause['until'] else 'now'}, {notice}."
    for extension in document["extensions"]:
        yield f"Extended by {extension['days']} days, entered {_minute(extension['at'])}."
    for clock in document["clocks"]:
        if clock["state"] != "not-started":
            yield _clock_en(clock)


def _clock_zh(clock: Mapping[str, Any]) -> str:
    unit = _UNIT[clock["unit"]][0]
    line = f"时钟 {clock['zh']}：{_STATE[clock['state']][0]}，已用 {clock['elapsed']} {unit}"
    if clock["paused"]:
        line += f"，暂停 {clock['paused']} {unit}"
    if clock["due"]:
        line += f"，期限 {_minute(clock['due'])}" + ("（已超期）" if clock["overdue"] else "")
    return line + ("。该年放假安排尚未公布，期限为暂定。" if clock["provisional"] else "。")


def _clock_en(clock: Mapping[str, Any]) -> str:
    unit = _UNIT[clock["unit"]][1]
    line = f"Clock {clock['clock']}: {_STATE[clock['state']][1]}, {clock['elapsed']} {unit} used"
    if clock["paused"]:
        line += f", {clock['paused']} {unit} paused"
    if clock["due"]:
        line += f", due {_minute(clock['due'])}" + (" (overdue)" if clock["overdue"] else "")
    return line + (". The holidays of that year are not yet published; the date is provisional." if clock["provisional"] else ".")


def _minute(moment: str) -> str:
    """A moment of a document to the minute, China's time."""
    return moment[:16].replace("T", " ")


def _zh(seconds: int) -> str:
    days, hours, minutes = _split(seconds)
    return " ".join(f"{n} {unit}" for n, unit in ((days, "天"), (hours, "小时"), (minutes, "分")) if n) or "不到 1 分"


def _en(seconds: int) -> str:
    days, hours, minutes = _split(seconds)
    return " ".join(f"{n} {unit}" for n, unit in ((days, "d"), (hours, "h"), (minutes, "min")) if n) or "under a minute"


def _split(seconds: int) -> tuple[int, int, int]:
    return seconds // 86400, seconds % 86400 // 3600, seconds % 3600 // 60
