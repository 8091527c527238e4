"""The table of metrics: every metric is declared here and nowhere else; docs/metrics.md lists the same, and a test holds the two together.

Scope "process": this process's own work since it started; sums over processes are true. Scope "ledger": read from the store and the same
from every process that shares it; one process's answer is the whole truth.
No label ever holds personal data or a case number.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Declared:
    """One metric. name: as exposed; buckets: upper bounds in seconds, of a histogram."""

    name: str
    scope: Literal["process", "ledger"]
    kind: Literal["counter", "gauge", "histogram"]
    labels: tuple[str, ...]
    zh: str
    en: str
    buckets: tuple[float, ...] = ()

    @property
    def help(self) -> str:
        """The text that a scrape shows."""
        return f"{self.zh} {self.en}"


_OUTCOME = ("origin", "destination", "matter", "mode", "result")

ATTEMPTS = Declared(
    "tongban_attempts_total", "process", "counter", ("partner", "step", "verdict"),
    "对各对接方步骤的尝试次数,按判定。", "Calls of partners' steps, by verdict.",
)  # fmt: skip
ATTEMPT_SECONDS = Declared(
    "tongban_attempt_seconds", "process", "histogram", ("partner", "step"),
    "一次尝试的时长(秒)。", "Duration of an attempt in seconds.",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 60),
)  # fmt: skip
RELAYS = Declared(
    "tongban_relays_total", "process", "counter", ("result",),
    "向大厅回传的次数,按结果。", "Relays to halls, by result.",
)  # fmt: skip
INTAKE = Declared(
    "tongban_intake_total", "process", "counter", ("result",),
    "大厅提交办件的次数,按结果;测试件和走流程为 accepted-test。",
    "Cases submitted by halls, by result; tests and walk-throughs are accepted-test.",
)  # fmt: skip
REPORTS = Declared(
    "tongban_reports_total", "process", "counter", ("partner", "channel", "effect"),
    "收到的反馈,按渠道(pull、push)和效果。", "Reports received, by channel (pull, push) and effect.",
)  # fmt: skip
PUSHES = Declared(
    "tongban_pushes_total", "process", "counter", ("partner", "result"),
    "对接方推送的次数,按结果。", "Pushes by partners, by result.",
)  # fmt: skip
HTTP_REQUESTS = Declared(
    "tongban_http_requests_total", "process", "counter", ("route", "method", "status"),
    "收到的 HTTP 请求,按路由模板、方法和状态码。", "HTTP requests received, by route template, method and status code.",
)  # fmt: skip
CLOCK_ALARMS = Declared(
    "tongban_clock_alarms_total", "process", "counter", ("clock", "alarm"),
    "时限警报数,按时钟和警报(warned、overdue、deemed-accepted-risk);测试件不计。",
    "Alarms of clocks, by clock and alarm (warned, overdue, deemed-accepted-risk); test cases are not counted.",
)  # fmt: skip
SHADOWS = Declared(
    "tongban_shadow_messages_total", "process", "counter", ("partner", "step", "result"),
    "另用影子文件夹生成(从不发出)的报文数,按与实发报文的比较结果(same、different、failed、skipped)。",
    "Messages prepared with a shadow folder too, never sent, by how they compare (same, different, failed, skipped).",
)  # fmt: skip
WORKER_UP = Declared(
    "tongban_worker_up", "process", "gauge", (),
    "本进程的任务处理是否在运行(1 或 0)。", "Whether this process's worker is running (1 or 0).",
)  # fmt: skip
QUEUE_JOBS = Declared(
    "tongban_queue_jobs", "ledger", "gauge", ("kind", "lane", "state"),
    "队列中的任务数,按种类、去向和状态(waiting、leased、parked)。", "Jobs in the queue, by kind, lane and state (waiting, leased, parked).",
)  # fmt: skip
OLDEST_DUE = Declared(
    "tongban_oldest_due_seconds", "ledger", "gauge", (),
    "最早到期而未处理的任务已逾期的秒数;没有则为 0。", "How many seconds the oldest due job is overdue; 0 when none is.",
)  # fmt: skip
PARTNER_PAUSED = Declared(
    "tongban_partner_paused", "ledger", "gauge", ("partner",),
    "对接方是否处于暂停(1 或 0)。", "Whether the partner is paused (1 or 0).",
)  # fmt: skip
OPEN_TICKETS = Declared(
    "tongban_open_tickets", "ledger", "gauge", ("kind",),
    "待人处理的办不成事工单数,按种类。", "Open tickets that need a person, by kind.",
)  # fmt: skip
CASES_OPEN = Declared(
    "tongban_cases_open", "ledger", "gauge", ("status",),
    "未办结的办件数,按状态。", "Cases not yet handled, by status.",
)  # fmt: skip
MATTERS_PROCESSED = Declared(
    "tongban_matters_processed_total", "ledger", "counter", _OUTCOME,
    "已办结的办件数(按省、事项、方式和结果)。", "Cases handled, by provinces, matter, mode and result.",
)  # fmt: skip
TRIPS_BASELINE = Declared(
    "tongban_trips_baseline", "ledger", "gauge", _OUTCOME,
    "计入成效的办件的基准跑动次数之和。", "Sum of baseline trips over the cases that count.",
)  # fmt: skip
TRIPS_ACTUAL = Declared(
    "tongban_trips_actual", "ledger", "gauge", _OUTCOME,
    "同一批办件的实际跑动次数之和。", "Sum of actual trips over the same cases.",
)  # fmt: skip
TRIPS_SAVED = Declared(
    "tongban_trips_saved", "ledger", "gauge", _OUTCOME,
    "同一批办件节省的跑动次数,可为负。", "Trips saved over the same cases: baseline − actual, may be negative.",
)  # fmt: skip
TRIPS_SPENT = Declared(
    "tongban_trips_spent_without_result", "ledger", "gauge", _OUTCOME,
    "无结果而结束的办件的实际跑动次数。", "Trips of cases that ended without a result.",
)  # fmt: skip
LEDGER_CORRECTIONS = Declared(
    "tongban_ledger_corrections_total", "ledger", "counter", (),
    "对成效账目的更正次数。", "Corrections of the outcome ledger.",
)  # fmt: skip

TABLE: tuple[Declared, ...] = (
    ATTEMPTS, ATTEMPT_SECONDS, RELAYS, INTAKE, REPORTS, PUSHES, HTTP_REQUESTS, CLOCK_ALARMS, SHADOWS, WORKER_UP,
    QUEUE_JOBS, OLDEST_DUE, PARTNER_PAUSED, OPEN_TICKETS, CASES_OPEN,
    MATTERS_PROCESSED, TRIPS_BASELINE, TRIPS_ACTUAL, TRIPS_SAVED, TRIPS_SPENT, LEDGER_CORRECTIONS,
)  # fmt: skip
