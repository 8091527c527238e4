"""A folder's whole procedure, driven against a simulator or a test endpoint, and what came of it, check by check."""

from .caller import Patience
from .checks import CLAIMS, Check
from .report import ReportError, SignedReport, report_document, verify_report, write_report
from .run import Conformance, Terms, conform, new_seed

__all__ = [
    "CLAIMS",
    "Check",
    "Conformance",
    "Patience",
    "ReportError",
    "SignedReport",
    "Terms",
    "conform",
    "new_seed",
    "report_document",
    "verify_report",
    "write_report",
]
