"""What the demo says at its end: tables for people, or one JSON line."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.cli.demo.recount import Recount
from gateway.cli.demo.stage import Stage
from gateway.cli.demo.tally import TURNS, Tally
from gateway.cli.outcomes import print_outcomes
from gateway.cli.speech import Column, console, table
from gateway.settings import PREFIX

ATTEMPT_COLUMNS = (
    Column("对接方", "partner"),
    Column("步骤", "step"),
    Column("判定", "verdict"),
    Column("次数", "attempts", number=True),
)
VERDICTS_ZH = {"received": "已收", "refused": "拒绝", "retry": "重试", "hold": "暂停", "unsure": "不确定", "unended": "中断"}


@dataclass(frozen=True, slots=True)
class Report:
    """submitted: cases acknowledged; seconds: of the whole run."""

    submitted: int
    recount: Recount
    tally: Tally
    seconds: float

    @property
    def sound(self) -> bool:
        """Nothing lost, nothing doubled, everything handled."""
        return not self.recount.lost and not self.recount.duplicated and self.tally.handled == self.submitted

    def document(self) -> dict[str, Any]:
        """The JSON line."""
        total = self.tally.outcomes.total
        return {
            "submitted": self.submitted,
            "handled": self.tally.handled,
            "relayed": self.recount.relayed,
            "lost": len(self.recount.lost),
            "duplicated": len(self.recount.duplicated),
            "attempts": self.tally.attempts_with(),
            "retries": self.tally.attempts_with("retry"),
            "unsure_resolved": self.tally.unsure_resolved,
            "trips": {
                "baseline": total.baseline,
                "actual": total.actual,
                "saved": total.saved,
                "reduction_percent": total.reduction,
                "coverage_percent": total.coverage,
            },
            "seconds": round(self.seconds, 1),
        }


def print_report(report: Report, stage: Stage, *, as_json: bool, kept: bool) -> None:
    """The tables, on standard error beside the JSON line when that is wanted."""
    screen = console(stderr=as_json)
    print_outcomes(report.tally.outcomes, stderr=as_json)
    rows = [
        (partner, step, f"{VERDICTS_ZH.get(verdict, '')} {verdict}".strip(), count)
        for (partner, step, verdict), count in report.tally.attempts.items()
    ]
    screen.print(table(("尝试", "attempts"), ATTEMPT_COLUMNS, rows))
    document = report.document()
    screen.print(
        "提交 / submitted {submitted} · 办结 / handled {handled} · 回传 / relayed {relayed} · 丢失 / lost {lost} · "
        "重复 / duplicated {duplicated} · {seconds} s".format(**document)
    )
    screen.print(" · ".join(f"{zh} / {turn} {report.tally.turns[turn]}" for turn, zh in TURNS.items()))
    for title, found in (("丢失 / lost", report.recount.lost), ("重复 / duplicated", report.recount.duplicated)):
        for number, why in found.items():
            screen.print(f"{title}: {number}: {why}")
    for line in _where_next(stage, kept=kept):
        screen.print(line, soft_wrap=True)
    if as_json:
        print(json.dumps(document, ensure_ascii=False), flush=True)


def _where_next(stage: Stage, *, kept: bool) -> list[str]:
    if not kept:
        return [
            "想继续查看，请运行 tongban demo --keep / to look around, run: tongban demo --keep",
            "文档 / documentation: docs/getting-started.md",
        ]
    variables = " ".join(f"{name}={value}" for name, value in _own(stage.environment).items())
    return [
        f"指标 / metrics: {stage.url('gateway')}/metrics",
        f"接口说明 / API description: {stage.url('gateway')}/openapi.json",
        f"大厅密钥 / hall keys: {stage.folder / 'keys.json'}",
        f"查看办件 / look at a case: {variables} tongban case show NUMBER",
        "文档 / documentation: docs/getting-started.md",
    ]


def _own(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables that a command needs to see the same database."""
    return {name: environment[name] for name in (PREFIX + "DATABASE_URL", PREFIX + "ATTACHMENTS", PREFIX + "KEY_FILE")}
