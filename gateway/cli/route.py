"""`tongban route`: by which agreement and to which partner a case would go, or exactly which conditions failed."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.desk import AsJson, Desk, at_desk
from gateway.cli.partners import load_folders
from gateway.cli.speech import print_json, tell
from gateway.cli.trouble import CommandError
from gateway.mapping import Folder
from gateway.model import china_day, iso
from gateway.sheets import UnfitError, fields
from gateway.store import Tx

if TYPE_CHECKING:
    from gateway.flow import Route

app = typer.Typer()

CLOSED = 1
_RIGHTS = {"receive": "收件", "notify_once": "一次性告知", "verify_original": "原件核验", "deliver": "结果送达"}
_SPANS = {"forward_days": "收件转办", "post_days": "寄送纸质材料", "recheck_days": "办理地复核", "return_days": "寄送结果"}
"""Delegated rights and agreed terms, in the order of the model."""


@app.command("route")
def route_command(
    origin: Annotated[str, typer.Option("--from", metavar="REGION", help="收件地地区代码 / region code of the origin")],
    destination: Annotated[str, typer.Option("--to", metavar="REGION", help="办理地地区代码 / region code of the destination")],
    matter: Annotated[str, typer.Option("--matter", metavar="CODE", help="事项编码，12 位 / matter code, 12 digits")],
    on: Annotated[str | None, typer.Option("--on", metavar="DATE", help="哪一天，缺省为今天 / the day; today when left out")] = None,
    as_json: AsJson = False,
) -> None:
    """办件怎么走：协议、授权、对接方，或哪个条件不满足（以 1 退出） / where a case would go, or which condition failed (ends with 1)"""
    folders = load_folders()
    route = at_desk(lambda desk: find_route(desk, folders, origin, destination, matter, on))
    document = route_view(route)
    if as_json:
        print_json(document)
    else:
        _print(document)
    if route.faults:
        raise typer.Exit(CLOSED)


async def find_route(
    desk: Desk, folders: Mapping[str, Folder], origin: str, destination: str, matter: str, on: str | None
) -> "Route[Folder]":
    """The route between two regions as people write them. CommandError for what is no region code, matter code or day."""
    # Flow brings the HTTP client with it, which only this command should wait for.
    from gateway.flow import explain_route

    now = desk.now()
    try:
        places = fields.region(origin), fields.region(destination)
        code, day = fields.matter(matter), china_day(now) if on is None else fields.day(on)
    except UnfitError as unfit:
        raise CommandError("cli.route", f"{unfit.zh}。", f"{unfit.en}.") from None

    def unit(tx: Tx) -> "Route[Folder]":
        return explain_route(tx, folders, *places, code, now, day)

    return await desk.store.read(unit)


def route_view(route: "Route[Folder]") -> dict[str, Any]:
    """The route as JSON values."""
    agreement, matter = route.agreement, route.matter
    return {
        "open": not route.faults,
        "origin": route.origin,
        "destination": route.destination,
        "day": route.day.isoformat(),
        "matter": {"code": matter.code, "name": matter.name, "version": matter.version} if matter else None,
        "agreement": {
            "document": agreement.document_number,
            "origin": agreement.origin,
            "destination": agreement.destination,
            "valid_from": agreement.valid_from.isoformat(),
            "valid_to": agreement.valid_to.isoformat() if agreement.valid_to else None,
            "delegations": asdict(agreement.delegations),
            "terms": asdict(agreement.terms),
        }
        if agreement
        else None,
        "partner": route.partner.name if route.partner else None,
        "paused": {"until": _moment(route.pause.paused_until), "reason": route.pause.reason} if route.pause else None,
        "failed": [{"code": fault.code, "zh": fault.zh, "en": fault.en} for fault in route.faults],
    }


def _moment(moment: datetime | None) -> str | None:
    return iso(moment) if moment else None


def _print(route: dict[str, Any]) -> None:
    matter, agreement, paused = route["matter"], route["agreement"], route["paused"]
    tell(f"{route['origin']} → {route['destination']}，{route['day']}", f"on {route['day']}")
    if matter:
        tell(f"事项：{matter['code']} {matter['name']}（版本 {matter['version']}）", f"matter, version {matter['version']}")
    if agreement:
        until = agreement["valid_to"] or "…"
        span = f"{agreement['origin']} → {agreement['destination']}, {agreement['valid_from']} – {until}"
        tell(f"协议：{agreement['document']}（{span}）", "agreement")
        granted = [(zh, name) for name, zh in _RIGHTS.items() if agreement["delegations"][name]]
        tell(f"授权：{'、'.join(zh for zh, _ in granted) or '无'}", f"delegated: {', '.join(name for _, name in granted) or 'nothing'}")
        agreed = [(zh, name, days) for name, zh in _SPANS.items() if (days := agreement["terms"][name]) is not None]
        if agreed:
            said = "、".join(f"{zh} {days} 个工作日" for zh, _, days in agreed)
            tell(f"时限：{said}", "working days: " + ", ".join(f"{name.removesuffix('_days')} {days}" for _, name, days in agreed))
    if route["partner"]:
        tell(f"对接方：{route['partner']}", "partner")
    if paused:
        tell(
            f"对接方暂停至 {paused['until']}（{paused['reason']}）；办件照收，恢复后发出",
            f"the partner is paused until {paused['until']} ({paused['reason']}); cases are taken in and wait",
        )
    for failed in route["failed"]:
        print(f"✗ {failed['code']}: {failed['zh']} / {failed['en']}")
    if route["open"]:
        tell("可以收件。", "A case may be taken in.")
