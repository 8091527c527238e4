"""What an integrator does with a partner's folder: check it, scaffold it, explain it, run its examples, compare it with what changed.

Above wiring and below the command line; it may ask the adapters what a partner's own description says.
"""

from .bench import Bench, StandIns, Trial, open_folder, told, told_verdict
from .check import check_all, check_folder
from .compare import Difference, message_differences, pretty, value_differences
from .conform import (
    CLAIMS,
    Check,
    Conformance,
    Patience,
    ReportError,
    SignedReport,
    Terms,
    conform,
    new_seed,
    report_document,
    verify_report,
    write_report,
)
from .diff import Compared, Facts, FolderDiff, diff_folders, on_side
from .drift import Change, Drift, drift, drift_from
from .examples import KINDS, Example, example_findings, missing_kinds, read_examples
from .explain import Explained, Rule, Understood, explain, plain, understand, understand_push, unread, why_unread
from .rewrite import rewritten, write
from .scaffold import Made, ReceivedError, ScaffoldError, Wanted, scaffold, todo_findings

__all__ = [
    "CLAIMS",
    "KINDS",
    "Bench",
    "Change",
    "Check",
    "Compared",
    "Conformance",
    "Difference",
    "Drift",
    "Example",
    "Explained",
    "Facts",
    "FolderDiff",
    "Made",
    "Patience",
    "ReceivedError",
    "ReportError",
    "Rule",
    "ScaffoldError",
    "SignedReport",
    "StandIns",
    "Terms",
    "Trial",
    "Understood",
    "Wanted",
    "check_all",
    "check_folder",
    "conform",
    "diff_folders",
    "drift",
    "drift_from",
    "example_findings",
    "explain",
    "message_differences",
    "missing_kinds",
    "new_seed",
    "on_side",
    "open_folder",
    "plain",
    "pretty",
    "read_examples",
    "report_document",
    "rewritten",
    "scaffold",
    "todo_findings",
    "told",
    "told_verdict",
    "understand",
    "understand_push",
    "unread",
    "value_differences",
    "verify_report",
    "why_unread",
    "write",
    "write_report",
]
