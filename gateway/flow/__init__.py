"""The use cases: intake, delivery, tracking, relay, and the worker that runs what is due."""

from .admission import authenticate
from .cases import ResultContent, add_visit, case_document, case_events, list_cases, result_content
from .checks import check
from .clocks import arm, clock_document, clocks_of
from .context import Archive, Chance, Clock, Context, Rules, Webhooks
from .corrections import Correction, correct_outcome
from .dossier import recent_cases
from .draft_check import translate
from .intake import Intake
from .limits import extend, note_pause
from .materials import upload_material
from .notices import round_document
from .offers import list_matters, list_regions
from .once import Accepted
from .outcomes import Cut, Figures, Outcomes, Reach, add_up, explain_case, read_outcomes
from .persons import enter_received, run_again
from .proof import needs_number, proved
from .refusal import Refusal, RefusalKind, refuse
from .replay import InForce, Left, Replayed, Window, parked_under, replay
from .routing import Route, explain_route
from .shadow import Pair, Shadow
from .supplements import answer_supplement
from .trace import case_trace, trace_document
from .tracking import PushAnswer, take_push
from .views import EVENT_TYPES
from .watch import Readiness, ledger_state, readiness, store_state
from .withdrawal import request_withdrawal, void_case
from .worker import Worker

__all__ = [
    "EVENT_TYPES",
    "Accepted",
    "Archive",
    "Chance",
    "Clock",
    "Context",
    "Correction",
    "Cut",
    "Figures",
    "InForce",
    "Intake",
    "Left",
    "Outcomes",
    "Pair",
    "PushAnswer",
    "Reach",
    "Readiness",
    "Refusal",
    "RefusalKind",
    "Replayed",
    "ResultContent",
    "Route",
    "Rules",
    "Shadow",
    "Webhooks",
    "Window",
    "Worker",
    "add_up",
    "add_visit",
    "answer_supplement",
    "arm",
    "authenticate",
    "case_document",
    "case_events",
    "case_trace",
    "check",
    "clock_document",
    "clocks_of",
    "correct_outcome",
    "enter_received",
    "explain_case",
    "explain_route",
    "extend",
    "ledger_state",
    "list_cases",
    "list_matters",
    "list_regions",
    "needs_number",
    "note_pause",
    "parked_under",
    "proved",
    "read_outcomes",
    "readiness",
    "recent_cases",
    "refuse",
    "replay",
    "request_withdrawal",
    "result_content",
    "round_document",
    "run_again",
    "store_state",
    "take_push",
    "trace_document",
    "translate",
    "upload_material",
    "void_case",
]
