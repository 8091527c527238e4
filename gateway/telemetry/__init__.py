"""What the process and the ledger have to tell: every metric declared once, and logs of event names."""

from .logs import configure_logs
from .metrics import LedgerState, Metrics, Scope, StoreState, TotalsRow
from .table import TABLE, Declared

__all__ = ["TABLE", "Declared", "LedgerState", "Metrics", "Scope", "StoreState", "TotalsRow", "configure_logs"]
