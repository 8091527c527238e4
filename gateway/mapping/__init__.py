"""The mapping language: a partner's folder loaded and checked, messages rendered from facts, answers read into values.

Pure and synchronous. The language itself is described in docs/mapping-language.md.
"""

from .check import check
from .codes import CodeTable
from .documents import Documents
from .editor import EDITOR_FILES, editor_schemas
from .expectation import LOST, PUSH, read_expectation
from .explain import Drawn, DrawnFrom, Explanation, State, explain_message, explain_reading, fields_behind, sources_of
from .expressions import Expression, TextOf
from .findings import Finding, Findings, MappingError, Place, nearest
from .folder import AuthSpec, Folder, Limits, MatterMapping, PushSpec, StepMapping, Track, Transport, VerdictRow
from .load import load, load_all
from .outline import Outline, possible_texts
from .plain import read_values
from .reading import ReadError, Reading
from .reports import read_competent, read_report
from .route import BODILESS, Route, is_path, personal
from .shapes import kind, words
from .template import Rendered, Template
from .values import ABSENT, EvaluationError

__all__ = [
    "ABSENT",
    "BODILESS",
    "EDITOR_FILES",
    "LOST",
    "PUSH",
    "AuthSpec",
    "CodeTable",
    "Documents",
    "Drawn",
    "DrawnFrom",
    "EvaluationError",
    "Explanation",
    "Expression",
    "Finding",
    "Findings",
    "Folder",
    "Limits",
    "MappingError",
    "MatterMapping",
    "Outline",
    "Place",
    "PushSpec",
    "ReadError",
    "Reading",
    "Rendered",
    "Route",
    "State",
    "StepMapping",
    "Template",
    "TextOf",
    "Track",
    "Transport",
    "VerdictRow",
    "check",
    "editor_schemas",
    "explain_message",
    "explain_reading",
    "fields_behind",
    "is_path",
    "kind",
    "load",
    "load_all",
    "nearest",
    "personal",
    "possible_texts",
    "read_competent",
    "read_expectation",
    "read_report",
    "read_values",
    "sources_of",
    "words",
]
