"""`tongban case`: one case as an operator may see it; personal data masked."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from gateway.cli import limits, places, tickets, traces, voids
from gateway.cli.desk import AsJson, Desk, at_desk
from gateway.cli.speech import Column, console, print_json, table
from gateway.cli.trouble import CommandError
from gateway.model import Status, iso
from gateway.security import mask_name, mask_number, redact
from gateway.store import EventRecord, TicketRecord, Tx

app = typer.Typer(help="办件 / cases", no_args_is_help=True)
app.registered_commands += traces.app.registered_commands + limits.app.registered_commands + voids.app.registered_commands

FACTS_ZH = {
    "number": "办件编号",
    "matter": "事项",
    "origin": "收件地",
    "destination": "办理地",
    "hall": "大厅",
    "partner": "对接方",
    "partner_number": "对方编号",
    "mapping": "对接映射",
    "whole": "整件",
    "applicant": "申请人",
    "status": "状态",
    "received_at": "收件时间",
    "partner_received_at": "对方收件时间",
    "withdrawal_requested_at": "申请撤件时间",
    "handled_at": "办结时间",
    "told": "已回传事件",
}
EVENTS = (
    Column("序号", "no.", number=True),
    Column("时间", "at"),
    Column("事件", "event"),
    Column("状态", "status"),
    Column("由", "by"),
    Column("对方代码", "code"),
    Column("原因", "reason"),
    Column("说明", "about"),
    Column("意见", "opinion"),
)
ROUNDS = (
    Column("轮次", "round", number=True),
    Column("状态", "state"),
    Column("项数", "items", number=True),
    Column("新增要求", "asks anew"),
    Column("告知时间", "issued at"),
    Column("期限", "due"),
)
_OF_A_ROUND = frozenset({"case.supplement-received", "case.status-changed"})
ROUNDS_ZH = {"open": "待答复", "sent": "已报送", "received": "办理地已收", "closed": "不再要求"}
ATTEMPTS = (
    Column("步骤", "step"),
    Column("判定", "verdict"),
    Column("原因", "reason"),
    Column("对接映射", "mapping"),
    Column("次数", "attempts", number=True),
)
VISITS = (Column("地点", "place"), Column("时间", "at"), Column("目的", "purpose"), Column("凭据", "evidence"))
CLOCKS = (
    Column("时钟", "clock"),
    Column("状态", "state"),
    Column("期限", "due"),
    Column("已用", "used"),
    Column("超期", "overdue"),
)
PARTS = (Column("分件编号", "part"), Column("办理地", "destination"), Column("对接方", "partner"), Column("状态", "status"))
TICKETS = (
    Column("编号", "id", number=True),
    Column("类型", "kind"),
    Column("原因", "reason"),
    Column("说明", "about"),
    Column("开立", "opened"),
)


@app.command("show")
def show_command(number: Annotated[str, typer.Argument(metavar="NUMBER", help="办件编号 / case number")], as_json: AsJson = False) -> None:
    """一个办件：状态、事件、尝试、补正、到场、工单 / one case: status, events, attempts, supplements, visits, tickets"""
    document, shown = at_desk(lambda desk: case_view(desk, number))
    if as_json:
        print_json(document)
        return
    document |= shown
    screen = console()
    for name, value in document["case"].items():
        screen.print(f"{FACTS_ZH[name]} / {name}: {'—' if value is None else value}", soft_wrap=True, markup=False)
    for title, columns, part in (
        (("分件", "parts"), PARTS, "parts"),
        (("事件", "events"), EVENTS, "events"),
        (("尝试", "attempts"), ATTEMPTS, "attempts"),
        (("补正", "supplements"), ROUNDS, "supplements"),
        (("到场", "visits"), VISITS, "visits"),
        (("时限", "clocks"), CLOCKS, "clocks"),
        (("待处理工单", "open tickets"), TICKETS, "tickets"),
    ):
        if document[part]:
            screen.print(table(title, columns, [tuple(row.values()) for row in document[part]]))


async def case_view(desk: Desk, number: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """(the case and what belongs to it, as JSON values; the parts of it that a person reads in other words).

    CommandError when there is no such case.
    """
    from gateway.flow import clock_document, clocks_of, round_document  # with all that it brings, too slow for the other commands

    sealer = desk.sealer()

    def unit(tx: Tx) -> tuple[dict[str, Any], dict[str, Any], bytes]:
        case = tx.cases.by_number(number.strip().upper())
        if case is None:
            raise CommandError("cli.case-unknown", f"没有办件 {number}。", f"There is no case {number}.")
        status = Status(case.status)
        whole = tx.cases.get(case.parent_id) if case.parent_id is not None else None
        open_tickets = [ticket for ticket in tx.tickets.list() if ticket.case_id == case.id]
        counted = Counter((a.step, a.verdict or "unended", a.reason, a.mapping_hash) for a in tx.attempts.of_case(case.id))
        view = {
            "case": {
                "number": case.number,
                "matter": case.matter,
                "origin": case.origin,
                "destination": case.destination,
                "hall": case.hall_id,
                "partner": case.partner or None,
                "partner_number": case.partner_number,
                "mapping": case.mapping_hash or None,
                "whole": whole.number if whole else None,
                "applicant": None,
                "status": f"{status.value} {status.zh}",
                "received_at": iso(case.received_at),
                "partner_received_at": iso(case.dispatched_at) if case.dispatched_at else None,
                "withdrawal_requested_at": iso(case.withdrawal_requested_at) if case.withdrawal_requested_at else None,
                "handled_at": iso(case.handled_at) if case.handled_at else None,
                "told": f"{case.relayed_seq}/{case.event_seq}",
            },
            "parts": [
                {
                    "number": part.number,
                    "destination": part.destination,
                    "partner": part.partner,
                    "status": f"{part.status.value} {part.status.zh}",
                }
                for part in (tx.cases.parts(case.id) if case.parts else ())
            ],
            "events": [
                {
                    "sequence": event.seq,
                    "at": iso(event.occurred_at),
                    "type": event.type,
                    "status": f"{event.after} {Status(event.after).zh}" if event.after else None,
                    "actor": f"{event.actor}（推断 / inferred）" if event.inferred else event.actor,
                    "partner_code": event.partner_code,
                    "reason": event.detail.get("reason"),
                    "about": _about(tx, event),
                    "opinion": redact(sealer.open(event.opinion_sealed, f"case:{case.number}:opinion").decode())
                    if event.opinion_sealed
                    else None,
                }
                for event in tx.cases.events(case.id)
            ],
            "attempts": [
                {"step": step, "verdict": verdict, "reason": reason, "mapping": mapping, "count": count}
                for (step, verdict, reason, mapping), count in counted.items()
            ],
            "supplements": [_round_row(round_document(sealer, case, record)) for record in tx.rounds.of_case(case.id)],
            "visits": [
                {"place": visit.place, "at": iso(visit.at), "purpose": visit.purpose.value, "evidence": visit.evidence.value}
                for visit in tx.cases.visits(case.parent_id or case.id)
            ],
            "clocks": [_clock_row(clock_document(reading)) for reading in clocks_of(tx, case, desk.now())],
            "tickets": [
                {
                    "id": ticket.id,
                    "kind": ticket.kind,
                    "reason": ticket.reason,
                    "detail": dict(ticket.detail),
                    "opened_at": iso(ticket.opened_at),
                }
                for ticket in open_tickets
            ],
        }
        return view, _in_words(tx, view, open_tickets), tx.cases.document(case.id)

    view, shown, sealed = await desk.store.read(unit)
    draft = json.loads(sealer.open(sealed, f"case:{view['case']['number']}:document"))["draft"]
    applicant = draft["applicant"]
    certificate = applicant["certificate"]
    view["case"]["applicant"] = shown["case"]["applicant"] = (
        f"{mask_name(applicant['name'])} ({applicant['class']}, {certificate['type']} {mask_number(certificate['number'])})"
    )
    return view, shown


def _in_words(tx: Tx, view: Mapping[str, Any], open_tickets: Sequence[TicketRecord]) -> dict[str, Any]:
    """The parts of the view that name regions, with their names, its tickets with their details in words, and hashes by how they begin."""
    case, said = view["case"], tickets.abouts(tx, open_tickets)
    return {
        "case": case | {end: places.named(tx, case[end]) for end in ("origin", "destination")} | {"mapping": _short(case["mapping"])},
        "attempts": [attempt | {"mapping": _short(attempt["mapping"])} for attempt in view["attempts"]],
        "parts": [part | {"destination": places.named(tx, part["destination"])} for part in view["parts"]],
        "visits": [visit | {"place": places.named(tx, visit["place"])} for visit in view["visits"]],
        "tickets": [ticket | {"detail": about} for ticket, about in zip(view["tickets"], said, strict=True)],
    }


def _short(mapping_hash: str | None) -> str | None:
    """As much of a folder's hash as tells it from others, and as `replay --mapping` takes."""
    return mapping_hash and mapping_hash[:12]


