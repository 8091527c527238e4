"""`tongban reasons`: why authorities and their systems say no, ranked, and which pre-check would have prevented it."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Annotated, Any

import typer

from gateway.cli.desk import AsJson, Desk, at_desk
from gateway.cli.speech import Column, console, print_json, table
from gateway.model import RAW, REASONS
from gateway.security import redact
from gateway.store import RejectionRow, Tx

app = typer.Typer()

STAGES = ("refused", "not-accepted", "denied")
LATEST = 1000
"""How many raw rejections the list of words looks back on."""
_MOST_WORDS = 20
_LONGEST = 120


class Cut(StrEnum):
    """By what the reasons are told apart."""

    HALL = "hall"
    MATTER = "matter"
    PARTNER = "partner"


_KEYS: Mapping[Cut, Callable[[RejectionRow], str]] = {
    Cut.HALL: lambda row: row.hall_id,
    Cut.MATTER: lambda row: row.matter,
    Cut.PARTNER: lambda row: row.partner,
}
_CUTS = {Cut.HALL: Column("大厅", "hall"), Cut.MATTER: Column("事项", "matter"), Cut.PARTNER: Column("对接方", "partner")}
_COUNTS = (
    Column("件次", "rejections", number=True),
    Column("系统退回", "refused", number=True),
    Column("不予受理", "not accepted", number=True),
    Column("不予许可", "denied", number=True),
    Column("可预防的检查规则", "prevented by"),
)
_WORDS = (
    Column("件次", "rejections", number=True),
    Column("对接方", "partner"),
    Column("阶段", "stage"),
    Column("对方原话", "their own words"),
)


@app.command("reasons")
def reasons_command(
    by: Annotated[Cut | None, typer.Option("--by", help="按大厅、事项或对接方分列 / apart by hall, matter or partner")] = None,
    as_json: AsJson = False,
) -> None:
    """退件原因排序，及收件前检查中可预防它的规则 / why cases are rejected, ranked, and the pre-check rule that would have prevented it"""
    view = at_desk(lambda desk: reasons_view(desk, by))
    if as_json:
        print_json(view)
        return
    screen = console()
    columns = (*((_CUTS[by],) if by else ()), Column("原因", "reason"), *_COUNTS)
    screen.print(table(("退件原因", "reasons"), columns, [_cells(row, by) for row in view["reasons"]]))
    if view["raw"]:
        screen.print(table(("未归类的原因", "raw reasons"), _WORDS, [tuple(row.values()) for row in view["raw"]]))


async def reasons_view(desk: Desk, by: Cut | None) -> dict[str, Any]:
    """The ranking as JSON values: reasons by number of rejections, and the words of those that fit no reason, without personal numbers."""

    def unit(tx: Tx) -> tuple[list[RejectionRow], Any]:
        return tx.rejections.counted(), tx.rejections.raw_words(LATEST)

    counted, raw = await desk.store.read(unit)
    ranked: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for row in counted:
        ranked[_KEYS[by](row) if by else "", row.reason][row.stage] += row.cases
    order = sorted(ranked.items(), key=lambda entry: (entry[0][0], -entry[1].total(), entry[0][1]))
    words: Counter[tuple[str, str, str]] = Counter()
    if raw:
        sealer = desk.sealer()
        for each in raw:
            said = redact(sealer.open(each.words_sealed, f"case:{each.case_number}:opinion").decode())
            words[each.partner, each.stage, said[:_LONGEST]] += 1
    return {
        "reasons": [_row(key, reason, stages, by) for (key, reason), stages in order],
        "raw": [
            {"rejections": count, "partner": partner, "stage": stage, "words": said}
            for (partner, stage, said), count in words.most_common(_MOST_WORDS)
        ],
    }


def _row(key: str, reason: str, stages: Counter[str], by: Cut | None) -> dict[str, Any]:
    known = REASONS.get(reason)
    told = {by.value: key} if by else {}
    return told | {
        "reason": reason,
        "zh": known.zh if known else "未归类（对方原话）",
        "en": known.en if known else "not classified: the partner's own words",
        "rejections": stages.total(),
        **{stage.replace("-", "_"): stages[stage] for stage in STAGES},
        "prevented_by": list(known.prevented_by) if known else [],
    }


def _cells(row: Mapping[str, Any], by: Cut | None) -> tuple[object, ...]:
    counts = (row["rejections"], row["refused"], row["not_accepted"], row["denied"])
    name = f"{row['reason']} {row['zh']}" if row["reason"] != RAW else row["zh"]
    return (*((row[by.value],) if by else ()), name, *counts, " ".join(row["prevented_by"]) or None)
