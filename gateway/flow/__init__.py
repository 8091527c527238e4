"""The use cases: intake, delivery, tracking, relay, and the worker that runs what is due."""

from .admission import authenticate
from .cases import ResultContent, add_visit, case_document, case_events, list_cases, result_content
from .context import Chance, Clock, Context, Rules, Webhooks
from .intake import Accepted, Intake
from .materials import upload_material
from .offers import list_matters, list_regions
from .refusal import Refusal, RefusalKind, refuse
from .tracking import PushAnswer, take_push
from .views import EVENT_TYPES
from .watch import Readiness, ledger_state, readiness, store_state
from .worker import Worker

__all__ = [
    "EVENT_TYPES",
    "Accepted",
    "Chance",
    "Clock",
    "Context",
    "Intake",
    "PushAnswer",
    "Readiness",
    "Refusal",
    "RefusalKind",
    "ResultContent",
    "Rules",
    "Webhooks",
    "Worker",
    "add_visit",
    "authenticate",
    "case_document",
    "case_events",
    "ledger_state",
    "list_cases",
    "list_matters",
    "list_regions",
    "readiness",
    "refuse",
    "result_content",
    "store_state",
    "take_push",
    "upload_material",
]
