"""The mapping language: a partner's folder loaded and checked, messages rendered from facts, answers read into values.

Pure and synchronous. The language itself is described in docs/mapping-language.md.
"""

from .check import check
from .codes import CodeTable
from .expressions import Expression, TextOf
from .findings import Finding, MappingError, Place
from .folder import AuthSpec, Folder, Limits, MatterMapping, PushSpec, StepMapping, Track, VerdictRow
from .load import load, load_all
from .plain import read_values
from .reading import ReadError, Reading
from .reports import read_competent, read_report
from .template import Rendered, Template
from .values import ABSENT, EvaluationError

__all__ = [
    "ABSENT",
    "AuthSpec",
    "CodeTable",
    "EvaluationError",
    "Expression",
    "Finding",
    "Folder",
    "Limits",
    "MappingError",
    "MatterMapping",
    "Place",
    "PushSpec",
    "ReadError",
    "Reading",
    "Rendered",
    "StepMapping",
    "Template",
    "TextOf",
    "Track",
    "VerdictRow",
    "check",
    "load",
    "load_all",
    "read_competent",
    "read_report",
    "read_values",
]
