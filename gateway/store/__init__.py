"""Everything that must outlive a process: units of work over tables, a queue under leases, and sealed attachments."""

from .agreements import Approval
from .attachments import Attachments, Upload
from .chain import chain_hash, event_hash, verify_chain
from .errors import TEXTS, Fenced, StoreError
from .records import (
    AttemptRecord,
    AuditRecord,
    BaselineRecord,
    BaselineRow,
    CaseRecord,
    EventRecord,
    HallRecord,
    IdempotencyRecord,
    JobKind,
    JobRecord,
    KeyRecord,
    LedgerEntry,
    MaterialRecord,
    NewCase,
    NewEvent,
    NewVisit,
    OutcomeRow,
    PartnerState,
    ReportRecord,
    ResultRecord,
    TicketRecord,
)
from .store import Store
from .tx import Tx

__all__ = [
    "TEXTS",
    "Approval",
    "Attachments",
    "AttemptRecord",
    "AuditRecord",
    "BaselineRecord",
    "BaselineRow",
    "CaseRecord",
    "EventRecord",
    "Fenced",
    "HallRecord",
    "IdempotencyRecord",
    "JobKind",
    "JobRecord",
    "KeyRecord",
    "LedgerEntry",
    "MaterialRecord",
    "NewCase",
    "NewEvent",
    "NewVisit",
    "OutcomeRow",
    "PartnerState",
    "ReportRecord",
    "ResultRecord",
    "Store",
    "StoreError",
    "TicketRecord",
    "Tx",
    "Upload",
    "chain_hash",
    "event_hash",
    "verify_chain",
]