def _about(tx: Tx, event: EventRecord) -> str | None:
    """What an event of the conversation with the partner says beside its status; no personal data."""
    detail = event.detail
    if event.type == "case.forwarded":
        way = " → ".join(places.named(tx, str(detail[end])) for end in ("from", "to"))
        part = f"，分件 / part {detail['part']}" if "part" in detail else ""
        return f"{way}（{detail['partner']}，{detail['agreement']}{part}）"
    if event.type == "case.supplement-asked":
        anew = "，含新增要求 / asks anew" if detail["repeated"] else ""
        return f"第 {detail['round']} 次，{detail['items']} 项 / round {detail['round']}, {detail['items']} item(s){anew}"
    if "part" in detail:
        return f"分件 / part {detail['part']}"
    if event.type in _OF_A_ROUND and "round" in detail:
        return f"第 {detail['round']} 次 / round {detail['round']}"
    return f"文号 / document {detail['agreed']}" if "agreed" in detail else None


def _round_row(told: Mapping[str, Any]) -> dict[str, Any]:
    """One supplement round as `case show` prints it: how much is asked, never what, which may name people."""
    return {
        "round": told["round"],
        "state": f"{ROUNDS_ZH[told['state']]} / {told['state']}",
        "items": len(told["items"]),
        "repeated": told["repeated"],
        "issued_at": told["issued_at"],
        "due": told["due"],
    }


def _clock_row(clock: Mapping[str, Any]) -> dict[str, Any]:
    """One clock as `case show` prints it; the trace has the rest."""
    return {
        "clock": f"{clock['zh']} / {clock['clock']}",
        "state": clock["state"],
        "due": clock["due"],
        "elapsed": f"{clock['elapsed']} {clock['unit']}",
        "overdue": clock["overdue"],
    }
