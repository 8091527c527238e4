"""`tongban replay`: the cases that one version of a partner's folder parked, run again with the folder in force."""

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.desk import Action, AsJson, By, Desk, at_desk
from gateway.cli.folders import chosen
from gateway.cli.speech import Column, console, print_json, table, tell
from gateway.model import CHINA, iso
from gateway.settings import Settings
from gateway.store import Tx

if TYPE_CHECKING:
    from gateway.flow import InForce, Replayed, Window

app = typer.Typer(add_completion=False)

COLUMNS = (
    Column("办件", "case"),
    Column("对接方", "partner"),
    Column("上次尝试", "last tried"),
    Column("搁置原因", "parked for"),
    Column("处理", "what becomes of it"),
)
_RUNS = ("重新执行", "runs again")
_ASKS = ("重新执行，先向对方查询，确未收到才再发", "runs again: the partner is asked first, and gets it only if it surely has nothing")
_LEFT = {
    "perhaps-there": (
        "未动：对方可能已收到且不能查询，请向对方核实后处理工单",
        "left: the partner perhaps has it and cannot be asked; find out, then see its ticket",
    ),
    "no-ticket": ("未动：工单已由人关闭", "left: a person closed its ticket"),
    "no-folder": ("未动：现行文件夹不受理该事项或没有所需步骤", "left: no folder now has the step that it waits for"),
    "crashed": ("未动：网关内部错误，请看日志后 ticket retry", "left: the gateway failed at it; read the log, then ticket retry"),
    "case-ended": ("未动：办件已办结", "left: the case has ended"),
    "not-parked-any-more": ("未动：已不再搁置", "left: not parked any more"),
}
_PREFIX = re.compile(r"[0-9a-f]{8,64}")
_MOMENT = "YYYY-MM-DD[THH:MM]"
_DAY = re.compile(r"\d{4}-?\d{2}-?\d{2}", re.ASCII)
_CLOCK = re.compile(r"[Tt ]\d", re.ASCII)


@app.command("replay")
def replay_command(
    mapping: Annotated[
        str,
        typer.Option("--mapping", metavar="HASH", help="文件夹哈希或其前 8 位以上 / a folder's hash, or 8 or more of its first characters"),
    ],
    since: Annotated[
        str, typer.Option("--since", metavar=_MOMENT, help="上次尝试不早于（北京时间） / last tried from then on, China's time")
    ],
    until: Annotated[
        str | None, typer.Option("--until", metavar=_MOMENT, help="上次尝试早于；只写日期则含当日 / last tried before; a day is included")
    ] = None,
    partner: Annotated[str | None, typer.Option("--partner", metavar="NAME", help="仅此对接方 / this partner only")] = None,
    only_parked: Annotated[
        bool, typer.Option("--only-parked", help="只处理已搁置的办件（必须写明） / parked cases only; must be said")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只说明，不改动 / tell, and change nothing")] = False,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """让某一版对接文件夹搁置的办件按现行文件夹重新执行 / run again, with the folder in force, what one version of it parked

    对方可能已收到的办件（应答丢失，或曾按另一版发出）绝不盲目重发：先向对方查询，确未收到才再发；只能由人核实的留给人处理；
    文件夹写明重复提交无妨（resend: idempotent）的除外。

    What the partner perhaps has (its answer is lost, or it was sent by another version) is never simply sent again: the partner is asked
    first, and gets it only if it surely has nothing; where only a person can find out, it is left; unless the folder says that
    a repeated submission does no harm (resend: idempotent).
    """
    from gateway.flow import Window  # with all that it brings, too slow for the other commands

    if not only_parked:
        raise typer.BadParameter("请写明 --only-parked：只重新执行已搁置的办件 / say --only-parked: only what is parked runs again")
    prefix = mapping.strip().lower()
    if not _PREFIX.fullmatch(prefix):
        raise typer.BadParameter("--mapping 应为 8 至 64 位十六进制字符 / --mapping takes 8 to 64 hexadecimal characters")
    window = Window(prefix, _moment(since, "--since"), _moment(until, "--until", end=True) if until is not None else None, partner)
    if window.until is not None and window.since >= window.until:
        raise typer.BadParameter("--since 应早于 --until / --since must be before --until")
    if partner is not None:
        chosen(partner, every=False)  # of another name there can be no case that runs again
    in_force = folders()
    told, elsewhere = at_desk(lambda desk: run(desk, window, in_force, dry_run=dry_run), by=by)
    if as_json:
        print_json([_row(one) for one in told])
    else:
        report(told, dry_run=dry_run)
    if not told:
        tell(*_nothing(prefix, elsewhere), stderr=True)


def folders() -> "Mapping[str, InForce]":
    """What is in force: the folders and the overlay that a gateway would start with now. Raises MappingError."""
    from gateway.flow import InForce
    from gateway.wiring import check_partners

    return {name: InForce(folder.content_hash, folder.resend, folder) for name, folder in check_partners(Settings.load()).items()}


async def run(desk: Desk, window: "Window", in_force: "Mapping[str, InForce]", *, dry_run: bool) -> "tuple[list[Replayed], int]":
    """What becomes of each case of the window; each that runs again leaves a line in the audit chain.

    Beside it how many parked cases of the hash lie outside the window, counted only when none lies in it.
    """
    from gateway.flow import parked_under, replay

    def note(tx: Tx, one: "Replayed") -> None:
        detail = {"mapping": one.case.mapping_hash, "in_force": in_force[one.case.partner].mapping_hash, "reason": one.case.reason}
        desk.record(tx, Action.CASE_REPLAYED, one.case.number, detail)

    told = await replay(desk.store, window, in_force, by=desk.by, now=desk.now(), note=None if dry_run else note)
    return told, 0 if told else len(await parked_under(desk.store, window.mapping))


def report(told: "list[Replayed]", *, dry_run: bool) -> None:
    """A row for each case, how many run again, and whether anything has changed since."""
    if told:
        rows = [(one.case.number, one.case.partner, _minute(one), one.case.reason, " / ".join(_becomes(one))) for one in told]
        console().print(table(("搁置的办件", "parked cases"), COLUMNS, rows))
    runs = sum(one.left is None for one in told)
    if dry_run:
        tell(f"将重新执行 {runs} 件，{len(told) - runs} 件不动。", f"{runs} case(s) would run again, {len(told) - runs} would be left.")
    else:
        tell(f"已重新排队 {runs} 件，{len(told) - runs} 件未动。", f"{runs} case(s) are queued again, {len(told) - runs} left.")
    for name in sorted({one.case.partner for one in told if one.same}):
        tell(
            f"注意：{name} 的现行文件夹仍是这一版，报文不会有变化。",
            f"Note: the folder {name} in force is still that version; the messages will be the same.",
            stderr=True,
        )


def _nothing(mapping: str, elsewhere: int) -> tuple[str, str]:
    """Why there is no case to tell of. elsewhere: the parked cases of the hash outside the window."""
    if elsewhere:
        zh = f"该版本搁置的 {elsewhere} 件均不在所给的时间或对接方之内。"
        return zh, f"All {elsewhere} case(s) that this version parked lie outside the time or partner that was given."
    return f"没有搁置的办件属于哈希 {mapping}。", f"No parked case has the hash {mapping}."


def _minute(one: "Replayed") -> str:
    return iso(one.case.tried_at)[:16].replace("T", " ")


def _becomes(one: "Replayed") -> tuple[str, str]:
    if one.left is not None:
        return _LEFT[one.left.value]
    return _ASKS if one.asks else _RUNS


def _row(one: "Replayed") -> dict[str, object]:
    return {
        "case": one.case.number,
        "partner": one.case.partner,
        "mapping": one.case.mapping_hash,
        "tried_at": iso(one.case.tried_at),
        "parked_for": one.case.reason,
        "runs": one.left is None,
        "asks_first": one.asks,
        "left": one.left.value if one.left else None,
        "tickets": [ticket.id for ticket in one.tickets],
    }


def _moment(typed: str, option: str, *, end: bool = False) -> datetime:
    """A moment, or a day in China: its begin, or with `end` its end."""
    try:
        if _DAY.fullmatch(typed):
            day = date.fromisoformat(typed) + timedelta(days=1 if end else 0)
            return datetime.combine(day, time(), CHINA)
        if not _CLOCK.search(typed):
            # A week, which Python would take for its Monday.
            raise ValueError(typed)
        moment = datetime.fromisoformat(typed)
        return moment if moment.tzinfo else moment.replace(tzinfo=CHINA)
    except (ValueError, OverflowError):
        raise typer.BadParameter(f"{option}: {_MOMENT}") from None
